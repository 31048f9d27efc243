"""回访安排与督促 (schedule): what the end of a case, and the clock, make of a call-back."""

from dataclasses import dataclass

from services.followup.survey.state import Survey
from shared.decider import Asked, Decision
from shared.events.followup import CallBackScheduled, CallBackUrged, SurveyStage
from shared.events.values import At


@dataclass(frozen=True, slots=True)
class ScheduleCallBack:
    """回访安排: the case has ended, says the newest document of its report or its order."""

    scheduled: CallBackScheduled


@dataclass(frozen=True, slots=True)
class UrgeCallBack:
    """督促回访: the time to call back has run out."""

    due_at: At


def schedule(command: ScheduleCallBack, survey: Survey, asked: Asked) -> Decision:
    """回访安排: the last of several documents counts; an order's comes after its report's."""
    before, scheduled = survey.scheduled, command.scheduled
    if before and (before.closed, before.version) >= (scheduled.closed, scheduled.version):
        return []
    return asked.here(scheduled)


def urge(command: UrgeCallBack, survey: Survey, asked: Asked) -> Decision:
    """督促回访: once, while the customer is still to be called."""
    waits = survey.stage is SurveyStage.DUE and survey.urged is None
    return asked.here(CallBackUrged(command.due_at)) if waits else []
