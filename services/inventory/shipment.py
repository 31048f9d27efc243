"""发运 (shipments): pieces on their way from the shelves of one store to those of another.

The book of the sender gives them to `transfer`, and the book of the receiver takes them from there
into `in_transit`, in one append: the account between them is always empty, and every serial is in
one place. What is missing from the parcel stays in transit until it is found, or until somebody
grants that it is lost and says who bears it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory import ledger, serial_book, worth
from services.inventory.part_register import card_of, each_once
from services.inventory.part_register import stream_of as card_stream
from shared.decider import Asked, Rule, reason, too_many
from shared.events.consignments import (
    ArrivedLine,
    Consignment,
    FoundLine,
    SentLine,
    TransitFound,
    TransitLoss,
    pieces_of,
)
from shared.events.inventory import Movement, Outside, StockMoved, UseNature, Valuing
from shared.events.old_parts import OldPartsFound
from shared.events.replenishments import StockFound
from shared.events.values import ALL_SERIALS

Found: TypeAlias = TransitFound | StockFound | OldPartsFound
Written: TypeAlias = Sequence[tuple[str, object]]
Counted: TypeAlias = ArrivedLine | FoundLine
Moving: TypeAlias = SentLine | Counted | TransitLoss
Crossing: TypeAlias = tuple[StockMoved, Sequence[StockMoved]]
"""Out of one book, and into the other."""
Ends: TypeAlias = tuple[tuple[str, str], tuple[str, str]]
"""The store that gives and the one that takes, each with its account."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """发运: one parcel between two stores, and what came of each piece in it."""

    number: str
    """`DB-…-P1`: what the movements name as their paper."""
    sender: str
    receiver: str
    lines: Mapping[str, SentLine]
    """What was sent, by part; a part of which nothing was sent is not here."""
    sent_by: str
    because: Movement
    shelf: str = ledger.STORE
    """The account that the pieces leave in the one store, and go to in the other."""
    received: tuple[ArrivedLine, ...] | None = None
    """As it was counted; None before that."""
    received_by: str | None = None
    found: tuple[Found, ...] = ()
    arrived: Mapping[str, int] = field(default_factory=dict)
    """How many of each part are in the store of the receiver by now."""
    lost: Mapping[str, int] = field(default_factory=dict)
    """How many of each part left the books as a loss."""
    gone: frozenset[tuple[str, str]] = frozenset()
    """The serials that are not in transit any more, each with its part."""

    def open_of(self, part: str) -> int:
        """How many of a part are still in transit."""
        line = self.lines.get(part)
        sent = line.quantity if line else 0
        return sent - self.arrived.get(part, 0) - self.lost.get(part, 0)

    def open_serials(self, part: str) -> frozenset[str]:
        """The serials of a part that are still in transit."""
        line = self.lines.get(part)
        named = line.serials if line else ()
        return frozenset(each for each in named if (part, each) not in self.gone)

    @property
    def transit(self) -> str:
        """The account of the receiver on the way: old parts are not counted as coming stock."""
        return ledger.IN_TRANSIT if self.shelf == ledger.STORE else ledger.OLD_IN_TRANSIT

    @property
    def is_whole(self) -> bool:
        """Whether nothing of it is in transit any more."""
        return not any(map(self.open_of, self.lines))


def shipped(
    number: str,
    sender: str,
    receiver: str,
    lines: Sequence[SentLine],
    sent_by: str,
    because: Movement,
) -> Shipment:
    """A shipment as it leaves."""
    sent = {line.part: line for line in lines if line.quantity}
    return Shipment(number, sender, receiver, sent, sent_by, because)


def counted(shipment: Shipment, lines: tuple[ArrivedLine, ...], person: str) -> Shipment:
    """The shipment after its parcel was counted."""
    after = _arrived(shipment, lines)
    return replace(after, received=lines, received_by=person)


def found(shipment: Shipment, fact: Found) -> Shipment:
    """The shipment after missing pieces turned up."""
    return replace(_arrived(shipment, fact.lines), found=(*shipment.found, fact))


def written_off(shipment: Shipment, loss: TransitLoss) -> Shipment:
    """The shipment after a loss was granted."""
    lost = {**shipment.lost, loss.part: shipment.lost.get(loss.part, 0) + loss.quantity}
    gone = shipment.gone | {(loss.part, each) for each in loss.serials}
    return replace(shipment, lost=lost, gone=gone)


def corrected(shipment: Shipment, lines: Sequence[SentLine]) -> Shipment:
    """The shipment with what really left of some parts."""
    after = {**shipment.lines, **{line.part: line for line in lines}}
    left = {part: line for part, line in after.items() if line.quantity}
    return replace(shipment, lines=left)


def _arrived(shipment: Shipment, lines: Sequence[Counted]) -> Shipment:
    arrived = dict(shipment.arrived)
    for line in lines:
        arrived[line.part] = arrived.get(line.part, 0) + pieces(line)
    gone = shipment.gone | {(line.part, each) for line in lines for each in line.serials}
    return replace(shipment, arrived=arrived, gone=gone)


def pieces(line: Moving) -> int:
    """How many pieces of a line move."""
    return pieces_of(line) if isinstance(line, ArrivedLine | FoundLine) else line.quantity


def leaves(shipment: Shipment, valuing: Valuing, asked: Asked) -> Written:
    """发出: the movements of both books, and where the serials are from now on."""
    written: list[tuple[str, object]] = []
    for line in shipment.lines.values():
        out, into = _across(shipment, line, valuing, asked)
        written += [
            (ledger.stream_of(shipment.sender, line.part), out),
            *((ledger.stream_of(shipment.receiver, line.part), each) for each in into),
            *serial_book.entered(shipment.receiver, line.part, line.serials),
        ]
    return written


def arrives(shipment: Shipment, lines: Sequence[Counted]) -> Written:
    """到货: what was counted goes from in transit onto the shelves of the receiver."""
    receiver, onto = shipment.receiver, (shipment.transit, shipment.shelf)
    return [
        (ledger.stream_of(receiver, line.part), _moved(shipment, receiver, line, onto))
        for line in lines
        if pieces(line)
    ]


def is_lost(shipment: Shipment, loss: TransitLoss) -> Written:
    """报损: what nobody finds leaves the book of the receiver as a difference."""
    way = (shipment.transit, Outside.DIFFERENCE.value)
    move = _moved(shipment, shipment.receiver, loss, way)
    lost = replace(move, because=Movement.LOST, use_nature=UseNature.LOSS)
    home = ledger.stream_of(shipment.receiver, loss.part)
    return [(home, lost), *serial_book.left(shipment.receiver, loss.part, loss.serials)]


def reads_of_sending(sender: str, receiver: str, lines: Sequence[SentLine]) -> Sequence[str]:
    """The cards, both books of each part, and where the serials are."""
    streams: list[str] = []
    for line in lines:
        books = (ledger.stream_of(each, line.part) for each in (sender, receiver))
        streams += [card_stream(line.part), *books]
        streams += serial_book.streams_of(line.part, line.serials)
    return tuple(dict.fromkeys(streams))


def reads_of_arrival(receiver: str, parts: Sequence[str]) -> Sequence[str]:
    """The receiver's book of each part."""
    return tuple(dict.fromkeys(ledger.stream_of(receiver, part) for part in parts))


