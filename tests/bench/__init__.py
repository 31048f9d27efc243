"""What is measured, and what it must reach. `make bench` runs it; no test depends on it."""
