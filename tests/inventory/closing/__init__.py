"""Stories of the months of a store that are closed."""
