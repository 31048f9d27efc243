"""证明 (proofs): what proves a record, by which key, and what is refused."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import pytest

from shared import envelope
from shared.consumers.consumer_record import TopicRecord, read_record
from shared.consumers.garbage import Garbage
from shared.envelope import ZERO_HASH, Stored
from shared.personal.key_store import KeysUnavailable
from shared.personal.master import MasterKey
from shared.proof.check import Proofs, ReadAgain
from shared.proof.key_ring import ANNOUNCED, KeyRing, ProofRow, ProofWrapper
from shared.proof.mac import HEADER, ProofKey, ProvedRecord, UnknownKey, Unproved, proof_of
from shared.relay.producer_record import ProducerRecord, journal_record
from tests.shared.recording import fact

MASTER = MasterKey(bytes(range(32)))
FIRST, SECOND = (ProofKey(bytes([n]) * 8, bytes([n]) * 32) for n in (1, 2))
RECORD = ProvedRecord("journal.intake", 3, b"report-1", 7, 6, b'{"seq":7}')
WRAPPER = ProofWrapper(MASTER)


def row(key: ProofKey, first_seq: int, n: int, partition: int = 3) -> ProofRow:
    return WRAPPER.row("intake", partition, n, first_seq, key)


def ring(*rows: ProofRow) -> KeyRing:
    made = KeyRing(MASTER)
    made.add(rows)
    return made


TWO = (row(FIRST, 5, 1), row(SECOND, 9, 2))


def test_a_proof_is_the_id_of_the_key_and_a_mac() -> None:
    assert proof_of(FIRST, RECORD).hex() == (
        "0101010101010101fcf7edbbc9004bccb4e5075a5ceb57a9547eb4dd1c3b225df725c10951c6a5f9"
    )


@pytest.mark.parametrize(
    "other",
    [
        RECORD._replace(topic="journal.dispatch"),
        RECORD._replace(partition=4),
        RECORD._replace(key=b"report-2"),
        RECORD._replace(seq=8),
        RECORD._replace(prev=5),
        RECORD._replace(value=b'{"seq":8}'),
        # The same bytes, cut elsewhere.
        RECORD._replace(topic="journal.intakereport-1", key=b""),
        RECORD._replace(key=b"report", value=b'-1{"seq":7}'),
    ],
)
def test_a_proof_is_good_for_one_record_at_one_place(other: ProvedRecord) -> None:
    known = ring(row(FIRST, 1, 1, 3), row(FIRST, 1, 1, 4))
    known.check("intake", RECORD, proof_of(FIRST, RECORD))
    with pytest.raises(Unproved):
        known.check("intake", other, proof_of(FIRST, RECORD))


def test_the_key_is_a_function_of_the_seq() -> None:
    known = ring(*TWO)
    assert [known.key_at("intake", 3, seq) for seq in (4, 5, 8, 9, 2**62)] == [
        None,
        FIRST,
        FIRST,
        SECOND,
        SECOND,
    ]
    assert known.key_at("intake", 2, 9) is None
    assert known.key_at("dispatch", 3, 9) is None
    for key, seq, is_right in ((FIRST, 8, True), (FIRST, 9, False), (SECOND, 8, False)):
        record = RECORD._replace(seq=seq)
        if is_right:
            known.check("intake", record, proof_of(key, record))
        else:
            with pytest.raises(Unproved):
                known.check("intake", record, proof_of(key, record))


def test_a_key_that_began_later_counts_even_if_the_record_was_set_back() -> None:
    known = ring(*TWO, row(ProofKey(b"3" * 8, b"3" * 32), 6, 3))
    assert [known.key_at("intake", 3, seq) for seq in (5, 6, 9)] == [
        FIRST,
        ProofKey(b"3" * 8, b"3" * 32),
        ProofKey(b"3" * 8, b"3" * 32),
    ]


def test_without_a_proof_counts_only_what_is_before_the_first_key() -> None:
    known = ring(*TWO)
    known.check("intake", RECORD._replace(seq=4, prev=3), None)
    known.check("followup", RECORD, None)
    for said in (None, b"", b"x", bytes(40)):
        with pytest.raises(Unproved):
            known.check("intake", RECORD, said)
    with pytest.raises(UnknownKey):
        known.check("intake", RECORD._replace(seq=4, prev=3), bytes(40))


def test_a_key_that_is_announced_proves_until_its_first_seq_is_known() -> None:
    announced = WRAPPER.row("intake", ANNOUNCED, 2, 0, SECOND)
    known = ring(TWO[0], announced)
    later = RECORD._replace(seq=9)
    known.check("intake", later, proof_of(SECOND, later))
    known.add(TWO)
    with pytest.raises(Unproved, match="does not prove this seq"):
        known.check("intake", RECORD, proof_of(SECOND, RECORD))


@pytest.mark.parametrize(
    "moved",
    [
        TWO[0]._replace(first_seq=1),
        TWO[0]._replace(partition=2),
        TWO[0]._replace(room="dispatch"),
        TWO[0]._replace(n=9),
        TWO[0]._replace(key_id=b"z" * 8),
        TWO[0]._replace(wrapped=b""),
    ],
)
def test_nobody_moves_a_key_to_other_seqs(moved: ProofRow) -> None:
    assert WRAPPER.key(moved) is None
    assert ring(moved).key_at(moved.room, moved.partition, 2**62) is None


@dataclass
class Rows:
    """A key store that can be away."""

    has: list[ProofRow] = field(default_factory=list)
    is_away: bool = False
    asked: int = 0

    def rows(self) -> Sequence[ProofRow]:
        self.asked += 1
        if self.is_away:
            raise KeysUnavailable("away")
        return self.has

    def copied(self) -> Sequence[ProofRow]:
        return self.has[:1]

    def close(self) -> None:
        self.has = []


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        self.now += 0.001
        return self.now


def test_a_new_key_is_asked_for_once_for_all_that_arrived_together() -> None:
    rows = Rows([TWO[0]])
    proofs = Proofs(KeyRing(MASTER), rows, Clock()).begun()
    proofs.arrived()
    for n in range(50):
        with pytest.raises(Unproved):
            proofs.check("intake", RECORD, bytes([n]) * 40)
    assert rows.asked == 2, "once at the beginning, once for all that is forged"
    rows.has.append(TWO[1])
    later = RECORD._replace(seq=9)
    with pytest.raises(Unproved):
        proofs.check("intake", later, proof_of(SECOND, later))
    proofs.arrived()
    proofs.check("intake", later, proof_of(SECOND, later))


def test_what_was_refused_while_the_key_store_was_away_is_read_again() -> None:
    rows, clock = Rows(list(TWO[:1])), Clock()
    proofs = Proofs(KeyRing(MASTER), rows, clock).begun()
    rows.is_away = True
    later = RECORD._replace(seq=9)
    proofs.arrived()
    with pytest.raises(Unproved):
        proofs.check("intake", later, proof_of(SECOND, later))
    clock.now += 60
    proofs.refresh_now_and_then()
    rows.is_away, rows.has = False, list(TWO)
    clock.now += 60
    with pytest.raises(ReadAgain):
        proofs.refresh_now_and_then()


def test_a_forged_key_while_the_key_store_was_away_ends_no_process() -> None:
    rows, clock = Rows(list(TWO)), Clock()
    proofs = Proofs(KeyRing(MASTER), rows, clock).begun()
    rows.is_away = True
    proofs.arrived()
    with pytest.raises(Unproved):
        proofs.check("intake", RECORD, bytes(40))
    rows.is_away = False
    clock.now += 60
    proofs.refresh_now_and_then()


def test_a_process_begins_with_the_copied_keys_while_the_key_store_is_away() -> None:
    proofs = Proofs(KeyRing(MASTER), Rows(list(TWO), is_away=True), Clock()).begun()
    assert proofs.ring.key_at("intake", 3, 100) == FIRST


AT = datetime(2026, 11, 28, tzinfo=UTC)


def a_fact(seq: int) -> Stored:
    body = fact("report-1", 1).body
    own = envelope.fact_hash(ZERO_HASH, 3, seq, AT, body)
    return Stored(3, seq, AT, ZERO_HASH, own, "report-1", envelope.head(body).type, body, None)


def read(made: ProducerRecord, garbage: Garbage, **changed: bytes) -> bool:
    headers = [(name, changed.get(name, text)) for name, text in made.headers]
    place = ("journal.intake", 3, 0)
    return garbage.read(TopicRecord(*place, headers, made.value, made.key)) is not None


def test_readers_refuse_and_name_what_is_not_proved() -> None:
    proofs = Proofs(KeyRing(MASTER), Rows(list(TWO)), Clock()).begun()
    garbage = Garbage(proofs)
    assert read(journal_record("intake", a_fact(4)), garbage)
    assert read(journal_record("intake", a_fact(6), proof=FIRST), garbage)
    assert not read(journal_record("intake", a_fact(6)), garbage)
    assert not read(journal_record("intake", a_fact(6), proof=SECOND), garbage)
    assert not read(journal_record("intake", a_fact(6), proof=FIRST), garbage, proof=b"\0" * 40)
    assert not read(journal_record("intake", a_fact(2**62)), garbage)
    assert garbage.unproved == {"journal.intake": 4} == garbage.counts
    (told,) = garbage.notes()
    assert told.startswith("4 records on journal.intake that no key of ours proves")


def test_a_record_without_a_key_has_no_proof() -> None:
    assert HEADER not in dict(journal_record("intake", a_fact(6)).headers)
    stored = a_fact(6)
    made = journal_record("intake", stored, proof=FIRST)
    assert made == journal_record("intake", stored, proof=replace(FIRST))
    assert len(dict(made.headers)[HEADER]) == 40
    raw = TopicRecord("journal.intake", 3, 0, made.headers, made.value, made.key)
    assert read_record(raw).seq == 6
