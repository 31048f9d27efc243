"""旧件占用 (old pieces of a reconciled line): how many of them stand on lists of old parts.

A stream for each line of an issue note; what stands on no note is in the book of the part alone.
It is written with the lists alone, in the same append, so that a piece stands on one list, whoever
lists at the same moment. The book of the part gets the same fact as well: it knows what waits
(`old_pieces.py`), and tells the list of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.inventory import ledger
from services.inventory.old_pieces import OldLine
from shared.decider import Asked
from shared.events.old_parts import OldClass, OldPartLine, OldPiecesSet, source_of
from shared.step import Address, AnyRow, PaperType, PathField, by_command


@dataclass(frozen=True, slots=True)
class ListedPieces:
    """旧件占用: the pieces of a line that are on a list, or have gone with one."""

    count: int = 0
    serials: frozenset[str] = frozenset()
    number: str = ""
    """Of the list that changed it last."""


PAPER: PaperType[ListedPieces] = PaperType(
    "old_line", Address("/old-lines/{number}", (PathField(max_length=200),))
)
STEPS: tuple[AnyRow[ListedPieces], ...] = ()
"""It is written with lists alone."""
initial = ListedPieces()
decide = by_command(STEPS)


def evolve(_: ListedPieces, fact: OldPiecesSet) -> ListedPieces:
    """What is listed after the fact."""
    return ListedPieces(fact.listed, frozenset(fact.serials), fact.number)


def stream_of(note: str, part: str) -> str:
    """The stream of a line of an issue note."""
    return PAPER.stream_of(f"{note}:{part}")


def listed(asked: Asked, note: str, part: str) -> ListedPieces:
    """What of a line is on lists, where a command reads it."""
    found = asked.read(stream_of(note, part))
    assert isinstance(found, ListedPieces)
    return found


@dataclass(frozen=True, slots=True)
class OldListing:
    """旧件列单: the list of old parts that takes pieces, or gives them back."""

    store: str
    number: str
    old_class: OldClass


def taken(
    asked: Asked, listing: OldListing, lines: Iterable[OldPartLine], *, back: bool = False
) -> Sequence[tuple[str, OldPiecesSet]]:
    """The pieces of these lines are on a list from now on, or on none any more."""
    written: list[tuple[str, OldPiecesSet]] = []
    for line in lines:
        fact = _set(asked, listing, line, back=back)
        if line.issue_note is not None:
            written.append((stream_of(line.issue_note, line.part), fact))
        written.append((ledger.stream_of(listing.store, line.part), fact))
    return written


def waiting(asked: Asked, listing: OldListing, note: str | None, part: str) -> OldLine:
    """What of a line is on no list, by the book of the part."""
    stock = ledger.stock_of(asked, listing.store, part)
    return stock.old.line(source_of(note, listing.old_class), listing.old_class)


def _set(asked: Asked, listing: OldListing, line: OldPartLine, *, back: bool) -> OldPiecesSet:
    before, named = _before(asked, listing, line), frozenset(line.serials)
    free = waiting(asked, listing, line.issue_note, line.part)
    serials = before.serials - named if back else before.serials | named
    waits = free.free | named if back else free.free - named
    return OldPiecesSet(
        issue_note=line.issue_note,
        part=line.part,
        number=listing.number,
        listed=before.count - line.quantity if back else before.count + line.quantity,
        serials=tuple(sorted(serials)),
        old_class=listing.old_class,
        waiting=free.waiting + line.quantity if back else free.waiting - line.quantity,
        waiting_serials=tuple(sorted(waits)),
    )


def _before(asked: Asked, listing: OldListing, line: OldPartLine) -> ListedPieces:
    """What of the line is on lists; of what stands on no note the book of the part knows it."""
    if line.issue_note is not None:
        return listed(asked, line.issue_note, line.part)
    bare = waiting(asked, listing, None, line.part)
    return ListedPieces(bare.listed, bare.listed_serials)
