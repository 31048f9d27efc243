"""台账 (the accounts of a part): their pages (`http.py`)."""
