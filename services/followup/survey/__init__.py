"""回访单 (survey): from the end of a case to the customer's answers, or to an end without them.

The call-back is owed when the case is closed. Nobody who did the job makes it; the questions are
held as data and come with it; a customer who cannot be reached is given up only after enough
different days. The state stands in `state.py`, and each group of steps in a file of its own.
"""

from collections.abc import Sequence

from services.followup.survey import board, call, call_backs_due, ending, link, schedule
from services.followup.survey.state import (
    Survey,
    SurveyMilestone,
    document_of,
    shown,
    subject_of,
)
from services.followup.survey.state import (
    evolve as evolve_paper,
)
from shared import urging
from shared.decider import Public
from shared.document import CommandOwed, Timer
from shared.events.followup import (
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    CallBackScheduled,
    SurveyAnswered,
    SurveyStage,
)
from shared.events.values import TICKET_FORM, Role
from shared.ground import last_of
from shared.step import (
    WORDS,
    Address,
    ByLink,
    Owed,
    PaperType,
    PathField,
    Step,
    by_command,
    offering,
    ticket_of,
)
from shared.view import View

__all__ = ["PAPER", "STEPS", "Survey", "decide", "evolve", "initial", "public"]

NUMBER = PathField(described="回访单号 BX-…-H1", pattern=rf"^{TICKET_FORM}-H[1-9][0-9]?$")
PAPER: PaperType[Survey] = PaperType(
    prefix="survey",
    address=Address("/surveys/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    subject_of=subject_of,
    shown=shown,
)
CLERK = {Role.CLERK}

initial = Survey()
_STEPS = (
    Step(
        "attempts",
        call.AttemptCallBack,
        call.attempt,
        by=CLERK,
        rests_on=last_of(CallBackScheduled),
        until=SurveyStage.DUE,
        offer=offering(call.AttemptCallBack(WORDS, AttemptResult.NO_ANSWER)),
        example=call.ATTEMPT_EXAMPLE,
    ),
    Step(
        "answers",
        call.AnswerSurvey,
        call.answer,
        by=CLERK,
        rests_on=last_of(CallBackScheduled),
        until=SurveyStage.DUE,
        offer=call.offered_answer,
        example=call.ANSWER_EXAMPLE,
    ),
    Step(
        "endings",
        ending.EndCallBack,
        ending.end,
        by=CLERK,
        rests_on=last_of(CallBackScheduled, CallBackAttempted),
        until=SurveyStage.DUE,
        example=ending.ENDING_EXAMPLE,
    ),
    Step(
        "answer-links",
        link.MakeSurveyLink,
        link.make,
        by=CLERK,
        rests_on=last_of(CallBackScheduled),
        until=SurveyStage.DUE,
        reads=link.reads_of_link,
    ),
    ByLink(link.AnswerSurveyByLink, link.answer),
    Owed(schedule.ScheduleCallBack, schedule.schedule, reads=schedule.reads_dossier),
    Owed(schedule.NoteContact, schedule.note_contact, reads=schedule.reads_dossier),
    Owed(schedule.UrgeCallBack, schedule.urge),
    Owed(schedule.MarkCallBackOverdue, schedule.mark_overdue),
)
_WAITS = {
    SurveyStage.DUE: "answers",
}
"""What is waited for at which stage."""
_URGED = urging.Urgeable(_STEPS, lambda survey: _WAITS.get(survey.stage))
_URGINGS = urging.urgings(
    _URGED,
    by={Role.APPROVER, *CLERK},
    rests_on=last_of(CallBackScheduled),
    until=SurveyStage.DUE,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)


def _urge_call_back(row: call_backs_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, schedule.UrgeCallBack(row.due))


VIEWS: Sequence[View] = (call_backs_due, board)
TIMERS = (Timer("urge-call-back", call_backs_due, _urge_call_back),)


def public(survey: Survey, fact: SurveyMilestone) -> Public:
    """The call-back's public document right after the milestone."""
    document = document_of(survey)
    match fact:
        case SurveyAnswered():
            return Public(document, {"satisfied": fact.satisfied, "action": fact.action})
        case CallBackEnded():
            return Public(document, {"stage": fact.stage, "because": fact.because})
