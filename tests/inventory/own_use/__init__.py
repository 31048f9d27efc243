"""自用与样品的测试 (tests of own use)."""
