"""配件库 as stories: given what has happened, when this is asked, then this becomes true."""