def reads_of_loss(receiver: str, part: str, serials: Sequence[str]) -> Sequence[str]:
    """The receiver's book of the part, and where its serials are."""
    return (ledger.stream_of(receiver, part), *serial_book.streams_of(part, serials))


def sendable(
    shipment: Shipment,
    lines: Sequence[SentLine],
    let_go: Mapping[str, int],
    consignment: Consignment,
    asked: Asked,
) -> Iterator[Rule]:
    """Rules: of every part that was let go it is said how many are sent, and they are there."""
    yield from each_due(lines, let_go)
    for line in lines:
        yield line.part not in let_go, reason("not-let-go", part=line.part)
        yield from _within(line, let_go.get(line.part, 0), asked)
    yield not shipment.lines, reason("nothing-sent", number=shipment.number)
    yield too_many("serials", sum(len(line.serials) for line in lines), ALL_SERIALS)
    yield from leaving(shipment, consignment, asked)


def leaving(shipment: Shipment, consignment: Consignment, asked: Asked) -> Iterator[Rule]:
    """Rules: it arrives after it is sent, and both books and that of serials agree."""
    early = consignment.expected_at < consignment.sent_at
    yield early, reason("arrival-before-sending", number=shipment.number)
    for line in shipment.lines.values():
        out, into = _across(shipment, line, Valuing.MOVING_AVERAGE, asked)
        sender = ledger.stock_of(asked, shipment.sender, line.part)
        receiver = ledger.stock_of(asked, shipment.receiver, line.part)
        yield from ledger.broken(sender, [out])
        yield from ledger.broken(receiver, into)
        yield from serial_book.not_elsewhere(asked, line.part, shipment.sender, line.serials)


