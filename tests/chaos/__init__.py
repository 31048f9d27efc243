"""Chaos: load, faults of every kind in an order that a seed decides, and a full check at the end.

`make chaos` runs it by hand, as long as is wanted; one short round is among the tests of the stack.
"""
