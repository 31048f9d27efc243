"""上门 (the visits) as stories."""
