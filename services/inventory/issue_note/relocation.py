"""实物去处 (relocation): where the pieces of a line are, if others left than were booked.

What was booked and never left is on the shelf again. What left instead is where the booked piece
was believed to be: in somebody's hands, in the parcel, or where the line's account has put it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger
from services.inventory.issue_note.places import (
    Place,
    lost_serials,
    moved,
    nature_of,
    places,
)
from services.inventory.issue_note.state import IssueNote, holder_of
from services.inventory.ledger import Stock
from shared.events.inventory import Movement, Outside, StockMoved, UseNature
from shared.events.issue_notes import Account, Handed, InHand, Opening, PartIssued

DIFFERENCE = Outside.DIFFERENCE.value


@dataclass(frozen=True, slots=True)
class Booked:
    """账上所在: the accounts of the part in its store, and where else pieces that left are."""

    stock: Stock
    elsewhere: Mapping[str, str]
    """By serial: the other account, or the other store, that has it."""
    outside: Mapping[str, str]
    """By serial: where outside the books of all stores have it; nothing of what no book had."""


@dataclass(frozen=True, slots=True)
class Way:
    """去向: so many pieces from one account to another."""

    source: str
    target: str
    quantity: int
    serials: tuple[str, ...] = ()


def ways(note: IssueNote, issue: PartIssued, handed: Handed, booked: Booked) -> Sequence[Way]:
    """How the pieces of the line move: first back to the shelf, then out from there."""
    stock = booked.stock
    was, now = set(issue.issued.serials), set(handed.serials)
    back, out = sorted(was - now), sorted(now - was)
    at = {serial: place_of(note, issue, serial, stock) for serial in back}
    more = handed.quantity - len(now) - (issue.issued.quantity - len(was))
    shelf = DIFFERENCE if note.taken_over else ledger.STORE
    found = [Way(at[serial], shelf, 1, (serial,)) for serial in back]
    if more < 0:
        found += _unnamed_back(note, issue, -more, shelf)
    known = [serial for serial in out if stock.serials.get(serial) == ledger.STORE]
    for n, serial in enumerate(out):
        source = shelf if serial in known else booked.outside.get(serial, DIFFERENCE)
        target = instead(note, at[back[n]]) if n < len(back) else _given(note)
        found.append(Way(source, target, 1, (serial,)))
    if more > 0:
        there = more if note.taken_over else min(more, _free(stock) - len(known))
        found += [Way(shelf, _given(note), there), Way(DIFFERENCE, _given(note), more - there)]
    return [each for each in found if each.quantity]


def place_of(note: IssueNote, issue: PartIssued, serial: str, stock: Stock) -> str:
    """Where the books have a piece of the line; outside the store too, once it is settled."""
    done = note.accounts.get(issue.part)
    if done is None:
        return stock.serials.get(serial, ledger.STORE)
    settled = places(done.account, issue.issued, lost_serials(note, issue.part))
    return next(each.target for each in settled if serial in each.serials)


def moves(
    note: IssueNote, issue: PartIssued, number: str, found: Sequence[Way]
) -> Iterator[StockMoved]:
    """The movements; what the books did not have, or have no more, is counted as a loss is."""
    nature = nature_of(note, issue.part)
    for each in found:
        place = Place(each.target, each.quantity, each.serials, Movement.CORRECTION)
        move = moved(issue, nature, number, each.source, place)
        outside = DIFFERENCE in (each.source, each.target)
        yield replace(move, use_nature=UseNature.LOSS) if outside else move


def hands(note: IssueNote, part: str, found: Sequence[Way]) -> tuple[InHand, ...]:
    """Who has how many of the line from then on."""
    held = Counter(note.hands.get(part, {}))
    if part not in note.accounts:
        for account, change in _changes(found):
            if account.startswith(ledger.HANDS):
                held[account.removeprefix(ledger.HANDS)] += change
    return tuple(InHand(who, count) for who, count in sorted(held.items()) if count > 0)


def missing(note: IssueNote, part: str, number: str, found: Sequence[Way]) -> int:
    """How many of the line were not in the parcel when it was opened together."""
    if note.opened is None:
        return 0
    changes = [n for account, n in _changes(found) if account == ledger.parcel(number)]
    return max(0, note.in_parcel(part) + sum(changes))


def renamed(account: Account, back: str, out: str) -> Account:
    """The account of a settled line with one piece called as it is."""

    def named(serials: Sequence[str]) -> tuple[str, ...]:
        return tuple(sorted(out if each == back else each for each in serials))

    lines = tuple(replace(each, serials=named(each.serials)) for each in account.unused_lines)
    return replace(account, new_serials=named(account.new_serials), unused_lines=lines)


def is_lost(note: IssueNote, issue: PartIssued, serial: str) -> bool:
    """Whether the account of the line counts a piece as lost."""
    return place_of(note, issue, serial, Stock()) == DIFFERENCE


def _given(note: IssueNote) -> str:
    """Where pieces of the line are that nobody has booked: in the parcel until it is opened."""
    shut = note.is_posted and note.opened is None
    return ledger.parcel(_number(note)) if shut else holder_of(note)


def instead(note: IssueNote, place: str) -> str:
    """Where the piece is that left instead; one that was in the parcel, in their hands."""
    opened = note.opened
    was_there = opened is not None and opened.opening is Opening.WRONG
    return holder_of(note) if was_there and place == ledger.parcel(_number(note)) else place


def _unnamed_back(note: IssueNote, issue: PartIssued, less: int, shelf: str) -> Iterator[Way]:
    """Pieces without serials that never left: those the parcel lacked are among them."""
    lacked = min(less, note.in_parcel(issue.part))
    yield Way(ledger.parcel(_number(note)), shelf, lacked)
    yield Way(holder_of(note), shelf, less - lacked)


def _free(stock: Stock) -> int:
    return max(0, stock.holds(ledger.STORE))


def _changes(found: Sequence[Way]) -> Iterator[tuple[str, int]]:
    for each in found:
        yield each.source, -each.quantity
        yield each.target, each.quantity


def _number(note: IssueNote) -> str:
    return note.released.number if note.released else ""
