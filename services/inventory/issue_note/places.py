"""去处 (places): where the pieces of a line go by its account, and the movements that take them.

Pieces are in the recipient's hands, in the parcel, or still with somebody who had them before. A
piece with a serial is taken from the account it is in; the others from where they most likely are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import Stock
from shared.events.inventory import Movement, Outside, StockMoved, UseNature
from shared.events.issue_notes import Account, Condition, Issued, PartIssued, UnusedPieces
from shared.events.old_parts import CLASSES, OldClass
from shared.events.values import RepairNature

HOMES = {Condition.GOOD: ledger.STORE, Condition.DAMAGED: ledger.QUARANTINE}


@dataclass(frozen=True, slots=True)
class Place:
    """去处: so many pieces of the line go to this account."""

    target: str
    quantity: int
    serials: tuple[str, ...]
    because: Movement


def unused_lines(account: Account) -> Sequence[UnusedPieces]:
    """交回明细: the unused pieces by condition, all in one if nothing else is said."""
    if account.unused_lines or not account.unused:
        return account.unused_lines
    return (UnusedPieces(account.unused, account.condition),)


def places(account: Account, issued: Issued, losses: Sequence[str]) -> Sequence[Place]:
    """Where every piece of the line goes; `losses`: the serials that were granted as lost."""
    lines = unused_lines(account)
    named = {*account.new_serials, *(serial for each in lines for serial in each.serials)}
    lost = tuple(sorted(set(losses) - named)) if account.lost else ()
    rest = tuple(each for each in issued.serials if each not in named and each not in lost)
    used = tuple(sorted(account.new_serials))
    wanted = [
        Place(Outside.INSTALLED.value, account.used, used, Movement.USED),
        *(
            Place(HOMES[each.condition], each.quantity, each.serials or rest, Movement.UNUSED)
            for each in lines
        ),
        Place(Outside.DIFFERENCE.value, account.lost, lost, Movement.LOST),
    ]
    return [each for each in wanted if each.quantity]


def lost_serials(note: IssueNote, part: str) -> Sequence[str]:
    """The serials of a line that were granted as lost."""
    return [serial for loss in note.losses(part) for serial in loss.serials]


def gone_serials(account: Account, note: IssueNote, issue: PartIssued) -> Sequence[str]:
    """The serials of a line that no store has any more by this account: fitted or lost."""
    outside = {each.value for each in Outside}
    return [
        serial
        for place in places(account, issue.issued, lost_serials(note, issue.part))
        if place.target in outside
        for serial in place.serials
    ]


def nature_of(note: IssueNote, part: str) -> RepairNature:
    """维修性质: as a line was accounted for, else the one in force; it is used for that."""
    nature = note.natures.get(part, note.nature)
    assert nature is not None
    return nature


_THE_MAKERS = (RepairNature.WARRANTY, RepairNature.COMMISSIONING)
"""What is wrong with a machine under warranty, or with a new one, the maker answers for."""


def old_class(note: IssueNote, part: str, stock: Stock) -> OldClass:
    """旧件类别: as what old parts of a line lie in the store: as they came, else by nature.

    Those of new machines were put with the others before the maker was asked for them.
    """
    number = note.released.number if note.released else ""
    is_makers = nature_of(note, part) in _THE_MAKERS
    return stock.old.line(number, OldClass.WARRANTY if is_makers else OldClass.OTHER).old_class


def old_account(note: IssueNote, part: str, stock: Stock) -> str:
    """Where old parts of a line lie."""
    lies_as = old_class(note, part, stock)
    return next(account for account, each in CLASSES.items() if each is lies_as)


def moves_of(
    account: Account, note: IssueNote, issue: PartIssued, stock: Stock, number: str
) -> list[StockMoved]:
    """The movements that an account of a line makes."""
    nature = nature_of(note, issue.part)
    left = dict(_sources(note, issue.part, number))
    made = list[StockMoved]()
    for place in places(account, issue.issued, lost_serials(note, issue.part)):
        order = _order(note, number, place, left)
        for source, quantity, serials in _taken(place, stock, left, order):
            taken = replace(place, quantity=quantity, serials=serials)
            made.append(moved(issue, nature, number, source, taken))
    if account.old_returned:
        old = tuple(sorted(account.old_serials))
        shelf = old_account(note, issue.part, stock)
        home = Place(shelf, account.old_returned, old, Movement.OLD_PART)
        made.append(moved(issue, nature, number, Outside.INSTALLED.value, home))
    return made


def moved(
    issue: PartIssued, nature: RepairNature, number: str, source: str, place: Place
) -> StockMoved:
    """One movement of a line's pieces, from an account to their place."""
    is_loss = place.target == Outside.DIFFERENCE.value
    return StockMoved(
        store=issue.store,
        part=issue.part,
        source=source,
        target=place.target,
        quantity=place.quantity,
        serials=place.serials,
        because=place.because,
        use_nature=UseNature.LOSS if is_loss else UseNature(nature.value),
        paper=number,
    )


def _sources(note: IssueNote, part: str, number: str) -> Iterator[tuple[str, int]]:
    held = note.hands.get(part, {})
    yield ledger.technician(note.recipient), held.get(note.recipient, 0)
    yield ledger.parcel(number), note.in_parcel(part)
    for person, count in held.items():
        if person != note.recipient:
            yield ledger.technician(person), count


def _order(note: IssueNote, number: str, place: Place, left: Mapping[str, int]) -> Sequence[str]:
    """From where pieces without a serial are taken first: what is lost was last seen elsewhere."""
    hands, parcel = ledger.technician(note.recipient), ledger.parcel(number)
    others = [each for each in left if each not in (hands, parcel)]
    if place.because is Movement.LOST:
        return (*others, parcel, hands)
    return (hands, parcel, *others)


def _taken(
    place: Place, stock: Stock, left: dict[str, int], order: Sequence[str]
) -> Iterator[tuple[str, int, tuple[str, ...]]]:
    """How many pieces of a place come from which account, with which serials."""
    where = {serial: stock.serials.get(serial) for serial in place.serials}
    named = {source: [s for s, at in where.items() if at == source] for source in order}
    open_ = place.quantity - sum(map(len, named.values()))
    for source in order:
        spare = max(0, left[source] - len(named[source]))
        more = min(open_, spare)
        open_ -= more
        if quantity := len(named[source]) + more:
            left[source] -= quantity
            yield source, quantity, tuple(named[source])
    if open_:  # the ledger says that there are not so many
        yield order[0], open_, ()
