"""待补单据 (awaited papers): what finance left to a paper that has not come (`http.py`)."""
