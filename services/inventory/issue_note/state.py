"""出库单的状态 (the state of an issue note): what its facts have made of it, line by line."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory import ledger
from services.inventory.issue_note import asking
from services.inventory.issue_note.asking import Decided, RequestFact, Requests
from shared import urging
from shared.events import issue_notes as facts
from shared.events.issue_notes import NoteLine, Opened, Parcel, ParcelWord, SignedUse
from shared.events.order_sheet import Delivery, NoteStage
from shared.events.part_cases import Loss, LossWhere, Waiver
from shared.events.values import PartWanted, RepairNature, Signature

Fact: TypeAlias = (
    facts.IssueNoteReleased
    | facts.AccountOpened
    | facts.AccountSigned
    | facts.SignatureNoted
    | facts.ChangeNoted
    | facts.NatureNoted
    | facts.PartIssued
    | facts.ArrivalAnnounced
    | facts.ParcelDelivered
    | facts.ParcelReturned
    | facts.ParcelOpened
    | facts.ParcelWordWithdrawn
    | facts.PartReconciled
    | facts.VoidingAsked
    | facts.LineDropped
    | facts.IssueNoteVoided
    | facts.PartsCounted
    | facts.PartsHandedOver
    | RequestFact
)
Milestone: TypeAlias = (
    facts.PartIssued
    | facts.ArrivalAnnounced
    | facts.ParcelOpened
    | facts.ParcelWordWithdrawn
    | facts.PartReconciled
    | facts.LineDropped
    | facts.IssueNoteVoided
    | facts.LossApproved
    | facts.PartsHandedOver
    | facts.ReconciliationCorrected
    | facts.IssueCorrected
)
Exceptional: TypeAlias = (
    facts.AccountOpened
    | facts.AccountSigned
    | facts.ChangeNoted
    | facts.NatureNoted
    | facts.ParcelWordWithdrawn
    | facts.VoidingAsked
    | facts.LineDropped
    | facts.PartsCounted
    | facts.PartsHandedOver
    | RequestFact
)
WHOLE_NOTE = ""
"""Stands for all lines where a clerk asked that nothing more be drawn."""
Hands: TypeAlias = Mapping[str, Mapping[str, int]]
"""By part: how many pieces each person has of it."""


@dataclass(frozen=True, slots=True)
class IssueNote:
    """出库单: a note as its facts have made it; each part is the fact that said so last."""

    released: facts.IssueNoteReleased | None = None
    signed: facts.SignatureNoted | None = None
    change: facts.ChangeNoted | None = None
    approved: facts.NatureNoted | None = None
    issues: Mapping[str, facts.PartIssued] = field(default_factory=dict)
    accounts: Mapping[str, facts.PartReconciled] = field(default_factory=dict)
    natures: Mapping[str, RepairNature] = field(default_factory=dict)
    """The repair nature by which each settled line was accounted for."""
    last: facts.PartReconciled | None = None
    announced: facts.ArrivalAnnounced | None = None
    delivered: facts.ParcelDelivered | None = None
    came_back: facts.ParcelReturned | None = None
    opened: Opened | None = None
    taken_back: facts.ParcelWordWithdrawn | None = None
    """What was told of the parcel and taken back last."""
    voided: facts.IssueNoteVoided | None = None
    asked: Mapping[str, facts.VoidingAsked] = field(default_factory=dict)
    """What clerks asked not to be drawn any more: by part, or WHOLE_NOTE."""
    dropped: Mapping[str, facts.LineDropped] = field(default_factory=dict)
    requests: Requests = field(default_factory=dict)
    never_left: Mapping[str, int] = field(default_factory=dict)
    """By number, how many pieces of a granted loss turned out never to have left."""
    hands: Hands = field(default_factory=dict)
    """Who has the pieces that were drawn or taken out of the parcel, before they are settled."""
    counts: Mapping[str, facts.PartsCounted] = field(default_factory=dict)
    """The last count of each person since the parts changed hands, the newest at the end."""
    handed: facts.PartsHandedOver | None = None
    taken_over: facts.AccountOpened | None = None
    """What a technician had before the books, if the note stands for that."""
    account_sig: Signature | None = None
    """Their signature for it."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged what is asked for on it last."""

    @property
    def stage(self) -> NoteStage:
        """Where the note stands; it is settled once all that was drawn is accounted for."""
        if self.released is None:
            return NoteStage.NONE
        if self.voided is not None:
            return NoteStage.VOID
        if not self.issues:
            return NoteStage.RELEASED
        whole = self.issues.keys() == self.accounts.keys()
        return NoteStage.SETTLED if whole else NoteStage.ISSUED

    @property
    def lines(self) -> Mapping[str, NoteLine]:
        """The lines by part, each with how it was issued and where its pieces went."""
        return (
            {line.part: self._line(line) for line in self.released.lines} if self.released else {}
        )

    @property
    def recipient(self) -> str:
        """Whose hands the parts are for; empty until the note is released."""
        if self.handed is not None:
            return self.handed.recipient
        return self.released.recipient if self.released else ""

    @property
    def nature(self) -> RepairNature | None:
        """维修性质: the one in force, as approved last; None until the note is released."""
        if self.approved is not None:
            return self.approved.repair_nature
        return self.released.repair_nature if self.released else None

    @property
    def held(self) -> bool:
        """Whether a change of what was approved waits to be decided."""
        decided = self.approved.version if self.approved else 0
        return self.change is not None and self.change.version > decided

    @property
    def is_posted(self) -> bool:
        """Whether the parts travel without the technician."""
        return self.released is not None and self.released.delivery is Delivery.POSTED

    @property
    def is_under_way(self) -> bool:
        """Whether the parcel is still with the post, as far as anybody has said."""
        received = (self.delivered, self.opened, self.came_back)
        return self.is_posted and all(each is None for each in received)

    @property
    def parcel(self) -> Parcel | None:
        """How posted parts travel: one parcel a note."""
        return next((issue.parcel for issue in self.issues.values()), None)

    @property
    def open_lines(self) -> tuple[str, ...]:
        """The parts that were permitted, not dropped and not drawn yet."""
        gone = {*self.issues, *self.dropped}
        return tuple(part for part in self.lines if part not in gone)

    @property
    def noted_version(self) -> int:
        """The newest version of the order this note has heard a signature of; 0: none."""
        return self.signed.version if self.signed else 0

    @property
    def signed_content(self) -> str | None:
        """What the customer signed, if a signature is in force."""
        return self.signed.content if self.signed else None

    @property
    def is_waived(self) -> bool:
        """Whether the approver waived the signature the customer refused."""
        return self.signed is not None and self.signed.waived

    def signed_for(self, part: str) -> SignedUse:
        """What the customer signed of the part on this note.

        Serials of new pieces that the store issued without any stand on the signed order alone.
        """
        used, issue = self.signed.used if self.signed else (), self.issues.get(part)
        signed = next((each for each in used if each.part == part), SignedUse(part, 0))
        unnumbered = issue is not None and not issue.issued.serials
        return replace(signed, new_serials=()) if unnumbered and signed.new_serials else signed

    def signed_use(self, part: str) -> int:
        """How many of the part the customer signed for on this note."""
        return self.signed_for(part).used

    @property
    def holders(self) -> frozenset[str]:
        """领用人: whoever has drawn the parts or taken them over."""
        had = {person for held in self.hands.values() for person in held}
        return frozenset(filter(None, (self.recipient, *had)))

    @property
    def crew(self) -> frozenset[str]:
        """承修的人: whoever has or had the parts, and whoever was approved to go with them."""
        return self.holders.union(self.released.travellers if self.released else ())

    def in_parcel(self, part: str) -> int:
        """How many pieces of a line the recipient never took out of its parcel."""
        if not self.is_posted:
            return 0
        if self.opened is None:
            return self.issues[part].issued.quantity
        return sum(each.quantity for each in self.opened.missing if each.part == part)

    def losses(self, part: str) -> Sequence[Loss]:
        """The losses of a line that were granted, of pieces that it still has."""
        return [left for n in self.granted(Loss, part) if (left := self.loss(n))]

    def loss(self, number: str) -> Loss | None:
        """A loss without the pieces that turned out never to have left; None: nothing is left."""
        loss = self.requests[number].what
        if not isinstance(loss, Loss):
            return None
        left = self._of_the_line(loss, number)
        return left if left.quantity else None

    def _of_the_line(self, loss: Loss, number: str) -> Loss:
        issue = self.issues.get(loss.part)
        if not loss.serials:
            return replace(loss, quantity=loss.quantity - self.never_left.get(number, 0))
        if issue is None:
            return loss
        serials = tuple(each for each in loss.serials if each in issue.issued.serials)
        return replace(loss, serials=serials, quantity=len(serials))

    def lost(self, part: str) -> int:
        """How many pieces of a line were granted as lost."""
        return sum(each.quantity for each in self.losses(part))

    def waived(self, part: str) -> int:
        """How many old parts of a line need not come home."""
        waivers = (self.requests[number].what for number in self.granted(Waiver, part))
        return sum(each.quantity for each in waivers if isinstance(each, Waiver))

    def granted(self, kind: type[Loss | Waiver], part: str) -> Collection[str]:
        """The numbers of the losses, or of the waivers, of a line that stand as granted."""
        return [
            each.number
            for each in self.requests.values()
            if each.decided is Decided.GRANTED
            and isinstance(each.what, kind)
            and each.what.part == part
            and (kind is Waiver or self.loss(each.number))
        ]

    def out(self, part: str) -> Mapping[LossWhere, int]:
        """How many pieces of a line were in the parcel when it came, and how many were not."""
        if part not in self.issues:
            return {}
        parcel = self.in_parcel(part)
        hands = self.issues[part].issued.quantity - parcel
        return {LossWhere.POST: parcel, LossWhere.TECHNICIAN: hands}

    def _line(self, line: NoteLine) -> NoteLine:
        issue, done = self.issues.get(line.part), self.accounts.get(line.part)
        dropped = self.dropped.get(line.part)
        return replace(
            line,
            issued=issue.issued if issue else None,
            account=done.account if done else None,
            dropped_because=dropped.because if dropped else None,
        )


