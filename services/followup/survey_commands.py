"""回访单的命令 (commands of the survey): what may be asked of a call-back, and by whom."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from shared.events.followup import Action, Answered, AttemptResult, Question, Satisfied
from shared.events.values import (
    At,
    BranchCode,
    Ending,
    Note,
    Personal,
    PersonalNote,
    Phone,
    Ref,
    Text,
    Ticket,
    TimeZone,
)


class GivenUp(StrEnum):
    """终结方式: how a call-back ends without answers."""

    UNREACHED = "unreached"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class ScheduleCallBack:
    """回访安排: the case has ended, says the newest document of its report or its order."""

    ticket: Ticket
    branch: BranchCode
    closed: str
    version: int
    ending: Ending
    contact_name: Personal
    contact_phone: Phone
    technicians: tuple[str, ...]
    questions: tuple[Question, ...]
    attempts_needed: int
    due_at: At
    policy: str


@dataclass(frozen=True, slots=True)
class AttemptCallBack:
    """回访尝试: the customer was called and has not answered the questions."""

    channel: Text
    result: AttemptResult
    call_again_at: At | None = None
    """When he asked to be called again; with that result alone."""


@dataclass(frozen=True, slots=True)
class AnswerSurvey:
    """回访应答: the customer answered the questions."""

    channel: Text
    answered_by: Personal
    answers: tuple[Answered, ...]
    satisfied: Satisfied
    opinion: PersonalNote | None = None
    wants_call: bool = False
    action: Action = Action.NONE
    """What follows; named whenever he is not simply satisfied."""
    action_ref: Ref | None = None


@dataclass(frozen=True, slots=True)
class EndCallBack:
    """回访终结: give the customer up, with or without one last attempt."""

    ending: GivenUp
    because: Note
    channel: Text | None = None
    """By which way he was tried once more; None: he was not."""
    time_zone: TimeZone = "UTC"
    """Obligation: where the days of the attempts are counted."""


@dataclass(frozen=True, slots=True)
class UrgeCallBack:
    """督促回访: the time to call back has run out."""

    due_at: At


Command: TypeAlias = ScheduleCallBack | AttemptCallBack | AnswerSurvey | EndCallBack | UrgeCallBack
