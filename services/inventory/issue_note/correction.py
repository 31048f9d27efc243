"""核销更正 (correcting): a line was accounted for wrongly, which was found after it was settled.

The keeper says how it should be, and the approver grants it. The ledger keeps what it was told and
gets counter-entries.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import ledger, serial_book
from services.inventory.issue_note.accounts import as_signed, books, serials
from services.inventory.issue_note.agreement import under_older
from services.inventory.issue_note.asking import Correction, Decided, RequestKind
from services.inventory.issue_note.checks import in_force
from services.inventory.issue_note.places import (
    Place,
    lost_serials,
    moved,
    nature_of,
    old_account,
    places,
)
from services.inventory.issue_note.requests import decidable, next_number, request_of
from services.inventory.issue_note.sheets import account_signed_for, against_of
from services.inventory.issue_note.state import IssueNote, streams_of
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision, Rule, reason, refuse_if, too_many
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.issue_notes import (
    Account,
    CorrectionAsked,
    CorrectionRefused,
    PartIssued,
    ReconciliationCorrected,
)
from shared.events.values import SEVERAL, FaultNature, Note, PartNumber, Ref, Text
from shared.step import WORDS

INSTALLED = Outside.INSTALLED.value


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """核销更正申请: the account of a settled line as it should be, and why."""

    part: PartNumber
    account: Account
    because: Text


@dataclass(frozen=True, slots=True)
class CorrectReconciliation:
    """核销更正: by somebody who did not ask for it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class RefuseCorrection:
    """核销更正驳回: the account stays as it was."""

    number: Ref
    because: Note


CORRECTION_EXAMPLE = {
    "part": "MFQ-32",
    "account": {"used": 2, "unused": 0, "old_returned": 2, "fault_nature": "wear"},
    "because": "清点时发现实际用了两只 two were used, as the count showed",
}


def ask(command: AskCorrection, note: IssueNote, asked: Asked) -> Decision:
    """核销更正申请: of a line that is accounted for, as the customer signed it now."""
    wanted = Correction(command.part, command.account, command.because)
    waiting = [each for each in note.requests.values() if each.decided is Decided.OPEN]
    if any((each.what, each.asked_by) == (wanted, asked.actor) for each in waiting):
        return []
    so_far = sum(each.kind is RequestKind.CORRECTION for each in note.requests.values())
    refuse_if(
        *in_force(note, asked),
        (asked.actor in note.crew, reason("self-reconciliation", person=asked.actor)),
        *_sound(wanted, note),
        too_many(RequestKind.CORRECTION.value, so_far + 1, SEVERAL),
    )
    number = next_number(note, RequestKind.CORRECTION, asked)
    fact = CorrectionAsked(number, command.part, command.account, command.because, asked.actor)
    return asked.here(fact)


def correct(command: CorrectReconciliation, note: IssueNote, asked: Asked) -> Decision:
    """核销更正: counter-entries from the account as it was to the account as it should be."""
    found = request_of(note, command.number, RequestKind.CORRECTION)
    if found is not None and found.decided is Decided.GRANTED:
        return []
    refuse_if(
        *in_force(note, asked), *decidable(note, command.number, RequestKind.CORRECTION, asked)
    )
    assert found is not None
    wanted = found.what
    assert isinstance(wanted, Correction)
    refuse_if(*_sound(wanted, note))
    part, after, issue = wanted.part, wanted.account, note.issues[wanted.part]
    before, stream = note.accounts[part].account, ledger.stream_of(issue.store, part)
    stock = ledger.stock_of(asked, issue.store, part)
    moves = counter_entries(before, after, note, issue, stock)
    arrived = sorted(set(after.old_serials) - set(before.old_serials))
    refuse_if(
        *ledger.broken(stock, moves),
        *serial_book.not_elsewhere(asked, part, issue.store, arrived),
    )
    fact = ReconciliationCorrected(
        found.number,
        part,
        after,
        against_of(note, after),
        wanted.because,
        found.asked_by,
        asked.actor,
    )
    return [(asked.home, fact), *((stream, move) for move in moves), *_followed(moves, issue)]


def refuse(command: RefuseCorrection, note: IssueNote, asked: Asked) -> Decision:
    """核销更正驳回."""
    found = note.requests.get(command.number)
    if found is not None and (found.decided, found.because) == (Decided.REFUSED, command.because):
        return []
    refuse_if(
        *in_force(note, asked), *decidable(note, command.number, RequestKind.CORRECTION, asked)
    )
    return asked.here(CorrectionRefused(command.number, command.because, asked.actor))


