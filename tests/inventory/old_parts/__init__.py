"""旧件清单的测试 (tests of lists of old parts)."""
