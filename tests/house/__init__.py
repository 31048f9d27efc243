"""The house itself: its walls, its book of facts, its pages."""
