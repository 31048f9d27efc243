"""采购单的测试 (tests of purchases)."""
