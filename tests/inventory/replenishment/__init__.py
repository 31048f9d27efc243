"""补库单的测试 (tests of requests to base)."""
