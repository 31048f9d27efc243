"""个人信息 (personal fields): sealing, the keys and their store, and digests for the look-up."""
