"""更正 (correcting): a line was accounted for wrongly, or booked otherwise than it was handed out.

The keeper says how it should be, and the approver grants it; what was handed out its recipient says
too (`misissued.py`). The ledger keeps what it was told and gets counter-entries.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.inventory import ledger, serial_book
from services.inventory.issue_note import exchange, misissued
from services.inventory.issue_note.accounts import as_signed, books, serials
from services.inventory.issue_note.agreement import under_older
from services.inventory.issue_note.asking import Correction, Decided, NoteRequest, RequestKind
from services.inventory.issue_note.checks import in_force
from services.inventory.issue_note.places import (
    Place,
    lost_serials,
    moved,
    nature_of,
    old_account,
    places,
)
from services.inventory.issue_note.requests import (
    GRANTERS,
    decidable,
    next_number,
    request_of,
    room,
)
from services.inventory.issue_note.sheets import account_signed_for, against_of
from services.inventory.issue_note.state import IssueNote, streams_of
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.inventory import Movement, Outside, StockMoved
from shared.events.issue_notes import (
    Account,
    CorrectionAsked,
    CorrectionRefused,
    Handed,
    PartIssued,
    ReconciliationCorrected,
)
from shared.events.values import BranchCode, FaultNature, Note, PartNumber, Ref, Role, Text
from shared.step import WORDS

INSTALLED = Outside.INSTALLED.value


@dataclass(frozen=True, slots=True)
class AskCorrection:
    """更正申请: the account of a settled line, or what was handed out, as it should be."""

    part: PartNumber
    because: Text
    account: Account | None = None
    handed: Handed | None = None
    exchanged_with: Ref | None = None
    """互换: the note on which the piece that was handed out is booked, if it is on one."""

    @property
    def wanted(self) -> Correction:
        """What the note would have to come to say."""
        return Correction(self.part, self.account, self.because, self.handed, self.exchanged_with)


@dataclass(frozen=True, slots=True)
class CorrectionGrant:
    """更正: by somebody who did not ask for it; what was handed out, by who received it too."""

    number: Ref


@dataclass(frozen=True, slots=True)
class CorrectReconciliation(CorrectionGrant):
    """更正: by somebody who did not ask for it; what was handed out, by who received it too."""

    stores: tuple[BranchCode, ...] = ()
    """Obligation: the other stores that ever had the part, if it has serials."""


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
    """更正申请: of a line that is accounted for, as the customer signed it now; or of what left."""
    wanted = command.wanted
    waiting = [each for each in note.requests.values() if each.decided is Decided.OPEN]
    if any((each.what, each.asked_by) == (wanted, asked.actor) for each in waiting):
        return []
    refuse_if(
        *in_force(note, asked),
        (asked.actor in note.crew, reason("self-reconciliation", person=asked.actor)),
        *_sound(wanted, note),
        *exchange.sound(wanted, note, asked),
        *exchange.asked_apart(wanted, note, asked),
        room(note, RequestKind.CORRECTION),
    )
    number = next_number(note, RequestKind.CORRECTION, asked)
    fact = CorrectionAsked(
        number,
        wanted.part,
        wanted.account,
        wanted.because,
        asked.actor,
        wanted.handed,
        wanted.exchanged_with,
    )
    return asked.here(fact)


def correct(command: CorrectReconciliation, note: IssueNote, asked: Asked) -> Decision:
    """更正: counter-entries from the line as it was to the line as it should be."""
    found = request_of(note, command.number, RequestKind.CORRECTION)
    if found is not None and found.decided is Decided.GRANTED:
        return []
    wanted = found.what if found else None
    assert wanted is None or isinstance(wanted, Correction)
    refuse_if(*in_force(note, asked), *_decidable(command.number, note, asked))
    assert found is not None
    assert wanted is not None
    refuse_if(*_sound(wanted, note), *exchange.sound(wanted, note, asked))
    if wanted.exchanged_with is not None:
        return exchange.correct(found.number, wanted, found.asked_by, note, asked)
    if wanted.handed is not None:
        at = misissued.booked(wanted, note, asked, command.stores)
        return misissued.correct(found.number, wanted, found.asked_by, note, asked, at)
    return _counted_anew(found, wanted, note, asked, command.stores)


def _decidable(number: str, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: it waits, and is not theirs; of what was handed out who received it has a word."""
    found = request_of(note, number, RequestKind.CORRECTION)
    if found is None or not isinstance(found.what, Correction) or found.what.handed is None:
        yield from decidable(note, number, RequestKind.CORRECTION, asked)
        alone = Role.TECHNICIAN in asked.roles and asked.roles.isdisjoint(GRANTERS)
        yield alone, reason("approver-corrects", part=_part(found), why="settled")
        return
    yield found.decided is not Decided.OPEN, reason("request-decided", number=number)


