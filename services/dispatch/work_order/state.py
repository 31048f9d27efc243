"""维修单的状态 (the state of an order): what its facts add up to, and what others read of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from services.dispatch.work_order.signed_work import signed_alike
from shared.events import dispatch as facts
from shared.events import urging
from shared.events.intake import ContactAttempted, RepairClosed
from shared.events.order_sheet import (
    CustomerWord,
    Fee,
    NamedNote,
    NotedNote,
    OrderStage,
    Work,
)
from shared.events.values import SEVERAL, PartWanted, RepairNature, Role, Travel, key_of

WorkOrderFact: TypeAlias = (
    facts.ApprovalNoted
    | facts.AmendmentNoted
    | facts.IssueNoteNoted
    | facts.WorkOrderOpened
    | facts.TechnicianAssigned
    | facts.WorkOrderSigned
    | facts.WorkOrderDeclined
    | facts.WorkOrderRecalled
    | facts.TakingUrged
    | urging.NextVisitUrged
    | urging.ApproversUrged
    | urging.TechnicianUrged
    | facts.FurtherNoteNamed
    | facts.PartsForgone
    | facts.TravelChangeAsked
    | facts.TravelChangeApproved
    | facts.TravelChangeRefused
    | facts.SupplementAsked
    | facts.SupplementApproved
    | facts.SupplementRefused
    | facts.ExcessGranted
    | facts.ExcessDenied
    | facts.BaseHelpAsked
    | facts.BaseGuided
    | facts.BaseTechnicianSent
    | facts.BaseHelpDeclined
    | facts.ConsentGiven
    | facts.FeesAsked
    | facts.FeesApproved
    | facts.FeesRefused
    | facts.WorkRecorded
    | facts.SigningCodeAsked
    | facts.SigningCodeTried
    | facts.CustomerSigned
    | facts.SignatureRefused
    | facts.SignatureWaived
    | facts.SignatureVoided
    | facts.HandInEntrusted
    | facts.TaskHandedIn
    | facts.ClaimUrged
    | facts.ClaimOverdue
    | facts.HandInUrged
    | facts.HandInReturned
    | facts.RepairContinued
    | facts.FurtherOrderNamed
    | facts.UnreachedGranted
    | facts.CashSettled
    | urging.CashUrged
    | ContactAttempted
    | RepairClosed
)
Help: TypeAlias = (
    facts.BaseHelpAsked | facts.BaseGuided | facts.BaseTechnicianSent | facts.BaseHelpDeclined
)
GivenBack: TypeAlias = facts.WorkOrderDeclined | facts.WorkOrderRecalled
Request: TypeAlias = (
    facts.TravelChangeAsked
    | facts.TravelChangeApproved
    | facts.TravelChangeRefused
    | facts.SupplementAsked
    | facts.SupplementApproved
    | facts.SupplementRefused
    | facts.ExcessGranted
    | facts.ExcessDenied
)
Urging: TypeAlias = urging.NextVisitUrged | urging.ApproversUrged | urging.TechnicianUrged
OfMoney: TypeAlias = (
    facts.ConsentGiven
    | facts.FeesAsked
    | facts.FeesApproved
    | facts.FeesRefused
    | facts.CashSettled
    | urging.CashUrged
)
Finish: TypeAlias = (
    facts.WorkRecorded
    | facts.SigningCodeAsked
    | facts.SigningCodeTried
    | facts.CustomerSigned
    | facts.SignatureRefused
    | facts.SignatureWaived
    | facts.SignatureVoided
    | facts.HandInEntrusted
    | facts.TaskHandedIn
    | facts.ClaimUrged
    | facts.ClaimOverdue
    | facts.HandInUrged
    | facts.HandInReturned
    | facts.RepairContinued
    | facts.FurtherOrderNamed
    | facts.UnreachedGranted
    | ContactAttempted
    | RepairClosed
)


@dataclass(frozen=True, slots=True)
class WorkOrder:
    """维修单: an order as its facts have made it; each part is the fact that said so last."""

    stage: OrderStage = OrderStage.NONE
    noted: facts.ApprovalNoted | None = None
    approvers: tuple[str, ...] = ()
    """Everybody who ever approved what the order is for."""
    amendment: facts.AmendmentNoted | None = None
    opened: facts.WorkOrderOpened | None = None
    assigned: facts.TechnicianAssigned | None = None
    signed: facts.WorkOrderSigned | None = None
    given_back: GivenBack | None = None
    urged: facts.TakingUrged | None = None
    visit_urged: urging.NextVisitUrged | None = None
    approvers_urged: urging.ApproversUrged | None = None
    """Of which reminder that came to nothing the approvers were told last."""
    urged_by_hand: urging.TechnicianUrged | None = None
    """The last time that somebody reminded the technician."""
    notes: tuple[NamedNote, ...] = ()
    """The notes in force: as opened, as renewed by the last signing, and those named since."""
    further: tuple[facts.FurtherNoteNamed, ...] = ()
    """Those of them that were named since the last signing."""
    released: tuple[NamedNote, ...] = ()
    """Every note that a signing or a further note ever released, each once."""
    notes_named: int = 0
    """How many issue notes were ever named; a number is never named twice."""
    issue_notes: Mapping[str, NotedNote] = field(default_factory=dict)
    """What was last heard of each note, by number."""
    forgone: facts.PartsForgone | None = None
    """That the technician leaves without some parts, until a note names them again."""
    technicians: tuple[str, ...] = ()
    """Everybody who ever signed for the order."""
    companions: tuple[str, ...] = ()
    """Everybody who was to travel with one of them, by what was approved when they signed."""
    travel_asked: facts.TravelChangeAsked | None = None
    """A change of the journey that waits for the approver."""
    travel_granted: facts.TravelChangeApproved | None = None
    travel_refused: facts.TravelChangeRefused | None = None
    supplement_asked: facts.SupplementAsked | None = None
    """Parts beyond the approved list, which wait for the approver."""
    supplements: tuple[facts.SupplementApproved, ...] = ()
    supplement_refused: facts.SupplementRefused | None = None
    supplemented: tuple[NamedNote, ...] = ()
    """Every part that was ever granted beyond what is approved, however often it was made out."""
    excess_judged: facts.ExcessGranted | facts.ExcessDenied | None = None
    """What an approver said last of parts that were used beyond what is approved."""
    consent: facts.ConsentGiven | None = None
    """That the customer agreed on site to pay."""
    fees_asked: facts.FeesAsked | None = None
    """Fees otherwise than quoted, which wait for the approver."""
    fees_granted: facts.FeesApproved | None = None
    fees_refused: facts.FeesRefused | None = None
    help_asked: facts.BaseHelpAsked | None = None
    """What waits for base's answer."""
    help_guided: facts.BaseGuided | None = None
    """What base answered to that from afar."""
    help_declined: facts.BaseHelpDeclined | None = None
    sent: tuple[facts.BaseTechnicianSent, ...] = ()
    """Whom base sent for this order."""
    work: facts.WorkRecorded | None = None
    paid: tuple[Fee, ...] = ()
    """What the customer paid by an earlier record of the work, which nobody's signature covers."""
    receipts: Mapping[str, str] = field(default_factory=dict)
    """Who had the order when a receipt of the customer was first recorded, by its number."""
    cash_settled: facts.CashSettled | None = None
    """That what the customer paid was received last, and how much it was."""
    cash_urged: urging.CashUrged | None = None
    code: facts.SigningCodeAsked | None = None
    """The code that was sent last, to sign with."""
    code_told: str = ""
    """The content for which the customer has told that code; empty: they have not."""
    code_wrong: int = 0
    """How often something else than that code was told."""
    customer: facts.CustomerSigned | None = None
    """The signature in force; a waiver stands here like one, without a signature."""
    unsigned: facts.SignatureRefused | None = None
    """That the customer would not sign the work as it is recorded now."""
    voided: facts.SignatureVoided | None = None
    entrusted: facts.HandInEntrusted | None = None
    """Who may hand in what is signed, because its technician cannot."""
    handed_in: facts.TaskHandedIn | None = None
    claim_urged: facts.ClaimUrged | None = None
    """Who was reminded to claim, since it was handed in."""
    claim_overdue: facts.ClaimOverdue | None = None
    reminded: facts.HandInUrged | None = None
    returned: facts.HandInReturned | None = None
    tried: tuple[ContactAttempted, ...] = ()
    """The last tries to reach the customer that came to nothing."""
    unreached_granted: facts.UnreachedGranted | None = None
    """That the case may end though nobody reached them, of the work as it is recorded."""
    closed: RepairClosed | None = None
    continued: facts.RepairContinued | None = None
    """That a further order goes on with the repair."""
    after: facts.FurtherOrderNamed | None = None
    """Which orders of the ticket this one continues."""

    @property
    def technician(self) -> str | None:
        """Who has the order now."""
        return self.assigned.technician if self.assigned else None

    @property
    def crew(self) -> tuple[str, ...]:
        """同行人员: who did the job: everybody who signed for it, and who travels with them."""
        return tuple(dict.fromkeys((*self.doers, *self.travellers)))

    @property
    def travellers(self) -> tuple[str, ...]:
        """Who is to travel by the order as it was made out, and by what is approved now."""
        opened, travel = self.opened, self.travel
        return (
            *(travel.travellers if travel else ()),
            *(opened.travel.travellers if opened and opened.travel else ()),
        )

    @property
    def doers(self) -> tuple[str, ...]:
        """Whoever did the job: who signed for it, who went with them, and whom base sent for it."""
        sent = (each.technician for each in self.sent)
        return tuple(dict.fromkeys((*self.technicians, *self.companions, *sent)))

    @property
    def people(self) -> tuple[str, ...]:
        """经手人: whose job it is or was, under this order or one that it continues."""
        earlier = self.after.earlier if self.after else ()
        before = (who for each in earlier for who in each.technicians)
        holder = (self.technician,) if self.technician else ()
        return tuple(dict.fromkeys((*holder, *self.crew, *before)))

    @property
    def branch(self) -> str:
        """The branch of the ticket; empty until its approval is noted."""
        return self.noted.branch if self.noted else ""

    @property
    def used_before(self) -> tuple[PartWanted, ...]:
        """What earlier orders of the ticket have used of the approved parts."""
        return self.after.used if self.after else ()

    @property
    def superseded(self) -> bool:
        """Whether something else was approved since the order was opened."""
        return bool(
            self.noted and self.opened and self.noted.approved.content != self.opened.approved
        )

    @property
    def held(self) -> bool:
        """Whether a change of what was approved waits to be decided."""
        known = self.noted.version if self.noted else 0
        return self.amendment is not None and self.amendment.version > known

    @property
    def repair_nature(self) -> RepairNature | None:
        """The nature in force: as approved last."""
        if self.superseded and self.noted:
            return self.noted.approved.diagnosis.repair_nature
        return self.opened.repair_nature if self.opened else None

    @property
    def on_site(self) -> bool:
        """Whether somebody has to go there, as approved."""
        return bool(self.noted and self.noted.approved.diagnosis.on_site)

    @property
    def travel(self) -> Travel | None:
        """旅程: as approved last, or as the latest change of that which was granted."""
        approved = self.opened.travel if self.opened else None
        if self.superseded and self.noted:
            approved = self.noted.approved.diagnosis.travel
        if approved is None or self.travel_granted is None:
            return approved
        granted = self.travel_granted.granted
        return replace(approved, mode=granted.mode, at=granted.at)

    @property
    def travel_on(self) -> date | None:
        """出行日: the day of that journey by the calendar of the branch.

        None for a journey that was approved anew: nobody has said its day yet.
        """
        if self.travel_granted is not None:
            return self.travel_granted.granted.on
        opened = self.opened
        return opened.travel_on if opened and opened.travel == self.travel else None


