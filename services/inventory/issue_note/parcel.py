"""邮寄 (posted parts): both are told when the parcel comes, and open it together.

What is found in it goes into the technician's hands. What was missing or not fit stays on the
parcel's account: the keeper settles it, not the technician. A parcel that comes back to the store
unopened is told, and its pieces are accounted for as brought home or lost.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from services.inventory import ledger
from services.inventory.issue_note.checks import in_force, not_back, recipient_is
from services.inventory.issue_note.places import nature_of
from services.inventory.issue_note.state import IssueNote, holder_of, streams_of
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.issue_notes import (
    ArrivalAnnounced,
    Opened,
    Opening,
    ParcelDelivered,
    ParcelOpened,
    ParcelReturned,
    PartIssued,
)
from shared.events.order_sheet import NoteStage
from shared.events.values import (
    AllSerials,
    At,
    Evidence,
    Past,
    Role,
    Signature,
    SignedHow,
    Text,
)
from shared.signing import TO_BE_DRAWN, proved
from shared.step import LONG_AGO, WORDS


@dataclass(frozen=True, slots=True)
class AnnounceArrival:
    """到货通知: both were told when the parcel comes, and to open it only together."""

    technician_told_at: Past
    customer_told_at: Past
    expected_at: At | None = None
    """If it will not come when the parcel's own paper says."""


@dataclass(frozen=True, slots=True)
class DeliverParcel:
    """邮件送达: the parcel has arrived."""

    at: Past


@dataclass(frozen=True, slots=True)
class ReturnParcel:
    """邮件退回: the parcel came back to the store, unopened; when, and why."""

    at: Past
    because: Text


@dataclass(frozen=True, slots=True)
class OpeningParcel:
    """会同拆验: technician and customer opened the parcel together.

    The technician says so in their own session; the customer signs what was found. Who does not
    sign is asked why, and a picture of what was in the parcel is there instead.
    """

    opened: Opened
    missing_serials: AllSerials = ()
    """Of what was missing, where the pieces have serials."""
    how: SignedHow | None = None
    """How the customer signed."""
    evidence: Evidence | None = None
    """Their signature, or a picture of the parcel if they did not sign."""
    unsigned_because: Text | None = None


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


def announce(command: AnnounceArrival, note: IssueNote, asked: Asked) -> Decision:
    """到货通知: once everything is in the parcel; again, if it will come at another time."""
    parcel = note.parcel
    expected = command.expected_at or (parcel.expected_at if parcel else asked.at)
    announced = ArrivalAnnounced(expected, command.technician_told_at, command.customer_told_at)
    if note.announced == announced:
        return []
    number, waiting = number_of(asked.home), note.open_lines
    early = parcel is not None and expected < parcel.sent_at
    refuse_if(
        *_under_way(note, asked),
        (early, reason("arrival-before-sending", number=number)),
        (bool(waiting), reason("lines-open", number=number, parts=waiting)),
        (note.opened is not None, reason("parcel-opened", number=number)),
    )
    return asked.here(announced)


def deliver(command: DeliverParcel, note: IssueNote, asked: Asked) -> Decision:
    """邮件送达: said once, also afterwards; a parcel is not opened before it is there."""
    delivered = ParcelDelivered(command.at)
    if note.delivered == delivered:
        return []
    number, opened = number_of(asked.home), note.opened
    refuse_if(
        *_under_way(note, asked),
        (note.delivered is not None, reason("delivered-already", number=number)),
        (
            opened is not None and opened.at < command.at,
            reason("parcel-opened", number=number),
        ),
    )
    return asked.here(delivered)


def take_back(command: ReturnParcel, note: IssueNote, asked: Asked) -> Decision:
    """邮件退回: said once, of a parcel that nobody has opened; it is accounted for next."""
    returned = ParcelReturned(command.at, command.because)
    if note.came_back == returned:
        return []
    number, come = number_of(asked.home), note.delivered
    refuse_if(
        *_under_way(note, asked),
        (note.opened is not None, reason("parcel-opened", number=number)),
        (
            come is not None and LONG_AGO != command.at < come.at,
            reason("back-before-delivery", number=number),
        ),
    )
    return asked.here(returned)


