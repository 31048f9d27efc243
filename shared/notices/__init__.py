"""通知 (notices): the paper, the outbox and the pacing of what people are told, for every room.

Deciding and sending are apart: a rule writes that somebody is to be told, and a process of its own
(`shared.sender`) sends it and writes what became of it.
"""
