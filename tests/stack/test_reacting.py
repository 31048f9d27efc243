"""Milestones become documents and commands. The newest wins, and refused commands are parked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared.config import Settings
from shared.consumers import dead_letters, documents
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import DeadLetterKind
from shared.document import CommandOwed, Published, Reaction
from shared.events import DocumentEntry, _book, _carriers, _documents
from shared.record.transaction import transaction
from shared.worker.fanout import differing_documents
from shared.worker.reactions import CONSUMER, Reactions
from shared.worker.retry import dead_letter_queue
from shared.worker.timers import Timers
from tests.shared import toy
from tests.working import MILESTONE, Toy, all_healed, toy_record

NOTED = "SELECT count(*) FROM record.facts WHERE type = 'TotalNoted'"
STANDS = "SELECT sum(seq)::int8 FROM worker.cursors WHERE consumer = 'reactions'"


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


def milestones(room: Toy) -> list[ConsumerRecord]:
    """The room's own milestones, as records of their topic."""
    found: list[ConsumerRecord] = []
    last: dict[int, int] = {}
    for stored in room.facts():
        if stored.public is not None:
            place = stored.partition
            bare = replace(stored, body=b"")
            source = Source(MILESTONE, place, toy.ROOM)
            found.append(ConsumerRecord(source, len(found), last.get(place, 0), bare))
            last[place] = stored.seq
    return found


def reactions(room: Toy, *others: Reaction) -> Reactions:
    return Reactions(room.engine, room.desk, [*others] or [toy.NOTE])


def noted(room: Toy) -> int:
    return int(room.ask(NOTED)[0][0])


def parked(room: Toy) -> list[tuple[DeadLetterKind, str]]:
    with transaction(room.engine) as db:
        return [(line.kind, line.key) for line in dead_letters.listed(db)]


def test_every_newer_document_is_reacted_to_once(room: Toy) -> None:
    room.fill(jars=3, coins=12)
    came = milestones(room)
    for again in (came, came, came[5:]):
        reactions(room).take(again)
    assert noted(room) == 12
    kept = room.ask("SELECT count(*), sum(version) FROM worker.documents")
    versions = room.ask("SELECT sum(version) FROM record.heads WHERE stream LIKE 'jar-%%'")
    assert kept[0][0] <= 3
    assert kept[0][1] <= versions[0][0]


def test_an_older_document_moves_the_cursor_only(room: Toy) -> None:
    for fen in (1, 2, 3):
        room.do("jar-a", toy.DropCoin(fen))
    first, second, third = milestones(room)
    other = Source("OtherMilestone", third.source.partition, toy.ROOM)
    reactions(room).take([replace_source(third, other)])
    reactions(room).take([first, second])
    shown = room.ask("SELECT version, types FROM worker.documents")
    assert shown == [(3, [MILESTONE])]
    assert noted(room) == 1, "the newest document was looked at, by whichever milestone it came"


def replace_source(record: ConsumerRecord, source: Source) -> ConsumerRecord:
    return ConsumerRecord(source, record.offset, 0, record.stored)


Heard = list[tuple[str, int]]


