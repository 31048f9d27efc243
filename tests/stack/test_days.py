"""跨周上栈 (over a week, on the real stack): the clock for stories lets the days go by.

The repair is the one that is played in memory. Timers fire by that clock, recorded days are counted
by it, and every answer says how far ahead it is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from guiyi.play.case import Case
from guiyi.play.cast import cast
from guiyi.play.days import OVER_A_WEEK, ZONE, Day, Weekday, play_days
from guiyi.play.desk import Desk
from guiyi.play.people import CLERK, ONLOOKER, OPERATOR
from guiyi.rooms import ROOMS
from guiyi.stack.plan import STORY_CLOCK
from shared.notes import in_both
from shared.record.story_clock import HEADER, iso, told
from tests.stack.conftest import standing_as, until
from tests.stack.operators import Told, called
from tests.stack.whole import LONG, Whole, begin, settled

PROVING = (
    ("lag",),
    ("relay", "status", "intake"),
    ("rebuild", "followup", "surveys", "--actor", OPERATOR.id),
    ("parked", "list", "intake", "--actor", OPERATOR.id),
)
"""What reads the databases themselves, and asks no room."""
DUE = time(11)
"""Of the working hours that a technician has to answer, one and a half are on Saturday."""


def desk_of(stack: Whole) -> Desk:
    """Where people work by the clock for stories."""
    key = stack.installation.token_private_key_file
    return Desk(stack.access.peers, key, "HZ01", patience=LONG)


@contextmanager
def for_stories() -> Iterator[Whole]:
    """A whole stack whose clock only advances. Nothing of it is left at the end."""
    with standing_as(Whole) as made:
        made.ports[STORY_CLOCK] = "1"
        yield made.up()


def told_by(stack: Whole, *words: str) -> Told:
    """The command, for programs; it comes to a good end."""
    folder = Path(stack.installation.folder)
    ended = called(*words, "--state", str(folder), "--json", environ={})
    assert ended.code == 0, ended.err
    return ended


def guiyi(stack: Whole, *words: str) -> Any:
    """What the command prints, for programs."""
    return told_by(stack, *words).json


def advance(stack: Whole, desk: Desk, moment: datetime) -> None:
    """It is that late, in every room."""
    guiyi(stack, "clock", "advance", iso(moment - desk.now), "--actor", OPERATOR.id)
    desk.ahead = moment - datetime.now(UTC)


def says_so(stack: Whole) -> None:
    """Every process, `guiyi status` and whatever proves something says that it is a story."""
    (ahead,) = set(guiyi(stack, "clock", "show")["ahead"].values())
    line = told(msgspec.convert(ahead, timedelta))
    (note,) = in_both([line])
    assert note != line, "it is said in Chinese too"
    parts = {each["name"]: each for each in guiyi(stack, "status")["parts"]}
    processes = parts.keys() - {"kafka", "postgres"}
    assert {name.partition("-")[0] for name in processes} >= set(ROOMS)
    for name in processes:
        assert stack.get(name, "/readyz").splitlines() == ["ok", note], name
        assert parts[name]["notes"] == [note], name
    for words in PROVING:
        assert ahead in told_by(stack, *words).err, words


def urged(case: Case) -> set[str]:
    """The reminders of the ticket so far, as its histories tell them."""
    rooms = ("intake", "dispatch", "followup") if case.ticket else ()
    told = (case.shown(ONLOOKER, room, f"/v1/tickets/{case.ticket}/history") for room in rooms)
    facts = (fact["type"] for one in told if one for fact in one["rows"])
    return {fact for fact in facts if fact.endswith("Urged")}


@pytest.mark.stack
@pytest.mark.timeout(900)
def test_a_repair_spans_a_week_by_the_clock_for_stories() -> None:
    with for_stories() as stack, desk_of(stack) as desk:
        begin(stack)
        case, days = Case(desk, cast()["rings"]), list[Day]()

        def begun(day: Day) -> None:
            days.append(day)
            until(lambda: urged(case) >= day.urged, f"{day}: {day.urged}", LONG)
            assert urged(case) == day.urged

        ticket = play_days(case, OVER_A_WEEK, lambda at: advance(stack, desk, at), begun)
        assert days == [*OVER_A_WEEK]
        page = desk.asks(CLERK, "followup", f"/v1/tickets/{ticket}/papers")
        assert page.headers[HEADER] == guiyi(stack, "clock", "show")["ahead"]["followup"]
        (dossier,) = (each for each in page.json()["rows"] if each["kind"] == "dossier")
        assert dossier["stage"] == "filed"
        history = desk.asks(ONLOOKER, "followup", f"/v1/tickets/{ticket}/history").json()["rows"]
        tried = [each for each in history if each["type"] == "CallBackAttempted"]
        recorded = [datetime.fromisoformat(each["recorded_at"]) for each in tried]
        there = [Weekday(each.astimezone(ZONE).weekday()) for each in recorded]
        assert there == [Weekday.WED, Weekday.WED, Weekday.THU, Weekday.FRI]
        orders = desk.asks(ONLOOKER, "dispatch", f"/v1/tickets/{ticket}/history").json()["rows"]
        (late,) = (each for each in orders if each["type"] == "TakingUrged")
        at = datetime.fromisoformat(late["recorded_at"]).astimezone(ZONE)
        assert (at.weekday(), at.time() >= DUE) == (Weekday.MON, True), at
        says_so(stack)
        settled(stack)