def open_together(command: OpenParcel, note: IssueNote, asked: Asked) -> Decision:
    """会同拆验: once, by the recipient and the customer, as the recipient tells it."""
    opened, number = command.opened, number_of(asked.home)
    if note.opened == opened:
        return []
    stranger = asked.actor != opened.technician
    as_sent = opened.opening is Opening.AS_SENT
    own = tuple(_never_sent(command, note))
    sound = note.is_posted and note.opened is None and not any(is_broken for is_broken, _ in own)
    moves = _moves(command, note, number) if sound else []
    refuse_if(
        *_under_way(note, asked),
        (note.opened is not None, reason("parcel-opened", number=number)),
        (
            note.is_posted and note.announced is None,
            reason("not-announced", number=number),
        ),
        recipient_is(note, opened.technician),
        (stranger, reason("opened-by-another", person=asked.actor)),
        (as_sent == bool(opened.missing), reason("opening-unclear", opening=opened.opening)),
        *_together(command, note, asked),
        *own,
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
    signature = None
    if command.how is not None:
        opened = asdict(command.opened)
        found = {name: opened[name] for name in ("at", "technician", "opening", "missing")}
        content = content_hash({"number": number_of(asked.home), **found})
        role = Role.CUSTOMER.value
        signature = Signature(role, role, command.how, asked.at, content, command.evidence)
    return ParcelOpened(command.opened, signature, command.unsigned_because)


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


def _under_way(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the note's parts were posted, and are not settled."""
    number = number_of(asked.home)
    yield from in_force(note, asked)
    carried = note.released is not None and not note.is_posted
    yield carried, reason("not-posted", number=number)
    yield note.is_posted and note.stage is NoteStage.RELEASED, reason("not-sent", number=number)
    yield note.stage is NoteStage.SETTLED, reason("note-settled", number=number)
    yield not_back(note, asked)


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


def _moves(command: OpenParcel, note: IssueNote, number: str) -> list[StockMoved]:
    return [
        _move(issue, note, number, found, command)
        for part, issue in note.issues.items()
        if part not in note.accounts
        if (found := issue.issued.quantity - _missing(command, part)) > 0
    ]


def _move(
    issue: PartIssued, note: IssueNote, number: str, found: int, command: OpenParcel
) -> StockMoved:
    return StockMoved(
        store=issue.store,
        part=issue.part,
        source=ledger.parcel(number),
        target=holder_of(note),
        quantity=found,
        serials=tuple(s for s in issue.issued.serials if s not in command.missing_serials),
        because=Movement.JOINT_OPENING,
        use_nature=UseNature(nature_of(note, issue.part).value),
        paper=number,
    )


def reads_of_opening(_command: OpenParcel, note: IssueNote, _asked: Asked) -> tuple[str, ...]:
    """The stock of every line: what is found in the parcel goes into the technician's hands."""
    return streams_of(note)


def offered_announcement(_number: str, note: IssueNote) -> Iterator[AnnounceArrival]:
    """The arrival of a posted note's parcel, unless it came back."""
    if note.is_posted and note.came_back is None:
        yield AnnounceArrival(LONG_AGO, LONG_AGO)


def offered_delivery(_number: str, note: IssueNote) -> Iterator[DeliverParcel]:
    """The delivery of a posted note's parcel, while nobody has opened it and it is not back."""
    if note.is_posted and note.opened is None and note.came_back is None:
        yield DeliverParcel(LONG_AGO)


def offered_return(_number: str, note: IssueNote) -> Iterator[ReturnParcel]:
    """Of a parcel that nobody has opened and that did not come back yet."""
    if note.is_posted and note.opened is None and note.came_back is None:
        yield ReturnParcel(LONG_AGO, WORDS)


def offered_opening(_number: str, note: IssueNote) -> Iterator[OpenParcel]:
    """The opening of a posted note's parcel, with everything in it, unless it came back."""
    if note.is_posted and note.came_back is None:
        opened = Opened(LONG_AGO, note.recipient, WORDS, Opening.AS_SENT)
        yield OpenParcel(opened, how=SignedHow.DRAWN, evidence=TO_BE_DRAWN)