def two_that_ignore(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> tuple[Reactions, Heard, ConsumerRecord, ConsumerRecord]:
    """Two reactions, each of which ignores what the other hears: an older and a newer milestone."""
    other = replace(_book[MILESTONE], name="JarFilled")
    monkeypatch.setitem(_book, other.name, other)
    monkeypatch.setitem(_carriers, "jar", {MILESTONE, other.name})
    room.do("jar-a", toy.DropCoin(1))
    room.do("jar-a", toy.DropCoin(2))
    older, newer = milestones(room)
    foreign = ConsumerRecord(newer.source, 1, 0, replace(newer.stored, type="JarFilled"))
    seen: Heard = []

    def spy(name: str) -> Callable[[Published], Sequence[CommandOwed]]:
        def owes(document: Published) -> Sequence[CommandOwed]:
            seen.append((name, document.version))
            return ()

        return owes

    full = Reaction("full", ("jar",), spy("full"), ignores=(MILESTONE,))
    coins = Reaction("coins", ("jar",), spy("coins"), ignores=("JarFilled",))
    return reactions(room, full, coins), seen, older, foreign


def test_a_milestone_behind_a_newer_one_still_calls_who_listens_to_no_other(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, seen, older, foreign = two_that_ignore(room, monkeypatch)
    both.take([foreign])
    assert seen == [("full", 2)]
    with transaction(room.engine) as db:
        db.execute("DELETE FROM worker.cursors")
    both.take([older])
    assert seen == [("full", 2), ("coins", 2)]


def test_a_newer_document_calls_nobody_who_ignores_the_milestone_that_brought_it(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, seen, older, foreign = two_that_ignore(room, monkeypatch)
    both.take([older])
    both.take([foreign])
    assert seen == [("coins", 1), ("full", 2)]


def test_a_refused_command_is_parked_and_the_rest_goes_on(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(100_001))
    room.do("jar-b", toy.DropCoin(1))
    reactions(room).take(milestones(room))
    assert noted(room) == 1
    (line,) = parked(room)
    assert line == (DeadLetterKind.COMMAND, "intake/jar-a/note-total/1/0")
    with dead_letter_queue(toy.room, room.settings) as healing:
        (found,) = healing.listed()
        assert found.reason == "refused: shelf-full"
        assert found.details["reasons"] == [{"code": "shelf-full", "numbers": {"fen": 100_001}}]
        assert not healing.retry(found.id).healed
    room.do("jar-a", toy.EmptyJar())
    room.do("jar-a", toy.DropCoin(5))
    reactions(room).take(milestones(room))
    assert parked(room) == [], "the newest document owes what can be done"
    assert noted(room) == 2


def test_a_discarded_command_is_never_decided_again(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("jar-a", toy.DropCoin(100_001))
    reactions(room).take(milestones(room))
    with dead_letter_queue(toy.room, room.settings) as healing:
        (found,) = healing.listed()
        healing.discard(found.id)
        monkeypatch.setattr(toy.SHELF, "initial", toy.Shelf(limit=1_000_000))
        assert not healing.retry(found.id).healed
        reactions(room).again(toy.ROOM, "jar-a")
        assert healing.listed() == []
    assert noted(room) == 0


def test_a_retry_takes_effect_once(room: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
    room.do("jar-a", toy.DropCoin(100_001))
    reactions(room).take(milestones(room))
    monkeypatch.setattr(toy.SHELF, "initial", toy.Shelf(limit=1_000_000))
    with dead_letter_queue(toy.room, room.settings) as healing:
        (found,) = healing.listed()
        assert healing.retry(found.id).healed
        reactions(room).again(toy.ROOM, "jar-a")
    assert noted(room) == 1


def test_a_document_of_a_future_schema_waits_for_the_upgrade(
    room: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.do("jar-a", toy.DropCoin(1))
    room.do("jar-b", toy.DropCoin(1))
    with monkeypatch.context() as older:
        known = _documents["jar"]
        older.setitem(_documents, "jar", DocumentEntry("jar", known.kind, 0))
        reactions(room).take(milestones(room))
        assert sorted(parked(room)) == [
            (DeadLetterKind.DOCUMENT, "intake/jar-a"),
            (DeadLetterKind.DOCUMENT, "intake/jar-b"),
        ]
    room.do("jar-b", toy.DropCoin(1))
    reactions(room).take(milestones(room))
    assert parked(room) == [(DeadLetterKind.DOCUMENT, "intake/jar-a")], (
        "a newer one unparks by itself"
    )
    with dead_letter_queue(toy.room, room.settings) as healing:
        assert all_healed(healing)
    assert (noted(room), parked(room)) == (2, [])


def test_a_reaction_that_fails_parks_itself_alone(room: Toy) -> None:
    def fails(document: Published) -> Sequence[CommandOwed]:
        raise ZeroDivisionError

    room.do("jar-a", toy.DropCoin(1))
    reactions(room, Reaction("fails", ("jar",), fails), toy.NOTE).take(milestones(room))
    assert parked(room) == [(DeadLetterKind.REACTION, "intake/jar-a/fails")]
    assert noted(room) == 1


def test_a_command_that_cannot_be_decided_is_parked_alone(room: Toy) -> None:
    def three(document: Published) -> Sequence[CommandOwed]:
        good = toy.NoteTotal(document.stream, document.version, 1)
        return [
            CommandOwed("shelf-1", good),
            CommandOwed("shelf-2", "no command"),
            CommandOwed("attic-3", good),
        ]

    room.do("jar-a", toy.DropCoin(1))
    reactions(room, Reaction("three", ("jar",), three)).take(milestones(room))
    assert sorted(parked(room)) == [
        (DeadLetterKind.COMMAND, "intake/jar-a/three/1/1"),
        (DeadLetterKind.COMMAND, "intake/jar-a/three/1/2"),
    ]
    assert noted(room) == 1


def test_a_reaction_added_later_owes_nothing_for_what_was_before(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(1))
    room.do("jar-b", toy.DropCoin(1))
    came = milestones(room)
    before = datetime.now(UTC) + timedelta(seconds=1)
    late = reactions(room)
    late.begin({("note-total", MILESTONE, n): (100, before) for n in range(6)})
    late.take(came)
    assert noted(room) == 0
    assert room.ask("SELECT count(*) FROM worker.documents") == [(2,)]
    room.do("jar-a", toy.DropCoin(1))
    newest = [replace_offset(record, 100) for record in milestones(room)]
    late.take(newest)
    assert noted(room) == 1
    early = reactions(room, replace(toy.NOTE, name="from-start", from_start=True))
    with transaction(room.engine) as db:
        assert len(documents.streams(db, [MILESTONE])) == 2
    early.again(toy.ROOM, "jar-b")
    assert noted(room) == 2


def replace_offset(record: ConsumerRecord, offset: int) -> ConsumerRecord:
    return ConsumerRecord(record.source, offset, record.prev, record.stored)


def test_a_hole_among_milestones_waits(room: Toy) -> None:
    for n in range(4):
        room.do("jar-a", toy.DropCoin(n + 1))
    one, two, three, four = milestones(room)
    taken = reactions(room).take([one, three, four])[CONSUMER]
    assert (taken.applied, len(taken.gaps)) == (1, 1)
    taken = reactions(room).take([two, three, four])[CONSUMER]
    assert (taken.applied, len(taken.gaps)) == (3, 0)
    assert noted(room) == 4


def test_a_timer_that_was_refused_fires_again_on_a_retry(room: Toy) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    room.make_tables()
    room.do("jar-a", toy.OpenJar("到期", "王小明", due))
    room.project(toy.JARS)
    timers = Timers(room.engine, room.desk, [toy.RING])
    everywhere = range(room.settings.partitions)
    assert timers.fire(everywhere) == 0, "no version of the view answers yet"
    room.change("INSERT INTO worker.versions (view, version) VALUES ('jars', 1)")
    assert (timers.fire(everywhere), timers.fire(everywhere)) == (1, 0)
    assert [kind for kind, _ in parked(room)] == [DeadLetterKind.TIMER]
    room.do("jar-a", toy.DropCoin(1))
    with dead_letter_queue(toy.room, room.settings) as healing:
        assert all_healed(healing)
    assert timers.fire(everywhere) == 0
    rung = "SELECT count(*) FROM record.facts WHERE type = 'JarRungFor'"
    assert room.ask(rung) == [(1,)]
    assert room.ask("SELECT result FROM worker.fired") == [("done",)]


def test_a_batch_of_copies_and_holes_takes_what_is_next(room: Toy) -> None:
    for n in range(5):
        room.do("jar-a", toy.DropCoin(n + 1))
    one, two, three, four, five = milestones(room)
    taken = reactions(room).take([two, one, one, two, five, three])[CONSUMER]
    assert (taken.applied, len(taken.gaps)) == (3, 1)
    assert noted(room) == 3
    taken = reactions(room).take([four, five])[CONSUMER]
    assert (taken.applied, len(taken.gaps)) == (2, 0)
    assert noted(room) == 5


def test_a_copy_before_what_is_new_takes_back_nothing_that_was_seen(room: Toy) -> None:
    for n in range(2):
        room.do("jar-a", toy.DropCoin(n + 1))
    one, two = milestones(room)
    reactions(room).take([one])
    reactions(room).take([one, two])
    assert room.ask("SELECT next_offset, seen_offset FROM worker.cursors") == [(2, 2)]


def test_a_timer_whose_row_has_gone_leaves_the_list(room: Toy) -> None:
    due = datetime.now(UTC) - timedelta(minutes=1)
    room.make_tables()
    room.do("jar-a", toy.OpenJar("到期", "王小明", due))
    room.project(toy.JARS)
    room.change("INSERT INTO worker.versions (view, version) VALUES ('jars', 1)")
    Timers(room.engine, room.desk, [toy.RING]).fire(range(room.settings.partitions))
    room.do("jar-a", toy.EmptyJar())
    room.project(toy.JARS)
    with dead_letter_queue(toy.room, room.settings) as healing:
        (line,) = healing.listed()
        assert healing.retry(line.id).healed
        assert healing.listed() == []


def test_a_copy_that_differs_from_the_newest_document_is_found(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(1))
    room.do("jar-a", toy.DropCoin(2))
    older, newest = milestones(room)
    reactions(room).take([older, newest])
    assert newest.stored.public is not None
    other = replace(newest.stored, public=newest.stored.public.replace(b'"fen":3', b'"fen":9'))
    forged = ConsumerRecord(newest.source, 9, newest.prev, other)
    with transaction(room.engine) as db:
        assert differing_documents(db, [older, newest, forged]) == [forged]
    taken = reactions(room).take([forged])[CONSUMER]
    assert (taken.applied, taken.copies) == (0, [forged])
    assert noted(room) == 2
