"""Stories that hold: given, when, then."""
