"""审批 (approval): the report is approved by those the ladder names, or returned.

Who submitted, who signed and who travels do not approve; of a joint rung each approves in person. A
deputy acts for somebody by a recorded delegation, and is held to what both of them may not do.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.intake.cards import unusable
from services.intake.delegation import Delegations, holds
from services.intake.report.checks import needs_report, needs_stage
from services.intake.report.state import Report
from shared.decider import Asked, Decision, Reason, Rule, reason, refuse_if, too_many
from shared.events.cards import PersonCard
from shared.events.intake import (
    AmendmentRefused,
    ApprovalGiven,
    RepairApproved,
    ReportReturned,
)
from shared.events.report_form import Approval, ApprovalAsked, Stage
from shared.events.values import ContentHash, Note, Ref, Several
from shared.step import WORDS

MOST_REASONS = 5
"""How many reasons a change is refused with: the fact repeats the whole report beside them."""


@dataclass(frozen=True, slots=True)
class Approving:
    """审批同意: approve the report as submitted; by whoever the ladder names, or their deputy."""

    as_what: Ref
    """The role or post they approve as."""
    content: ContentHash
    """Of what they were shown."""
    acting_for: Ref | None = None
    """代: whom they stand in for, by a recorded delegation."""


@dataclass(frozen=True, slots=True)
class GiveApproval(Approving):
    """审批同意: approve the report as submitted; by whoever the ladder names, or their deputy."""

    on: date | None = None
    """Obligation: the branch's day by the desk's own clock; a delegation is in force on days."""
    crew: tuple[str, ...] = ()
    """Obligation: who has or had an order of it, once it was approved before."""


@dataclass(frozen=True, slots=True)
class Returning:
    """退回: send the report back, with reasons and the fields they are about; by an approver."""

    as_what: Ref
    reasons: Several[Note]
    fields: Several[Ref]
    acting_for: Ref | None = None
    """代: whom they stand in for, by a recorded delegation."""


@dataclass(frozen=True, slots=True)
class ReturnReport(Returning):
    """退回: send the report back, with reasons and the fields they are about; by an approver."""

    on: date | None = None
    """Obligation, as in `GiveApproval`."""


def reads_approvers(
    command: GiveApproval | ReturnReport, _report: object, asked: Asked
) -> tuple[str, ...]:
    """The cards of who acts and of whom they stand in for, and what that person has delegated."""
    person = command.acting_for
    return (*_cards(command, asked), *((f"delegation-{person}",) if person else ()))


def approve(command: GiveApproval, report: Report, asked: Asked) -> Decision:
    """审批同意: one of those asked approves; the last one makes the repair approved."""
    needs_report(report, asked)
    key = (asked.actor, command.as_what, command.content, command.acting_for)
    if key in ((a.by, a.as_what, a.content, a.acting_for) for a in report.approvals):
        return []
    approval = _under_approval(report)
    given = {each.as_what: each.by for each in report.approvals}
    interested = _both(command, asked) & _interested(report).union(command.crew)
    before = {person for each in report.approvals for person in (each.by, each.acting_for)}
    again = _both(command, asked) & before
    refuse_if(
        (bool(interested), reason("self-approval", person=_named(interested))),
        *_entitled(command, approval, asked),
        (command.content != approval.content, reason("changed-since-submitted")),
        (command.as_what in given, reason("approved-as", by=given.get(command.as_what, ""))),
        (bool(again), reason("joint-approval", person=_named(again))),
        *unusable(asked, _cards(command, asked)),
    )
    own = Approval(asked.actor, command.as_what, asked.at, command.content, command.acting_for)
    approvals = (*report.approvals, own)
    one = ApprovalGiven(report.round, own)
    if {each.as_what for each in approvals} < set(approval.needed):
        return asked.here(one)
    whole = RepairApproved(report.round, approval.content, approvals, approval.policy)
    return asked.here(one, whole)


def send_back(command: ReturnReport, report: Report, asked: Asked) -> Decision:
    """退回: one of those asked sends it back, with reasons and the fields they are about."""
    needs_report(report, asked)
    told = (asked.actor, command.as_what, command.reasons, command.fields, command.acting_for)
    if told == _told_before(report):
        return []
    approval = _under_approval(report)
    missing = [name for name in ("reasons", "fields") if not getattr(command, name)]
    refuse_if(
        *_entitled(command, approval, asked),
        (bool(missing), reason("return-unreasoned", missing=missing)),
        too_many("reasons", len(command.reasons) if report.former else 0, MOST_REASONS),
        *unusable(asked, _cards(command, asked)),
    )
    kind = AmendmentRefused if report.former else ReportReturned
    return asked.here(kind(report.round, *told))


def _told_before(report: Report) -> tuple[object, ...] | None:
    """What was said when the report, or a change of it, was sent back last, if it still is."""
    last: ReportReturned | AmendmentRefused | None = None
    if report.stage is Stage.RETURNED:
        last = report.returned
    elif report.stage is Stage.APPROVED:
        last = report.refused
    return (last.by, last.as_what, last.reasons, last.fields, last.acting_for) if last else None


def still_to_approve(report: Report) -> Sequence[str]:
    """As what somebody still has to approve; an approver, if it was not asked for yet."""
    given = {each.as_what for each in report.approvals}
    asked = report.approval.needed if report.approval else ()
    return [each for each in asked if each not in given] or ["approver"]


def offered_approvals(_number: str, report: Report) -> Iterator[Approving]:
    """Once for each as what somebody still has to approve."""
    for each in still_to_approve(report):
        yield Approving(each, report.content)


def offered_returning(_number: str, report: Report) -> Iterator[Returning]:
    """With reasons the approver will say."""
    yield Returning(still_to_approve(report)[0], (WORDS,), ())


def _under_approval(report: Report) -> ApprovalAsked:
    needs_stage(report, Stage.SUBMITTED)
    assert report.approval is not None
    return report.approval


def _interested(report: Report) -> frozenset[str]:
    """回避: who submitted, who signed, and who will claim what the travel costs."""
    signed = {sig.by for sig in (report.clerk_sig, report.technician_sig) if sig}
    travel = report.diagnosis.travel if report.diagnosis else None
    return frozenset(signed.union(travel.travellers if travel else ()))


def _both(command: GiveApproval | ReturnReport, asked: Asked) -> frozenset[str]:
    """Who acts and for whom: what one of the two may not do, the other may not do for them."""
    return frozenset(filter(None, (asked.actor, command.acting_for)))


def _cards(command: GiveApproval | ReturnReport, asked: Asked) -> tuple[str, ...]:
    both = dict.fromkeys(filter(None, (asked.actor, command.acting_for)))
    return tuple(f"person-{each}" for each in both)


def _named(people: Iterable[str]) -> str:
    return ", ".join(sorted(people))


def _entitled(
    command: GiveApproval | ReturnReport, approval: ApprovalAsked, asked: Asked
) -> Iterator[Rule]:
    """Rules: the ladder names this role or post, and who acts holds it or stands in for them.

    Where parts without a price have put it on the top rung, that is said too.
    """
    as_what, person = command.as_what, command.acting_for
    card = asked.read(f"person-{person or asked.actor}")
    post = isinstance(card, PersonCard) and as_what in card.posts
    held = isinstance(card, PersonCard) and holds(card, as_what)
    theirs = held if person else as_what in asked.roles or post
    asks = as_what in approval.needed and theirs
    yield not asks, reason("approval-not-asked", as_what=as_what, needed=approval.needed)
    yield not asks and bool(approval.unpriced), top_rung(approval)
    if person is not None:
        told = reason("not-delegated", person=person, deputy=asked.actor, as_what=as_what)
        yield not _delegated(command, person, asked), told


def top_rung(approval: ApprovalAsked) -> Reason:
    """目录无价: why the top rung approves it, and what to do that another one does."""
    return reason("parts-unpriced", parts=approval.unpriced, needed=approval.needed)


def _delegated(command: GiveApproval | ReturnReport, person: str, asked: Asked) -> bool:
    given = asked.read(f"delegation-{person}")
    if not isinstance(given, Delegations) or command.on is None:
        return False
    return given.allows(asked.actor, command.as_what, asked.branch, command.on)
