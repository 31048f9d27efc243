"""差旅报销 (travel claims) as stories."""
