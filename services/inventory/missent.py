"""实发更正 (correcting what was sent): a parcel between stores has other pieces than are booked.

A serial or a figure was wrong, or nothing ever left. The keeper who sent says what it was, and
whoever has the parcel says the same; where nothing left, or more did than was let go, an approver
of the sender does. Only what is in transit is moved by it: what was counted in, or is lost, stays.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from services.inventory import ledger, serial_book, shipment, transit_loss, worth
from services.inventory.checks import own_request
from services.inventory.part_register import card_of, each_once
from services.inventory.shipment import Shipment
from services.inventory.signing import signed
from services.inventory.transit_loss import AskedLoss, LossRefused
from services.inventory.transit_loss import LossState as Decided
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, reason, refuse_if, too_many
from shared.events.consignments import (
    SendingCorrected,
    SendingCorrectionAsked,
    SendingCorrectionRefused,
    SentLine,
)
from shared.events.inventory import StockMoved, Valuing
from shared.events.values import SEVERAL, Note, PartList, Ref, Role, Text
from shared.step import WORDS

KEEPERS = (Role.STOREKEEPER, Role.BASE)
GRANTERS = (Role.APPROVER, Role.GENERAL_MANAGER)


@dataclass(frozen=True, slots=True)
class CorrectSending:
    """实发更正申请: what of a parcel really left, of the parts that are booked otherwise."""

    shipment: Ref
    lines: PartList[SentLine]
    """Every part of which another thing left; zero of a part of which nothing did."""
    because: Text


@dataclass(frozen=True, slots=True)
class SendingNumber:
    """实发更正确认: of a request, by its number."""

    number: Ref


@dataclass(frozen=True, slots=True)
class SendingGrant(SendingNumber):
    """实发更正确认: what is asked for becomes true."""

    valuing: Valuing = Valuing.MOVING_AVERAGE
    """Obligation: by which method policy says what they cost."""


@dataclass(frozen=True, slots=True)
class ConfirmSending(SendingGrant):
    """实发更正确认: by the store that has the parcel, if something of it left."""


@dataclass(frozen=True, slots=True)
class ApproveSending(SendingGrant):
    """实发更正批准: by an approver of the sender, who neither sent the parcel nor asked."""


@dataclass(frozen=True, slots=True)
class RefuseSending:
    """实发更正驳回: the parcel stays as it is booked."""

    number: Ref
    because: Note


@dataclass(frozen=True, slots=True)
class AskedSending:
    """实发更正申请: as it was asked for, and what became of it."""

    asked: SendingCorrectionAsked
    decided: Decided = Decided.OPEN
    because: str | None = None
    """Why it was refused."""


class Sends(Protocol):
    """发货单: a paper with parcels between two stores."""

    @property
    def corrections(self) -> Mapping[str, AskedSending]:
        """What was asked to be put right, by the number of the request."""

    def parcel(self, number: str) -> Shipment | None:
        """One of its parcels, by its number."""

    def permitted(self, number: str) -> Mapping[str, int]:
        """How many of each part may leave in a parcel."""


def parcel_of(number: str) -> str:
    """The parcel that a request is of: `DB-…-P1` of `DB-…-P1-G1`."""
    return number.rpartition("-")[0]


def told(
    corrections: Mapping[str, AskedSending],
    fact: SendingCorrectionAsked | SendingCorrected | SendingCorrectionRefused,
) -> Mapping[str, AskedSending]:
    """The requests after one was made, granted or refused."""
    if isinstance(fact, SendingCorrectionAsked):
        return {**corrections, fact.number: AskedSending(fact)}
    found = corrections[fact.number]
    if isinstance(fact, SendingCorrected):
        return {**corrections, fact.number: replace(found, decided=Decided.GRANTED)}
    refused = replace(found, decided=Decided.REFUSED, because=fact.because)
    return {**corrections, fact.number: refused}


def ask(command: CorrectSending, asked: Asked, paper: Sends, *rules: Rule) -> Decision:
    """实发更正申请: of a parcel of which something is in transit still."""
    open_ = [n for n in waiting(paper) if parcel_of(n) == command.shipment]
    others = [paper.corrections[number].asked for number in open_]
    said = (command.lines, command.because, asked.actor)
    if any((each.lines, each.because, each.asked_by) == said for each in others):
        return []
    parcel = paper.parcel(command.shipment)
    refuse_if(
        (bool(open_), reason("sending-questioned", number=open_[0] if open_ else "")),
        *rules,
        (parcel is None, reason("parcel-unknown", number=command.shipment)),
        too_many("correction", len(paper.corrections) + 1, SEVERAL),
        *(sound(parcel, command.lines, asked) if parcel else ()),
    )
    assert parcel is not None
    number = f"{parcel.number}-G{len(paper.corrections) + 1}"
    content = _content(number, was(parcel, command.lines), command.lines)
    return asked.here(
        SendingCorrectionAsked(
            number=number,
            sender=parcel.sender,
            receiver=parcel.receiver,
            lines=command.lines,
            because=command.because,
            asked_by=asked.actor,
            keeper_sig=signed(content, asked, *KEEPERS),
            nothing_left=not shipment.corrected(parcel, command.lines).lines,
        )
    )


def grant(command: SendingGrant, asked: Asked, paper: Sends, *rules: Rule) -> Decision:
    """实发更正: what never left is on its shelf, and what left instead is in transit."""
    found = paper.corrections.get(command.number)
    if found is not None and found.decided is Decided.GRANTED:
        return []
    parcel = paper.parcel(parcel_of(command.number))
    refuse_if(*rules, *_decidable(command.number, paper, asked))
    assert found is not None
    lines = found.asked.lines
    refuse_if(
        (parcel is None, reason("parcel-unknown", number=parcel_of(command.number))),
        *(_theirs(command, parcel, lines, paper) if parcel else ()),
        *(sound(parcel, lines, asked) if parcel else ()),
    )
    assert parcel is not None
    before = was(parcel, lines)
    by = GRANTERS if isinstance(command, ApproveSending) else KEEPERS
    fact = SendingCorrected(
        number=command.number,
        was=before,
        lines=tuple(_explained(line, found.asked.because, parcel, paper) for line in lines),
        because=found.asked.because,
        asked_by=found.asked.asked_by,
        signature=signed(_content(command.number, before, lines), asked, *by),
    )
    return [*asked.here(fact), *_moves(parcel, lines, command.valuing, asked)]


def with_losses(
    kind: Callable[[str, str, str], LossRefused],
    losses: Mapping[str, AskedLoss],
    granted: Decision,
    paper: Sends,
    asked: Asked,
) -> Decision:
    """更正与报损: what is granted, with the end of these losses if their parcel never left."""
    return [*transit_loss.ended(kind, losses, _never_left(paper, granted), asked), *granted]


def _never_left(paper: Sends, granted: Decision) -> Iterator[str]:
    """Why, if by what is granted nothing left of a parcel of the paper."""
    for _, fact in granted:
        if isinstance(fact, SendingCorrected):
            parcel = paper.parcel(parcel_of(fact.number))
            if parcel is not None and not shipment.corrected(parcel, fact.lines).lines:
                yield fact.because


def refuse(command: RefuseSending, paper: Sends, asked: Asked) -> Decision:
    """实发更正驳回: also of a parcel that was settled meanwhile."""
    found = paper.corrections.get(command.number)
    if found and (found.decided, found.because) == (Decided.REFUSED, command.because):
        return []
    refuse_if(*_decidable(command.number, paper, asked))
    return asked.here(SendingCorrectionRefused(command.number, command.because, asked.actor))


def sound(parcel: Shipment, lines: Sequence[SentLine], asked: Asked) -> Iterator[Rule]:
    """Rules: something else left, of what is in transit still; and both books can say so."""
    counted = parcel.received is not None and parcel.is_whole
    settled = counted or any(_is_settled(parcel, line) for line in lines)
    yield settled, reason("sending-settled", number=parcel.number)
    if settled:
        return
    yield not lines, reason("no-lines")
    yield from each_once([line.part for line in lines])
    for line in lines:
        yield from _line(parcel, line, asked)
        yield from _books(parcel, line, asked)


def was(parcel: Shipment, lines: Sequence[SentLine]) -> tuple[SentLine, ...]:
    """账上: what is booked of these parts."""
    return tuple(parcel.lines[line.part] for line in lines if line.part in parcel.lines)


def reads(parcel: Shipment | None, lines: Sequence[SentLine]) -> Sequence[str]:
    """The cards, both books of each part, and where the serials are."""
    if parcel is None:
        return ()
    named = (*lines, *was(parcel, lines))
    return shipment.reads_of_sending(parcel.sender, parcel.receiver, named)


def reads_of_asking(command: CorrectSending, paper: Sends, _asked: Asked) -> Sequence[str]:
    """As `reads`, of what is said to have left."""
    return reads(paper.parcel(command.shipment), command.lines)


def reads_of_grant(command: SendingGrant, paper: Sends, _asked: Asked) -> Sequence[str]:
    """As `reads`, of what was asked for."""
    found = paper.corrections.get(command.number)
    return reads(paper.parcel(parcel_of(command.number)), found.asked.lines) if found else ()


def offered(parcel: Shipment, paper: Sends) -> Iterator[CorrectSending]:
    """Nothing left of what is still in transit; once until that is decided."""
    left = [part for part in parcel.lines if parcel.open_of(part)]
    asked = any(parcel_of(number) == parcel.number for number in waiting(paper))
    if left and not asked:
        lines = tuple(_arrived(parcel, part) for part in left)
        yield CorrectSending(parcel.number, lines, WORDS)


def waiting(paper: Sends) -> Iterator[str]:
    """The numbers of the requests that nobody has decided."""
    return (n for n, each in paper.corrections.items() if each.decided is Decided.OPEN)


def offered_confirmations(_number: str, paper: Sends) -> Iterator[ConfirmSending]:
    """Of what waits, where something left."""
    for number in waiting(paper):
        if not paper.corrections[number].asked.nothing_left:
            yield ConfirmSending(number)


def offered_approvals(_number: str, paper: Sends) -> Iterator[ApproveSending]:
    """Of what waits."""
    yield from map(ApproveSending, waiting(paper))


def offered_refusals(_number: str, paper: Sends) -> Iterator[RefuseSending]:
    """Of what waits."""
    for number in waiting(paper):
        yield RefuseSending(number, WORDS)


def _arrived(parcel: Shipment, part: str) -> SentLine:
    """As if of a part nothing had left but what is not in transit any more."""
    line = parcel.lines[part]
    kept = set(line.serials) - parcel.open_serials(part)
    return SentLine(part, line.quantity - parcel.open_of(part), tuple(sorted(kept)))


def _is_settled(parcel: Shipment, line: SentLine) -> bool:
    """Whether it leaves out what came in, or is granted as lost."""
    if line.part not in parcel.lines:
        return False
    over = _arrived(parcel, line.part)
    return line.quantity < over.quantity or not set(over.serials) <= set(line.serials)


def _line(parcel: Shipment, line: SentLine, asked: Asked) -> Iterator[Rule]:
    """Rules: another thing than is booked, and each piece by its serial."""
    part, count, old = line.part, line.quantity, _booked(parcel, line.part)
    same = (count, set(line.serials)) == (old.quantity, set(old.serials))
    yield same, reason("nothing-to-correct", part=part)
    card, named = card_of(asked, part), len(set(line.serials))
    kept = bool(card and card.has_serials)
    yield kept and named != count, reason("serials-needed", part=part, named=named, asked=count)
    yield bool(card) and not kept and named > 0, reason("serials-not-kept", part=part)


def _books(parcel: Shipment, line: SentLine, asked: Asked) -> Iterator[Rule]:
    """Rules: both books have the pieces where they are said to be, and no other store has them."""
    sender = ledger.stock_of(asked, parcel.sender, line.part)
    receiver = ledger.stock_of(asked, parcel.receiver, line.part)
    moved = _of_part(parcel, line, Valuing.MOVING_AVERAGE, asked)
    yield from ledger.broken(sender, moved[parcel.sender])
    yield from ledger.broken(receiver, moved[parcel.receiver])
    new = set(line.serials) - set(_booked(parcel, line.part).serials)
    yield from serial_book.not_elsewhere(asked, line.part, parcel.sender, sorted(new))


def _decidable(number: str, paper: Sends, asked: Asked) -> Iterator[Rule]:
    """Rules: there is such a request, it waits, and who decides it neither sent nor asked."""
    found, parcel = paper.corrections.get(number), paper.parcel(parcel_of(number))
    yield found is None, reason("request-unknown", number=number)
    if found is not None:
        decided = found.decided is not Decided.OPEN
        yield decided, reason("request-decided", number=number)
        sent_by = parcel.sent_by if parcel else None
        yield own_request(asked, found.asked.asked_by, sent_by)


def _theirs(
    command: SendingGrant, parcel: Shipment, lines: Sequence[SentLine], paper: Sends
) -> Iterator[Rule]:
    """A rule: whoever has the parcel says what is in it, and not that nothing or more left."""
    if isinstance(command, ApproveSending):
        return
    let_go = paper.permitted(parcel.number)
    nothing = not shipment.corrected(parcel, lines).lines
    for line in lines:
        yield nothing, reason("approver-corrects", part=line.part, why="never_left")
        beyond = line.quantity > let_go.get(line.part, 0)
        yield beyond, reason("approver-corrects", part=line.part, why="not_let_go")


def _moves(
    parcel: Shipment, lines: Sequence[SentLine], valuing: Valuing, asked: Asked
) -> shipment.Written:
    """The movements of both books, and where the serials are."""
    written: list[tuple[str, object]] = []
    for line in lines:
        part, old = line.part, _booked(parcel, line.part)
        for store, moved in _of_part(parcel, line, valuing, asked).items():
            written += [(ledger.stream_of(store, part), each) for each in moved]
        back, out = set(old.serials) - set(line.serials), set(line.serials) - set(old.serials)
        written += serial_book.entered(parcel.sender, part, back)
        written += serial_book.entered(parcel.receiver, part, out)
    return written


def _of_part(
    parcel: Shipment, line: SentLine, valuing: Valuing, asked: Asked
) -> Mapping[str, Sequence[StockMoved]]:
    """By store the movements: first what never left comes back, then what left instead goes."""
    sender = ledger.stock_of(asked, parcel.sender, line.part)
    receiver = ledger.stock_of(asked, parcel.receiver, line.part)
    back, out = _delta(_booked(parcel, line.part), line)
    at_sender, at_receiver = list[StockMoved](), list[StockMoved]()
    if back.quantity:
        left, came = shipment.comes_back(parcel, back, receiver, valuing)
        at_receiver.append(left)
        at_sender += came
    for move in at_sender:
        sender = _after(sender, move, valuing)
    if out.quantity:
        left, came = shipment.goes(parcel, out, sender, valuing)
        at_sender.append(left)
        at_receiver += came
    return {parcel.sender: at_sender, parcel.receiver: at_receiver}


def _after(stock: ledger.Stock, move: StockMoved, valuing: Valuing) -> ledger.Stock:
    """The stock after a movement, with what its pieces cost."""
    worths = {valuing: worth.moved(stock.worth_by(valuing), move, valuing)[0]}
    return replace(ledger.moved(stock, move), worths=worths)


def _delta(old: SentLine, new: SentLine) -> tuple[SentLine, SentLine]:
    """What is booked and never left, and what left and is not booked."""
    back, out = set(old.serials) - set(new.serials), set(new.serials) - set(old.serials)
    bare = (new.quantity - len(new.serials)) - (old.quantity - len(old.serials))
    fewer, more = len(back) + max(0, -bare), len(out) + max(0, bare)
    gone = SentLine(old.part, fewer, tuple(sorted(back)))
    return gone, SentLine(new.part, more, tuple(sorted(out)))


def _booked(parcel: Shipment, part: str) -> SentLine:
    return parcel.lines.get(part, SentLine(part, 0))


def _explained(line: SentLine, because: str, parcel: Shipment, paper: Sends) -> SentLine:
    """The line with why it is less than was let go."""
    short = line.quantity < paper.permitted(parcel.number).get(line.part, 0)
    why = (line.short_because or because) if short else None
    return replace(line, short_because=why)


def _content(number: str, before: Sequence[SentLine], lines: Sequence[SentLine]) -> str:
    """SHA-256 (hex) of what is booked and what left."""
    return content_hash({"number": number, "was": list(before), "is": list(lines)})
