"""What a stranger may put on a topic is read without an error, whatever it is."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import ConsumerRecord

from shared.broker import reader
from shared.broker.reader import FetchedRecord
from shared.relay import check
from shared.worker import offsets


@pytest.mark.parametrize("timestamp", [-(2**62), -1, 0, 2**62])
def test_whatever_time_a_record_has_it_is_seen(timestamp: int) -> None:
    record: ConsumerRecord[bytes, bytes] = ConsumerRecord(
        "CustomerSigned", 4, 7, timestamp, 0, None, b"{}", None, -1, 2, ()
    )
    assert offsets._seen(record).offset == 7


@pytest.mark.parametrize(
    ("prev", "read"), [(b"9" * 5_000, None), (b"", None), (b"-1", None), (b"12", 12)]
)
def test_whatever_predecessor_a_record_names_it_is_read(prev: bytes, read: int | None) -> None:
    record = FetchedRecord(7, {"prev": prev}, b"")
    assert check.previous(record) == read


def test_a_header_without_a_value_is_no_header() -> None:
    polled = SimpleNamespace(offset=7, headers=[("prev", None), ("seq", b"1")])
    polled.key = polled.value = None
    assert reader._read(cast("Any", polled)) == FetchedRecord(7, {"seq": b"1"}, b"")
