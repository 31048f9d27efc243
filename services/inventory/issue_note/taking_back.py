"""邮件登记撤回 (taking back): what was told of a parcel did not happen, or to another parcel.

A return, a delivery or an opening that never was is taken back with the reason; afterwards the note
is as if it had not been told. What was taken out of a parcel goes back onto its account: nobody had
it. An opening that did happen and was described wrongly is told again instead (`opening.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.inventory import ledger
from services.inventory.issue_note.agreement import to_correct
from services.inventory.issue_note.opening import lost_in_hands, moved
from services.inventory.issue_note.parcel import sent
from services.inventory.issue_note.state import IssueNote, held_by, holder_of, streams_of
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import StockMoved
from shared.events.issue_notes import ParcelWord, ParcelWordWithdrawn
from shared.events.values import Text
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class WithdrawParcelWord:
    """邮件登记撤回: that the parcel was delivered, came back or was opened was told wrongly."""

    word: ParcelWord
    because: Text


def take_back(command: WithdrawParcelWord, note: IssueNote, asked: Asked) -> Decision:
    """邮件登记撤回: of what was told and nothing rests on; an opening, by whoever has the parts."""
    word, number = command.word, number_of(asked.home)
    withdrawn = ParcelWordWithdrawn(word, command.because)
    if note.taken_back == withdrawn and word not in told_of(note):
        return []
    moves = list(_moves(note, asked)) if word is ParcelWord.OPENED and note.opened else []
    refuse_if(
        *sent(note, asked),
        (word not in told_of(note), reason("not-told", number=number, word=word)),
        *_nothing_rests_on_it(word, note, number),
        *(_in_hand(note, asked) if word is ParcelWord.OPENED and note.opened else ()),
        *(
            rule
            for move in moves
            for rule in ledger.broken(ledger.stock_of(asked, move.store, move.part), [move])
        ),
    )
    return [
        (asked.home, withdrawn),
        *((ledger.stream_of(move.store, move.part), move) for move in moves),
    ]


def told_of(note: IssueNote) -> tuple[ParcelWord, ...]:
    """What was told of the parcel of a note, and was not taken back."""
    said = {
        ParcelWord.DELIVERED: note.delivered,
        ParcelWord.RETURNED: note.came_back,
        ParcelWord.OPENED: note.opened,
    }
    return tuple(word for word, fact in said.items() if fact is not None)


def _nothing_rests_on_it(word: ParcelWord, note: IssueNote, number: str) -> Iterator[Rule]:
    """A rule: no line is accounted for by it, but for one that is to be corrected anyway.

    What came home out of a parcel came by a delivery or a return; what was used, by an opening.
    """
    booked = [part for part in note.accounts if _rests(word, note, part)]
    yield bool(booked), reason("parcel-accounted", number=number, parts=booked)


def _rests(word: ParcelWord, note: IssueNote, part: str) -> bool:
    if word is ParcelWord.OPENED:
        return True
    home = note.accounts[part].account.unused > 0
    return home and note.opened is None and part not in to_correct(note)


def _in_hand(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the recipient says so, who has all that was found; nothing of it was used or lost."""
    stranger = asked.actor != note.recipient
    yield stranger, reason("opened-by-another", person=asked.actor)
    held = held_by(note, note.recipient)
    for part, issue in note.issues.items():
        found, holds = issue.issued.quantity - note.in_parcel(part), held.get(part, 0)
        told = reason("opening-not-in-hand", part=part, holds=holds, asked=found)
        yield found > holds and part not in note.accounts, told
        used = note.signed_use(part)
        yield used > 0, reason("used-from-parcel", part=part, used=used, opened=0)
        lost = lost_in_hands(note, part)
        yield lost > 0, reason("opening-lost", part=part, lost=lost, found=0)


def _moves(note: IssueNote, asked: Asked) -> Iterator[StockMoved]:
    """What was taken out, back into the parcel."""
    parcel, hands = ledger.parcel(number_of(asked.home)), holder_of(note)
    for part, issue in note.issues.items():
        if part in note.accounts:
            continue
        where = ledger.stock_of(asked, issue.store, part).serials
        out = tuple(s for s in issue.issued.serials if where.get(s) != parcel)
        if found := issue.issued.quantity - note.in_parcel(part):
            yield moved(issue, note, hands, parcel, found, out)


def reads_of_taking_back(
    _command: WithdrawParcelWord, note: IssueNote, _asked: Asked
) -> tuple[str, ...]:
    """The stock of every line: what was taken out of the parcel goes back into it."""
    return streams_of(note)


def offered_taking_back(_number: str, note: IssueNote) -> Iterator[WithdrawParcelWord]:
    """What was told of the parcel and nothing rests on."""
    for word in told_of(note):
        if not any(_rests(word, note, part) for part in note.accounts):
            yield WithdrawParcelWord(word, WORDS)
