"""补库单页 (a request as its page shows it): without what is counted just now (`http.py`)."""
