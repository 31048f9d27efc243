"""证明 (the proof): a record on a topic carries a MAC that only processes of ours can make.

`mac` makes it. `key_ring` says which key proves which record. `store` keeps the keys. `check` is
what readers of topics ask. `rotation` begins a new key. See docs/adr/0018-proofs.md.
"""
