"""Pages of docs that are made from code by `make generate`."""
