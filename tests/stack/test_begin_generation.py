"""世代: reactions meet a later generation and go on, or stand still until they begin with it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from shared.config import Settings
from shared.consumers import cursors
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.documents import newest
from shared.document import Published
from shared.envelope import FIRST, Generation
from shared.record.transaction import transaction
from shared.worker.left_behind import Begun, LeftBehind, begin_generation
from shared.worker.reactions import CONSUMER, Reactions
from tests.shared import toy
from tests.working import MILESTONE, Toy, toy_record

LATER = Generation("1" * 32, 3)
NOTED = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


def coins(room: Toy, *dropped: str) -> list[ConsumerRecord]:
    """One milestone for each coin, all on partition 0, as if they were the only facts there."""
    for jar in dropped:
        room.do(jar, toy.DropCoin(1))
    known = {jar: [f for f in room.facts() if f.stream == jar] for jar in dropped}
    found = []
    for n, jar in enumerate(dropped):
        stored = replace(known[jar].pop(0), partition=0, seq=n + 1, body=b"")
        found.append(ConsumerRecord(Source(MILESTONE, 0, toy.ROOM), n, n, stored))
    return found


def of_later(record: ConsumerRecord, seq: int) -> ConsumerRecord:
    """The record as if the generation had given it this seq."""
    stored = replace(record.stored, seq=seq)
    return replace(record, stored=stored, prev=seq - 1, offset=seq - 1, generation=LATER)


def reactions(room: Toy) -> Reactions:
    return Reactions(room.engine, room.desk, [toy.NOTE])


def noted(room: Toy) -> int:
    return int(room.ask(NOTED)[0][0])


def standing(room: Toy) -> list[str]:
    behind = LeftBehind()
    with transaction(room.engine) as db:
        behind.look(db)
    return list(behind.waits())


def test_facts_that_are_gone_are_not_taken_for_the_new_ones(room: Toy) -> None:
    first, second, gone, new = coins(room, "jar-a", "jar-a", "jar-c", "jar-b")
    hearer = reactions(room)
    hearer.take([first, second, gone])
    assert noted(room) == 3
    instead = of_later(new, 3)
    for _ in range(2):
        hearer.take([instead])
        reactions(room).take([instead])
    assert noted(room) == 3
    (said,) = standing(room)
    assert said.startswith(f"{CONSUMER} on {MILESTONE}/0 of {toy.ROOM}, cursor 3: the record of")
    assert f"generation {LATER.id} begins at 3" in said

    with transaction(room.engine) as db:
        assert begin_generation(db, "followup", "operator", "no") == []
        begun = begin_generation(db, toy.ROOM, "wang", "the disk of intake was lost")
    assert begun == [Begun(0, 3, LATER.id, ["jar-c"])]
    again = reactions(room)
    again.take([first, second, instead])
    assert (noted(room), standing(room)) == (4, []), "the new one once, the others not again"
    kept = room.ask("SELECT stream, version, generation FROM worker.documents ORDER BY 1")
    assert kept == [("jar-a", 2, ""), ("jar-b", 1, LATER.id)]
    ledger = room.ask("SELECT actor, reason, first_seq, documents FROM worker.begun_generations")
    assert ledger == [("wang", "the disk of intake was lost", 3, ["jar-c"])]
    again.take([first, instead])
    assert noted(room) == 4


def test_who_is_left_behind_is_seen_after_a_restart_with_the_first_record_above(room: Toy) -> None:
    """The record of the cursor is not on the topic any more, and nothing below the cursor is."""
    first, second, gone, new = coins(room, "jar-a", "jar-a", "jar-c", "jar-b")
    reactions(room).take([first, second, gone])
    after = reactions(room)
    with transaction(room.engine) as db:
        after.unproved.begin(cursors.read(db, CONSUMER))
    after.take([of_later(new, 5)])
    (said,) = standing(room)
    assert f"generation {LATER.id} begins at 3" in said
    with transaction(room.engine) as db:
        assert begin_generation(db, toy.ROOM, "wang", "the topics of intake were lost")


def test_whoever_is_within_the_record_goes_on_and_stale_records_are_refused(room: Toy) -> None:
    first, second, new, late = coins(room, "jar-a", "jar-a", "jar-b", "jar-c")
    hearer = reactions(room)
    hearer.take([first, second])
    hearer.take([of_later(new, 3)])
    assert (noted(room), standing(room)) == (3, [])
    taken = hearer.take([late])[CONSUMER]
    assert (taken.refused, noted(room)) == ([late], 3)


def test_a_document_of_a_fact_that_is_gone_is_replaced_by_any_of_later(room: Toy) -> None:
    first, second, gone = coins(room, "jar-a", "jar-a", "jar-a")
    kept = newest(newest(newest(None, first), second), gone)
    assert kept.head.version == 3
    renewed = newest(kept, of_later(second, 3))
    assert (renewed.newer, renewed.head.version, renewed.generation) == (True, 2, LATER.id)
    assert not newest(renewed, gone).newer, "what was sent of the ended generation comes late"
    common = newest(None, first)
    assert newest(common, of_later(second, 3)).newer


def test_the_same_version_of_another_generation_owes_another_command() -> None:
    at = datetime.now(UTC)
    jar = Published(toy.ROOM, "jar", "jar-a", 1, None, "HZ01", at, toy.JarDocument(1, 1))
    assert toy.NOTE.command_id(jar, 0) == UUID("4dca5248-ed7b-5daa-94b5-028257d94129")
    assert toy.NOTE.command_id(replace(jar, generation=FIRST.id), 0) == UUID(
        "4dca5248-ed7b-5daa-94b5-028257d94129"
    )
    assert toy.NOTE.command_id(replace(jar, generation=LATER.id), 0) != UUID(
        "4dca5248-ed7b-5daa-94b5-028257d94129"
    )
