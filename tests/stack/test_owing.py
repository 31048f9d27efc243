"""Commands of reactions and recurring timers: numbers are reused, each date fires once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shared import envelope
from shared.config import Settings
from shared.consumers import dead_letters
from shared.document import Around, CommandOwed, NewTicket, Published, Reaction, Recurring
from shared.handle import handle_all
from shared.policy import CORE, Core
from shared.policy.clocks import Occurrence
from shared.policy.source import read
from shared.record.postgres import RecordTransaction
from shared.record.transaction import transaction
from shared.views.table import view_table
from shared.worker.commands_owed import CommandContext, order_of
from shared.worker.reactions import Reactions
from shared.worker.timers import Timers
from tests.shared import toy
from tests.shared.toy_owing import DECIDERS, RENEW, WEEKLY
from tests.stack.test_reacting import milestones
from tests.working import Toy, toy_record

POLICY = read(Path(__file__).parents[2] / "deploy" / "policies" / CORE, Core)
RENEWALS = "SELECT stream FROM record.facts WHERE stream LIKE 'renewal-%%' ORDER BY stream"
RUNG = "SELECT stream FROM record.facts WHERE type = 'JarRungFor' ORDER BY stream"
FIRED = "SELECT stream, due, result FROM worker.fired WHERE stream <> '' ORDER BY stream, due"
BEGUN = "INSERT INTO worker.fired (timer, stream, due, result) VALUES ('weekly', '', %s, 'begun')"
FRIDAY = datetime(2026, 11, 20, 1, tzinfo=UTC)


@pytest.fixture
def room(make_database: Callable[..., Settings], tmp_path: Path) -> Iterator[Toy]:
    with toy_record(make_database(toy.ROOM), tmp_path) as made:
        yield made


def reactions(room: Toy, *others: Reaction) -> Reactions:
    desk = replace(room.desk, deciders=DECIDERS)
    return Reactions(room.engine, desk, others or [RENEW], policy=lambda *_: POLICY)


def renewals(room: Toy) -> list[int]:
    """The last numbers of the existing papers, all of one branch and one local day."""
    names = [str(stream) for (stream,) in room.ask(RENEWALS)]
    assert all(name.startswith("renewal-BX-HZ01-2") for name in names)
    return [int(name.rpartition("-")[2]) for name in names]


def parked(room: Toy) -> list[str]:
    with transaction(room.engine) as db:
        return [line.key for line in dead_letters.listed(db)]


def test_a_reaction_opens_one_paper_for_each_source_however_often_it_is_asked(room: Toy) -> None:
    for jar in ("jar-a", "jar-b", "jar-a", "jar-a"):
        room.do(jar, toy.DropCoin(1))
    came = milestones(room)
    reactions(room).take(came)
    assert renewals(room) == [1, 2], "newer documents of a jar took no number"
    reactions(room).take(came)
    reactions(room).again(toy.ROOM, "jar-a")
    room.do("jar-c", toy.DropCoin(1))
    reactions(room).take(milestones(room))
    assert renewals(room) == [1, 2, 3], "and lost none"
    tickets = room.ask("SELECT DISTINCT ticket FROM record.facts WHERE stream LIKE 'renewal-%%'")
    assert len(tickets) == 3


def test_a_reaction_that_asks_policy_writes_its_version_on_the_facts(room: Toy) -> None:
    def by_policy(document: Published, policy: Core) -> Sequence[CommandOwed]:
        assert policy is POLICY
        return toy.note_total(document)

    room.do("jar-a", toy.DropCoin(1))
    ruled = Reaction("note-total", ("jar",), by_policy, asks_policy=True)
    reactions(room, ruled).take(milestones(room))
    noted = "SELECT body FROM record.facts WHERE type = 'TotalNoted'"
    assert [envelope.head(body).policy for (body,) in room.ask(noted)] == [POLICY.label]


def test_the_number_of_a_refused_command_is_not_lost(room: Toy) -> None:
    room.do("jar-a", toy.DropCoin(11))
    reactions(room).take(milestones(room))
    assert (renewals(room), parked(room)) == ([], ["intake/jar-a/renew/1/0"])
    with transaction(room.engine) as db:
        (line,) = dead_letters.listed(db)
        assert line.reason == "refused: unlucky"
        assert line.details["branch"] == "HZ01"
    room.do("jar-b", toy.DropCoin(1))
    reactions(room).take(milestones(room))
    assert renewals(room) == [1]


def test_refused_and_accepted_in_one_append_share_no_number(room: Toy) -> None:
    def three(jar: Published) -> list[CommandOwed | NewTicket]:
        (good,) = RENEW.owes(jar)
        assert isinstance(good, NewTicket)
        bad = replace(good, build=lambda ticket: CommandOwed(f"attic-{ticket}", "no command"))
        return [bad, good, good]

    room.do("jar-a", toy.DropCoin(1))
    reactions(room, Reaction("three", ("jar",), three)).take(milestones(room))
    assert renewals(room) == [1]
    assert parked(room) == ["intake/jar-a/three/1/0"], "what cannot be decided is found alone"


def test_whoever_dies_before_the_commit_leaves_the_number(room: Toy) -> None:
    at = datetime.now(UTC)
    jar = Published(toy.ROOM, "jar", "jar-a", 1, None, "HZ01", at, toy.JarDocument(1, 1))
    (owed,) = RENEW.owes(jar)
    order = order_of(
        RENEW.command_id(jar, 0),
        owed,
        CommandContext("reaction:renew", at, "HZ01", None, "here"),
        lambda *_: POLICY,
    )
    desk = replace(room.desk, deciders=DECIDERS)

    def interrupted() -> None:
        with transaction(room.engine) as db:
            handle_all(desk, [order], RecordTransaction(db.connection))
            raise InterruptedError

    with pytest.raises(InterruptedError):
        interrupted()
    assert renewals(room) == []
    for _ in range(2):
        with transaction(room.engine) as db:
            handle_all(desk, [order], RecordTransaction(db.connection))
    assert renewals(room) == [1]
    assert room.ask("SELECT last FROM record.numbers") == [(1,)]


def jars(room: Toy, *names: str) -> None:
    for name in names:
        room.do(name, toy.OpenJar("静" if name == "jar-quiet" else "罐", "王小明"))
        room.do(name, toy.DropCoin(1))
    room.make_tables()
    room.project(toy.JARS)
    room.change("INSERT INTO worker.versions (view, version) VALUES ('jars', 1)")


def timers(room: Toy, recurring: Recurring = WEEKLY) -> Timers:
    return Timers(room.engine, room.desk, [recurring], policy=lambda *_: POLICY)


def on(*occurrences: Occurrence | None) -> Recurring:
    """The same timer at the time when its newest occurrence is this one; each look is one later."""
    told = iter(occurrences)

    def last(core: Core, row: toy.JarRow, until: datetime) -> Occurrence | None:
        return next(told)

    return replace(WEEKLY, last=last)


def occurrence(weeks: int, **more: float) -> Occurrence:
    """A Friday of the past, `n` weeks after the first one of these tests."""
    due = FRIDAY - timedelta(weeks=50 - weeks) + timedelta(**more)
    return Occurrence(due.astimezone(ZoneInfo("Asia/Shanghai")).date(), due)


@pytest.fixture
def everywhere(room: Toy) -> range:
    return range(room.settings.partitions)


def test_what_comes_round_is_fired_once_for_a_date(room: Toy, everywhere: range) -> None:
    jars(room, "jar-a", "jar-b", "jar-quiet")
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))
    assert timers(room).fire(everywhere) == 3
    assert timers(room).fire(everywhere) == 0, "another worker finds it entered"
    assert room.ask(RUNG) == [("jar-a",), ("jar-b",)]
    assert [line[2] for line in room.ask(FIRED)] == ["done", "done", "nothing"]
    room.change("DELETE FROM worker.cursors")
    room.change(f"DELETE FROM {view_table(toy.JARS).full_name}")  # noqa: S608
    room.project(toy.JARS)
    assert timers(room).fire(everywhere) == 0, "a rebuild fires nothing"


def test_a_timer_that_looks_around_waits_for_what_it_looks_at(room: Toy, everywhere: range) -> None:
    seen, heard = list[object](), list[object]()

    def look(row: toy.JarRow, around: Around) -> CommandOwed:
        heard.append([*around.documents(toy.ROOM, "jar")])
        found = around.rows(toy.GIVERS, {"giver": ("g1", "g2"), "last_jar": "jar-a"})
        coins = around.rows(toy.JARS, {"coins": (2, 3)})
        seen.append(([each.fen for each in found], len(coins), around.policy))
        return toy.ring(row)

    room.do("jar-a", toy.OpenJar("罐", "王小明", FRIDAY))
    for n, giver in enumerate(("g1", "g2", "g3"), start=1):
        room.do("jar-a", toy.DropCoin(n, giver))
    jars(room)
    room.project(toy.GIVERS)
    reactions(room).take(milestones(room))
    looking = replace(toy.RING, owes=look, looks_at=(toy.GIVERS,))
    due = Timers(room.engine, room.desk, [looking], policy=lambda *_: POLICY)
    assert due.fire(everywhere) == 0, "nobody answers for the other view yet"
    room.change("INSERT INTO worker.versions (view, version) VALUES ('givers', 1)")
    assert due.fire(everywhere) == 1
    assert seen == [([1, 2], 1, POLICY)]
    assert heard == [["jar-a"]], "what the room keeps of others"
    rung = "SELECT body FROM record.facts WHERE type = 'JarRungFor'"
    assert [envelope.head(body).policy for (body,) in room.ask(rung)] == [POLICY.label]


def test_a_timer_of_use_for_a_while_fires_nothing_older(room: Toy, everywhere: range) -> None:
    room.do("jar-a", toy.OpenJar("罐", "王小明", FRIDAY))
    room.do("jar-a", toy.DropCoin(1))
    jars(room)
    now = room.desk.store.now()
    for good_for, fired in ((now - FRIDAY, 0), (now - FRIDAY + timedelta(hours=1), 1)):
        due = Timers(room.engine, room.desk, [replace(toy.RING, good_for=good_for)])
        assert due.fire(everywhere) == fired
    nothing = replace(toy.RING, name="nothing", owes=lambda _row: None)
    assert Timers(room.engine, room.desk, [nothing]).fire(everywhere) == 1
    told = [str(line[2]) for line in room.ask(FIRED)]
    assert sorted(told) == ["done", "nothing"], "of which nothing is to be done is noted too"


def test_of_what_was_missed_the_newest_alone_is_owed(room: Toy, everywhere: range) -> None:
    jars(room, "jar-a")
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))
    later = occurrence(3, hours=2)
    moved = on(occurrence(0), occurrence(3), later, occurrence(2), None, occurrence(4))
    rounds = timers(room, moved)
    fired = [rounds.fire(everywhere) for _ in range(6)]
    assert fired == [1, 1, 0, 0, 0, 1], "another hour of a date, or an older date, owes nothing"
    assert len(room.ask(RUNG)) == 3


def test_a_timer_that_is_new_owes_nothing_for_what_was_before(room: Toy, everywhere: range) -> None:
    jars(room, "jar-a")
    future = datetime.now(UTC) + timedelta(minutes=1)
    soon = Occurrence(future.date(), future)
    rounds = timers(room, on(occurrence(1), soon, occurrence(2)))
    assert [rounds.fire(everywhere) for _ in range(3)] == [0, 0, 0]
    assert room.ask("SELECT stream, result FROM worker.fired") == [("", "begun")]


def test_a_refused_round_is_parked_until_it_works_or_the_next_one_comes(
    room: Toy, everywhere: range
) -> None:
    room.do("jar-a", toy.OpenJar("罐", "王小明"))
    jars(room)
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))
    rounds = timers(room, on(occurrence(1), occurrence(2), occurrence(3)))
    keys = []
    for _ in range(2):
        assert rounds.fire(everywhere) == 1
        keys += parked(room)
    assert keys == [f"weekly/jar-a/{occurrence(n).day}" for n in (1, 2)], "one line at a time"
    room.do("jar-a", toy.DropCoin(1))
    with transaction(room.engine) as db:
        (line,) = dead_letters.listed(db)
    rounds.again(line)
    assert (parked(room), room.ask(RUNG)) == ([], [("jar-a",)])
    assert rounds.fire(everywhere) == 1
    assert [result for _, _, result in room.ask(FIRED)] == ["refused: jar-empty", "done", "done"]


def test_a_schedule_that_fails_parks_its_row_alone(room: Toy, everywhere: range) -> None:
    jars(room, "jar-a", "jar-b")
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))

    def last(core: Core, row: toy.JarRow, until: datetime) -> Occurrence | None:
        if row.stream == "jar-a":
            raise ArithmeticError("no such day")
        return occurrence(1)

    broken = timers(room, replace(WEEKLY, last=last))
    assert (broken.fire(everywhere), broken.fire(everywhere)) == (1, 0)
    assert parked(room) == ["weekly/jar-a"]
    with transaction(room.engine) as db:
        (line,) = dead_letters.listed(db)
    broken.again(line)
    assert parked(room) == ["weekly/jar-a"]
    timers(room).again(line)
    assert parked(room) == []
    assert timers(room).fire(everywhere) == 2, "a newer Friday for both"


def test_two_workers_at_once_fire_each_date_once(room: Toy, everywhere: range) -> None:
    jars(room, *(f"jar-{n}" for n in range(12)))
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda each: each.fire(everywhere), [timers(room), timers(room)]))
    assert len(room.ask(RUNG)) == len(room.ask(FIRED)) == 12


def test_more_rows_than_one_look_takes_are_reached_in_turn(
    room: Toy, everywhere: range, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.worker.recurring_timers.AT_ONCE", 2)
    jars(room, *(f"jar-{n}" for n in range(5)))
    room.change(BEGUN, (FRIDAY - timedelta(weeks=60),))
    rounds = timers(room)
    assert [rounds.fire(everywhere) for _ in range(4)] == [2, 2, 1, 0]
