"""互换待选 (crossed pieces): with which note the page of a ticket says a piece was exchanged."""
