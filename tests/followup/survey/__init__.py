"""回访单 (the call-back) as stories."""
