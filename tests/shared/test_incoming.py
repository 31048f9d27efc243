"""What comes in is a relay's record, byte for byte, or it is broken: nothing in between."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared import envelope
from shared.consumers.consumer_record import (
    ConsumerRecord,
    TopicRecord,
    published,
    read_record,
)
from shared.consumers.cursors import Source
from shared.envelope import BrokenFact, Stored
from shared.events.reading import UnknownType
from shared.relay.producer_record import ProducerRecord, journal_record, milestone_record
from shared.topics import journal_topic
from tests.shared import toy
from tests.tries import tries

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
TOPIC, PARTITION, SEQ, PREV = "CoinDropped", 3, 7, 4


@pytest.fixture(autouse=True)
def _in_the_book() -> Iterator[None]:
    with toy.in_the_book():
        yield


def a_fact() -> Stored:
    public = envelope.canonical(
        {
            "document": "jar",
            "schema": 1,
            "type": TOPIC,
            "stream": "jar-a",
            "version": 2,
            "ticket": None,
            "branch": "HZ01",
            "state": {"fen": 5, "coins": 2},
            "this": {"fen": 3},
        }
    )
    body = envelope.canonical(
        {
            "id": uuid4(),
            "type": TOPIC,
            "schema": 1,
            "stream": "jar-a",
            "version": 2,
            "ticket": None,
            "branch": "HZ01",
            "actor": "wang",
            "command": uuid4(),
            "n": 0,
            "correlation": "jar-a",
            "causation": None,
            "occurred_at": AT,
            "policy": None,
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "public": envelope.sha256(public).hex(),
            "data": {"fen": 3, "giver": "王小明😀"},
        }
    )
    own = envelope.fact_hash(envelope.ZERO_HASH, PARTITION, SEQ, AT, body)
    return Stored(PARTITION, SEQ, AT, envelope.ZERO_HASH, own, "jar-a", TOPIC, body, public)


FACT = a_fact()
JOURNAL = (journal_topic(toy.ROOM), PARTITION, 0)
ON_JOURNAL = journal_record(toy.ROOM, FACT)
ON_TOPIC = milestone_record(toy.ROOM, FACT, PREV)


def read(made: ProducerRecord, topic: str, partition: int = PARTITION) -> ConsumerRecord:
    return read_record(TopicRecord(topic, partition, 99, made.headers, made.value))


def test_a_journal_record_is_the_fact() -> None:
    record = read(ON_JOURNAL, journal_topic(toy.ROOM))
    assert record.stored == FACT
    assert record.source == Source(journal_topic(toy.ROOM), PARTITION, toy.ROOM)
    assert (record.seq, record.prev, record.offset) == (SEQ, SEQ - 1, 99)
    assert record.place == f"{toy.ROOM}/{PARTITION}/{SEQ}"
    assert record.recorded().fact == toy.CoinDropped(3, "王小明😀")
    assert record.recorded() is record.recorded()
    assert record.traceparent is not None


def test_a_milestone_record_is_the_document() -> None:
    record = read(ON_TOPIC, TOPIC)
    assert record.source == Source(TOPIC, PARTITION, toy.ROOM)
    assert record.prev == PREV
    document = published(toy.ROOM, record.recorded_at, record.head)
    assert document.state == toy.JarDocument(5, 2)
    assert (document.kind, document.stream, document.version) == ("jar", "jar-a", 2)


@pytest.mark.parametrize(
    ("topic", "partition"),
    [
        ("journal.dispatch", PARTITION),
        ("JarOpened", PARTITION),
        (journal_topic(toy.ROOM), PARTITION + 1),
    ],
)
def test_a_fact_in_another_place_is_broken(topic: str, partition: int) -> None:
    with pytest.raises(BrokenFact):
        read(ON_JOURNAL, topic, partition)


@pytest.mark.parametrize(
    ("name", "value"),
    [("prev", b"5"), ("prev", b"-1"), ("prev", b"7"), ("seq", b"8"), ("source", b"/guiyi/x")],
)
def test_headers_that_contradict_the_value_are_broken(name: str, value: bytes) -> None:
    headers = [(key, value if key == name else said) for key, said in ON_JOURNAL.headers]
    with pytest.raises(BrokenFact):
        read_record(TopicRecord(*JOURNAL, headers, ON_JOURNAL.value))


def test_a_milestone_of_a_room_that_does_not_write_it_is_broken() -> None:
    foreign = milestone_record("followup", FACT, PREV)
    with pytest.raises(BrokenFact, match="does not write"):
        read(foreign, TOPIC)


def test_a_milestone_with_another_document_than_the_book_says_is_broken() -> None:
    assert FACT.public is not None
    public = FACT.public.replace(b'"document":"jar"', b'"document":"shelf"')
    assert public != FACT.public
    with pytest.raises(BrokenFact, match="CoinDropped of intake carries no shelf"):
        read(milestone_record(toy.ROOM, replace(FACT, public=public), PREV), TOPIC)


@pytest.mark.parametrize(
    ("stream", "old", "new"),
    [
        ("jar-\0a", b'"jar-a"', b'"jar-\\u0000a"'),
        ("jar-" + "a" * 600, b'"jar-a"', b'"jar-' + b"a" * 600 + b'"'),
        ("jar-a", b'"version":2', b'"version":9223372036854775808'),
        ("jar-a", b'"version":2', b'"version":0'),
        ("jar-a", b'"HZ01"', b'"' + b"H" * 600 + b'"'),
        ("jar-a", b'"ticket":null', b'"ticket":"\\u0000"'),
    ],
    ids=["NUL in the stream", "long stream", "large version", "no version", "branch", "ticket"],
)
def test_a_milestone_that_no_table_can_keep_is_broken(stream: str, old: bytes, new: bytes) -> None:
    assert FACT.public is not None
    forged = replace(FACT, stream=stream, public=FACT.public.replace(old, new))
    assert forged.public != FACT.public
    with pytest.raises(BrokenFact):
        read(milestone_record(toy.ROOM, forged, PREV), TOPIC)


def test_a_trace_that_is_none_is_left_out() -> None:
    headers = [*ON_JOURNAL.headers, ("traceparent", b"00\0")]
    record = read_record(TopicRecord(*JOURNAL, headers, ON_JOURNAL.value))
    assert record.traceparent is None


def test_a_fact_of_an_unknown_type_says_so_each_time() -> None:
    body = FACT.body.replace(b'"CoinDropped"', b'"NeverHeardOf"')
    own = envelope.fact_hash(envelope.ZERO_HASH, PARTITION, SEQ, AT, body)
    made = journal_record(toy.ROOM, replace(FACT, type="NeverHeardOf", body=body, hash=own))
    record = read(made, journal_topic(toy.ROOM))
    for _ in range(2):
        with pytest.raises(UnknownType):
            record.recorded()


@tries(300)
@for_all(st.binary(max_size=200))
def test_other_bytes_are_broken(value: bytes) -> None:
    with pytest.raises(BrokenFact):
        read_record(TopicRecord(*JOURNAL, ON_JOURNAL.headers, value))


@tries(300)
@for_all(st.integers(0, len(ON_JOURNAL.value) - 1), st.integers(1, 255))
def test_no_changed_byte_passes_for_another_fact(place: int, change: int) -> None:
    value = bytearray(ON_JOURNAL.value)
    value[place] ^= change
    try:
        record = read_record(TopicRecord(*JOURNAL, ON_JOURNAL.headers, bytes(value)))
    except BrokenFact:
        return
    taken = (record.source, record.seq, record.hash, record.stored.body, record.stored.public)
    source = Source(journal_topic(toy.ROOM), PARTITION, toy.ROOM)
    assert taken == (source, SEQ, FACT.hash, FACT.body, FACT.public)
