"""盘点的测试 (tests of stocktakes)."""
