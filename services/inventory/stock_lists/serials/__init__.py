"""序列号 (pieces with serials): their pages (`http.py`)."""
