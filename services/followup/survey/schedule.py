"""回访安排与督促 (schedule): what the end of a case, and the clock, make of a call-back."""

from dataclasses import dataclass, replace

from services.followup.survey.state import Survey
from shared.decider import Asked, Decision, number_of
from shared.events.followup import (
    CallBackOverdue,
    CallBackScheduled,
    CallBackUrged,
    ContactNoted,
    SurveyStage,
)
from shared.events.values import At, Role
from shared.step import ticket_of


@dataclass(frozen=True, slots=True)
class ScheduleCallBack:
    """回访安排: the case has ended, says the newest document of its report or its order."""

    scheduled: CallBackScheduled


@dataclass(frozen=True, slots=True)
class NoteContact:
    """得知更正: what intake's newest document of the report says of whom to call."""

    noted: ContactNoted


@dataclass(frozen=True, slots=True)
class UrgeCallBack:
    """督促回访: the time to call back has run out."""

    due_at: At


@dataclass(frozen=True, slots=True)
class MarkCallBackOverdue:
    """回访逾期: it was urged, and still nobody has called; by the timer."""

    due_at: At
    upward_at: At


def schedule(command: ScheduleCallBack, survey: Survey, asked: Asked) -> Decision:
    """回访安排: the last of several documents counts; an order's comes after its report's."""
    before, scheduled = survey.scheduled, command.scheduled
    if before and (before.closed, before.version) >= (scheduled.closed, scheduled.version):
        return []
    if (right := _known(survey, asked)) is not None:
        # Whoever closed the case may not have heard of it yet.
        name, phone = right.contact_name, right.contact_phone
        scheduled = replace(scheduled, contact_name=name, contact_phone=phone)
    return asked.here(scheduled)


def note_contact(command: NoteContact, survey: Survey, asked: Asked) -> Decision:
    """得知更正: unless something newer was noted; before there is a call-back, in the file."""
    known, noted = _known(survey, asked), command.noted
    if known is not None and known.version >= noted.version:
        return []
    return asked.here(noted) if survey.scheduled else [(_dossier_of(asked), noted)]


def reads_dossier(_command: object, _survey: object, asked: Asked) -> tuple[str, ...]:
    """The file of the ticket: it keeps a correction that came before there is a call-back."""
    return (_dossier_of(asked),)


def _known(survey: Survey, asked: Asked) -> ContactNoted | None:
    """The newest correction, wherever it was noted."""
    noted = (survey.contact, asked.read(_dossier_of(asked)).contact)
    return max((each for each in noted if each), key=lambda each: each.version, default=None)


def _dossier_of(asked: Asked) -> str:
    return f"dossier-{ticket_of(number_of(asked.home))}"


def urge(command: UrgeCallBack, survey: Survey, asked: Asked) -> Decision:
    """督促回访: once, while the customer is still to be called."""
    waits = survey.stage is SurveyStage.DUE and survey.urged is None
    return asked.here(CallBackUrged(command.due_at)) if waits else []


def mark_overdue(command: MarkCallBackOverdue, survey: Survey, asked: Asked) -> Decision:
    """回访逾期: once, of a call-back that was urged and still is to be made."""
    waits = survey.stage is SurveyStage.DUE and survey.urged is not None and survey.overdue is None
    told = CallBackOverdue(Role.APPROVER, command.due_at, command.upward_at)
    return asked.here(told) if waits else []
