"""会同拆验 (opening a parcel): technician and customer open it together, and both sign for it.

What is found goes into the technician's hands. What was missing or not fit stays on the parcel's
account: the keeper settles it, not the technician. Who told it wrongly tells it again, with the
reason and both signatures: what differs goes from hands to parcel or back. Of a line that is
settled nothing moves; its account is put right by a correction.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from services.inventory import ledger
from services.inventory.issue_note.accounts import books
from services.inventory.issue_note.agreement import to_correct
from services.inventory.issue_note.checks import not_back, recipient_is
from services.inventory.issue_note.parcel import sent
from services.inventory.issue_note.places import nature_of
from services.inventory.issue_note.state import IssueNote, held_by, holder_of, streams_of
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.issue_notes import Opened, Opening, ParcelOpened, PartIssued
from shared.events.order_sheet import NoteStage
from shared.events.part_cases import LossWhere
from shared.events.values import (
    AllSerials,
    Evidence,
    PartWanted,
    Role,
    Signature,
    SignedHow,
    Text,
)
from shared.signing import TO_BE_DRAWN, proved
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class OpeningParcel:
    """会同拆验: technician and customer opened the parcel together.

    The technician says so in their own session; the customer signs what was found. Who does not
    sign is asked why, and a picture of what was in the parcel is there instead. What was told
    wrongly is told again in the same way, with the reason.
    """

    opened: Opened
    missing_serials: AllSerials = ()
    """Of what was missing, where the pieces have serials."""
    how: SignedHow | None = None
    """How the customer signed."""
    evidence: Evidence | None = None
    """Their signature, or a picture of the parcel if they did not sign."""
    unsigned_because: Text | None = None
    because: Text | None = None
    """更正原因: why it is told again, where it was told wrongly."""


@dataclass(frozen=True, slots=True)
class OpenParcel(OpeningParcel):
    """会同拆验: technician and customer opened the parcel together."""

    arrived: bool = False
    """Obligation: whether the technician has reached the customer, by the visits of the order."""


OPENING_EXAMPLE = {
    "how": "drawn",
    "evidence": {
        "name": "签字.png",
        "sha256": "5f1d" * 16,
        "media_type": "image/png",
        "size": 1024,
    },
    "opened": {
        "at": "2026-11-23T09:55:00+08:00",
        "technician": "T-LIUYANG",
        "customer": "王小明",
        "opening": "as_sent",
    },
}
"""A body as it comes over the wire."""


def open_together(command: OpenParcel, note: IssueNote, asked: Asked) -> Decision:
    """会同拆验: by recipient and customer, as the recipient tells it; again with a reason."""
    opened, number = command.opened, number_of(asked.home)
    if note.opened == opened:
        return []
    as_sent = opened.opening is Opening.AS_SENT
    own = tuple(_never_sent(command, note))
    told = note.opened is None or command.because is not None
    sound = note.is_posted and told and not any(is_broken for is_broken, _ in own)
    moves = list(_moves(command, note, asked)) if sound else []
    refuse_if(
        *sent(note, asked),
        not_back(note, asked),
        *_told(command, note, number),
        (
            note.is_posted and note.announced is None,
            reason("not-announced", number=number),
        ),
        *_teller(command, note, asked),
        (as_sent == bool(opened.missing), reason("opening-unclear", opening=opened.opening)),
        *_together(command, note, asked),
        *own,
        *(_against_the_rest(command, note) if sound else ()),
        *(
            rule
            for move in moves
            for rule in ledger.broken(ledger.stock_of(asked, move.store, move.part), [move])
        ),
    )
    return [
        (asked.home, _opened(command, asked)),
        *((ledger.stream_of(move.store, move.part), move) for move in moves),
    ]


def _opened(command: OpenParcel, asked: Asked) -> ParcelOpened:
    """What the customer signed is the finding as it is recorded."""
    signature, because = None, command.because
    if command.how is not None:
        opened = asdict(command.opened)
        found = {name: opened[name] for name in ("at", "technician", "opening", "missing")}
        again = {"because": because} if because is not None else {}
        content = content_hash({"number": number_of(asked.home), **found, **again})
        role = Role.CUSTOMER.value
        signature = Signature(role, role, command.how, asked.at, content, command.evidence)
    return ParcelOpened(command.opened, signature, command.unsigned_because, because)


def _told(command: OpenParcel, note: IssueNote, number: str) -> Iterator[Rule]:
    """A rule: it is told once, and again only with the reason; of a settled note if it matters."""
    again, reasoned = note.opened is not None, command.because is not None
    yield again and not reasoned, reason("opening-told", number=number)
    yield reasoned and not again, reason("nothing-told", number=number)
    over = note.stage is NoteStage.SETTLED and not again and not to_correct(note)
    yield over, reason("note-settled", number=number)


def _teller(command: OpenParcel, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the recipient tells it; again, whoever has the parts by now, of who opened it."""
    named, before = command.opened.technician, note.opened
    if before is None:
        yield recipient_is(note, named)
        yield asked.actor != named, reason("opened-by-another", person=asked.actor)
        return
    strange = named if named != before.technician else asked.actor
    wrong = strange not in (before.technician, note.recipient) or asked.actor != note.recipient
    yield wrong, reason("opened-by-another", person=strange)


