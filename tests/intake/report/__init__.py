"""报修单 (the report) as stories."""