def each_due(lines: Sequence[SentLine | ArrivedLine], due: Mapping[str, int]) -> Iterator[Rule]:
    """A rule: each part that is due stands on a line of its own."""
    parts = [line.part for line in lines]
    yield from each_once(parts)
    missing = sorted(due.keys() - set(parts))
    yield bool(missing), reason("line-missing", parts=missing)


def _within(line: SentLine, let_go: int, asked: Asked) -> Iterator[Rule]:
    """A rule: no more than was let go, why if less, and each piece by its serial."""
    part, count, card = line.part, line.quantity, card_of(asked, line.part)
    yield count > let_go, reason("beyond-let-go", part=part, let_go=let_go, asked=count)
    silent = count < let_go and line.short_because is None
    yield silent, reason("sent-short-unexplained", part=part, let_go=let_go, asked=count)
    kept, named = bool(card and card.has_serials), len(set(line.serials))
    yield kept and named != count, reason("serials-needed", part=part, named=named, asked=count)
    yield bool(card) and not kept and named > 0, reason("serials-not-kept", part=part)


def _across(shipment: Shipment, line: SentLine, valuing: Valuing, asked: Asked) -> Crossing:
    """From the shelf of the sender into transit."""
    stock = ledger.stock_of(asked, shipment.sender, line.part)
    return goes(shipment, line, stock, valuing)


def goes(shipment: Shipment, line: SentLine, stock: ledger.Stock, valuing: Valuing) -> Crossing:
    """发出: from the shelf of the sender, which has this stock, into transit."""
    ends = (shipment.sender, shipment.shelf), (shipment.receiver, shipment.transit)
    return _crosses(shipment, line, stock, valuing, ends)


def comes_back(
    shipment: Shipment, line: SentLine, stock: ledger.Stock, valuing: Valuing
) -> Crossing:
    """退回账上: from transit, where the receiver has this stock, to the shelf of the sender."""
    ends = (shipment.receiver, shipment.transit), (shipment.sender, shipment.shelf)
    return _crosses(shipment, line, stock, valuing, ends)


def _crosses(
    shipment: Shipment, line: SentLine, stock: ledger.Stock, valuing: Valuing, ends: Ends
) -> Crossing:
    """The movement in the book that gives, and those in the book that takes.

    Those say what the pieces cost by the book that gives: one for those of which it is known, one
    for the others.
    """
    between = Outside.TRANSFER.value
    (gives, source), (takes, target) = ends
    out = _moved(shipment, gives, line, (source, between))
    into = _moved(shipment, takes, line, (between, target))
    _, carried = worth.moved(stock.worth_by(valuing), out, valuing)
    made, serials = [], list(into.serials)
    for count, fen in worth.sums(carried):
        named, serials = tuple(serials[:count]), serials[count:]
        made.append(replace(into, quantity=count, serials=named, fen=fen))
    return out, made


def _moved(shipment: Shipment, store: str, line: Moving, way: tuple[str, str]) -> StockMoved:
    source, target = way
    return StockMoved(
        store=store,
        part=line.part,
        source=source,
        target=target,
        quantity=pieces(line),
        serials=tuple(sorted(line.serials)),
        because=shipment.because,
        use_nature=None,
        paper=shipment.number,
    )