initial = WorkOrder()


def evolve(order: WorkOrder, fact: WorkOrderFact) -> WorkOrder:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case facts.ApprovalNoted():
            return _approved(order, fact)
        case facts.AmendmentNoted():
            return replace(order, amendment=fact)
        case facts.IssueNoteNoted(note):
            return replace(order, issue_notes={**order.issue_notes, note.number: note})
        case facts.WorkOrderOpened():
            known = {note.number for note in order.notes}
            named = order.notes_named + sum(note.number not in known for note in fact.notes)
            made_out = replace(order, opened=fact, stage=OrderStage.OPENED)
            made_out = replace(made_out, notes=fact.notes, further=(), notes_named=named)
            return replace(made_out, travel_granted=None, supplements=())
        case facts.TechnicianAssigned():
            given = replace(order, assigned=fact, stage=OrderStage.ASSIGNED)
            return replace(given, given_back=None, urged=None)
        case facts.WorkOrderSigned():
            return _signed(order, fact)
        case facts.WorkOrderDeclined() | facts.WorkOrderRecalled():
            back = replace(order, given_back=fact, stage=OrderStage.OPENED)
            back = replace(back, travel_asked=None, supplement_asked=None, unsigned=None)
            back = replace(back, fees_asked=None, paid=paid_so_far(order))
            return replace(back, assigned=None, signed=None, work=None, voided=None)
        case facts.TakingUrged():
            return replace(order, urged=fact)
        case urging.NextVisitUrged() | urging.ApproversUrged() | urging.TechnicianUrged():
            return _urged(order, fact)
        case facts.PartsForgone():
            return replace(order, forgone=fact)
        case facts.FurtherNoteNamed(note):
            return replace(_with_note(order, note), further=(*order.further, fact))
        case (
            facts.TravelChangeAsked()
            | facts.TravelChangeApproved()
            | facts.TravelChangeRefused()
            | facts.SupplementAsked()
            | facts.SupplementApproved()
            | facts.SupplementRefused()
            | facts.ExcessGranted()
            | facts.ExcessDenied()
        ):
            return _requested(order, fact)
        case (
            facts.BaseHelpAsked()
            | facts.BaseGuided()
            | facts.BaseTechnicianSent()
            | facts.BaseHelpDeclined()
        ):
            return _helped(order, fact)
        case (
            facts.ConsentGiven()
            | facts.FeesAsked()
            | facts.FeesApproved()
            | facts.FeesRefused()
            | facts.CashSettled()
            | urging.CashUrged()
        ):
            return _charged(order, fact)
        case _:
            return _finished(order, fact)


