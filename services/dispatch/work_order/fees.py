"""费用 (fees): what the customer pays rests on their quote, or on what an approver granted.

Who pays is quoted a price and agrees to it before the work: when the report is submitted, or on
site where policy says so. Once the work is done nobody agrees to more. What is charged otherwise,
more or less, or to whoever does not pay, an approver grants first: less as the whole of the bill.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.dispatch.work_order.checks import (
    asks_themselves,
    at_stage,
    earlier_orders,
    its_technician,
)
from services.dispatch.work_order.kinds import FINISHED
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import has_been_there, visits_of
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.dispatch import ConsentGiven, FeesApproved, FeesAsked, FeesRefused
from shared.events.order_sheet import Fee, FeeDue, OrderStage, Work
from shared.events.report_form import Consent
from shared.events.values import Fen, Note, RepairNature, Several
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class Agreeing:
    """用户同意: who agreed on site, how, and to how much."""

    consent: Consent
    fen: Fen
    """How much they agreed to, all in all."""


@dataclass(frozen=True, slots=True)
class RecordConsent(Agreeing):
    """用户同意: the customer agreed on site to what is quoted, before the work."""

    most_times: int | None = field(default=None, kw_only=True)
    """Obligation: how many times the approved estimate is believed, by policy."""


@dataclass(frozen=True, slots=True)
class AskFees:
    """费用申请: ask to charge otherwise than quoted; no fees: nothing is charged.

    For less than quoted the fees are the whole of what the customer is to pay.
    """

    fees: Several[FeeDue]
    because: Note


@dataclass(frozen=True, slots=True)
class ApproveFees:
    """费用批准: grant the fees as the approver was shown them."""

    fees: Several[FeeDue]


@dataclass(frozen=True, slots=True)
class RefuseFees:
    """费用不准: no more is charged than quoted; say why."""

    because: Note


@dataclass(frozen=True, slots=True)
class Charged:
    """已收: what earlier orders of the ticket have charged, as the customer signed there."""

    kinds: Mapping[str, int] = field(default_factory=dict)
    """So many fen of each kind of fee."""
    quoted: int = 0
    """So many fen of it that rested on the quote, and on no approver's word."""

    @property
    def fen(self) -> int:
        """All in all."""
        return sum(self.kinds.values())


NOTHING = Charged()
CONSENT_EXAMPLE = {
    "consent": {
        "by": "王小明",
        "how": "现场签字 signed on site",
        "at": "2026-11-24T10:10:00+08:00",
    },
    "fen": 20_000,
}
FEES_EXAMPLE = {
    "fees": [{"kind": "inspection", "fen": 5_000}],
    "because": "保修外的检测，用户同意 a test beyond the warranty, as the customer agreed",
}
"""Bodies as they come over the wire."""


def record_consent(command: RecordConsent, order: WorkOrder, asked: Asked) -> Decision:
    """用户同意: by the technician on site; after the work to no more than was agreed before it."""
    given = ConsentGiven(asked.actor, command.consent, command.fen)
    before = order.consent
    if before is not None and (before.fen, before.consent.how) == (given.fen, given.consent.how):
        return []
    free = order.repair_nature is not RepairNature.PAID
    most, number = _agreed_before(order), number_of(asked.home)
    raised = most is not None and command.fen > most and _is_after_work(order, asked)
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        its_technician(order, asked),
        (free, reason("nothing-to-agree-to", nature=order.repair_nature or "")),
        (raised, reason("consent-after-work", number=number, fen=command.fen, agreed=most or 0)),
        _beyond_belief(command, order),
    )
    return asked.here(given)


def _beyond_belief(command: RecordConsent, order: WorkOrder) -> Rule:
    """A rule: a quote far above what was estimated and approved is no word of one person alone."""
    number, fen = order.noted.number if order.noted else "", command.fen
    times, estimate = command.most_times or 0, _estimated_fen(order) or 0
    beyond = bool(times and estimate) and fen > times * estimate
    told = reason(
        "consent-beyond-estimate", number=number, fen=fen, estimated=estimate, times=times
    )
    return beyond, told


def ask_fees(command: AskFees, order: WorkOrder, asked: Asked) -> Decision:
    """费用申请: before the customer signs; the newest one waits for the approver."""
    wanted = FeesAsked(asked.actor, command.fees, command.because)
    if order.fees_asked == wanted:
        return []
    refuse_if(*at_stage(order, asked, OrderStage.ACCEPTED), once(command.fees))
    return asked.here(wanted)


