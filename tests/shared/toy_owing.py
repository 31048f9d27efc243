"""What the toy room may owe besides: what comes round on Fridays, and papers with a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from types import SimpleNamespace
from typing import Any

from shared.decider import Asked, Decision, reason, refuse_if
from shared.document import CommandOwed, NewTicket, Published, Reaction, Recurring
from shared.policy import Core
from shared.policy.clocks import Occurrence, Schedule, Weekday, last_occurrence
from shared.step import Owed, by_command
from tests.shared import toy

FRIDAYS = Schedule(time(9), weekdays=(Weekday.FRI,))


def friday(core: Core, _: toy.JarRow, until: datetime) -> Occurrence | None:
    return last_occurrence(FRIDAYS, core.calendar, until)


def ring_on_friday(row: toy.JarRow, friday: Occurrence) -> CommandOwed | None:
    """A jar that is labelled so is left in peace."""
    return None if row.label == "静" else CommandOwed(row.stream, toy.RingForJar(friday.due))


WEEKLY = Recurring("weekly", toy.JARS, friday, ring_on_friday)


@dataclass(frozen=True, slots=True)
class Renew:
    """A jar wants a paper of its own, with a number; once, whatever else becomes of the jar."""

    jar: str
    fen: int


def decide_renewal(command: Renew, _: None, asked: Asked) -> Decision:
    mark = f"shelf-renewed-{command.jar}"
    refuse_if((command.fen == 11, reason("unlucky")))
    if asked.read(mark).noted:
        return []
    return [(asked.home, toy.JarEmptied()), (mark, toy.TotalNoted(command.jar, 1, command.fen))]


def reads_mark(command: Renew, _: None, _asked: Asked) -> list[str]:
    return [f"shelf-renewed-{command.jar}"]


RENEWAL: Any = SimpleNamespace(
    initial=None,
    decide=by_command((Owed(Renew, decide_renewal, reads=reads_mark),)),
    evolve=lambda state, _: state,
    public=toy.no_document,
)


def renew(jar: Published) -> Sequence[NewTicket]:
    def build(ticket: str) -> CommandOwed:
        wanted = Renew(jar.stream, jar.state.fen)
        return CommandOwed(f"renewal-{ticket}", wanted)

    return [NewTicket(jar.branch, jar.recorded_at, build)]


RENEW = Reaction("renew", ("jar",), renew)
DECIDERS = {**toy.room.papers, "renewal": RENEWAL}