def evolve(note: IssueNote, fact: Fact) -> IssueNote:
    """Facts are facts: no rule is asked again when the past is replayed."""
    match fact:
        case facts.IssueNoteReleased():
            return replace(note, released=fact)
        case facts.SignatureNoted():
            return replace(note, signed=fact)
        case facts.PartIssued(part, issued):
            drawn = replace(note, issues={**note.issues, part: fact})
            return drawn if note.is_posted else _holding(drawn, part, issued.quantity)
        case facts.ArrivalAnnounced():
            return replace(note, announced=fact)
        case facts.ParcelDelivered():
            return replace(note, delivered=fact)
        case facts.ParcelReturned():
            return replace(note, came_back=fact)
        case facts.ParcelOpened(opened):
            return _opened(note, opened)
        case facts.PartReconciled(part):
            return _settled(note, part, fact)
        case facts.IssueNoteVoided():
            return replace(note, voided=fact)
        case _:
            return _exceptional(note, fact)


def _exceptional(note: IssueNote, fact: Exceptional) -> IssueNote:
    """The note after a fact that is not of the straight way."""
    match fact:
        case facts.AccountOpened():
            return replace(note, taken_over=fact, released=_listed(fact))
        case facts.AccountSigned():
            return _signed_for(note, fact)
        case facts.ChangeNoted():
            return replace(note, change=fact)
        case facts.NatureNoted():
            return _due_anew(replace(note, approved=fact))
        case facts.ParcelWordWithdrawn(word):
            return _taken_back(replace(note, taken_back=fact), word)
        case facts.VoidingAsked(part):
            return replace(note, asked={**note.asked, part or WHOLE_NOTE: fact})
        case facts.LineDropped(part):
            return replace(note, dropped={**note.dropped, part: fact})
        case facts.PartsCounted():
            others = {who: each for who, each in note.counts.items() if who != fact.counted_by}
            return replace(note, counts={**others, fact.counted_by: fact})
        case facts.PartsHandedOver():
            return _handed(note, fact)
        case facts.ReconciliationCorrected(_, part, account, content):
            done = replace(note.accounts[part], account=account, content=content)
            note = replace(note, accounts={**note.accounts, part: done})
            return replace(note, requests=asking.after(note.requests, fact))
        case facts.IssueCorrected():
            return _corrected(note, fact)
        case _:
            return replace(note, requests=asking.after(note.requests, fact))


