"""维修单 (the work order) as stories."""
