"""互换更正 (exchange): pieces of two notes were crossed; each is booked on the other note.

Neither note can be put right alone: the piece that left on it is on no shelf by the books. So both
are corrected in one append, each to what left on it, and the pieces change places in the books.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from services.inventory import ledger, serial_book
from services.inventory.checks import own_request
from services.inventory.issue_note import misissued, relocation
from services.inventory.issue_note.asking import Correction, RequestKind
from services.inventory.issue_note.relocation import Way
from services.inventory.issue_note.requests import next_number, room
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import StockMoved
from shared.events.issue_notes import CorrectionAsked, Handed, IssueCorrected, PartIssued


@dataclass(frozen=True, slots=True)
class Side:
    """一方: one of the two notes, and what its line comes to say."""

    number: str
    """Of the correction on this note."""
    wanted: Correction
    note: IssueNote
    asked: Asked
    """The same circumstances, of this note."""

    @property
    def issue(self) -> PartIssued:
        """The line as it is booked."""
        return self.note.issues[self.wanted.part]


def streams(wanted: Correction) -> tuple[str, ...]:
    """The stream of the other note, if one is named."""
    return (_stream(wanted.exchanged_with),) if wanted.exchanged_with else ()


def sound(wanted: Correction, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """Rules: the other note has that piece of this store, and may come to say the one of this."""
    if wanted.exchanged_with is None:
        return
    other = _other(wanted, note, asked)
    told = reason("exchange-unlike", part=wanted.part, other=wanted.exchanged_with)
    yield other is None, told
    if other is not None:
        yield from misissued.sound(other.wanted, other.note)
        yield room(other.note, RequestKind.CORRECTION)


def asked_apart(wanted: Correction, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: who asks for it had the pieces of neither note."""
    other = _other(wanted, note, asked)
    theirs = other is not None and asked.actor in other.note.crew
    yield theirs, reason("self-reconciliation", person=asked.actor)


def correct(
    number: str, wanted: Correction, asked_by: str, note: IssueNote, asked: Asked
) -> Decision:
    """互换更正: both lines say what left on them, and each piece is where the other one was."""
    here, other = Side(number, wanted, note, asked), _other(wanted, note, asked)
    assert other is not None
    store, part = here.issue.store, wanted.part
    stock = ledger.stock_of(asked, store, part)
    ways = [_ways(each, stock) for each in (here, other)]
    (back, out), (their_back, their_out) = (
        _moves(*pair) for pair in zip((here, other), ways, strict=True)
    )
    # Both lie on the shelf before either is taken from there.
    moves = (back, their_back, out, their_out)
    refuse_if(*_granted(asked_by, here, other), *ledger.broken(stock, moves))
    stream = ledger.stream_of(store, part)
    return [
        (asked.home, _corrected(here, asked_by, ways[0])),
        (other.asked.home, _told(other, asked_by)),
        (other.asked.home, _corrected(other, asked_by, ways[1])),
        *((stream, move) for move in moves),
        *serial_book.followed(store, part, moves),
    ]


def _other(wanted: Correction, note: IssueNote, asked: Asked) -> Side | None:
    """The other note, and the correction that this one is to it; None if they cross no piece."""
    home, issue = number_of(asked.home), note.issues.get(wanted.part)
    if wanted.exchanged_with in (None, home) or wanted.handed is None or issue is None:
        return None
    (stream,) = streams(wanted)
    theirs: IssueNote = asked.read(stream)
    line = theirs.issues.get(wanted.part)
    back, out = misissued.swapped(wanted, issue)
    one = len(back) == len(out) == 1 and wanted.handed.quantity == issue.issued.quantity
    if line is None or not one or line.store != issue.store or out[0] not in line.issued.serials:
        return None
    serials = {*line.issued.serials, *back} - set(out)
    handed = Handed(line.issued.quantity, tuple(sorted(serials)))
    asked = replace(asked, home=stream)
    number = next_number(theirs, RequestKind.CORRECTION, asked)
    return Side(number, replace(wanted, handed=handed, exchanged_with=home), theirs, asked)


def _ways(side: Side, stock: Stock) -> Sequence[Way]:
    """The booked piece goes to the shelf, and the other one to where that was believed to be."""
    (back,), (out,) = misissued.swapped(side.wanted, side.issue)
    place = relocation.place_of(side.note, side.issue, back, stock)
    there = relocation.instead(side.note, place)
    return Way(place, ledger.STORE, 1, (back,)), Way(ledger.STORE, there, 1, (out,))


def _moves(side: Side, found: Sequence[Way]) -> Iterator[StockMoved]:
    return relocation.moves(side.note, side.issue, number_of(side.asked.home), found)


def _told(side: Side, asked_by: str) -> CorrectionAsked:
    """更正申请: of the other note; the same words ask for both."""
    wanted = side.wanted
    return CorrectionAsked(
        side.number,
        wanted.part,
        None,
        wanted.because,
        asked_by,
        wanted.handed,
        wanted.exchanged_with,
    )


def _corrected(side: Side, asked_by: str, found: Sequence[Way]) -> IssueCorrected:
    return misissued.corrected(side.number, side.wanted, asked_by, side.note, side.asked, found)


def _granted(asked_by: str, here: Side, other: Side) -> Iterator[Rule]:
    """A rule: by whoever received both, if it is theirs to say; else by an approver apart."""
    asked, part, sides = here.asked, here.wanted.part, (here, other)
    if asked.actor != here.note.recipient:
        yield from misissued.by_approver(asked_by, here.wanted, here.note, asked)
        yield own_request(asked, other.issue.issued_by, *other.note.crew)
        return
    told = reason("approver-corrects", part=part, why="two_recipients")
    yield other.note.recipient != asked.actor, told
    for side in sides:
        for why in misissued.beyond_their_word(side.wanted, side.note, ()):
            yield True, reason("approver-corrects", part=part, why=why)


def _stream(number: str) -> str:
    return f"issue_note-{number}"