def _urged(order: WorkOrder, fact: Urging) -> WorkOrder:
    """The order after somebody was reminded of it."""
    match fact:
        case urging.NextVisitUrged():
            return replace(order, visit_urged=fact)
        case urging.ApproversUrged():
            return replace(order, approvers_urged=fact)
        case urging.TechnicianUrged():
            return replace(order, urged_by_hand=fact)


def paid_so_far(order: WorkOrder) -> tuple[Fee, ...]:
    """已收费用: what was taken, by whoever had the order, and is not on a signed record."""
    recorded = order.work.work.fees if order.work else ()
    now = {each.kind: each for each in recorded if each.fen and each.receipt_no}
    return tuple({**{each.kind: each for each in order.paid}, **now}.values())


def _approved(order: WorkOrder, fact: facts.ApprovalNoted) -> WorkOrder:
    """The order after an approval; of what is approved anew no change was granted yet."""
    begun, before = order.stage is not OrderStage.NONE, order.noted
    noted = replace(order, noted=fact, stage=order.stage if begun else OrderStage.AWAITING)
    by = dict.fromkeys((*order.approvers, *fact.approved.approved_by))
    noted = replace(noted, approvers=tuple(by))
    if before is not None and _nature(before) is not _nature(fact):
        noted = replace(noted, consent=None, fees_asked=None, fees_granted=None)
    if before is not None and not signed_alike(before.approved, fact.approved):
        noted = replace(noted, unsigned=None)
    anew = before is not None and before.approved.content != fact.approved.content
    return replace(noted, travel_granted=None) if anew else noted