def _listed(opened: facts.AccountOpened) -> facts.IssueNoteReleased:
    """在手登记: a note of no ticket and no order, for what its recipient has."""
    return facts.IssueNoteReleased(
        number=opened.number,
        ticket="",
        branch=opened.store,
        order="",
        version=0,
        recipient=opened.technician,
        delivery=Delivery.CARRIED,
        repair_nature=opened.repair_nature,
        lines=tuple(NoteLine(each.part, each.quantity, opened.store) for each in opened.lines),
    )


def _signed_for(note: IssueNote, fact: facts.AccountSigned) -> IssueNote:
    """在手签字: every line is in its recipient's hands, as if it had been drawn on the note."""
    opened = note.taken_over
    assert opened is not None
    note = replace(note, account_sig=fact.signature)
    for line in fact.lines:
        issue = facts.PartIssued(
            part=line.part,
            issued=line.issued,
            store=opened.store,
            recipient=opened.technician,
            signature=fact.signature,
            parcel=None,
            issued_by=opened.opened_by,
        )
        drawn = replace(note, issues={**note.issues, line.part: issue})
        note = _holding(drawn, line.part, line.quantity)
    return note


def _settled(note: IssueNote, part: str, fact: facts.PartReconciled) -> IssueNote:
    natures = dict(note.natures)
    if note.nature is not None:
        # A line that is put under a newer signature keeps the nature it was booked by.
        natures.setdefault(part, note.nature)
    return replace(note, accounts={**note.accounts, part: fact}, natures=natures, last=fact)


