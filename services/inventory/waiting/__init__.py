"""配件库待办 (what waits at the stores): for whom and where, by how far each paper has come."""
