"""One case after its end, as stories of followup tell it: whom to call, what to ask, what is in."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.followup.dossier.collection import AddPaper, AskPapers
from services.followup.dossier.state import Dossier
from services.followup.survey.call import AnswerSurvey, AttemptCallBack
from services.followup.survey.schedule import ScheduleCallBack
from shared.decider import Asked, Happened
from shared.events.followup import (
    Action,
    Answered,
    AnswerKind,
    Attempt,
    AttemptResult,
    CallBackAttempted,
    CallBackScheduled,
    Paper,
    PaperAdded,
    PaperAsked,
    PaperKind,
    PapersAsked,
    Question,
    QuestionAbout,
    Satisfied,
    SurveyAnswered,
)
from shared.events.values import Ending, ReportKind, Sealed

TICKET = "BX-HZ01-20261102-0001"
NUMBER = f"{TICKET}-H1"
HOME = f"survey-{NUMBER}"
FILE = f"dossier-{TICKET}"
ORDER = f"work_order-{TICKET}-W1"
BRANCH = "HZ01"
CLERK, ZHAO, LIU = "C-WANGFANG", "C-ZHAOMIN", "T-LIUYANG"
AT = datetime(2026, 11, 3, 2, 0, tzinfo=UTC)
DUE = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


def sealed(field: str) -> Sealed:
    return Sealed(f"report-{TICKET}", field, "c2VhbGVk")


QUESTIONS = (
    Question(
        "fault_gone",
        AnswerKind.YES_NO,
        "故障是否已排除？",
        "Is the fault gone?",
        about=QuestionAbout.FAULT_GONE,
    ),
    Question("overall", AnswerKind.SCORE, "总体评价", "All in all?", about=QuestionAbout.OVERALL),
    Question("wish", AnswerKind.WORDS, "还有什么希望？", "Any wish?", required=False),
)
SCHEDULED = CallBackScheduled(
    ticket=TICKET,
    branch=BRANCH,
    closed=ORDER,
    version=14,
    ending=Ending.REPAIRED,
    contact_name=sealed("contact_name"),
    contact_phone=sealed("contact_phone"),
    technicians=(LIU,),
    questions=QUESTIONS,
    attempts_needed=3,
    due_at=DUE,
    policy="core@1",
)
SCHEDULE = ScheduleCallBack(SCHEDULED)
ANSWERS = (Answered("fault_gone", yes=True), Answered("overall", score=5))
ANSWER = AnswerSurvey("phone", sealed("answered_by"), ANSWERS, Satisfied.YES)
ANSWERED = SurveyAnswered(
    attempt=Attempt(AT, CLERK, "phone", AttemptResult.ANSWERED),
    caller=CLERK,
    answered_by=sealed("answered_by"),
    answers=ANSWERS,
    satisfied=Satisfied.YES,
    score=5,
    opinion=None,
    wants_call=False,
    action=Action.NONE,
    action_ref=None,
)
NOBODY = AttemptCallBack("phone", AttemptResult.NO_ANSWER)


def tried(days: int = 0, result: AttemptResult = AttemptResult.NO_ANSWER) -> CallBackAttempted:
    """The customer was called so many days after the first morning."""
    return CallBackAttempted(Attempt(AT + timedelta(days=days), CLERK, "phone", result))


def paper(kind: PaperKind, number: str, stream: str, version: int = 9) -> Paper:
    """A paper, each version with a content of its own."""
    return Paper(kind, number, stream, version, f"{version:064x}")


REPORT = paper(PaperKind.REPORT, TICKET, f"report-{TICKET}")
WORK_ORDER = paper(PaperKind.WORK_ORDER, f"{TICKET}-W1", ORDER, 14)
NOTE = paper(PaperKind.ISSUE_NOTE, f"{TICKET}-C1", f"issue_note-{TICKET}-C1", 6)
FOLLOW_UP = paper(PaperKind.FOLLOW_UP, NUMBER, HOME, 2)
ALL = (REPORT, WORK_ORDER, NOTE, FOLLOW_UP)
WANTED = tuple(PaperAsked(each.kind, each.number) for each in ALL)
ASKED = PapersAsked(TICKET, BRANCH, ReportKind.REPAIR, Ending.REPAIRED, ORDER, 14, WANTED)
ASK = AskPapers(ASKED)
REMOTELY = (
    PaperAsked(PaperKind.REPORT, TICKET),
    PaperAsked(PaperKind.FOLLOW_UP, NUMBER),
    PaperAsked(PaperKind.NO_VISIT, None),
    PaperAsked(PaperKind.NO_PARTS, None),
)
ASKED_REMOTELY = replace(
    ASKED, ending=Ending.SOLVED_REMOTELY, closed=f"report-{TICKET}", version=5, papers=REMOTELY
)
ASK_REMOTELY = AskPapers(ASKED_REMOTELY)
ADDED = tuple(PaperAdded(each) for each in ALL)
ADD = tuple(AddPaper(each) for each in ALL)


def by(
    person: str = CLERK,
    home: str = HOME,
    reads: Mapping[str, Any] | None = None,
    days: int = 0,
    called: Sequence[timedelta] = (),
) -> Asked:
    """Asked by somebody, so many days after the first morning.

    `called`: when calls that nobody took were recorded, so long after it.
    """
    at = AT + timedelta(days=days)
    calls = [Happened(tried(), AT, AT + after) for after in called]
    asked = Asked(home, person, frozenset(), at, BRANCH, TICKET, reads=reads or {FILE: Dossier()})
    return replace(asked, happened={home: calls})
