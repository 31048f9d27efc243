"""The benchmarks and their bounds. `make bench` runs them. No test depends on them."""
