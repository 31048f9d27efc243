"""调拨单的测试 (tests of transfers)."""
