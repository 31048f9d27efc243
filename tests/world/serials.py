"""序列号 (serials): which pieces of a line were used, are gone, or are still there, one by one.

The truth counts pieces; where they have serials, the papers name them. What somebody has named as
used or as lost already is that piece; of the others the first are used, the last are gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guiyi.play.case import Case
from services.inventory.issue_note.places import lost_serials
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import HANDS
from tests.world import states
from tests.world.truth import Line, Truth


@dataclass(frozen=True, slots=True)
class Pieces:
    """各件: the serials of one line, by where its pieces are; none where they have no serials."""

    used: Sequence[str] = ()
    short: Sequence[str] = ()
    """Not in the parcel, or not as it should be."""
    lost: Sequence[str] = ()
    here: Sequence[str] = ()
    """With whoever holds the note."""

    @property
    def old(self) -> Sequence[str]:
        """Of the pieces that those that were used stand in for."""
        return [f"OLD-{serial}" for serial in self.used]


def pieces_of(case: Case, line: Line, truth: Truth) -> Pieces:
    """The pieces of a line that was drawn."""
    number, part = line
    note = states.notes(case)[number]
    drawn = note.issues[part].issued.serials if part in note.issues else ()
    if not drawn:
        return Pieces()
    short = _last(_outside(case, note, part), truth.short.get(line, 0) + truth.unfit(line))
    left = [each for each in drawn if each not in short]
    named = [each for each in lost_serials(note, part) if each in left]
    told = [each for each in _told_used(case, line) if each in left]
    order = [*told, *(e for e in left if e not in {*told, *named}), *named]
    used = order[: truth.used.get(line, 0)]
    rest = [each for each in dict.fromkeys(order) if each not in used]
    lost = _last(rest, truth.lost.get(line, 0))
    return Pieces(used, short, lost, [each for each in rest if each not in lost])


def _outside(case: Case, note: IssueNote, part: str) -> Sequence[str]:
    """The pieces of a parcel that nobody has in hands: all, until it is opened."""
    if not note.is_posted:
        return ()
    issue = note.issues[part]
    where = states.stock(case, issue.store, part).serials
    inside = {s for s in issue.issued.serials if where.get(s, "").startswith(HANDS)}
    outside = [s for s in issue.issued.serials if s not in inside]
    return outside if part not in note.accounts else ()


def _told_used(case: Case, line: Line) -> Iterator[str]:
    recorded = states.order(case).work
    for each in recorded.work.parts_used if recorded else ():
        if (each.note, each.part) == line:
            yield from each.new_serials


def _last(serials: Sequence[str], count: int) -> Sequence[str]:
    return serials[-count:] if count else ()
