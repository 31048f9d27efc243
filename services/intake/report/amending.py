"""更正 (amending): an approved report is changed, under the same number and approved again.

The technician drafts and signs what is to change, the clerk asks for its approval; until that is
given, what was approved before stands, and dispatch waits.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import date

from services.intake import hidden_values
from services.intake.cards import unusable
from services.intake.report.checks import Signing, needs_report, needs_stage, signature
from services.intake.report.comparison import Prices, of_catalogue, of_machine, reads_card, standing
from services.intake.report.completeness import contradictions, missing_to_diagnose
from services.intake.report.diagnosis import listed_twice, travellers_of
from services.intake.report.kinds import LAYOUTS
from services.intake.report.state import Report, content_of, drafted, evolve
from services.intake.report.submission import Submitting, reads_submitted, unready
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.intake import AmendmentDrafted, RepairApproved, ReportAmended
from shared.events.report_form import Agreement, Diagnosis, Equipment, KeptBecause, Stage
from shared.events.values import CustomerRef, Note, Role
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Drafting:
    """更正草拟: say what of an approved report is to change, and why; by technician or clerk.

    The diagnosis comes in whole, with the reasons for what it keeps; what else is left out stays
    as it is. The technician signs it as they sign a diagnosis.
    """

    diagnosis: Diagnosis
    because: Note
    kept: KeptBecause = field(default_factory=KeptBecause)
    agreement: Agreement | None = None
    equipment: Equipment | None = None
    customer: CustomerRef | None = None


@dataclass(frozen=True, slots=True)
class DraftAmendment(Drafting):
    """更正草拟: say what of an approved report is to change, and why; by technician or clerk."""

    prices: Prices = field(kw_only=True)
    """Obligation, as in `DiagnoseFault`."""
    reported_on: date = field(kw_only=True)
    """Obligation, as in `DiagnoseFault`."""
    sent: tuple[str, ...] = field(default=(), kw_only=True)
    """Obligation: whom base has sent, of whatever branch; they may travel."""


@dataclass(frozen=True, slots=True)
class AmendReport(Submitting):
    """更正送审: sign the drafted change and ask for its approval; policy says whose."""

    handed_in: str | None = field(kw_only=True)
    """Obligation: the order whose task is handed in now, if dispatch has said so of any."""


EXAMPLE = {
    "diagnosis": {
        "fault_analysis": "轴封磨损，现场查明为干转所致",
        "fault_cause": "干转",
        "fault_nature": "misuse",
        "talked_to_customer_at": "2026-11-24T10:20:00+08:00",
        "repair_nature": "paid",
        "nature_because": "人为损坏，不在三包之内 not covered by the warranty",
        "solution": "更换密封圈两件，试机一小时",
        "on_site": True,
        "parts_to_bring": [{"part": "SEAL-32", "quantity": 2}],
        "travel": {
            "mode": "company_car",
            "at": "2026-11-24T09:00:00+08:00",
            "travellers": ["T-LIUYANG"],
        },
        "estimated_fen": 42000,
    },
    "agreement": {
        "quote": "BJ-20261124-1",
        "customer_consent": {
            "by": "王小明",
            "how": "电话 by phone",
            "at": "2026-11-24T10:25:00+08:00",
        },
    },
    "because": "现场查明为人为损坏，用户同意付费 found on site, the customer agreed to pay",
}
"""A body as it comes over the wire."""


def reads_drafted(command: DraftAmendment, report: Report, asked: Asked) -> tuple[str, ...]:
    """The cards that it names, and that of the machine; what the branch hides."""
    cards = dict.fromkeys((*_named(command), *reads_card(report.equipment)))
    return (*cards, hidden_values.stream_of(asked.branch))


def _named(command: DraftAmendment) -> tuple[str, ...]:
    """The cards of those who are to travel, of the customer and of the machine."""
    customer = (f"customer-{command.customer}",) if command.customer else ()
    machine = reads_card(command.equipment) if command.equipment else ()
    return (*travellers_of(command.diagnosis), *customer, *machine)


def draft(command: DraftAmendment, report: Report, asked: Asked) -> Decision:
    """更正草拟: while it is approved; a draft is replaced by the next one."""
    needs_report(report, asked)
    bare = AmendmentDrafted(
        diagnosis=command.diagnosis,
        kept=command.kept,
        agreement=command.agreement,
        equipment=command.equipment,
        customer=command.customer,
        because=command.because,
        content="",
    )
    stands = standing(drafted(report), asked) == command.kept
    if stands and report.draft is not None and replace(report.draft, content="") == bare:
        return []
    needs_stage(report, Stage.APPROVED)
    after = drafted(evolve(report, bare))
    missing = missing_to_diagnose(command.diagnosis, report.kind)
    nature = LAYOUTS[report.kind].nature
    foreign = nature not in (None, command.diagnosis.repair_nature)
    of_another = reason("not-of-this-kind", kind=report.kind, fields=["repair_nature"])
    twice = contradictions(command.equipment, command.diagnosis)
    refuse_if(
        (not changes(report, after), reason("nothing-amended")),
        (bool(missing), reason("diagnosis-incomplete", missing=missing)),
        (bool(twice), reason("said-both-ways", fields=twice)),
        (foreign, of_another),
        listed_twice(command.diagnosis),
        *_apart(command.diagnosis, asked),
        *hidden_values.not_hidden(command.diagnosis, drafted(report).diagnosis, asked),
        *unusable(asked, _named(command), from_base=command.sent),
        *of_catalogue(command.diagnosis, command.prices),
        *of_machine(after, command.reported_on, asked),
    )
    return asked.here(replace(bare, content=content_of(after)))


def _apart(diagnosis: Diagnosis, asked: Asked) -> Iterator[Rule]:
    """回避: whoever approved the report before does not travel for it now."""
    given = (one for each in asked.of_kind(RepairApproved) for one in each.fact.approvals)
    approved = {who for each in given for who in (each.by, each.acting_for)}
    for person in diagnosis.travel.travellers if diagnosis.travel else ():
        yield person in approved, reason("approver-travels", person=person)


def reads_amended(command: AmendReport, report: Report, asked: Asked) -> tuple[str, ...]:
    """The card of the machine that the draft is about."""
    return reads_submitted(command, drafted(report), asked)


def amend(command: AmendReport, report: Report, asked: Asked) -> Decision:
    """更正送审: as for a first approval, over a draft that the technician has signed."""
    needs_report(report, asked)
    before = report.clerk_sig
    if before and (before.by, before.content) == (asked.actor, command.content):
        return []
    needs_stage(report, Stage.APPROVED)
    refuse_if((report.draft is None, reason("nothing-drafted")))
    assert report.draft is not None
    after = replace(drafted(report), content=report.draft.content, technician_sig=report.draft_sig)
    home = reason("task-handed-in", order=command.handed_in or "")
    refuse_if(*unready(command, after, asked), (command.handed_in is not None, home))
    amended = ReportAmended(
        round=report.round + 1,
        changes=tuple(changes(report, after)),
        because=report.draft.because,
        signature=signature(command, Role.CLERK, asked),
        approval=command.approval,
    )
    return asked.here(amended)


def changes(report: Report, after: Report) -> Sequence[str]:
    """更正栏目: the fields that differ, as they are called on the form."""
    pairs = (
        (report.diagnosis or Diagnosis(), after.diagnosis or Diagnosis()),
        (report.kept, after.kept),
        (report.agreement or Agreement(), after.agreement or Agreement()),
        (report.equipment, after.equipment),
        (report.basics, after.basics),
    )
    return [
        each.name
        for before, now in pairs
        for each in fields(before)
        if getattr(before, each.name) != getattr(now, each.name)
    ]


def offered_draft(_number: str, report: Report) -> Iterator[Drafting]:
    """As it is approved, but for what the technician will say."""
    if report.stage is Stage.APPROVED and report.diagnosis is not None:
        yield Drafting(replace(report.diagnosis, solution=WORDS), WORDS, report.kept)


def offered_amending(_number: str, report: Report) -> Iterator[Signing]:
    """Of the draft as it is shown."""
    if report.stage is Stage.APPROVED and report.draft is not None:
        yield Signing(report.draft.content)
