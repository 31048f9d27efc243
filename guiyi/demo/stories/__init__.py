"""故事 (the stories): what people of one branch do in a repair, as calls to the rooms' APIs.

`reports.py`, `orders.py`, `stock.py` and `files.py` are the desks they go to; `repairs.py` tells
each repair from the call to the filed dossier. What is said in them stands in demo.toml.
"""
