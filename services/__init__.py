"""业务 (rooms): each room owns its papers, its record and its views; rooms meet only in facts."""
