"""投诉单的测试 (tests of complaints)."""
