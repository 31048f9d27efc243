"""受理的故事 (stories of intake)."""