def _nature(noted: facts.ApprovalNoted) -> RepairNature | None:
    return noted.approved.diagnosis.repair_nature


def _charged(order: WorkOrder, fact: OfMoney) -> WorkOrder:
    """The order after something was said of what the customer pays."""
    match fact:
        case facts.ConsentGiven():
            return replace(order, consent=fact)
        case facts.FeesAsked():
            return replace(order, fees_asked=fact, fees_refused=None)
        case facts.FeesApproved():
            return replace(order, fees_asked=None, fees_granted=fact)
        case facts.FeesRefused():
            return replace(order, fees_asked=None, fees_refused=fact)
        case facts.CashSettled():
            return replace(order, cash_settled=fact)
        case urging.CashUrged():
            return replace(order, cash_urged=fact)


def _requested(order: WorkOrder, fact: Request) -> WorkOrder:
    """The order after something was asked of the approver, granted or refused."""
    match fact:
        case facts.TravelChangeAsked():
            return replace(order, travel_asked=fact, travel_refused=None)
        case facts.TravelChangeApproved():
            return replace(order, travel_asked=None, travel_granted=fact)
        case facts.TravelChangeRefused():
            return replace(order, travel_asked=None, travel_refused=fact)
        case facts.SupplementAsked():
            return replace(order, supplement_asked=fact, supplement_refused=None)
        case facts.SupplementApproved(note=note):
            granted = replace(_with_note(order, note), supplement_asked=None)
            granted = replace(granted, supplemented=(*order.supplemented, note))
            return replace(granted, supplements=(*order.supplements, fact))
        case facts.SupplementRefused():
            return replace(order, supplement_asked=None, supplement_refused=fact)
        case facts.ExcessGranted() | facts.ExcessDenied():
            return replace(order, excess_judged=fact)


