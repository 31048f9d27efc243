"""Random months of two stores, and the books of an auditor who never saw our code."""
