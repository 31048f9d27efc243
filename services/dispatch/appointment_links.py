"""确认链接册 (the book of links): for which visit a customer was given a one-time link.

A stream for each link, named by the hash of the word in it. It is written together with the visit,
so that whoever brings the word finds the visit by the record, and learns nothing else of it.
"""

from dataclasses import dataclass

from shared.events.visits import AppointmentLinkMade
from shared.step import Address, AnyRow, PaperType, PathField, by_command


@dataclass(frozen=True, slots=True)
class LinkedVisit:
    """链接所指: the visit that the link was made for; empty before it was made."""

    visit: str = ""


PAPER: PaperType[LinkedVisit] = PaperType(
    "appointment_link", Address("/appointment-links/{number}", (PathField(max_length=64),))
)
STEPS: tuple[AnyRow[LinkedVisit], ...] = ()
"""It is written with the visits alone."""
initial = LinkedVisit()
decide = by_command(STEPS)


def evolve(_: LinkedVisit, fact: AppointmentLinkMade) -> LinkedVisit:
    """For which visit it is."""
    return LinkedVisit(fact.visit)
