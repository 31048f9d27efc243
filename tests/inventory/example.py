"""One issue note, as the stories of inventory tell it: what was named, drawn, signed, brought home.

Two kinds of seal rings: MFQ-32, whose old ones are due in warranty, and pumps BENG-5 with serials.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from services.inventory import issue_note, ledger, part_store, serial_book
from services.inventory.issue_note.correction import CorrectReconciliation, RefuseCorrection
from services.inventory.issue_note.drawing import IssuePart
from services.inventory.issue_note.dropping import AskVoiding, VoidNote
from services.inventory.issue_note.opening import OpenParcel
from services.inventory.issue_note.parcel import AnnounceArrival
from services.inventory.issue_note.reconciliation import ReconcilePart
from services.inventory.issue_note.release import NoteSignature, ReleaseNote
from services.inventory.issue_note.requests import (
    ApproveLoss,
    RefuseLoss,
    RefuseWaiver,
    WaiveOldPart,
)
from services.inventory.issue_note.sheets import Drawing, account_content, issue_content
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision
from shared.events.inventory import Movement, PartCard, StockMoved, UseNature
from shared.events.issue_notes import Account, Opened, Opening, Parcel, SignedUse
from shared.events.order_sheet import (
    Delivery,
    NamedNote,
    OrderStage,
    WorkOrderDocument,
)
from shared.events.values import (
    FaultNature,
    FileRef,
    PartWanted,
    RepairNature,
    Role,
    Sealed,
    Signature,
    SignedHow,
)
from tests.deeds import Tried
from tests.dispatch.example import REPORT
from tests.told import tell, tell_of

TICKET = "BX-HZ01-20261123-0001"
ORDER = f"{TICKET}-W1"
NUMBER = f"{TICKET}-C1"
HOME = f"issue_note-{NUMBER}"

BRANCH = "HZ01"
CLERK, KEEPER, LIU, CHEN = "C-WANGFANG", "K-ZHAOLI", "T-LIUYANG", "T-CHENJIANGUO"
APPROVER = "A-HUANG"
DRAWING = FileRef("签字.png", "5f" * 32, "image/png", 100)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RING, PUMP, GREASE = "MFQ-32", "BENG-5", "RHZ-1"
CARDS = {
    RING: PartCard(RING, "密封圈"),
    PUMP: PartCard(PUMP, "泵", has_serials=True),
    GREASE: PartCard(GREASE, "润滑脂", old_part_due=()),
}
SERIALS = ("P-1", "P-2", "P-3")
SIGNED = "5" * 64
"""What the customer signed."""

RELEASE = ReleaseNote(
    ticket=TICKET,
    branch=BRANCH,
    order=ORDER,
    version=4,
    recipient=LIU,
    delivery=Delivery.CARRIED,
    repair_nature=RepairNature.WARRANTY,
    lines=(PartWanted(RING, 3), PartWanted(PUMP, 1)),
)
RELEASE_POSTED = replace(RELEASE, delivery=Delivery.POSTED)
PARCEL = Parcel(
    carrier="顺丰",
    parcel_no="SF1",
    sent_at=AT,
    expected_at=AT + timedelta(days=1),
    receiver=Sealed(HOME, "receiver", "c2VhbGVk"),
)
OPENED = Opened(
    at=AT,
    technician=LIU,
    customer=Sealed(HOME, "customer", "c2VhbGVk"),
    opening=Opening.AS_SENT,
)
ANNOUNCE = AnnounceArrival(technician_told_at=AT, customer_told_at=AT)
OPEN = OpenParcel(OPENED, how=SignedHow.DRAWN, evidence=DRAWING, arrived=True)
ASK_VOID = AskVoiding("用户撤单")
VOID = VoidNote("用户撤单")


WORK_ORDER = WorkOrderDocument(
    number=ORDER,
    ticket=TICKET,
    branch=BRANCH,
    stage=OrderStage.ACCEPTED,
    report=f"report-{TICKET}",
    approved=REPORT,
    kind=None,
    repair_nature=RepairNature.WARRANTY,
    notes=(
        NamedNote(NUMBER, Delivery.CARRIED, (PartWanted(RING, 3), PartWanted(PUMP, 1))),
        NamedNote(f"{TICKET}-C2", Delivery.POSTED, (PartWanted(GREASE, 2),)),
    ),
    no_parts=False,
    travel=None,
    travel_on=None,
    clerk_sig=Signature(CLERK, "clerk", SignedHow.SESSION, AT, "a" * 64),
    content="a" * 64,
    technician=LIU,
    technician_sig=Signature(LIU, "technician", SignedHow.SESSION, AT, "a" * 64),
)
"""What dispatch says once the technician signed: one note to carry, one to post."""


def by(
    person: str, *roles: Role, home: str = HOME, reads: Mapping[str, Any] | None = None
) -> Asked:
    """Asked by somebody, at the moment all stories here stand still at; of this one note."""
    series = {f"issue_note-{TICKET}-C": tuple(n for n in reads or () if n.startswith("issue_note"))}
    return Asked(
        home, person, frozenset(roles), AT, BRANCH, TICKET, reads=reads or {}, series=series
    )


def stock_stream(part: str) -> str:
    return ledger.stream_of(BRANCH, part)


def opening(part: str, quantity: int, serials: Sequence[str] = ()) -> StockMoved:
    """What the store had when its book was opened."""
    return StockMoved(
        store=BRANCH,
        part=part,
        source="supplier",
        target="store",
        quantity=quantity,
        serials=tuple(serials),
        because=Movement.OPENING,
        use_nature=None,
        paper=None,
    )


def move(
    part: str, source: str, target: str, quantity: int, because: Movement, *serials: str
) -> StockMoved:
    """A movement of this note's."""
    return StockMoved(
        store=BRANCH,
        part=part,
        source=source,
        target=target,
        quantity=quantity,
        serials=serials,
        because=because,
        use_nature=UseNature.WARRANTY,
        paper=NUMBER,
    )


