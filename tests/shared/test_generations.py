"""世代: a function of room, partition and seq, which is on the envelope and nowhere else."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from shared import envelope
from shared.envelope import FIRST, BrokenFact, Generation
from shared.relay.lease_store import LeaseStore
from shared.relay.producer_record import journal_record, milestone_record
from tests.shared.conftest import OnPostgres
from tests.shared.recording import append, as_owner, ask, fact
from tests.shared.test_relay_record import stored

PARTITION, FACTS = 3, 12
LATER = Generation("0" * 31 + "1", 4)
hexes = st.text("0123456789abcdef", min_size=32, max_size=32)
begun = st.dictionaries(st.integers(1, FACTS + 3), hexes, max_size=5)


def test_the_first_generation_leaves_the_bytes_as_they_are() -> None:
    for value in (
        envelope.journal_value("intake", stored()),
        envelope.milestone_value("intake", stored()),
    ):
        assert not {"generation", "firstseq"} & json.loads(value).keys()
        assert b"generation" not in value


def test_a_later_generation_is_on_the_envelope() -> None:
    journal = journal_record("intake", stored(), LATER)
    milestone = milestone_record("intake", stored(), 3, LATER)
    for record in (journal, milestone):
        told = json.loads(record.value)
        assert (told["generation"], told["firstseq"]) == LATER
    assert journal.headers == journal_record("intake", stored()).headers
    assert envelope.read_journal(journal.value).generation == LATER
    assert envelope.read_milestone(milestone.value).generation == LATER
    assert envelope.read_journal(journal_record("intake", stored()).value).generation is FIRST


@pytest.mark.parametrize("wrong", [LATER._replace(id="x"), LATER._replace(first_seq=8)])
def test_a_generation_that_cannot_be_is_no_record(wrong: Generation) -> None:
    with pytest.raises(BrokenFact):
        envelope.read_milestone(envelope.milestone_value("intake", stored(), wrong))


@pytest.fixture
def sending(on_postgres: OnPostgres) -> LeaseStore:
    for n in range(1, FACTS + 1):
        new = fact("report-1", n, partition=PARTITION, milestone=True)
        on_postgres.record.append(append(new))
    return LeaseStore(on_postgres.settings.relay_url, "one")


def test_a_place_has_the_last_generation_that_begins_before_it(
    on_postgres: OnPostgres, sending: LeaseStore
) -> None:
    @settings(max_examples=40, deadline=None)
    @for_all(begun, st.integers(0, FACTS))
    def holds(rows: dict[int, str], after: int) -> None:
        as_owner(on_postgres.settings, "DELETE FROM record.generations")
        for first_seq, id_ in rows.items():
            for partition in (PARTITION, 5):
                as_owner(
                    on_postgres.settings,
                    "INSERT INTO record.generations (partition, first_seq, generation, reason)"
                    " VALUES (%s, %s, %s, 'a test')",
                    partition,
                    first_seq + (partition == 5),
                    id_,
                )
        whole = sending.facts(PARTITION, after)
        assert [each.stored.seq for each in whole] == list(range(after + 1, FACTS + 1))
        assert [each.generation for each in whole] == [
            expected(rows, each.stored.seq) for each in whole
        ]
        shown = sending.milestones(PARTITION, whole[0].stored.type, after, FACTS) if whole else ()
        assert list(shown) == list(whole)

    holds()
    sending.close()


def expected(rows: dict[int, str], seq: int) -> Generation:
    earlier: Sequence[int] = [first for first in rows if first <= seq]
    return Generation(rows[max(earlier)], max(earlier)) if earlier else FIRST


def test_a_later_generation_is_the_greater_one(on_postgres: OnPostgres) -> None:
    begin = "SELECT record.begin_generation('a test')"
    ids = [as_owner(on_postgres.settings, begin)[0][0] for _ in range(5)]
    assert ids == sorted(ids)
    held = as_owner(
        on_postgres.settings, "SELECT DISTINCT generation, first_seq FROM record.generations"
    )
    assert held == [(ids[-1], 1)], "no fact has reached the earlier ones"


def test_only_the_owner_begins_one(on_postgres: OnPostgres) -> None:
    url = on_postgres.settings.runtime_url
    for reader in (on_postgres.settings.relay_url, on_postgres.settings.worker_url):
        assert ask(reader, "SELECT generation FROM record.generations LIMIT 0") == []
    for order in (
        "SELECT record.begin_generation('mine')",
        "INSERT INTO record.generations VALUES (now(), 1, 0, repeat('a', 32), 'mine')",
        "SELECT record.keep_generations(0, ARRAY[1]::int8[], ARRAY[repeat('a', 32)])",
    ):
        with pytest.raises(Exception, match="permission denied"):
            ask(url, order)
