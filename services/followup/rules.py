"""回访的规则 (rules of followup): what policy says of call-backs, and which papers a case asks for.

What comes out of here enters a command as an obligation and stands on its fact.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from shared.events.followup import PaperAsked, PaperKind, Question
from shared.events.order_sheet import WorkOrderDocument
from shared.events.values import Ending, ReportKind
from shared.policy import Core
from shared.policy.clocks import due

_UNDONE = {ReportKind.COMMISSIONING: Ending.NOT_COMMISSIONED}
"""How a case of a kind ends that could not be done; of other kinds: not repairable."""


def is_called_back(
    policy: Core,
    ending: Ending,
    ticket: str,
    kind: ReportKind = ReportKind.REPAIR,
    *,
    worked: bool = False,
) -> bool:
    """抽样: whether a case that ended so is followed up; the same for a ticket whenever asked.

    What was withdrawn after somebody worked is called about like what could not be done.
    """
    asked = policy.follow_up
    given_up = worked and ending is Ending.WITHDRAWN
    undone = _UNDONE.get(kind, Ending.NOT_REPAIRABLE)
    endings = {ending, undone} if given_up else {ending}
    if asked is None or endings.isdisjoint(asked.endings):
        return False
    drawn = int.from_bytes(hashlib.sha256(ticket.encode()).digest()[:8], "big") % 100
    return drawn < asked.share


def call_back_due(policy: Core, closed_at: datetime) -> datetime:
    """回访时限: by when the customer of a case that ended then should be called."""
    assert policy.follow_up is not None
    return due(policy.follow_up.clock, policy.calendar, closed_at)


def finance_has_it(policy: Core, claimed_at: datetime) -> datetime:
    """附件期限: until when finance has the report of a claim that came then."""
    return claimed_at + policy.claiming.report_for


def filing_due(policy: Core, at: datetime) -> datetime | None:
    """归档时限: by when a dossier is filed whose last paper came then; None: no time is set."""
    return due(policy.filing.clock, policy.calendar, at) if policy.filing else None


def filing_overdue(policy: Core, was_due: datetime) -> datetime | None:
    """归档逾期: when the approvers are told of what was to be filed by then; None: they are not."""
    then = policy.filing.clock.then if policy.filing else None
    return due(then, policy.calendar, was_due) if then else None


def return_overdue(policy: Core, was_due: datetime) -> datetime:
    """归还逾期: when the approvers are told of what was lent until then.

    It is as long again as a claim may have its report.
    """
    return was_due + policy.claiming.report_for


def call_back_overdue(policy: Core, was_due: datetime) -> datetime | None:
    """回访逾期: when the approvers are told of a call that was due then; None: they are not."""
    then = policy.follow_up.clock.then if policy.follow_up else None
    return due(then, policy.calendar, was_due) if then else None


def questions(policy: Core, kind: ReportKind, ending: Ending) -> tuple[Question, ...]:
    """回访题: what the customer of a case that ended so is asked, as the fact carries it."""
    assert policy.follow_up is not None
    return tuple(
        Question(each.code, each.kind, each.zh, each.en, each.required, each.about)
        for each in policy.follow_up.questions
        if kind in (each.kinds or ReportKind) and ending in (each.endings or Ending)
    )


def attempts_needed(policy: Core) -> int:
    """尝试天数: on how many days a customer is tried before they may be given up."""
    assert policy.follow_up is not None
    return policy.follow_up.attempts_on_days


def papers_of_report(ticket: str, ending: Ending, call_back: str | None) -> tuple[PaperAsked, ...]:
    """应归清单: a case that ended without a work order: its report, and what stands for the rest.

    Solved from afar it also says that nobody went and nothing was drawn; what was only answered or
    given up is the report with its reason. `call_back` is the number of its call-back, if any.
    """
    statements = (
        (PaperAsked(PaperKind.NO_VISIT, None), PaperAsked(PaperKind.NO_PARTS, None))
        if ending is Ending.SOLVED_REMOTELY
        else ()
    )
    return (PaperAsked(PaperKind.REPORT, ticket), *_follow_up(call_back), *statements)


def papers_of_order(order: WorkOrderDocument, call_back: str | None) -> tuple[PaperAsked, ...]:
    """应归清单: a case that its work order ended: report, order, every note or none, call-back.

    A commissioning order takes the place of the report, once it is made out. An order that was
    never made out says that nobody went; one that names no issue note says that no parts were
    drawn.
    """
    is_made_out = bool(order.kind or order.earlier)
    stands_for_report = order.approved.kind is ReportKind.COMMISSIONING and is_made_out
    report = () if stands_for_report else (PaperAsked(PaperKind.REPORT, order.ticket),)
    numbers = (*(number for each in order.earlier for number in each.notes),)
    numbers = (*numbers, *(note.number for note in order.notes))
    notes = tuple(PaperAsked(PaperKind.ISSUE_NOTE, number) for number in numbers)
    before = (PaperAsked(PaperKind.WORK_ORDER, each.number) for each in order.earlier)
    return (
        *report,
        *before,
        PaperAsked(PaperKind.WORK_ORDER, order.number),
        *(notes or (PaperAsked(PaperKind.NO_PARTS, None),)),
        *_follow_up(call_back),
        *(() if is_made_out else (PaperAsked(PaperKind.NO_VISIT, None),)),
    )


def _follow_up(call_back: str | None) -> Sequence[PaperAsked]:
    return (PaperAsked(PaperKind.FOLLOW_UP, call_back),) if call_back else ()