def whose(command: object) -> str:
    """Who does it: the storekeeper, if it is not the recipient, a clerk or the approver."""
    match command:
        case OpenParcel():
            return command.opened.technician
        case AskVoiding():
            return CLERK
        case ApproveLoss() | RefuseLoss() | WaiveOldPart() | RefuseWaiver():
            return APPROVER
        case CorrectReconciliation() | RefuseCorrection():
            return APPROVER
        case _:
            return KEEPER


class Store:
    """仓库: a note and the accounts it moves, as a record would hold them."""

    def __init__(self) -> None:
        self.note = issue_note.initial
        self.facts: list[Any] = []
        self.stocks: dict[str, Stock] = {stock_stream(part): Stock() for part in CARDS}
        self.books = {serial_book.stream_of(part): serial_book.initial for part in CARDS}
        for stream, fact in serial_book.entered(BRANCH, PUMP, SERIALS):
            self.books[stream] = serial_book.evolve(self.books[stream], fact)
        self.cards = dict(CARDS)
        self.moves: list[StockMoved] = []
        self.stocked(opening(RING, 10), opening(PUMP, 3, SERIALS), opening(GREASE, 5))

    def stocked(self, *moves: StockMoved) -> None:
        """Written on the ledger."""
        for each in moves:
            stream = stock_stream(each.part)
            self.stocks[stream] = part_store.evolve(self.stocks[stream], each)
            self.moves.append(each)

    def asked(self, person: str, *roles: Role) -> Asked:
        """Everything a command may look at."""
        cards = {f"part-{part}": card for part, card in self.cards.items()}
        return by(person, *roles, reads={**self.stocks, **self.books, **cards})

    def decide(self, command: object, person: str | None = None, *roles: Role) -> Decision:
        """What the command would make true."""
        asked = self.asked(person or whose(command), *(roles or (Role.STOREKEEPER,)))
        decision = issue_note.decide(command, self.note, asked)
        tell(*(type(fact).__name__ for _, fact in decision))
        tell_of(*Tried(issue_note, self.facts, command, asked).made(decision))
        return decision

    def do(self, *commands: object, person: str | None = None, role: Role | None = None) -> "Store":
        """What the commands make true has become so."""
        for command in commands:
            for stream, fact in self.decide(command, person, *((role,) if role else ())):
                if stream == HOME:
                    self.note = issue_note.evolve(self.note, fact)
                    self.facts.append(fact)
                elif stream in self.books:
                    self.books[stream] = serial_book.evolve(self.books[stream], fact)
                else:
                    self.stocked(fact)
        return self

    def holds(self, part: str) -> Mapping[str, int]:
        """The accounts of a part that are not empty."""
        return self.stocks[stock_stream(part)].balances


def draw(
    note: IssueNote,
    part: str,
    quantity: int,
    *serials: str,
    recipient: str = LIU,
    short_because: str | None = None,
    parcel: Parcel | None = None,
) -> IssuePart:
    """Draw a line, signed as it is shown; what is posted, by the keeper."""
    drawing = Drawing(part, quantity, serials, short_because, parcel)
    return IssuePart(
        part=part,
        quantity=quantity,
        recipient=recipient,
        content=issue_content(note, drawing),
        how=SignedHow.DRAWN if parcel is None else SignedHow.SESSION,
        evidence=DRAWING if parcel is None else None,
        serials=serials,
        short_because=short_because,
        parcel=parcel,
    )


def settle(
    note: IssueNote, part: str, used: int, unused: int, returned: int | None = None, **more: Any
) -> ReconcilePart:
    """Settle a line, signed as it is shown; one old part comes home for each piece used."""
    technician = more.pop("technician", LIU)
    back = used if returned is None else returned
    if part == PUMP and back == used:
        more.setdefault("old_serials", tuple(f"OLD-{n}" for n in range(back)))
    account = Account(
        used=used,
        unused=unused,
        old_returned=back,
        fault_nature=more.pop("fault", FaultNature.WEAR if back else None),
        **more,
    )
    content = account_content(note, part, account)
    return ReconcilePart(part, account, technician, content, SignedHow.DRAWN, evidence=DRAWING)


def signing(version: int, content: str | None = SIGNED, **used: int) -> NoteSignature:
    """The newest word of the order: what is signed, and how many of each part of this note."""
    names = {"ring": RING, "pump": PUMP, "grease": GREASE}
    told = tuple(SignedUse(names[name], pieces) for name, pieces in used.items())
    return NoteSignature(version, content, waived=False, used=told)


def released() -> Store:
    """The note has been released."""
    return Store().do(RELEASE)


def drawn() -> Store:
    """Both lines are in the technician's hands."""
    store = released()
    return store.do(draw(store.note, RING, 3), draw(store.note, PUMP, 1, "P-1"))


def posted() -> Store:
    """Both lines are under way by post."""
    store = Store().do(RELEASE_POSTED)
    return store.do(
        draw(store.note, RING, 3, parcel=PARCEL), draw(store.note, PUMP, 1, "P-1", parcel=PARCEL)
    )


def balance_of(moves: Sequence[StockMoved]) -> Mapping[tuple[str, str, str | None], int]:
    """Every account by part and serial, as a bookkeeper adds them up."""
    book: Counter[tuple[str, str, str | None]] = Counter()
    for each in moves:
        for account, sign in ((each.source, -1), (each.target, 1)):
            book[each.part, account, None] += sign * each.quantity
            for serial in each.serials:
                book[each.part, account, serial] += sign
    return book
