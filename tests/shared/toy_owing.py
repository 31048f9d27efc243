"""What the toy room may owe besides: what comes round on Fridays, and papers with a number."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from types import SimpleNamespace
from typing import Any

from shared.decider import Asked, Decision, reason, refuse_if
from shared.document import NewTicket, Owed, Published, Reaction, Recurring
from shared.policy import Core
from shared.policy.clocks import Occurrence, Schedule, Weekday, last_occurrence
from tests.shared import toy

FRIDAYS = Schedule(time(9), weekdays=(Weekday.FRI,))


def friday(core: Core, _: toy.JarRow, until: datetime) -> Occurrence | None:
    return last_occurrence(FRIDAYS, core.calendar, until)


def ring_on_friday(row: toy.JarRow, friday: Occurrence) -> Owed | None:
    """A jar that is labelled so is left in peace."""
    return None if row.label == "静" else Owed(row.stream, toy.RingForJar(friday.due))


WEEKLY = Recurring("weekly", toy.JARS, friday, ring_on_friday)


@dataclass(frozen=True, slots=True)
class Renew:
    """A jar wants a paper of its own, with a number; once, whatever else becomes of the jar."""

    jar: str
    fen: int


def decide_renewal(command: Renew, _: None, asked: Asked) -> Decision:
    mark = f"shelf-renewed-{command.jar}"
    refuse_if((command.fen == 11, reason("unlucky")))
    if asked.reads[mark].noted:
        return []
    return [(asked.home, toy.JarEmptied()), (mark, toy.TotalNoted(command.jar, 1, command.fen))]


RENEWAL: Any = SimpleNamespace(
    initial=None,
    decide=decide_renewal,
    evolve=lambda state, _: state,
    public=toy.no_document,
)


def renew(jar: Published) -> Sequence[NewTicket]:
    def build(ticket: str) -> Owed:
        wanted = Renew(jar.stream, jar.state.fen)
        return Owed(f"renewal-{ticket}", wanted, (f"shelf-renewed-{jar.stream}",))

    return [NewTicket(jar.branch, jar.recorded_at, build)]


RENEW = Reaction("renew", ("jar",), renew)
DECIDERS = {**toy.room.deciders, "renewal": RENEWAL}
