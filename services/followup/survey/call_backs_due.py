"""待回访 (call-backs due): whom to call and by when; feeds the clock."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.followup import (
    MOST_ATTEMPTS,
    Attempt,
    CallBackAttempted,
    CallBackEnded,
    CallBackScheduled,
    CallBackUrged,
    ContactNoted,
    SurveyAnswered,
)
from shared.events.values import Ending, Personal
from shared.fields import filled
from shared.view import Key, Recorded, keys_by_stream

NAME = "call_backs_due"
VERSION = 2
KEY = ("stream",)
INDEXES = (("due",), ("branch",))


@dataclass(frozen=True, slots=True)
class Row:
    """待回访一行: a customer who was neither asked nor given up yet."""

    stream: str
    due: datetime
    """By when to call: as policy says, or when they asked to be called again, if that is later."""
    number: str
    ticket: str
    branch: str
    ending: Ending
    contact_name: Personal
    contact_phone: Personal
    technicians: tuple[str, ...]
    """Who did the job and does not call."""
    attempts: tuple[Attempt, ...]
    attempts_needed: int
    call_again_at: datetime | None
    urged: bool


keys = keys_by_stream(
    CallBackScheduled,
    ContactNoted,
    CallBackAttempted,
    CallBackUrged,
    SurveyAnswered,
    CallBackEnded,
)


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """There while the customer is to be called; once gone it does not come back."""
    match recorded.fact:
        case CallBackScheduled() as scheduled if row is not None or recorded.version == 1:
            return _scheduled(str(key[0]), row, scheduled)
        case ContactNoted(_, name, phone) if row is not None:
            return replace(row, contact_name=name, contact_phone=phone)
        case CallBackAttempted(attempt) if row is not None:
            again = attempt.call_again_at
            return replace(
                row,
                attempts=(*row.attempts, attempt)[-MOST_ATTEMPTS:],
                call_again_at=again,
                due=max(row.due, again) if again else row.due,
            )
        case CallBackUrged() if row is not None:
            return replace(row, urged=True)
        case _:
            return None


def _scheduled(stream: str, row: Row | None, scheduled: CallBackScheduled) -> Row:
    again = row.call_again_at if row else None
    return filled(
        Row,
        scheduled,
        stream=stream,
        due=max(scheduled.due_at, again) if again else scheduled.due_at,
        number=stream.partition("-")[2],
        attempts=row.attempts if row else (),
        call_again_at=again,
        urged=row.urged if row else False,
    )
