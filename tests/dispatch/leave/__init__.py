"""请假 (leave) as stories."""