def counter_entries(
    before: Account, after: Account, note: IssueNote, issue: PartIssued, stock: Stock
) -> list[StockMoved]:
    """冲正: what moves, so that the pieces are where the new account says."""
    number = note.released.number if note.released else ""
    lost, nature = lost_serials(note, issue.part), nature_of(note, issue.part)
    found = [
        *_between(places(before, issue.issued, lost), places(after, issue.issued, lost)),
        *_old(before, after, old_account(note, issue.part, stock)),
    ]
    # What comes in comes first: it may be what goes out again.
    found.sort(key=lambda each: ledger.is_inside(each[0]))
    return [moved(issue, nature, number, source, place) for source, place in found]


def _between(was: Sequence[Place], now: Sequence[Place]) -> Iterator[tuple[str, Place]]:
    """From each account to the other: named pieces by their serials, the rest by number."""
    before, after = _by_serial(was), _by_serial(now)
    net = Counter({place.target: 0 for place in (*was, *now)})
    for place in now:
        net[place.target] += place.quantity
    for place in was:
        net[place.target] -= place.quantity
    pairs: dict[tuple[str, str], list[str]] = {}
    for serial, source in before.items():
        if (target := after.get(serial, source)) != source:
            pairs.setdefault((source, target), []).append(serial)
    for (source, target), named in sorted(pairs.items()):
        net[source] += len(named)
        net[target] -= len(named)
        yield source, Place(target, len(named), tuple(sorted(named)), Movement.CORRECTION)
    yield from _unnamed(net)


def _unnamed(net: Counter[str]) -> Iterator[tuple[str, Place]]:
    giving = {account: -n for account, n in sorted(net.items()) if n < 0}
    for target, wanted in sorted(net.items()):
        open_ = wanted
        for source, left in giving.items():
            if open_ > 0 and (moving := min(open_, left)):
                giving[source] = left - moving
                open_ -= moving
                yield source, Place(target, moving, (), Movement.CORRECTION)


def _old(before: Account, after: Account, home: str) -> Iterator[tuple[str, Place]]:
    """Old parts that are in the store after all, or are not."""
    out = tuple(sorted(set(before.old_serials) - set(after.old_serials)))
    in_ = tuple(sorted(set(after.old_serials) - set(before.old_serials)))
    rest = after.old_returned - before.old_returned - (len(in_) - len(out))
    if coming := len(in_) + max(0, rest):
        yield INSTALLED, Place(home, coming, in_, Movement.CORRECTION)
    if going := len(out) + max(0, -rest):
        yield home, Place(INSTALLED, going, out, Movement.CORRECTION)


def _by_serial(found: Sequence[Place]) -> dict[str, str]:
    return {serial: place.target for place in found for serial in place.serials}


def _followed(moves: Sequence[StockMoved], issue: PartIssued) -> Decision:
    """What is in no store any more, and what is in this one again."""
    inside, outside = set[str](), set[str]()
    for move in moves:
        named = set(move.serials)
        inside, outside = inside - named, outside - named
        if ledger.is_inside(move.target):
            inside |= named
        else:
            outside |= named
    return [
        *serial_book.left(issue.store, issue.part, outside),
        *serial_book.entered(issue.store, issue.part, inside),
    ]


def _sound(wanted: Correction, note: IssueNote) -> Iterator[Rule]:
    """A rule: the line is accounted for, otherwise, and the new account would hold.

    The same account is granted under a newer signature where its technician cannot sign again.
    """
    part, account = wanted.part, wanted.account
    done, issue = note.accounts.get(part), note.issues.get(part)
    yield done is None, reason("not-settled", part=part)
    same = done is not None and done.account == account
    yield same and part not in under_older(note), reason("nothing-to-correct", part=part)
    yield from as_signed(part, account, note)
    yield from books(account, note, issue)
    yield from serials(account, note, issue)


def reads_of_correction(
    command: CorrectReconciliation, note: IssueNote, _asked: Asked
) -> tuple[str, ...]:
    """The stock of the part, and where its serials are."""
    found = request_of(note, command.number, RequestKind.CORRECTION)
    if found is None or not isinstance(found.what, Correction):
        return ()
    part, account = found.what.part, found.what.account
    before = note.accounts.get(part)
    named = serial_book.streams_of(
        part,
        account.new_serials,
        account.old_serials,
        before.account.old_serials if before else (),
        note.issues[part].issued.serials if part in note.issues else (),
    )
    return (*streams_of(note, part), *named)


def offered_corrections(_number: str, note: IssueNote) -> Iterator[AskCorrection]:
    """Lines whose account is not what the customer signed by now, as they signed it."""
    for part, done in note.accounts.items():
        if any(is_broken for is_broken, _ in as_signed(part, done.account, note)):
            account = account_signed_for(note, part, FaultNature.NONE_FOUND)
            yield AskCorrection(part, account, WORDS)
