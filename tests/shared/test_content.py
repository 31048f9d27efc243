"""The hash of what is signed: its bytes never change, because signatures stand on it."""

import hashlib
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from shared.content import content_hash

AT = datetime(2026, 11, 24, 1, 5, tzinfo=UTC)
SHOWN = {
    "number": "BX-HZ01-20261123-0001-W1",
    "at": AT,
    "on": date(2026, 11, 24),
    "parts": ({"part": "MFQ-32", "quantity": 2, "because": None},),
    "说明": '更换密封圈 "两只"',
    "carried": True,
}
TEXT = (
    '{"at":"2026-11-24T01:05:00+00:00","carried":true,"number":"BX-HZ01-20261123-0001-W1",'
    '"on":"2026-11-24","parts":[{"because":null,"part":"MFQ-32","quantity":2}],'
    '"说明":"更换密封圈 \\"两只\\""}'
)


@dataclass(frozen=True, slots=True)
class Part:
    part: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shown:
    at: datetime
    parts: tuple[Part, ...]


def test_an_auditor_computes_it_from_what_was_shown() -> None:
    assert content_hash(SHOWN) == hashlib.sha256(TEXT.encode()).hexdigest()


def test_the_order_in_which_it_was_filled_in_says_nothing() -> None:
    assert content_hash(dict(reversed(SHOWN.items()))) == content_hash(SHOWN)


def test_a_moment_is_hashed_as_it_was_written() -> None:
    there = AT.astimezone(timezone(timedelta(hours=8)))
    assert content_hash({**SHOWN, "at": there}) != content_hash(SHOWN)


def test_papers_in_their_order_are_hashed_as_a_list() -> None:
    assert content_hash([{"b": 1, "a": 2}, {}]) == hashlib.sha256(b'[{"a":2,"b":1},{}]').hexdigest()


def test_a_dataclass_is_hashed_as_its_fields() -> None:
    shown = Shown(AT, (Part("MFQ-32", 2), Part("P-1", 1)))
    assert content_hash({"whole": shown}) == content_hash({"whole": asdict(shown)})


def test_what_json_cannot_say_is_not_signed() -> None:
    with pytest.raises(TypeError, match="set has no place in what is signed"):
        content_hash({"parts": {"MFQ-32"}})
