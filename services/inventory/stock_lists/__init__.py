"""库管清单 (lists of the store): what a keeper has to act on, with the words to act by."""