def approve_fees(command: ApproveFees, order: WorkOrder, asked: Asked) -> Decision:
    """费用批准: by an approver who did not ask for them."""
    waits, granted, number = order.fees_asked, order.fees_granted, number_of(asked.home)
    if waits is None and granted is not None and granted.fees == command.fees:
        return []
    other = waits is not None and waits.fees != command.fees
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        (waits is None, reason("fees-not-asked", number=number)),
        (other, reason("changed-since-asked", number=number)),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    return asked.here(FeesApproved(asked.actor, waits.fees, waits.because))


def refuse_fees(command: RefuseFees, order: WorkOrder, asked: Asked) -> Decision:
    """费用不准: by the approver."""
    waits, refused = order.fees_asked, order.fees_refused
    if waits is None and refused is not None and refused.because == command.because:
        return []
    refuse_if(
        (waits is None, reason("fees-not-asked", number=number_of(asked.home))),
        asks_themselves(order, waits.by if waits else None, asked),
    )
    assert waits is not None
    return asked.here(FeesRefused(asked.actor, waits.fees, command.because))


def once(fees: Sequence[Fee | FeeDue]) -> Rule:
    """A rule: each kind of fee stands there once, so that it is granted and charged once."""
    kinds = Counter(each.kind for each in fees)
    again = sorted(kind for kind, times in kinds.items() if times > 1)
    return bool(again), reason("fee-twice", fees=again)


def agreed(order: WorkOrder) -> Rule:
    """A rule: whoever pays agreed before the work, or an approver said what they pay."""
    report = order.noted.approved.agreement if order.noted else None
    asked = order.repair_nature is RepairNature.PAID and report is not None
    known = (report and report.customer_consent) or order.consent or order.fees_granted
    number = order.noted.number if order.noted else ""
    return asked and not known, reason("consent-missing", number=number)


def charged_before(asked: Asked) -> Charged:
    """已收: by the orders of the ticket before this one. Raises NotRead."""
    kinds, quoted = Counter[str](), 0
    for order in earlier_orders(asked).values():
        granted = _granted(order)
        for fee in order.work.work.fees if order.work and order.customer else ():
            kinds[fee.kind] += fee.fen
            quoted += fee.fen if granted.get(fee.kind) != fee.fen else 0
    return Charged(kinds, quoted)


def founded(order: WorkOrder, work: Work, before: Charged = NOTHING) -> Iterator[Rule]:
    """A rule: what is charged is what was quoted and agreed to, or what an approver granted.

    `before`: what earlier orders of the ticket have charged: it is charged once and owed no more.
    """
    nature, odd = order.repair_nature, _unfounded(order, work, before)
    number = order.noted.number if order.noted else ""
    again = _charged_again(order, work, before)
    yield once(work.fees)
    yield bool(odd), reason("fees-unfounded", fees=odd, nature=nature or "", number=number)
    yield bool(again), reason("fee-charged-before", fees=again, number=number)
    owed, total = _owed_fen(order, work, before), sum(fee.fen for fee in work.fees)
    out = left_out(order, work)
    less = not odd and not out and total < owed and not _is_granted_whole(order, work)
    yield less, reason("fees-owed", number=number, fen=total, owed=owed)
    yield bool(out), reason("fees-left-out", fees=out, number=number)


def left_out(order: WorkOrder, work: Work) -> Sequence[str]:
    """漏记的费用: what was taken before the order changed hands, and stands nowhere now.

    It is on the record, with no less, or an approver said what is charged instead.
    """
    said = {fee.kind: fee.fen for fee in work.fees}
    before = [fee for fee in order.paid if said.get(fee.kind, 0) < fee.fen]
    return [] if _waived(order) else [e.kind for e in before if e.kind not in _granted(order)]


def unpaid(work: Work) -> bool:
    """Whether a fee lacks the way it was paid, or its receipt."""
    return any(fee.fen and None in (fee.paid_how, fee.receipt_no) for fee in work.fees)


def offered_request(_number: str, order: WorkOrder) -> Iterator[AskFees]:
    """Where somebody pays: that nothing is charged."""
    if order.repair_nature is RepairNature.PAID:
        yield AskFees((), WORDS)


def offered_consent(_number: str, order: WorkOrder) -> Iterator[Agreeing]:
    """Where somebody pays and has not agreed yet."""
    is_missing, _ = agreed(order)
    if is_missing:
        yield Agreeing(Consent(WORDS, WORDS, LONG_AGO), 0)


