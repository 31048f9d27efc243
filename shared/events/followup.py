"""回访的事实 (facts of followup): the call-back, and the four papers filed as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeAlias

from shared.events import document, fact
from shared.events.values import (
    At,
    BranchCode,
    Constraint,
    ContentHash,
    Ending,
    Note,
    Personal,
    PersonalNote,
    PersonName,
    Phone,
    Ref,
    ReportKind,
    Role,
    Text,
    Ticket,
)

Score: TypeAlias = Annotated[int, Constraint(ge=1, le=5, strict=True)]
MOST_ATTEMPTS = 30
"""How many calls in vain a call-back lists: the last ones. What counts is on how many days."""


class SurveyStage(StrEnum):
    """回访状态: where a call-back stands."""

    NONE = "none"
    DUE = "due"
    ANSWERED = "answered"
    UNREACHED = "unreached"
    DECLINED = "declined"


class AttemptResult(StrEnum):
    """回访结果: the result of one call."""

    ANSWERED = "answered"
    NO_ANSWER = "no_answer"
    REFUSED = "refused"
    CALL_AGAIN = "call_again"


class Satisfied(StrEnum):
    """满意情况: whether the customer is satisfied."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Action(StrEnum):
    """后续: what follows if the customer is not fully satisfied."""

    NONE = "none"
    NEW_REPORT = "new_report"
    COMPLAINT = "complaint"


class AnsweredBy(StrEnum):
    """应答方式: whose hand wrote the answers down."""

    DESK = "desk"
    """Somebody of ours asked, and wrote down what the customer said."""
    LINK = "customer_link"
    """The customer themselves, by their one-time link."""


class AnswerKind(StrEnum):
    """题型: in which form a question is answered."""

    YES_NO = "yes_no"
    SCORE = "score"
    WORDS = "words"


class PaperKind(StrEnum):
    """档案类别: the papers a dossier is made of."""

    REPORT = "report"
    WORK_ORDER = "work_order"
    ISSUE_NOTE = "issue_note"
    FOLLOW_UP = "follow_up"
    NO_PARTS = "no_parts"
    """声明: the statement that no parts were drawn, in place of an issue note."""
    NO_VISIT = "no_visit"
    """声明: the statement that nobody went there, in place of a work order."""
    ADDENDUM = "addendum"
    """补充: a file that came after the filing."""


class DossierStage(StrEnum):
    """档案状态: where the file of a ticket stands."""

    NONE = "none"
    COLLECTING = "collecting"
    COMPLETE = "complete"
    FILED = "filed"


class QuestionAbout(StrEnum):
    """题意: what the answer to a question says, so that something follows from it."""

    FAULT_GONE = "fault_gone"
    RUNS_WELL = "runs_well"
    ARRIVED_AS_AGREED = "arrived_as_agreed"
    MANNER = "manner"
    AS_SIGNED = "as_signed"
    ASKED_PRIVATELY = "asked_privately"
    OVERALL = "overall"

    @property
    def kind(self) -> AnswerKind:
        """In which form it is answered."""
        is_score = self in (QuestionAbout.MANNER, QuestionAbout.OVERALL)
        return AnswerKind.SCORE if is_score else AnswerKind.YES_NO


@dataclass(frozen=True, slots=True)
class QuestionMeant:
    """题意: of a question that was asked, by its code."""

    question: Ref
    about: QuestionAbout


@dataclass(frozen=True, slots=True)
class Question:
    """回访题: one question, held as data; its code never changes its meaning."""

    code: Ref
    kind: AnswerKind
    zh: Text
    en: Text
    required: bool = True
    about: QuestionAbout | None = None
    """None: nothing follows from its answer."""


@dataclass(frozen=True, slots=True)
class Answered:
    """答案: the answer to one question, in one of three fields by the question's kind."""

    question: Ref
    yes: bool | None = None
    score: Score | None = None
    words: PersonalNote | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """回访记录: one attempt to reach the customer."""

    at: At
    by: str
    channel: Text
    result: AttemptResult
    call_again_at: At | None = None


@dataclass(frozen=True, slots=True)
class PaperAsked:
    """应归档案: a paper the kind and ending of a case ask for."""

    kind: PaperKind
    number: str | None
    """Of the paper; None for a statement."""


@dataclass(frozen=True, slots=True)
class Paper:
    """档案: a paper that came in, or the statement in its place, with the hash of its content."""

    kind: PaperKind
    number: str | None
    stream: str | None
    """The stream of its facts; None for a statement."""
    version: int | None
    content: ContentHash
    """SHA-256 of its public document, or of the words of the statement."""


class Why(StrEnum):
    """缺档原因: why a paper is not in the file yet."""

    NOT_ARRIVED = "not_arrived"
    NOTE_OPEN = "note_open"
    CALL_BACK_DUE = "call_back_due"
    CALL_BACK_NOT_SET = "call_back_not_set"


@dataclass(frozen=True, slots=True)
class Missing:
    """缺档: a paper that was asked for and is not in the file yet, and why."""

    kind: PaperKind
    number: str | None
    why: Why


STATEMENTS: Mapping[PaperKind, str] = {
    PaperKind.NO_PARTS: "无配件 no parts were drawn",
    PaperKind.NO_VISIT: "未上门 nobody went there",
}
"""声明: what is said in the place of a paper; a statement's content is the hash of its words."""
Place: TypeAlias = tuple[PaperKind, str | None]
"""Which paper of the ticket: its kind and number."""


def place_of(paper: Paper | PaperAsked) -> Place:
    """Which paper of the ticket it is."""
    return paper.kind, paper.number


