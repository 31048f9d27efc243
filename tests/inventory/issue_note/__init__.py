"""出库单 (the issue note) as stories."""
