"""The tests. Most of them are stories: given, when, then."""
