"""盲盘 (blind counting): what is not told to whoever counts (`http.py`)."""
