"""序列号去向 (the book of serials): in which store each piece of a part is, over all stores.

A store's accounts follow a serial while it is inside, and know nothing of other stores. This book
has every serial that was named for the part since there are books. What was recorded before them
the accounts of the other stores say, which are read beside it. So a piece that one store has, or
that was fitted somewhere, is never entered a second time as new, however it is written.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.inventory.ledger import Stock, is_inside, left_to
from shared.alike import alike, known_as
from shared.decider import Asked, Rule, reason
from shared.events.inventory import SerialsEntered, SerialsLeft, StockMoved
from shared.step import Address, AnyRow, PaperType, PathField, by_command

Fact: TypeAlias = SerialsEntered | SerialsLeft
Written: TypeAlias = Sequence[tuple[str, Fact]]
OUTSIDE = ""
"""Where a piece is that no store answers for."""


@dataclass(frozen=True, slots=True)
class SerialBook:
    """序列号去向: the store that has each serial; OUTSIDE if none has it any more."""

    where: Mapping[str, str] = field(default_factory=dict)
    last: Mapping[str, str] = field(default_factory=dict)
    """The store that had each serial last: its accounts say where outside it put the piece."""


PAPER: PaperType[SerialBook] = PaperType(
    "serials", Address("/serials/{number}", (PathField(max_length=64),)), snapshot=SerialBook
)
STEPS: tuple[AnyRow[SerialBook], ...] = ()
"""It is written with openings and accounts alone."""
initial = SerialBook()
decide = by_command(STEPS)


def evolve(book: SerialBook, fact: Fact) -> SerialBook:
    """Where they are after the fact."""
    where = fact.store if isinstance(fact, SerialsEntered) else OUTSIDE
    named = fact.serials
    return SerialBook(
        {**book.where, **dict.fromkeys(named, where)},
        {**book.last, **dict.fromkeys(named, fact.store)},
    )


def stream_of(part: str) -> str:
    """The stream of the serials of a part."""
    return PAPER.stream_of(part)


def streams_of(part: str, *serials: Iterable[str]) -> tuple[str, ...]:
    """The stream of the serials of a part, if any are named."""
    return (stream_of(part),) if any(tuple(each) for each in serials) else ()


def not_new(
    asked: Asked, part: str, serials: Iterable[str], stocks: Iterable[Stock]
) -> Iterator[Rule]:
    """A rule: what is entered as new was named nowhere before, and is not fitted at a customer's"""
    for where in _books(asked, part, serials):
        named = where.keys() | frozenset[str]().union(*(stock.named for stock in stocks))
        known = _alike(named, serials)
        yield bool(known), reason("serial-known", part=part, serials=known)


def not_elsewhere(
    asked: Asked, part: str, store: str, serials: Iterable[str], others: Iterable[Stock] = ()
) -> Iterator[Rule]:
    """A rule: what comes in from a customer is not on the shelves of another store.

    Nor has the book it in another spelling: it would become a second piece.
    """
    for where in _books(asked, part, serials):
        shelved = {each for stock in others for each in stock.serials}
        booked = {each for each, place in where.items() if place not in (OUTSIDE, store)}
        held = _alike(shelved | booked, serials)
        yield bool(held), reason("serial-known", part=part, serials=held)
        spelled = sorted(set(known_as(serials, where).values()) - set(held))
        yield bool(spelled), reason("serial-spelled", part=part, serials=spelled)


def put_outside(
    book: SerialBook, serials: Iterable[str], store: str, stocks: Mapping[str, Stock]
) -> Mapping[str, str]:
    """在外何处: the account outside in which each piece is that was ever put there.

    It is where the store that had it last has put it, by the book. Of what left before there were
    books this store says it, or else any other.
    """
    found = dict[str, str]()
    for serial in serials:
        last = book.last.get(serial)
        order = dict.fromkeys((store, *stocks)) if last is None else (last,)
        where = left_to((stocks[each] for each in order if each in stocks), serial)
        found |= {serial: where} if where else {}
    return found


def put_by(
    asked: Asked, part: str, serials: Iterable[str], stocks: Mapping[str, Stock], store: str
) -> Mapping[str, str]:
    """As `put_outside`, where a command reads the book."""
    named = tuple(serials)
    if not named:
        return {}
    book = asked.read(stream_of(part))
    assert isinstance(book, SerialBook)
    return put_outside(book, named, store, stocks)


def from_there(move: StockMoved, at: Mapping[str, str]) -> Iterator[StockMoved]:
    """The movement of pieces from outside, each from where the books have it (`put_outside`).

    One that is there already, where it is put, does not move.
    """
    if is_inside(move.source):
        yield move
        return
    bare = move.quantity - len(move.serials)
    came: dict[str, list[str]] = {move.source: []}
    for serial in move.serials:
        came.setdefault(at.get(serial, move.source), []).append(serial)
    for source, serials in came.items():
        quantity = len(serials) + bare * (source == move.source)
        if quantity and source != move.target:
            yield replace(move, source=source, quantity=quantity, serials=tuple(serials))


def coming(moves: Iterable[StockMoved]) -> Sequence[str]:
    """The serials that movements bring from outside."""
    return [each for move in moves if not is_inside(move.source) for each in move.serials]


def _alike(known: Iterable[str], serials: Iterable[str]) -> list[str]:
    """What is known of these, as it is known."""
    asked = set(map(alike, serials))
    return sorted(each for each in known if alike(each) in asked)


def entered(store: str, part: str, serials: Iterable[str]) -> Written:
    """These serials are in the store from now on."""
    named = tuple(sorted(serials))
    return [(stream_of(part), SerialsEntered(store, part, named))] if named else []


def left(store: str, part: str, serials: Iterable[str]) -> Written:
    """These serials are in no store any more."""
    named = tuple(sorted(serials))
    return [(stream_of(part), SerialsLeft(store, part, named))] if named else []


def followed(store: str, part: str, moves: Iterable[StockMoved]) -> Written:
    """What movements of a store say: which pieces are in no store any more, and which in this."""
    inside, outside = set[str](), set[str]()
    for move in moves:
        named = set(move.serials)
        inside, outside = inside - named, outside - named
        if is_inside(move.target):
            inside |= named
        else:
            outside |= named
    return [*left(store, part, outside), *entered(store, part, inside)]


def _books(asked: Asked, part: str, serials: Iterable[str]) -> Iterator[Mapping[str, str]]:
    """The book of the part, if serials are named: else it was not read."""
    if tuple(serials):
        book = asked.read(stream_of(part))
        assert isinstance(book, SerialBook)
        yield book.where
