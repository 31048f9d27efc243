"""待列旧件 (old pieces): what came home and lies in the store, line by line, until a list takes it.

It is folded from the part's own stream. What a stocktake does not find ends the line that has its
serial, else the lines that the explanation names, else those that wait longest; what it finds again
goes back to the line that it was missing from. A piece of no line stands on a line of its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import (
    BARE,
    BY_NOTE,
    CLASSES,
    OldClass,
    OldPiecesAdjusted,
    OldPiecesSet,
    source_of,
)

REMEMBERED = 50
"""How many lines that lost pieces are known, for what is found again."""


@dataclass(frozen=True, slots=True)
class OldLine:
    """旧件行: the old pieces of one line of an issue note, or those of no note."""

    source: str
    """The number of the note, or what stands for it."""
    old_class: OldClass
    count: int = 0
    serials: frozenset[str] = frozenset()
    listed: int = 0
    """How many of them are on lists; a line of a note forgets those that are."""
    listed_serials: frozenset[str] = frozenset()

    @property
    def waiting(self) -> int:
        """How many are on no list."""
        return self.count - self.listed

    @property
    def free(self) -> frozenset[str]:
        """The serials that are on no list."""
        return self.serials - self.listed_serials


@dataclass(frozen=True, slots=True)
class OldPieces:
    """待列旧件: the lines in the order in which they began to wait, and what was written off."""

    lines: tuple[OldLine, ...] = ()
    missing: tuple[OldLine, ...] = ()
    """What stocktakes wrote off of lines, the latest last."""

    def line(self, source: str, old_class: OldClass) -> OldLine:
        """The line as it stands; an empty one, if nothing of it waits."""
        known = (each for each in self.lines if each.source == source)
        return next(known, OldLine(source, old_class))

    def waiting(self, old_class: OldClass) -> int:
        """How many pieces of a class are on no list."""
        return sum(each.waiting for each in self.lines if each.old_class is old_class)


def moved(old: OldPieces, move: StockMoved) -> OldPieces:
    """After a movement of a line's old parts, or from quarantine to them."""
    account = move.target if move.target in CLASSES else move.source
    if account not in CLASSES:
        return old
    old_class = CLASSES[account]
    if move.because in BY_NOTE:
        source = move.paper or ""
    elif move.because is Movement.JUDGED:
        source = BARE[old_class]
    else:
        return old
    line, named = old.line(source, old_class), frozenset(move.serials)
    if account == move.target:
        return _with(old, _more(line, move.quantity, named))
    return _with(old, _less(line, move.quantity, named))


def told(old: OldPieces, fact: OldPiecesSet | OldPiecesAdjusted) -> OldPieces:
    """After what a list or a stocktake says of a line."""
    return _listed(old, fact) if isinstance(fact, OldPiecesSet) else _adjusted(old, fact)


def _listed(old: OldPieces, fact: OldPiecesSet) -> OldPieces:
    """Once pieces of a line are on a list, or on none any more."""
    line = old.line(source_of(fact.issue_note, fact.old_class), fact.old_class or OldClass.OTHER)
    if fact.issue_note is None or fact.waiting is None:
        taken = replace(line, listed=fact.listed, listed_serials=frozenset(fact.serials))
        return _with(old, taken)
    waits = frozenset(fact.waiting_serials)
    line = replace(line, count=fact.waiting, serials=waits, listed=0, listed_serials=frozenset())
    return _with(old, line)


def _adjusted(old: OldPieces, fact: OldPiecesAdjusted) -> OldPieces:
    """Once a stocktake did not find pieces of a line, or found them again."""
    source, named = source_of(fact.issue_note, fact.old_class), frozenset(fact.serials)
    line = old.line(source, fact.old_class)
    gone = OldLine(source, fact.old_class)
    if fact.written_off:
        gone = _more(gone, fact.written_off, named)
        missing = (*old.missing, gone)[-REMEMBERED:]
        return _with(replace(old, missing=missing), _less(line, fact.written_off, named))
    back = replace(old, missing=_found(old.missing, source, fact.found, named))
    return _with(back, _more(line, fact.found, named))


def _found(
    missing: Sequence[OldLine], source: str, count: int, named: frozenset[str]
) -> tuple[OldLine, ...]:
    """What is still written off, once so many pieces of a line are there again."""
    left = list[OldLine]()
    for each in reversed(missing):
        if each.source != source:
            left.append(each)
            continue
        here = each.serials & named
        many = len(here) + min(each.count - len(each.serials), count - len(named))
        count, named, rest = count - many, named - here, _less(each, many, here)
        left += [rest] if rest.count else []
    return tuple(reversed(left))


def split(
    old: OldPieces, move: StockMoved, number: str, first: Sequence[str]
) -> Iterator[OldPiecesAdjusted]:
    """What a movement of a stocktake means for the lines; `first`: the notes that were named."""
    lost = move.source in CLASSES
    old_class = CLASSES[move.source if lost else move.target]
    known = old.lines if lost else tuple(reversed(old.missing))
    ours = [each for each in known if each.old_class is old_class]
    ours.sort(key=lambda each: first.index(each.source) if each.source in first else len(first))
    unnamed, named = move.quantity - len(move.serials), frozenset(move.serials)
    for line in ours:
        here = line.free & named
        bare = min(max(line.waiting - len(line.free), 0), unnamed)
        unnamed, named = unnamed - bare, named - here
        if bare or here:
            yield _told(line, move, number, bare + len(here), here)
    if not lost and (unnamed or named):
        nowhere = OldLine(BARE[old_class], old_class)
        yield _told(nowhere, move, number, unnamed + len(named), named)


def _told(
    line: OldLine, move: StockMoved, number: str, count: int, named: frozenset[str]
) -> OldPiecesAdjusted:
    lost = move.source in CLASSES
    return OldPiecesAdjusted(
        issue_note=None if line.source == BARE[line.old_class] else line.source,
        part=move.part,
        old_class=line.old_class,
        number=number,
        written_off=count if lost else 0,
        found=0 if lost else count,
        serials=tuple(sorted(named)),
    )


def _more(line: OldLine, count: int, named: frozenset[str]) -> OldLine:
    return replace(line, count=line.count + count, serials=line.serials | named)


def _less(line: OldLine, count: int, named: frozenset[str]) -> OldLine:
    return replace(line, count=max(0, line.count - count), serials=line.serials - named)


def _with(old: OldPieces, line: OldLine) -> OldPieces:
    """The line where it stood, or as the last one; without it, if nothing of it is left."""
    kept = [each for each in old.lines if each.source != line.source]
    if len(kept) == len(old.lines):
        return replace(old, lines=(*kept, line)) if line.count else old
    lines = [line if each.source == line.source else each for each in old.lines]
    return replace(old, lines=tuple(each for each in lines if each.count))