def _helped(order: WorkOrder, fact: Help) -> WorkOrder:
    """The order after base was asked for help, or answered."""
    match fact:
        case facts.BaseHelpAsked():
            return replace(order, help_asked=fact, help_guided=None, help_declined=None)
        case facts.BaseGuided(solved=solved):
            waits = None if solved else order.help_asked
            return replace(order, help_guided=fact, help_asked=waits)
        case facts.BaseTechnicianSent():
            return replace(order, help_asked=None, sent=(*order.sent, fact))
        case facts.BaseHelpDeclined():
            return replace(order, help_asked=None, help_declined=fact)


def _with_note(order: WorkOrder, note: NamedNote) -> WorkOrder:
    """The order with one more note, which is released with this."""
    further = replace(order, notes=(*order.notes, note), released=(*order.released, note))
    further = replace(further, forgone=_still_forgone(order, note))
    return replace(further, notes_named=order.notes_named + 1)


def _still_forgone(order: WorkOrder, note: NamedNote) -> facts.PartsForgone | None:
    """Without what a new note brings after all."""
    if order.forgone is None:
        return None
    brought = {line.part for line in note.lines}
    left = tuple(part for part in order.forgone.parts if part not in brought)
    return replace(order.forgone, parts=left) if left else None


def _signed(order: WorkOrder, fact: facts.WorkOrderSigned) -> WorkOrder:
    known = {note.number for note in order.notes}
    out = {note.number for note in order.released}
    fresh = [note for note in fact.notes if note.number not in known]
    who = fact.signature.by
    return replace(
        order,
        signed=fact,
        stage=OrderStage.ACCEPTED,
        notes=fact.notes,
        further=(),
        forgone=None,
        released=(*order.released, *(n for n in fact.notes if n.number not in out)),
        notes_named=order.notes_named + len(fresh),
        technicians=tuple(dict.fromkeys((*order.technicians, who))),
        companions=tuple(dict.fromkeys((*order.companions, *order.travellers))),
    )