def offered_approval(_number: str, order: WorkOrder) -> Iterator[ApproveFees]:
    """What was asked for."""
    if order.fees_asked is not None:
        yield ApproveFees(order.fees_asked.fees)


def offered_refusal(_number: str, order: WorkOrder) -> Iterator[RefuseFees]:
    """Of what was asked for."""
    if order.fees_asked is not None:
        yield RefuseFees(WORDS)


def _unfounded(order: WorkOrder, work: Work, before: Charged) -> Sequence[str]:
    """The kinds of the fees that neither a quote nor an approver stands for."""
    granted = _granted(order)
    quoted = [fee for fee in work.fees if granted.get(fee.kind) != fee.fen]
    odd = [fee.kind for fee in quoted if not _is_quoted(fee, order)]
    total, most = sum(fee.fen for fee in quoted), _agreed_fen(order)
    if not odd and quoted and most is not None and total + before.quoted > most:
        return [fee.kind for fee in quoted]
    return odd


def _charged_again(order: WorkOrder, work: Work, before: Charged) -> Sequence[str]:
    """重复收费: the kinds that come to more than was quoted, with what earlier orders charged."""
    granted = _granted(order)
    return [
        fee.kind
        for fee in work.fees
        if fee.fen and granted.get(fee.kind) != fee.fen
        if (had := before.kinds.get(fee.kind)) and fee.fen + had > (fee.quoted_fen or 0)
    ]


def _owed_fen(order: WorkOrder, work: Work, before: Charged) -> int:
    """应收金额: what is still owed for a paid repair that is mended, as quoted and agreed to.

    What the customer agreed to on site is the word of the technician alone: it lowers no estimate.
    """
    if order.repair_nature is not RepairNature.PAID or work.result not in FINISHED:
        return 0
    estimate = _estimated_fen(order)
    on_site = order.consent.fen if order.consent else None
    known = [fen for fen in (estimate, on_site) if fen is not None]
    quoted = sum(fee.fen if fee.quoted_fen is None else fee.quoted_fen for fee in work.fees)
    owed = max(known) if known else quoted + before.fen
    return max((owed or 1) - before.fen, 0)


def _is_granted_whole(order: WorkOrder, work: Work) -> bool:
    """Whether an approver granted that nothing is charged, or just these fees and no others."""
    charged = {fee.kind: fee.fen for fee in work.fees if fee.fen}
    granted = {kind: fen for kind, fen in _granted(order).items() if fen}
    return order.fees_granted is not None and charged == granted


def _agreed_before(order: WorkOrder) -> int | None:
    """已同意金额: what the customer agreed to so far; 0: to nothing. None: to no known amount."""
    report = order.noted.approved.agreement if order.noted else None
    has_agreed = order.consent is not None or bool(report and report.customer_consent)
    return _agreed_fen(order) if has_agreed else 0


def _is_after_work(order: WorkOrder, asked: Asked) -> bool:
    """Whether work is recorded, or whoever was let in last has left again."""
    visits = visits_of(asked, number_of(asked.home)).values()
    there = [visit for visit in visits if has_been_there(visit)]
    return order.work is not None or (bool(there) and there[-1].ended is not None)


def _agreed_fen(order: WorkOrder) -> int | None:
    """同意金额: what the customer agreed to on site; else what was estimated and approved."""
    if order.consent is not None:
        return order.consent.fen
    return _estimated_fen(order)


def _estimated_fen(order: WorkOrder) -> int | None:
    """预计费用: as approved last; None: nobody knew."""
    return order.noted.approved.diagnosis.estimated_fen if order.noted else None


def _is_quoted(fee: Fee, order: WorkOrder) -> bool:
    report = order.noted.approved.agreement if order.noted else None
    has_quote = report is not None and report.quote is not None
    pays = order.repair_nature is RepairNature.PAID
    if not pays or fee.quoted_fen is None:
        return False
    return (has_quote or order.consent is not None) and fee.fen <= fee.quoted_fen


def _granted(order: WorkOrder) -> Mapping[str, int]:
    fees = order.fees_granted.fees if order.fees_granted else ()
    return {each.kind: each.fen for each in fees}


def _waived(order: WorkOrder) -> bool:
    """Whether an approver granted that nothing is charged."""
    granted = order.fees_granted
    return granted is not None and not any(each.fen for each in granted.fees)
