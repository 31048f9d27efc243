"""个人信息 (personal fields): sealing, the keys apart from the data, and look-up by digests."""
