"""生产记录: every part of a Kafka record comes from the stored fact alone."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given as for_all
from hypothesis import strategies as st

from shared import envelope
from shared.envelope import ZERO_HASH, Stored
from shared.relay.producer_record import journal_record, milestone_record

AT = datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC)
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def stored(seq: int = 7, *, public: bool = True, trace: str | None = TRACE) -> Stored:
    shown = envelope.canonical({"state": {"故障": "漏水"}}) if public else None
    body = envelope.canonical(
        {
            "id": UUID(int=seq),
            "type": "RepairReported",
            "schema": 1,
            "stream": "report-BX-HZ01-20261123-0001",
            "version": seq,
            "ticket": None,
            "branch": "HZ01",
            "actor": "wang",
            "command": UUID(int=99),
            "n": 0,
            "correlation": "x",
            "causation": None,
            "occurred_at": AT,
            "policy": None,
            "traceparent": trace,
            "public": envelope.sha256(shown).hex() if shown else None,
            "data": {"said": "漏水"},
        }
    )
    own = envelope.fact_hash(ZERO_HASH, 2, seq, AT, body)
    stream = "report-BX-HZ01-20261123-0001"
    return Stored(2, seq, AT, ZERO_HASH, own, stream, "RepairReported", body, shown)


def test_a_fact_on_its_journal() -> None:
    record = journal_record("intake", stored())
    assert record.key == b"report-BX-HZ01-20261123-0001"
    assert record.headers == [
        ("content-type", b"application/cloudevents+json; charset=UTF-8"),
        ("type", b"RepairReported"),
        ("source", b"/guiyi/intake"),
        ("seq", b"7"),
        ("prev", b"6"),
        ("traceparent", TRACE.encode()),
    ]
    assert envelope.read_journal(record.value).stored == stored()
    assert record.timestamp_ms == 1795422600123


def test_a_milestone_on_its_topic_keeps_what_is_private() -> None:
    record = milestone_record("intake", stored(), previous=3)
    assert dict(record.headers)["prev"] == b"3"
    assert json.loads(record.value)["data"] == {"state": {"故障": "漏水"}}
    assert "said" not in record.value.decode()


def test_no_header_says_that_there_is_no_trace() -> None:
    names = [name for name, _ in journal_record("intake", stored(trace=None)).headers]
    assert names == ["content-type", "type", "source", "seq", "prev"]


@for_all(st.integers(1, 2**40), st.booleans())
def test_a_copy_is_the_same_in_every_byte(seq: int, public: bool) -> None:
    assert journal_record("intake", stored(seq, public=public)) == journal_record(
        "intake", stored(seq, public=public)
    )


@for_all(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_the_time_on_kafka_is_the_records(at: datetime) -> None:
    moment = at.replace(tzinfo=UTC)
    whole = stored()
    made = Stored(2, 7, moment, ZERO_HASH, whole.hash, "s", "t", whole.body, None)
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert journal_record("intake", made).timestamp_ms == milliseconds