def _due_anew(note: IssueNote) -> IssueNote:
    """旧件应交: lines that are not settled owe their old parts by the nature in force."""
    issues = {
        part: replace(issue, issued=due_by(issue.issued, note.nature))
        if part not in note.accounts
        else issue
        for part, issue in note.issues.items()
    }
    return replace(note, issues=issues)


def due_by(issued: facts.Issued, nature: RepairNature | None) -> facts.Issued:
    """A line as it left, with its old parts due or not by a nature, if its card said when."""
    if issued.old_due_by is None:
        return issued
    return replace(issued, old_part_due=nature in issued.old_due_by)


def _opened(note: IssueNote, opened: Opened) -> IssueNote:
    """会同拆验: what is found is the recipient's; told again, what differs from before."""
    told = replace(note, opened=opened)
    more = {
        part: note.in_parcel(part) - told.in_parcel(part)
        for part in note.issues
        if part not in note.accounts
    }
    hands = {part: dict(held) for part, held in note.hands.items()}
    for part, pieces in more.items():
        held = hands.setdefault(part, {})
        held[note.recipient] = held.get(note.recipient, 0) + pieces
    return replace(told, hands=hands)


def _taken_back(note: IssueNote, word: ParcelWord) -> IssueNote:
    """邮件登记撤回: as if it had never been told; what was taken out lies in the parcel again."""
    match word:
        case ParcelWord.DELIVERED:
            return replace(note, delivered=None)
        case ParcelWord.RETURNED:
            return replace(note, came_back=None)
        case ParcelWord.OPENED:
            empty = {part: dict.fromkeys(held, 0) for part, held in note.hands.items()}
            return replace(note, opened=None, hands=empty)


def _corrected(note: IssueNote, fact: facts.IssueCorrected) -> IssueNote:
    """实发更正: the line as it left, and its losses without what never did."""
    after, part = _issued_otherwise(note, fact), fact.part
    now = after.out(part)
    fewer = {where: max(0, count - now.get(where, 0)) for where, count in note.out(part).items()}
    gone = asking.never_left(note.requests, note.never_left, part, fewer)
    return replace(after, never_left=gone, requests=asking.after(note.requests, fact))


def _issued_otherwise(note: IssueNote, fact: facts.IssueCorrected) -> IssueNote:
    """实发更正: the line as it left; the counts of what somebody holds are of what was booked."""
    part = fact.part
    hands = {each: held for each, held in note.hands.items() if each != part}
    if fact.hands:
        hands[part] = {each.person: each.quantity for each in fact.hands}
    note = replace(_lacking(note, part, fact.missing), hands=hands, counts={})
    if fact.account is not None:
        done = replace(note.accounts[part], account=fact.account, content=fact.content)
        note = replace(note, accounts={**note.accounts, part: done})
    if fact.issued is not None:
        issue = replace(note.issues[part], issued=fact.issued)
        return replace(note, issues={**note.issues, part: issue})
    return replace(note, issues={each: note.issues[each] for each in note.issues if each != part})


def _lacking(note: IssueNote, part: str, missing: int) -> IssueNote:
    """What the parcel lacked of a part, as it is known by now."""
    if note.opened is None or note.in_parcel(part) == missing:
        return note
    others = tuple(each for each in note.opened.missing if each.part != part)
    lacked = (*others, PartWanted(part, missing)) if missing else others
    return replace(note, opened=replace(note.opened, missing=lacked))


def _holding(note: IssueNote, part: str, quantity: int) -> IssueNote:
    return replace(note, hands={**note.hands, part: {note.recipient: quantity}})


def _handed(note: IssueNote, fact: facts.PartsHandedOver) -> IssueNote:
    hands = {part: dict(held) for part, held in note.hands.items()}
    for line in fact.lines:
        held = hands.setdefault(line.part, {})
        held[fact.giver] = held.get(fact.giver, 0) - line.quantity
        held[fact.recipient] = held.get(fact.recipient, 0) + line.quantity
    return replace(note, hands=hands, handed=fact, counts={})


def holder_of(note: IssueNote) -> str:
    """The account of the parts that the recipient holds."""
    return ledger.technician(note.recipient)


def held_by(note: IssueNote, person: str) -> Mapping[str, int]:
    """What somebody has of the lines that are not accounted for, by part."""
    return {
        part: held[person]
        for part, held in note.hands.items()
        if part not in note.accounts and held.get(person)
    }


def is_released(note: IssueNote) -> bool:
    """Whether the note is there: what is heard of it before its release is not shown."""
    return note.released is not None


def streams_of(note: IssueNote, part: str | None = None) -> tuple[str, ...]:
    """The stock streams of the note's lines, or of the lines of one part."""
    lines = note.lines.values()
    return tuple(
        ledger.stream_of(line.store, line.part) for line in lines if part in (None, line.part)
    )
