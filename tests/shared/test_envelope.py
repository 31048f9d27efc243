"""信封: the bytes and hashes of a fact, for ever; what arrives from a topic, believed or not."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared import envelope
from shared.envelope import ZERO_HASH, BrokenFact, Stored, canonical, fact_hash
from tests.shared.conftest import OnPostgres
from tests.shared.recording import as_owner, fact
from tests.tries import tries

# Made once with nothing but the standard library. They never change: facts hashed so are stored.
VECTORS = Path(__file__).parent / "vectors"
BYTES: list[dict[str, Any]] = json.loads((VECTORS / "bytes.json").read_text("utf-8"))
HASHES: list[dict[str, Any]] = json.loads((VECTORS / "hashes.json").read_text("utf-8"))
AT = datetime(2026, 11, 23, 8, 30, 0, 123456, tzinfo=UTC)
texts = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.mark.parametrize("vector", BYTES, ids=[vector["name"] for vector in BYTES])
def test_bytes_are_for_ever(vector: dict[str, Any]) -> None:
    made = canonical(vector["value"])
    assert made == vector["canonical"].encode()
    assert envelope.sha256(made).hex() == vector["sha256"]
    assert canonical(json.loads(made)) == made


@pytest.mark.parametrize("vector", HASHES, ids=[vector["recorded_at"] for vector in HASHES])
def test_hashes_are_for_ever(vector: dict[str, Any]) -> None:
    recorded_at = datetime.fromisoformat(vector["recorded_at"])
    assert envelope.microseconds(recorded_at) == vector["microseconds"]
    assert envelope.moment(vector["microseconds"]) == recorded_at
    made = fact_hash(
        bytes.fromhex(vector["previous"]),
        vector["partition"],
        vector["seq"],
        recorded_at,
        vector["body"].encode(),
    )
    assert made.hex() == vector["hash"]


def test_the_database_hashes_alike(on_postgres: OnPostgres) -> None:
    for vector in HASHES:
        ((made,),) = as_owner(
            on_postgres.settings,
            "SELECT sha256(%s || int4send(%s) || int8send(%s)"
            " || int8send((extract(epoch FROM %s::timestamptz) * 1000000)::int8) || %s)",
            bytes.fromhex(vector["previous"]),
            vector["partition"],
            vector["seq"],
            vector["recorded_at"],
            vector["body"].encode(),
        )
        assert bytes(made).hex() == vector["hash"]


@for_all(st.sets(texts, max_size=6), st.randoms())
def test_what_has_no_order_is_given_one(values: set[str], chance: Any) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert canonical({"said": set(shuffled)}) == canonical({"said": values})
    assert canonical({"said": frozenset(shuffled)}) == canonical({"said": sorted(values)})


@tries(200)
@for_all(st.dictionaries(texts, texts | st.integers(-9, 9), max_size=8), st.randoms())
def test_the_order_in_which_it_was_told_does_not_matter(told: dict[str, Any], chance: Any) -> None:
    keys = list(told)
    chance.shuffle(keys)
    made = canonical(told)
    assert canonical({key: told[key] for key in keys}) == made
    assert json.loads(made) == told
    assert canonical(json.loads(made)) == made


def stored(said: str = "漏水", *, milestone: bool = True, seq: int = 7) -> Stored:
    new = fact("report-1", 3, milestone=milestone, said=said, at=AT)
    own = fact_hash(ZERO_HASH, 2, seq, AT, new.body)
    return Stored(2, seq, AT, ZERO_HASH, own, new.stream, new.type, new.body, new.public)


@for_all(texts, st.booleans())
def test_what_is_put_on_a_topic_arrives(said: str, milestone: bool) -> None:
    sent = stored(said, milestone=milestone)
    arrived = envelope.read_journal(envelope.journal_value("intake", sent))
    assert (arrived.room, arrived.stored) == ("intake", sent)
    if milestone:
        arrived = envelope.read_milestone(envelope.milestone_value("intake", sent))
        assert (arrived.room, arrived.stored) == ("intake", replace(sent, body=b""))
    else:
        with pytest.raises(BrokenFact, match="no milestone"):
            envelope.milestone_value("intake", sent)


def test_on_a_topic_a_fact_is_a_cloud_event_and_its_bytes_are_spliced_in_raw() -> None:
    sent = stored()
    value = envelope.journal_value("intake", sent)
    assert b'"fact":' + sent.body + b',"public":' in value
    told = json.loads(value)
    del told["data"], told["hash"]
    assert told == {
        "specversion": "1.0",
        "id": "intake/2/7",
        "type": "RepairReported",
        "source": "/guiyi/intake",
        "subject": "report-1",
        "time": "2026-11-23T08:30:00.123456Z",
        "datacontenttype": "application/json",
        "room": "intake",
        "partition": 2,
        "seq": 7,
        "recorded": 1795422600123456,
        "previoushash": "0" * 64,
    }
    public = envelope.milestone_value("intake", sent)
    assert sent.public is not None
    assert public.endswith(b'"data":' + sent.public + b"}")
    assert b"wang" not in public, "nothing private"


CHANGES: dict[str, Callable[[Stored], Stored]] = {
    "partition": lambda s: replace(s, partition=3),
    "seq": lambda s: replace(s, seq=8),
    "time": lambda s: replace(s, recorded_at=envelope.moment(1)),
    "previous": lambda s: replace(s, previous_hash=envelope.sha256(b"")),
    "hash": lambda s: replace(s, hash=envelope.sha256(b"")),
    "body": lambda s: replace(s, body=s.body.replace("漏水".encode(), "漏电".encode())),
    "public": lambda s: replace(s, public=canonical({"said": "nothing"})),
    "no public": lambda s: replace(s, public=None),
    "stream": lambda s: replace(s, stream="report-2"),
    "type": lambda s: replace(s, type="RepairApproved"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_whatever_is_changed_is_noticed(change: Callable[[Stored], Stored]) -> None:
    with pytest.raises(BrokenFact):
        envelope.read_journal(envelope.journal_value("intake", change(stored())))


def test_a_public_document_slipped_beside_a_plain_fact_is_noticed() -> None:
    plain = stored(milestone=False)
    with pytest.raises(BrokenFact, match="public"):
        envelope.verify(replace(plain, public=b"{}"))


WHOLE: dict[str, Any] = json.loads(envelope.milestone_value("intake", stored()))
GARBAGE = {
    "nothing": b"",
    "no JSON": b"\xff\xfe",
    "not text": b'{"id":"\xff"}',
    "null": b"null",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "deep inside": msgspec.json.encode({**WHOLE, "data": 0})[:-2] + b"[" * 100_000,
    "partition too large": msgspec.json.encode({**WHOLE, "partition": 2**31}),
    "partition below zero": msgspec.json.encode({**WHOLE, "partition": -1}),
    "seq zero": msgspec.json.encode({**WHOLE, "seq": 0}),
    "seq too large": json.dumps({**WHOLE, "seq": 2**63}).encode(),
    "seq no number": msgspec.json.encode({**WHOLE, "seq": "7"}),
    "moment beyond time": msgspec.json.encode({**WHOLE, "recorded": 2**62}),
    "hash too short": msgspec.json.encode({**WHOLE, "hash": "ab"}),
    "hash no hash": msgspec.json.encode({**WHOLE, "hash": "z" * 64}),
    "no data": msgspec.json.encode({k: v for k, v in WHOLE.items() if k != "data"}),
}


@pytest.mark.parametrize("value", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_broken_and_nothing_else(value: bytes) -> None:
    for read in (envelope.read_journal, envelope.read_milestone):
        with pytest.raises(BrokenFact):
            read(value)
    for read_head in (envelope.head, envelope.public_head):
        with pytest.raises(BrokenFact):
            read_head(value)


@for_all(st.binary(max_size=300) | texts.map(str.encode))
def test_any_garbage_is_broken(value: bytes) -> None:
    for read in (envelope.read_journal, envelope.read_milestone):
        with pytest.raises(BrokenFact):
            read(value)


@tries(300)
@for_all(st.data())
def test_a_damaged_record_is_the_same_fact_or_broken(data: st.DataObject) -> None:
    sent = stored(milestone=False)
    value = bytearray(envelope.journal_value("intake", sent))
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BrokenFact):
        assert envelope.read_journal(bytes(value)).stored == sent
