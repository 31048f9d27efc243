"""回访一览 (the board of surveys): every call-back and what came of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events.followup import (
    Action,
    AnsweredBy,
    CallBackAttempted,
    CallBackEnded,
    CallBackScheduled,
    CallBackUrged,
    Satisfied,
    SurveyAnswered,
    SurveyStage,
)
from shared.events.values import Ending, PersonalNote
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "surveys"
VERSION = 3
KEY = ("number",)
INDEXES = (("branch", "stage"), ("ticket",), ("branch", "answered_at"))


@dataclass(frozen=True, slots=True)
class Row:
    """回访单一行: one call-back from its due date to its end."""

    number: str
    ticket: str
    branch: str
    stage: SurveyStage
    ending: Ending
    technicians: tuple[str, ...]
    due_at: datetime
    attempts: int
    caller: str | None
    satisfied: Satisfied | None
    score: int | None
    opinion: PersonalNote | None
    wants_call: bool
    action: Action
    action_ref: str | None
    by: AnsweredBy | None
    """Whose hand wrote the answers down."""
    answered_at: datetime | None
    """When the answers were recorded."""
    because: str | None
    """Why the customer was given up."""
    urged: bool
    version: int
    changed_at: datetime


keys = keys_by_number("survey")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact."""
    if isinstance(recorded.fact, CallBackScheduled):
        row = _scheduled(str(key[0]), row, recorded, recorded.fact)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match recorded.fact:
        case CallBackAttempted():
            row = replace(row, attempts=row.attempts + 1)
        case SurveyAnswered() as answered:
            row = replace(_answered(row, answered), answered_at=recorded.recorded_at)
        case CallBackEnded(stage, attempt, because):
            tried = row.attempts + (attempt is not None)
            row = replace(row, stage=stage, attempts=tried, because=because)
        case CallBackUrged():
            row = replace(row, urged=True)
        case _:
            pass
    return row


def _answered(row: Row, answered: SurveyAnswered) -> Row:
    return replace(
        row,
        stage=SurveyStage.ANSWERED,
        attempts=row.attempts + 1,
        caller=answered.caller,
        satisfied=answered.satisfied,
        score=answered.score,
        opinion=answered.opinion,
        wants_call=answered.wants_call,
        action=answered.action,
        action_ref=answered.action_ref,
        by=answered.by,
    )


def _scheduled(
    number: str, row: Row | None, recorded: Recorded, scheduled: CallBackScheduled
) -> Row:
    fresh = row or first_row(
        Row,
        scheduled,
        number=number,
        stage=SurveyStage.DUE,
        attempts=0,
        wants_call=False,
        action=Action.NONE,
        urged=False,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )
    return replace(
        fresh,
        ending=scheduled.ending,
        technicians=scheduled.technicians,
        due_at=scheduled.due_at,
    )