def _part(found: NoteRequest | None) -> str:
    return found.what.part if found else ""


def _counted_anew(
    found: NoteRequest,
    wanted: Correction,
    note: IssueNote,
    asked: Asked,
    stores: Sequence[str],
) -> Decision:
    """核销更正: from the account as it was to the account as it should be."""
    assert wanted.account is not None
    part, after, issue = wanted.part, wanted.account, note.issues[wanted.part]
    before, stream = note.accounts[part].account, ledger.stream_of(issue.store, part)
    stock = ledger.stock_of(asked, issue.store, part)
    others = {each: ledger.stock_of(asked, each, part) for each in stores}
    said = counter_entries(before, after, note, issue, stock)
    came = serial_book.coming(said)
    at = serial_book.put_by(asked, part, came, {issue.store: stock, **others}, issue.store)
    moves = [each for move in said for each in serial_book.from_there(move, at)]
    refuse_if(
        *ledger.broken(stock, moves),
        *serial_book.not_elsewhere(asked, part, issue.store, came, others.values()),
    )
    followed = serial_book.followed(issue.store, part, moves)
    fact = ReconciliationCorrected(
        found.number,
        part,
        after,
        against_of(note, after),
        wanted.because,
        found.asked_by,
        asked.actor,
    )
    return [(asked.home, fact), *((stream, move) for move in moves), *followed]


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


def _sound(wanted: Correction, note: IssueNote) -> Iterator[Rule]:
    """A rule: the line is accounted for, otherwise, and the new account would hold.

    The same account is granted under a newer signature where its technician cannot sign again.
    """
    part, account = wanted.part, wanted.account
    done, issue = note.accounts.get(part), note.issues.get(part)
    yield (account is None) == (wanted.handed is None), reason("correction-unclear", part=part)
    if account is None:
        yield from misissued.sound(wanted, note)
        return
    yield done is None, reason("not-settled", part=part)
    same = done is not None and done.account == account
    yield same and part not in under_older(note), reason("nothing-to-correct", part=part)
    yield from as_signed(part, account, note)
    yield from books(account, note, issue)
    yield from serials(account, note, issue)


def reads_of_asking(command: AskCorrection, _note: IssueNote, _asked: Asked) -> tuple[str, ...]:
    """The other note, if pieces of two were crossed."""
    return exchange.streams(command.wanted)


def reads_of_correction(
    command: CorrectReconciliation, note: IssueNote, _asked: Asked
) -> tuple[str, ...]:
    """The stock of the part, and where its serials are."""
    found = request_of(note, command.number, RequestKind.CORRECTION)
    if found is None or not isinstance(found.what, Correction):
        return ()
    part, account = found.what.part, found.what.account
    if account is None:
        return (
            *misissued.reads(found.what, note, command.stores),
            *exchange.streams(found.what),
        )
    before = note.accounts.get(part)
    named = serial_book.streams_of(
        part,
        account.new_serials,
        account.old_serials,
        before.account.old_serials if before else (),
        note.issues[part].issued.serials if part in note.issues else (),
    )
    others = (ledger.stream_of(each, part) for each in command.stores)
    return (*streams_of(note, part), *named, *others)


def offered_corrections(_number: str, note: IssueNote) -> Iterator[AskCorrection]:
    """Lines that are not what the customer signed by now, as they signed it."""
    for part, done in note.accounts.items():
        if any(is_broken for is_broken, _ in as_signed(part, done.account, note)):
            handed = misissued.signed_for(note, part)
            account = None if handed else account_signed_for(note, part, FaultNature.NONE_FOUND)
            yield AskCorrection(part, WORDS, account, handed)
    for part in note.issues.keys() - note.accounts.keys():
        if handed := misissued.signed_for(note, part):
            yield AskCorrection(part, WORDS, None, handed)
