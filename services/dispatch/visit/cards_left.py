"""留言条一览 (cards left): what was left at closed doors, for whoever takes the customer's call."""

from dataclasses import dataclass
from datetime import datetime

from shared.events.visits import VisitEnded
from shared.step import ticket_of
from shared.view import Key, Recorded

NAME = "cards_left"
VERSION = 1
KEY = ("number",)
INDEXES = (("branch",), ("ticket",))


@dataclass(frozen=True, slots=True)
class Row:
    """留言条一行: a card, by the number that stands on it."""

    number: str
    visit: str
    ticket: str
    branch: str
    left_by: str
    came_at: datetime
    whom_to_call: str | None
    """Somebody of ours; None: the branch."""
    because: str | None
    next_step: str | None
    changed_at: datetime


def keys(recorded: Recorded) -> list[Key]:
    """The card that was left, if one was."""
    match recorded.fact:
        case VisitEnded(card=card) if card is not None:
            return [(card.number,)]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """A card is written once."""
    ended = recorded.fact
    if not isinstance(ended, VisitEnded) or ended.card is None:
        return row
    visit = recorded.stream.partition("-")[2]
    return Row(
        number=str(key[0]),
        visit=visit,
        ticket=ticket_of(visit),
        branch=recorded.branch,
        left_by=recorded.actor,
        came_at=ended.card.came_at,
        whom_to_call=ended.card.whom_to_call,
        because=ended.because,
        next_step=ended.next_step,
        changed_at=recorded.recorded_at,
    )
