"""投诉所定 (ruling): what policy and the cards say of a complaint, and whether that is enough."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.intake.complaint.telling import Turns
from shared.decider import Asked, Rule, reason
from shared.events.complaints import Terms
from shared.notices.wanted import ToPeople


@dataclass(frozen=True, slots=True)
class StandIn:
    """代行: who acts today for somebody who leads a department or is above it."""

    person: str
    deputy: str


@dataclass(frozen=True, slots=True)
class Ruled:
    """所定: what policy and the cards say of a class and a department; empty: they are unknown."""

    terms: Terms | None = None
    """None: there is no such class, or its time is to be agreed."""
    as_agreed: bool = False
    """Whether the time of the class is agreed with the customer."""
    classes: tuple[str, ...] = ()
    """Those that policy has."""
    departments: tuple[str, ...] = ()
    department: str | None = None
    """Of which of these it speaks."""
    head: tuple[str, ...] = ()
    """Who leads the department at this branch."""
    upward: tuple[str, ...] = ()
    """Who is above them."""
    stand_ins: tuple[StandIn, ...] = ()
    """Of an emergency: who acts for one of these today."""
    instead: tuple[tuple[str, ...], ...] = ()
    """Who is told of an emergency, in turn, where nobody of these is there."""
    notice: ToPeople | None = None
    """How they are sent it; None: by policy nobody is."""
    on: date = date.min
    """The day at the branch: who acts for whom holds on days."""

    def turns(self, part: Sequence[str] = ()) -> Turns:
        """Who is told of an emergency: who leads the department and who is above, both at once.

        So is who acts for one of them today, but for one who is part of it.
        """
        acting = (each.deputy for each in self.stand_ins if each.person not in part)
        return ((*self.head, *self.upward, *acting), *self.instead)


UNRULED = Ruled()
AGREED_WITHIN = timedelta(days=366)
"""House: so far ahead a customer may be put off; then it is classed again."""


def unruled(
    class_code: str, agreed_until: datetime | None, ruled: Ruled, asked: Asked
) -> Iterator[Rule]:
    """Rules: policy has this class; a time is agreed where policy has none, and only there.

    It is not so far ahead that nobody is ever told that it is late.
    """
    known = class_code in ruled.classes
    told = reason("complaint-class-unknown", class_code=class_code, known=ruled.classes)
    yield not known, told
    agreed = agreed_until is not None and asked.at < agreed_until <= asked.at + AGREED_WITHIN
    fits = agreed if ruled.as_agreed else agreed_until is None
    timed = fits and ruled.terms is not None
    yield known and not timed, reason("agreed-until", class_code=class_code)


def no_department(department: str, ruled: Ruled) -> Rule:
    """A rule: policy has this department."""
    told = reason("department-unknown", department=department, known=ruled.departments)
    return department not in ruled.departments, told
