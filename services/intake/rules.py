"""受理的规则 (rules of intake): what policy says before anything is decided.

What comes out of here enters a command as an obligation and stands on its fact, with the version of
the table that decided.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from shared.events.complaints import Terms
from shared.events.report_form import ApprovalAsked, Diagnosis
from shared.policy import ComplaintClass, Core, Department, rung, ticket_number
from shared.policy.clocks import due


def approval_asked(
    policy: Core,
    diagnosis: Diagnosis | None,
    content: str,
    at: datetime,
    *,
    unpriced: Sequence[str] = (),
) -> ApprovalAsked:
    """审批要求: as what a repair of this cost must be approved, and by when, from `at` on.

    `unpriced`: parts to bring of which the catalogue has no price: nobody knows what it costs.
    `content` is the hash of the report the cost was read from: the obligation holds for no other.
    Who submitted and who signed are left out by the decider, which knows them.
    """
    cost = diagnosis.estimated_fen if diagnosis and not unpriced else None
    return ApprovalAsked(
        needed=rung(policy.approval.ladder, cost).all,
        due_at=due(policy.approval.clock, policy.calendar, at),
        policy=policy.label,
        content=content,
        consent_on_site=policy.quote.consent_on_site,
        unpriced=tuple(unpriced),
    )


def warranty_until(policy: Core, starts_on: date) -> date:
    """保修期限: the last day of a warranty; in a month without that day, the last one of it."""
    months = starts_on.year * 12 + starts_on.month - 1 + policy.warranty.months
    first, after = (date(n // 12, n % 12 + 1, 1) for n in (months, months + 1))
    return min(first + timedelta(days=starts_on.day - 1), after - timedelta(days=1))


def warns_of_duplicates(policy: Core) -> bool:
    """重复报修提醒: whether open reports that may be the same are pointed out."""
    return policy.warnings.open_report_on_same_machine


def ticket(policy: Core, branch: str, day: date, n: int) -> str:
    """单号: the number of the n-th report of the branch's day."""
    return ticket_number(policy.numbers, branch, day, n)


def complaint_class(policy: Core, code: str) -> ComplaintClass | None:
    """投诉类别: the class of complaints with this code; None: there is none."""
    return next((each for each in policy.complaints.classes if each.code == code), None)


def department(policy: Core, code: str | None) -> Department | None:
    """部门: the department with this code; without one, the first; None: there is none."""
    departments = policy.complaints.departments
    return next((each for each in departments if code in (each.code, None)), None)


def strictest_terms(policy: Core, start: datetime) -> Terms:
    """投诉时限: of a complaint that nobody has classed yet: those of the first class."""
    return _terms(policy, policy.complaints.classes[0], start, None)


def complaint_call_overdue(policy: Core, was_due: datetime) -> datetime | None:
    """投诉回访逾期: when the approvers are told of a call that was due then; None: they are not."""
    then = policy.complaints.call_back.then
    return due(then, policy.calendar, was_due) if then else None


def complaint_closing(policy: Core, since: datetime) -> datetime:
    """投诉结案时限: by when a complaint is closed whose customer was called back then."""
    return due(policy.complaints.closing, policy.calendar, since)


def complaint_closing_overdue(policy: Core, was_due: datetime) -> datetime | None:
    """投诉结案逾期: when approvers are told of what was to be closed then; None: they are not."""
    then = policy.complaints.closing.then
    return due(then, policy.calendar, was_due) if then else None


def complaint_terms(
    policy: Core, code: str, start: datetime, agreed_until: datetime | None
) -> Terms | None:
    """投诉时限: of a complaint of this class; None: policy has no such class, or no time for it."""
    found = complaint_class(policy, code)
    if found is None or (found.clock is None) is (agreed_until is None):
        return None
    return _terms(policy, found, start, agreed_until)


def _terms(
    policy: Core, found: ComplaintClass, start: datetime, agreed_until: datetime | None
) -> Terms:
    until = due(found.clock, policy.calendar, start) if found.clock else agreed_until
    assert until is not None
    call = due(policy.complaints.call_back, policy.calendar, until)
    return Terms(due_at=until, call_due_at=call, notice_asked=found.written_notice)