def in_order(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """By kind and number, as they lie in the file."""
    return tuple(sorted(papers, key=_position))


def missing_paper(paper: PaperAsked, call_back: SurveyStage | None) -> Missing:
    """缺档: a paper that is not here, and why; `call_back` is where the call-back stands."""
    return Missing(paper.kind, paper.number, _why(paper.kind, call_back))


def _position(paper: Paper) -> tuple[int, int, str]:
    number = paper.number or ""
    return list(PaperKind).index(paper.kind), len(number), number


def _why(kind: PaperKind, call_back: SurveyStage | None) -> Why:
    match kind, call_back:
        case PaperKind.ISSUE_NOTE, _:
            return Why.NOTE_OPEN
        case PaperKind.FOLLOW_UP, SurveyStage.NONE:
            return Why.CALL_BACK_NOT_SET
        case PaperKind.FOLLOW_UP, SurveyStage.DUE:
            return Why.CALL_BACK_DUE
        case _:
            return Why.NOT_ARRIVED


@fact(schema=2)
class CallBackScheduled:
    """回访安排: the case has ended; the customer is to be called back by then."""

    ticket: Ticket
    branch: BranchCode
    closed: str
    """The stream whose document said that the case was closed."""
    version: int
    ending: Ending
    contact_name: PersonName
    contact_phone: Phone
    technicians: tuple[str, ...]
    """Who did the job. None of them makes the call-back."""
    questions: tuple[Question, ...]
    attempts_needed: int
    """How many attempts on different days before the customer may be given up."""
    due_at: At
    policy: str


@fact()
class CallBackAttempted:
    """回访尝试: the customer was called and did not answer the questions yet."""

    attempt: Attempt


@fact()
class SurveyLinkMade:
    """回访链接: made for the customer, to answer the questions with their own hand, once."""

    survey: str
    link: ContentHash
    """Of the word in the link; the word itself stands nowhere."""
    until: At


@fact(milestone="survey", schema=2)
class SurveyAnswered:
    """回访应答: the customer answered the questions."""

    attempt: Attempt
    caller: str | None
    """Who of ours asked; None: the customer answered by their link."""
    answered_by: Personal | None
    answers: tuple[Answered, ...]
    satisfied: Satisfied
    score: Score | None
    opinion: PersonalNote | None
    wants_call: bool
    action: Action
    action_ref: Ref | None
    """The ticket or complaint that the answer led to, if there is one already."""
    by: AnsweredBy = AnsweredBy.DESK


@fact(milestone="survey")
class CallBackEnded:
    """回访终结: the customer could not be reached, or declined. It counts as the fourth paper."""

    stage: SurveyStage
    """`unreached` or `declined`."""
    attempt: Attempt | None
    """The last one, if it came with the ending."""
    because: Note


@fact()
class ContactNoted:
    """得知更正: whom to call was corrected on the report, after its approval or its end."""

    version: int
    """Of the report's document that says so."""
    contact_name: PersonName
    contact_phone: Phone


@fact()
class CallBackUrged:
    """督促回访: the call-back is overdue; somebody is reminded once."""

    due_at: At


@fact()
class CallBackOverdue:
    """回访逾期: a call-back waits though it was urged; approvers of the branch are told, once."""

    told: Role
    """In which role people of the branch are told."""
    due_at: At
    """By when the customer should have been called."""
    upward_at: At


@fact(schema=2)
class PapersAsked:
    """应归清单: the case has ended. These papers are required for its kind and ending."""

    ticket: Ticket
    branch: BranchCode
    kind: ReportKind
    ending: Ending
    closed: str
    """The stream whose document said that the case was closed."""
    version: int
    papers: tuple[PaperAsked, ...]
    subject: str | None = None
    """Whose key sealed how to reach the customer; it seals what is filed later as well."""


@fact()
class PaperAdded:
    """归入: a paper of the ticket came in, or a newer version of one.

    After the filing it changes nothing that was filed. It only shows what came late.
    """

    paper: Paper


@fact()
class FilingDue:
    """归档时限: every paper that the case asks for is there; it is to be filed by then."""

    due_at: At


@fact()
class FilingUrged:
    """督促归档: that time has run out; the clerks are reminded once."""

    due_at: At


@fact()
class FilingOverdue:
    """归档逾期: a dossier waits though it was urged; approvers of the branch are told, once."""

    told: Role
    """In which role people of the branch are told."""
    due_at: At
    """By when it should have been filed."""
    upward_at: At


@fact()
class DossierFiled:
    """归档: the papers of the ticket are filed as one; nothing is taken out or replaced."""

    papers: tuple[Paper, ...]
    digest: ContentHash
    """Over all papers in their order, by kind and number."""
    filed_by: str


@document("survey", schema=3)
class SurveyDocument:
    """回访单: everything of a call-back that other rooms use."""

    number: str
    ticket: str
    branch: str
    stage: SurveyStage
    closed: str
    ending: Ending
    technicians: tuple[str, ...]
    due_at: At
    attempts: tuple[Attempt, ...]
    caller: str | None
    answered_by: Personal | None
    answers: tuple[Answered, ...]
    satisfied: Satisfied | None
    score: int | None
    opinion: PersonalNote | None
    wants_call: bool
    action: Action
    action_ref: str | None
    because: str | None
    by: AnsweredBy | None = None
    """Whose hand wrote the answers down; None: there are none."""
    meant: tuple[QuestionMeant, ...] = ()
    """What the questions were about, of those whose answers lead to something."""