def _finished(order: WorkOrder, fact: Finish) -> WorkOrder:
    """The order after a fact of its work or its end."""
    match fact:
        case facts.WorkRecorded():
            done = replace(order, work=fact, unsigned=None, paid=paid_so_far(order))
            return replace(done, unreached_granted=None, receipts=_receipts(order, fact.work))
        case facts.SigningCodeAsked():
            return replace(order, code=fact, code_told="", code_wrong=0)
        case facts.SigningCodeTried(content, True):
            return replace(order, code_told=content)
        case facts.SigningCodeTried():
            return replace(order, code_wrong=order.code_wrong + 1)
        case facts.SignatureRefused():
            return replace(order, unsigned=fact)
        case facts.CustomerSigned():
            return replace(order, customer=fact, stage=OrderStage.SIGNED, voided=None, paid=())
        case facts.SignatureWaived():
            word = facts.CustomerSigned(_waived(order, fact), fact.due_at)
            return replace(order, customer=word, stage=OrderStage.SIGNED, voided=None, paid=())
        case facts.SignatureVoided():
            again = replace(order, voided=fact, customer=None, unsigned=None, entrusted=None)
            return replace(again, stage=OrderStage.ACCEPTED)
        case facts.HandInUrged():
            return replace(order, reminded=fact)
        case facts.HandInEntrusted():
            return replace(order, entrusted=fact)
        case facts.TaskHandedIn():
            home = replace(order, handed_in=fact, stage=OrderStage.HANDED_IN, returned=None)
            return replace(home, claim_urged=None, claim_overdue=None)
        case facts.ClaimUrged():
            return replace(order, claim_urged=fact)
        case facts.ClaimOverdue():
            return replace(order, claim_overdue=fact)
        case facts.HandInReturned():
            return replace(order, handed_in=None, stage=OrderStage.SIGNED, returned=fact)
        case facts.RepairContinued():
            return replace(order, continued=fact, stage=OrderStage.CLOSED)
        case facts.FurtherOrderNamed():
            return replace(order, after=fact)
        case facts.UnreachedGranted():
            return replace(order, unreached_granted=fact)
        case ContactAttempted():
            return replace(order, tried=(*order.tried, fact)[-SEVERAL:])
        case RepairClosed():
            return replace(order, closed=fact, stage=OrderStage.CLOSED)


def _receipts(order: WorkOrder, work: Work) -> Mapping[str, str]:
    """The receipts so far, with those of this record; who has the order writes it."""
    holder = order.technician
    numbers = (fee.receipt_no for fee in work.fees if fee.fen)
    new = {number: holder for number in numbers if number and holder}
    return {**new, **order.receipts}


def _waived(order: WorkOrder, fact: facts.SignatureWaived) -> CustomerWord:
    """免签: what the customer would have signed, and who did without it."""
    work = order.work.work if order.work else Work()
    return CustomerWord(
        signature=None,
        signer=None,
        opinion=None,
        parts_used=work.parts_used,
        no_parts_used=work.no_parts_used,
        content=fact.content,
        waived_by=fact.by,
        waived_because=fact.because,
    )


def open_to(order: WorkOrder) -> tuple[str, ...]:
    """Whom base sent, of whatever branch: they sign it, do the job and claim their journey."""
    return tuple(dict.fromkeys(each.technician for each in order.sent))


def named(order: WorkOrder) -> Callable[[str], Sequence[str]]:
    """Who has the order, who made it out, and who approved what it is for, by their roles."""
    by = {
        Role.TECHNICIAN.value: (order.technician,) if order.technician else (),
        Role.CLERK.value: (order.opened.signature.by,) if order.opened else (),
        Role.APPROVER.value: order.approvers,
    }
    return lambda role: by.get(role, ())


def customer_key(order: WorkOrder) -> str | None:
    """Whose key seals what a customer says: the one that sealed their name on the report."""
    return key_of(order.noted.approved.contact_name) if order.noted else None
