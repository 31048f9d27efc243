"""单据清单 (lists of tickets): how a desk finds them, and what there was of a machine."""
