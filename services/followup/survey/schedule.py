"""回访安排与督促 (schedule): what the end of a case, and the clock, make of a call-back."""

from dataclasses import dataclass

from services.followup.survey.state import Survey
from shared.decider import Asked, Decision
from shared.events.followup import CallBackScheduled, CallBackUrged, Question, SurveyStage
from shared.events.values import At, BranchCode, Ending, Personal, Phone, Ticket


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
class UrgeCallBack:
    """督促回访: the time to call back has run out."""

    due_at: At


def schedule(command: ScheduleCallBack, survey: Survey, asked: Asked) -> Decision:
    """回访安排: the last of several documents counts; an order's comes after its report's."""
    before = survey.scheduled
    if before and (before.closed, before.version) >= (command.closed, command.version):
        return []
    scheduled = CallBackScheduled(
        ticket=command.ticket,
        branch=command.branch,
        closed=command.closed,
        version=command.version,
        ending=command.ending,
        contact_name=command.contact_name,
        contact_phone=command.contact_phone,
        technicians=command.technicians,
        questions=command.questions,
        attempts_needed=command.attempts_needed,
        due_at=command.due_at,
        policy=command.policy,
    )
    return asked.here(scheduled)


def urge(command: UrgeCallBack, survey: Survey, asked: Asked) -> Decision:
    """督促回访: once, while the customer is still to be called."""
    waits = survey.stage is SurveyStage.DUE and survey.urged is None
    return asked.here(CallBackUrged(command.due_at)) if waits else []
