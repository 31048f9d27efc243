"""旧件占用 (old pieces of a reconciled line): how many of them stand on lists of old parts.

A stream for each line of an issue note; what quarantine put with the old parts is no line of one,
and stands in the book of the part alone. It is written with the lists alone, in the same append, so
that a piece stands on one list, whoever lists at the same moment. The book of the part gets the
same fact as well: beside the movements it tells the list of what waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.inventory import ledger
from shared.decider import Asked
from shared.events.old_parts import OldPartLine, OldPiecesSet
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


def taken(
    asked: Asked, store: str, number: str, lines: Iterable[OldPartLine], *, back: bool = False
) -> Sequence[tuple[str, OldPiecesSet]]:
    """The pieces of these lines are on a list from now on, or on none any more."""
    written: list[tuple[str, OldPiecesSet]] = []
    for line in lines:
        note, part = line.issue_note, line.part
        before, named = _before(asked, store, line), frozenset(line.serials)
        count = before.count - line.quantity if back else before.count + line.quantity
        serials = before.serials - named if back else before.serials | named
        fact = OldPiecesSet(note, part, number, count, tuple(sorted(serials)))
        if note is not None:
            written.append((stream_of(note, part), fact))
        written.append((ledger.stream_of(store, part), fact))
    return written


def _before(asked: Asked, store: str, line: OldPartLine) -> ListedPieces:
    """What of the line is on lists; of what quarantine put away the book of the part knows it."""
    if line.issue_note is not None:
        return listed(asked, line.issue_note, line.part)
    away = ledger.stock_of(asked, store, line.part).put_away
    return ListedPieces(away.listed, away.listed_serials)