def _together(command: OpenParcel, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the customer signed, or it is said why not; and the parcel can have been there."""
    how, evidence, number = command.how, command.evidence, number_of(asked.home)
    alone = how is None and (command.unsigned_because is None or evidence is None)
    yield alone, reason("opened-alone", number=number)
    yield how is SignedHow.SESSION, reason("not-their-session", number=number)
    yield from proved(how, evidence) if how is not None else ()
    yield from _is_there(command, note, asked)


def _is_there(command: OpenParcel, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the parcel was delivered, or should be there by now, or its technician is there."""
    number, parcel, opened = number_of(asked.home), note.parcel, command.opened.at
    at = asked.at if opened == LONG_AGO else opened
    come = note.delivered.at if note.delivered else parcel.sent_at if parcel else at
    yield at < come, reason("opened-before-delivery", number=number)
    known = note.delivered is not None or command.arrived or note.announced is None
    expected = note.announced.expected_at if note.announced else at
    yield not known and come <= at < expected, reason("not-delivered", number=number)


def _missing(command: OpenParcel, part: str) -> int:
    return sum(each.quantity for each in command.opened.missing if each.part == part)


def _never_sent(command: OpenParcel, note: IssueNote) -> Iterator[Rule]:
    """A rule: nothing is missing that was not sent; serials are those of its pieces."""
    sent = {part: issue.issued for part, issue in note.issues.items()}
    named = dict.fromkeys(each.part for each in command.opened.missing)
    wrong = [
        part for part in named if part not in sent or _missing(command, part) > sent[part].quantity
    ]
    yield bool(wrong), reason("missing-beyond-sent", parts=wrong)
    known = {serial for issued in sent.values() for serial in issued.serials}
    strange = sorted(set(command.missing_serials) - known)
    unnamed = [
        part
        for part, issued in sent.items()
        if issued.serials
        and len(set(issued.serials) & set(command.missing_serials)) != _missing(command, part)
    ]
    yield bool(strange), reason("serials-not-issued", serials=strange)
    yield bool(unnamed), reason("missing-serials", parts=unnamed)


def _against_the_rest(command: OpenParcel, note: IssueNote) -> Iterator[Rule]:
    """A rule: what else is on the note can be so with what is told of the opening now."""
    if note.opened is None:
        return
    told = replace(note, opened=command.opened)
    for part, issue in note.issues.items():
        if part in note.accounts:
            yield from books(note.accounts[part].account, told, issue)
        else:
            yield from _still_there(issue, note, _missing(command, part))


def _still_there(issue: PartIssued, note: IssueNote, missing: int) -> Iterator[Rule]:
    """A rule: what turns out missing is not signed as used, nor handed on, nor lost in hands."""
    part, asked = issue.part, missing - note.in_parcel(issue.part)
    used, found = note.signed_use(part), issue.issued.quantity - missing
    yield used > found, reason("used-from-parcel", part=part, used=used, opened=found)
    held = held_by(note, note.recipient).get(part, 0)
    told = reason("opening-not-in-hand", part=part, holds=held, asked=asked)
    yield asked > held, told
    lost = lost_in_hands(note, part)
    yield asked > 0 and lost > found, reason("opening-lost", part=part, lost=lost, found=found)


def lost_in_hands(note: IssueNote, part: str) -> int:
    """How many pieces of a line were granted as lost after they were taken out."""
    losses = note.losses(part)
    return sum(each.quantity for each in losses if each.where is LossWhere.TECHNICIAN)


def _moves(command: OpenParcel, note: IssueNote, asked: Asked) -> Iterator[StockMoved]:
    """What goes into hands; where it is told again, what differs from what was told before."""
    parcel, hands = ledger.parcel(number_of(asked.home)), holder_of(note)
    for part, issue in note.issues.items():
        if part in note.accounts:
            continue
        where = ledger.stock_of(asked, issue.store, part).serials
        lacking = {s for s in issue.issued.serials if s in command.missing_serials}
        found = [s for s in issue.issued.serials if s not in lacking]
        in_ = tuple(s for s in found if note.opened is None or where.get(s) == parcel)
        out = tuple(sorted(s for s in lacking if note.opened and where.get(s) != parcel))
        more = note.in_parcel(part) - _missing(command, part)
        rest = more - len(in_) + len(out)
        if coming := len(in_) + max(0, rest):
            yield moved(issue, note, parcel, hands, coming, in_)
        if going := len(out) + max(0, -rest):
            yield moved(issue, note, hands, parcel, going, out)


def moved(
    issue: PartIssued,
    note: IssueNote,
    source: str,
    target: str,
    quantity: int,
    serials: tuple[str, ...],
) -> StockMoved:
    """A movement between the parcel of a note and its recipient's hands."""
    assert note.released is not None
    return StockMoved(
        store=issue.store,
        part=issue.part,
        source=source,
        target=target,
        quantity=quantity,
        serials=serials,
        because=Movement.JOINT_OPENING,
        use_nature=UseNature(nature_of(note, issue.part).value),
        paper=note.released.number,
    )


def reads_of_opening(_command: OpenParcel, note: IssueNote, _asked: Asked) -> tuple[str, ...]:
    """The stock of every line: what is found in the parcel goes into the technician's hands."""
    return streams_of(note)


def offered_opening(_number: str, note: IssueNote) -> Iterator[OpenParcel]:
    """The opening of a posted note's parcel, unless it came back; told again, what would differ."""
    matters = note.stage is not NoteStage.SETTLED or bool(to_correct(note))
    if not note.is_posted or note.came_back is not None or not matters:
        return
    if note.opened is None:
        opened, because = Opened(LONG_AGO, note.recipient, WORDS, Opening.AS_SENT), None
    else:
        opened, because = _otherwise(note, note.opened), WORDS
    yield OpenParcel(opened, how=SignedHow.DRAWN, evidence=TO_BE_DRAWN, because=because)


def _otherwise(note: IssueNote, told: Opened) -> Opened:
    """With everything in it, if something was missing; else with one piece missing."""
    told = replace(told, customer=WORDS, photos=())
    if told.missing:
        return replace(told, opening=Opening.AS_SENT, missing=())
    held = held_by(note, note.recipient)
    missing = tuple(PartWanted(part, 1) for part in list(held)[:1])
    return replace(told, opening=Opening.SHORT, missing=missing)
