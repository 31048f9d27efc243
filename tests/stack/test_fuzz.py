"""A short round of fuzzing: no answer is a 5xx, and each is as the description says."""

from pathlib import Path

from tests.fuzz.round import Wish, fuzz
from tests.servers import Servers

REQUESTS, SECONDS = 2_000, 90


def test_whatever_is_asked_is_answered(servers: Servers, tmp_path: Path) -> None:
    report = fuzz(servers, tmp_path, Wish(REQUESTS, SECONDS), print)
    assert report.failures == []
    assert report.of(500, 599) == report.of(429, 429) == 0
    assert report.requests >= REQUESTS / 2
    assert report.of(200, 299)
    assert report.of(400, 499)
