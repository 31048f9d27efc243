"""账本 (the books): a simple model of all that must never be otherwise, kept apart from the rooms.

It reads every fact the moment it became true, in the order in which the world saw them, and knows
nothing of the rooms' own rules.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.events import custody, dispatch, followup, intake, inventory, issue_notes, visits
from shared.events.followup import PaperKind
from shared.events.values import Ending
from shared.view import Recorded, recorded
from tests.world.expenses import Expenses
from tests.world.record import Page

OUTSIDE = {each.value for each in inventory.Outside}


class BooksBroken(AssertionError):
    """Something became true that must never be."""


@dataclass
class Line:
    """A part drawn on an issue note, and what became of it."""

    issued: int = 0
    accounted: int = 0
    used: int = 0
    old_due: bool = False
    old_back: int = 0
    lost: int = 0
    granted: int = 0
    """How many of it were granted as lost."""
    waived: int = 0
    issuer: str = ""
    recipient: str = ""


@dataclass
class Ticket:
    """What is remembered of one repair."""

    submitted_by: str = ""
    diagnosed_by: str = ""
    technicians: set[str] = field(default_factory=set)
    helpers: set[str] = field(default_factory=set)
    """Who tried to solve it from afar."""
    handed_in_by: str = ""
    notes: set[str] = field(default_factory=set)
    void: set[str] = field(default_factory=set)
    lines: dict[tuple[str, str], Line] = field(default_factory=lambda: defaultdict(Line))
    signed: Mapping[tuple[str, str], int] | None = None
    """What the customer signed for, by note and part; None: nothing is signed."""
    before: dict[tuple[str, str], int] = field(default_factory=dict)
    """The same of the orders that a further one goes on with."""
    words: dict[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    """The same of every signature there ever was, by what was shown to the customer."""
    recorded: dict[str, Mapping[tuple[str, str], int]] = field(default_factory=dict)
    """What work was ever recorded as used, by what would be shown to the customer."""
    fees: set[str] = field(default_factory=set)
    """For what the customer has paid, as it is recorded now."""
    charged: dict[str, set[str]] = field(default_factory=dict)
    """The same of all work that was ever recorded, by what would be shown to the customer."""
    paid: set[str] = field(default_factory=set)
    """For what they paid to somebody who lost the order before anybody signed for it."""
    waived: bool = False
    """Whether the approver ever did without the signature."""
    approved: bool = False
    closed: intake.RepairClosed | None = None
    followed_up: bool = False
    asked: followup.PapersAsked | None = None
    filed: bool = False
    lent: dict[tuple[custody.PaperRef, str | None], custody.PaperLent] = field(default_factory=dict)
    """The papers that are out, by the claim that they are attached to, if they are to one."""

    @property
    def did_the_job(self) -> set[str]:
        """Whose work the customer is asked about."""
        remotely = self.closed is not None and self.closed.ending is Ending.SOLVED_REMOTELY
        return self.helpers if remotely else self.technicians

    @property
    def out(self) -> list[tuple[str, str]]:
        """Lines that are not accounted for to the last piece."""
        return [place for place, line in self.lines.items() if line.issued != line.accounted]


class Books:
    """账本: reads what is new in the world, and says what is wrong with it."""

    def __init__(self, pages: Mapping[str, Page]) -> None:
        self._pages = pages
        self._read = dict.fromkeys(pages, 0)
        self.tickets: dict[str, Ticket] = defaultdict(Ticket)
        self.stock: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.serials: dict[tuple[str, str, str], str] = {}
        self.expenses = Expenses()
        self._sides = (
            *(self._of_report, self._of_order, self._of_requests, self._of_money),
            *(self._of_note, self._of_exception, self._of_follow_up),
        )
        self.look()

    def look(self) -> None:
        """Read what became true since. Raises BooksBroken."""
        self.read(self._new())

    def read(self, facts: Iterable[Recorded]) -> None:
        """Read these facts, in the order in which they became true. Raises BooksBroken."""
        for told in facts:
            self._enter(told)
        self._balance()

    def _new(self) -> Iterator[Recorded]:
        for name, page in self._pages.items():
            new = page.since(self._read[name])
            self._read[name] += len(new)
            yield from (recorded(name, stored) for stored in new)

    def _enter(self, told: Recorded) -> None:
        match told.fact:
            case inventory.StockMoved() as moved:
                self._move(moved)
            case fact if told.ticket is not None:
                self._of_ticket(told, self.tickets[told.ticket], fact)
                self.expenses.read(told)
            case _:
                pass

    def _of_ticket(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        for entering in self._sides:
            entering(told, ticket, fact)

    def _of_report(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        match fact:
            case intake.RemoteGuidanceGiven():
                ticket.helpers.add(told.actor)
            case intake.ReportSigned():
                ticket.diagnosed_by = told.actor
            case intake.ReportSubmitted():
                ticket.submitted_by = told.actor
            case intake.ApprovalGiven():
                apart(told, "approves", ticket.submitted_by, ticket.diagnosed_by)
            case intake.RepairApproved():
                apart(told, "approves", ticket.submitted_by, ticket.diagnosed_by)
                never(ticket.closed is not None, told, "approved after it was closed")
                ticket.approved = True
            case intake.RepairClosed():
                self._closed(told, ticket, fact)
            case _:
                pass

    def _of_money(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        """What a customer has paid to somebody is on what they signed, or an approver says else."""
        match fact:
            case dispatch.WorkRecorded(work=work, content=content):
                ticket.fees = ticket.charged[content] = {each.kind for each in work.fees}
            case dispatch.WorkOrderRecalled() | dispatch.WorkOrderDeclined():
                ticket.paid |= ticket.fees
                ticket.fees = set()
            case dispatch.FeesApproved():
                ticket.paid = set()
            case dispatch.CustomerSigned(word=word):
                ticket.paid -= ticket.charged[word.content]
            case dispatch.SignatureWaived(content=content):
                ticket.paid -= ticket.charged[content]
            case intake.RepairClosed():
                never(bool(ticket.paid), told, f"closed with money out: {ticket.paid}")
            case _:
                pass

    def _closed(self, told: Recorded, ticket: Ticket, fact: intake.RepairClosed) -> None:
        never(ticket.closed is not None, told, "closed twice")
        never((told.room == "intake") == ticket.approved, told, "closed by the wrong room")
        never(bool(ticket.out), told, f"closed with parts out: {ticket.out}")
        if fact.taken_by is not None:
            apart(told, "takes", ticket.handed_in_by, *ticket.technicians)
            never(ticket.signed is None, told, "taken without the customer's signature")
            word = {**ticket.before, **(ticket.signed or {})}
            for place, line in ticket.lines.items():
                signed = word.get(place, 0)
                never(line.used != signed, told, f"{place}: {line.used} used, {signed} signed for")
                due = line.used - line.waived if line.old_due else 0
                never(line.old_back < due, told, f"{place}: {line.old_back} of {due} old parts")
        ticket.closed = fact

    def _of_order(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        match fact:
            case dispatch.WorkOrderOpened():
                never(not ticket.approved, told, "opened without an approval")
            case dispatch.WorkOrderSigned(notes=notes):
                ticket.technicians.add(told.actor)
                ticket.notes |= {note.number for note in notes}
            case dispatch.FurtherNoteNamed(note=note):
                ticket.notes.add(note.number)
            case dispatch.CustomerSigned(word=word):
                ticket.signed = {(each.note, each.part): each.used for each in word.parts_used}
                ticket.words[word.content] = ticket.signed
                for place, used in ticket.signed.items():
                    issued = ticket.lines[place].issued
                    never(used > issued, told, f"{place}: {used} signed for, {issued} issued")
            case dispatch.SignatureVoided():
                ticket.signed = None
            case dispatch.TaskHandedIn():
                never(bool(ticket.out), told, f"handed in with parts out: {ticket.out}")
                ticket.handed_in_by = told.actor
            case dispatch.HandInReturned():
                apart(told, "returns", ticket.handed_in_by)
            case dispatch.RepairContinued():
                self._continued(told, ticket, fact)
            case _:
                pass

    @staticmethod
    def _continued(told: Recorded, ticket: Ticket, fact: dispatch.RepairContinued) -> None:
        """A further order begins with nothing out, and with nothing of its own that is signed."""
        never(bool(ticket.out), told, f"goes on with parts out: {ticket.out}")
        never(ticket.closed is not None, told, "goes on after it was closed")
        if fact.taken_by is not None:
            apart(told, "takes", ticket.handed_in_by, *ticket.technicians)
        ticket.before |= ticket.signed or {}
        ticket.signed, ticket.handed_in_by = None, ""

    def _of_requests(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        match fact:
            case dispatch.SupplementApproved(note=note):
                apart(told, "grants parts", *ticket.technicians)
                ticket.notes.add(note.number)
            case dispatch.WorkRecorded(work=work, content=content):
                used_by = {(each.note, each.part): each.used for each in work.parts_used}
                ticket.recorded[content] = used_by
            case dispatch.SignatureWaived(content=content):
                apart(told, "waives", *ticket.technicians)
                ticket.signed, ticket.waived = ticket.recorded[content], True
            case (
                dispatch.TravelChangeApproved()
                | dispatch.FeesApproved()
                | dispatch.HandInEntrusted()
                | dispatch.ExcessGranted()
                | dispatch.ExcessDenied()
                | visits.DeviationGranted()
            ):
                apart(told, "grants", *ticket.technicians)
            case _:
                pass

    def _of_note(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        number = told.stream.partition("-")[2]
        match fact:
            case issue_notes.IssueNoteReleased():
                never(number not in ticket.notes, told, "released, but named by no order")
                never(ticket.closed is not None, told, "released after the closing")
            case issue_notes.PartIssued(part=part, issued=issued):
                never(ticket.closed is not None, told, "issued after the closing")
                never(number in ticket.void, told, "issued on a void note")
                apart(told, "issues", fact.recipient)
                line = ticket.lines[number, part]
                never(line.issued > 0, told, "issued twice")
                line.issued, line.recipient = issued.quantity, fact.recipient
                line.issuer, line.old_due = told.actor, issued.old_part_due
            case issue_notes.PartReconciled(part=part, account=account):
                line = ticket.lines[number, part]
                apart(told, "reconciles", line.recipient)
                never(fact.technician_sig.by != line.recipient, told, "signed by another")
                unsigned = fact.content is None and not ticket.waived
                never(unsigned and account.used > 0, told, "used, and nobody signed")
                if fact.content is not None:
                    signed = ticket.words[fact.content].get((number, part), 0)
                    never(account.used != signed, told, f"{signed} signed for: {account}")
                self._account(told, line, account)
            case issue_notes.IssueNoteVoided():
                drawn = [part for note, part in ticket.lines if note == number]
                never(bool(drawn), told, f"void with parts drawn: {drawn}")
                ticket.void.add(number)
            case _:
                pass

    def _of_exception(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        number = told.stream.partition("-")[2]
        match fact:
            case issue_notes.ReconciliationCorrected(part=part, account=account):
                apart(told, "corrects", fact.asked_by)
                word = ticket.words[fact.content] if fact.content else {}
                never(account.used != word.get((number, part), 0), told, f"corrected: {account}")
                self._account(told, ticket.lines[number, part], account)
            case issue_notes.LossApproved(loss=loss):
                apart(told, "grants", fact.asked_by)
                ticket.lines[number, loss.part].granted += loss.quantity
            case issue_notes.OldPartWaived(waiver=waiver):
                apart(told, "grants", fact.asked_by)
                ticket.lines[number, waiver.part].waived += waiver.quantity
            case issue_notes.PartsHandedOver(recipient=recipient):
                for (note, _), line in ticket.lines.items():
                    if note == number:
                        never(recipient == line.issuer, told, "handed to who issued it")
                        line.recipient = recipient
            case issue_notes.IssueCorrected(part=part, issued=issued):
                apart(told, "confirms", fact.asked_by)
                if issued is None:
                    del ticket.lines[number, part]
                else:
                    ticket.lines[number, part].issued = issued.quantity
            case issue_notes.LineDropped(part=part):
                never((number, part) in ticket.lines, told, "dropped after it was drawn")
            case _:
                pass

    @staticmethod
    def _account(told: Recorded, line: Line, account: issue_notes.Account) -> None:
        line.accounted = account.used + account.unused + account.lost
        line.used, line.old_back, line.lost = account.used, account.old_returned, account.lost
        never(line.accounted != line.issued, told, f"{line.issued} issued: {account}")
        never(account.lost > line.granted, told, f"{line.granted} granted as lost: {account}")
        never(account.waived > line.waived, told, f"{line.waived} waived: {account}")

    def _of_follow_up(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        match fact:
            case followup.CallBackScheduled() | followup.PapersAsked():
                never(ticket.closed is None, told, "followed up before it was closed")
                if isinstance(fact, followup.PapersAsked):
                    ticket.asked = fact
            case followup.CallBackAttempted():
                apart(told, "calls back", *ticket.did_the_job)
            case followup.SurveyAnswered() | followup.CallBackEnded():
                apart(told, "calls back", *ticket.did_the_job)
                never(ticket.followed_up, told, "followed up twice")
                ticket.followed_up = True
            case followup.DossierFiled():
                self._filed(told, ticket, fact)
            case _:
                self._of_custody(told, ticket, fact)

    def _of_custody(self, told: Recorded, ticket: Ticket, fact: Any) -> None:
        match fact:
            case custody.PaperLent():
                claim = fact.claim.claim if fact.claim else None
                never((fact.paper, claim) in ticket.lent, told, "lent twice")
                ticket.lent[fact.paper, claim] = fact
            case custody.PaperReturned(paper=paper, claim=said, taken_from=of):
                for place in [p for p in ticket.lent if p[0] == paper]:
                    by_claim = said is not None and place[1] == said.claim
                    if by_claim or (said is None and of in (None, ticket.lent[place].to)):
                        del ticket.lent[place]
            case custody.PaperLossAccepted(paper=paper):
                for place in [p for p in ticket.lent if p[0] == paper]:
                    lent = ticket.lent.pop(place)
                    apart(told, "accepts as lost", lent.to, lent.lent_by)
            case _:
                pass

    def _filed(self, told: Recorded, ticket: Ticket, fact: followup.DossierFiled) -> None:
        never(ticket.filed, told, "filed twice")
        never(ticket.closed is None, told, "filed before it was closed")
        never(bool(ticket.out), told, f"filed with parts out: {ticket.out}")
        never(bool(ticket.lent), told, f"filed with papers out: {ticket.lent}")
        papers = {(paper.kind, paper.number) for paper in fact.papers}
        asked = ticket.asked.papers if ticket.asked else ()
        lacking = {(each.kind, each.number) for each in asked} - papers
        drawn = {(PaperKind.ISSUE_NOTE, note) for note, _ in ticket.lines} - papers
        never(not asked or bool(lacking | drawn), told, f"filed without {lacking | drawn}")
        call = any(kind is PaperKind.FOLLOW_UP for kind, _ in papers)
        never(call and not ticket.followed_up, told, "filed without the call-back")
        ticket.filed = True

    def _move(self, moved: inventory.StockMoved) -> None:
        accounts = self.stock[moved.store, moved.part]
        accounts[moved.source] -= moved.quantity
        accounts[moved.target] += moved.quantity
        for serial in moved.serials:
            place = (moved.store, moved.part, serial)
            if self.serials.get(place, moved.source) != moved.source:
                raise BooksBroken(f"{place} was in {self.serials[place]}: {moved}")
            self.serials[place] = moved.target

    def _balance(self) -> None:
        """All accounts together are zero, and none inside is below it; hands are empty at last."""
        for place, accounts in self.stock.items():
            below = {name: n for name, n in accounts.items() if n < 0 and name not in OUTSIDE}
            if sum(accounts.values()) or below:
                raise BooksBroken(f"{place}: {dict(accounts)}")

    def held(self) -> Mapping[tuple[str, str, str], int]:
        """What is neither in a store nor outside: in somebody's hands, or on its way."""
        return {
            (*place, account): n
            for place, accounts in self.stock.items()
            for account, n in accounts.items()
            if n and account.startswith(("technician:", "parcel:"))
        }


def never(is_so: bool, told: Recorded, what: str) -> None:
    """Raise BooksBroken if it is so."""
    if is_so:
        raise BooksBroken(f"{told.ticket} {told.type} by {told.actor}: {what}")


def apart(told: Recorded, does: str, *others: str) -> None:
    """Raise BooksBroken if who does it, or in whose place, stands on the other side as well."""
    both = {told.actor, told.acting_for} & {*others}
    never(bool(both), told, f"{does} what they did themselves")
