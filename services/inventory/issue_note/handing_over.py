"""转交 (handing over): drawn parts change hands before they are settled.

Both technicians sign. Where the giver cannot, two people count what there is, each in their own
session, and the approver signs in the giver's place. The newest count holds, once somebody else has
counted the same: what was counted before a piece was lost stops nobody. What was not found stays
with the giver until it is accounted for: as used, where the customer signs that, as brought home,
or as lost. A parcel that nobody has opened holds nothing to count: it is for the taker from then
on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.inventory import ledger
from services.inventory.checks import stale
from services.inventory.issue_note.checks import in_force, not_here
from services.inventory.issue_note.places import nature_of
from services.inventory.issue_note.state import IssueNote, held_by, streams_of
from shared.content import content_hash
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.inventory import Movement, StockMoved, UseNature
from shared.events.issue_notes import (
    IssueCorrected,
    LossApproved,
    OldPartWaived,
    PartsCounted,
    PartsHandedOver,
    ReconciliationCorrected,
)
from shared.events.order_sheet import NoteStage, Standing
from shared.events.part_cases import CountedPieces
from shared.events.values import (
    SEVERAL,
    ContentHash,
    Evidence,
    Note,
    PartList,
    Ref,
    Role,
    Signature,
    SignedHow,
    covers,
)
from shared.signing import TO_BE_DRAWN, proved
from shared.step import WORDS

COUNTERS = 2
GRANTED = (LossApproved, OldPartWaived, ReconciliationCorrected)
"""What an approver grants of a note."""
Lines = Sequence[CountedPieces]


@dataclass(frozen=True, slots=True)
class CountParts:
    """清点: what somebody counts of the parts that the recipient of the note holds."""

    lines: PartList[CountedPieces]


@dataclass(frozen=True, slots=True)
class Signing:
    """签法: how somebody signs a hand-over; in their own session, or with a drawing or a photo."""

    how: SignedHow
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class HandingOver:
    """转交: who takes the parts, and how both sign; without a giver the approver signs instead."""

    recipient: Ref
    because: Note
    content: ContentHash
    """What both were shown: `hand-over-sheets` says it."""
    taker: Signing
    giver: Signing | None = None
    lines: PartList[CountedPieces] = ()
    """What changes hands; nothing said: all that the giver holds, or all that was counted."""


@dataclass(frozen=True, slots=True)
class HandOverParts(HandingOver):
    """转交: who takes the parts, and how both sign; without a giver the approver signs instead."""

    standing: Standing | None = None
    """Obligation: what the register of people says of who takes them."""
    comes_for_it: bool = False
    """Obligation: whether the order was given to them, or base has sent them for it."""


COUNT_EXAMPLE = {"lines": [{"part": "MFQ-32", "quantity": 2}]}
HAND_OVER_EXAMPLE = {
    "recipient": "T-SUNMEI",
    "because": "刘洋住院 the technician is in hospital",
    "content": "4b7e" * 16,
    "taker": {
        "how": "drawn",
        "evidence": {
            "name": "签字.png",
            "sha256": "5f1d" * 16,
            "media_type": "image/png",
            "size": 1024,
        },
    },
}


def count(command: CountParts, note: IssueNote, asked: Asked) -> Decision:
    """清点: by anybody who does not hold them; who counts again replaces their own count."""
    lines = _ordered(command.lines)
    counted = PartsCounted(note.recipient, lines, asked.actor)
    if note.counts.get(asked.actor) == counted:
        return []
    refuse_if(
        *_out(note, asked),
        (asked.actor == note.recipient, reason("counts-own", person=asked.actor)),
        *_held(lines, note),
    )
    return asked.here(counted)


def hand_over(command: HandOverParts, note: IssueNote, asked: Asked) -> Decision:
    """转交: the note's recipient changes, and what changes hands is on the taker's account."""
    before = note.handed
    if before is not None and _same(before, command):
        return []
    lines = lines_of(note, command.lines, with_giver=command.giver is not None)
    refuse_if(
        *_out(note, asked),
        *_taker(command, note, asked),
        *(
            _giver(command.giver, command.taker, note, asked)
            if command.giver
            else _in_place(command, lines, note, asked)
        ),
        *_held(lines, note),
        stale(command.content, hand_over_content(note, command.recipient, lines), asked),
    )
    moves = list(_moves(command, note, lines, asked))
    refuse_if(
        *(
            rule
            for move in moves
            for rule in ledger.broken(ledger.stock_of(asked, move.store, move.part), [move])
        )
    )
    return [
        (asked.home, _handed(command, note, lines, asked)),
        *((ledger.stream_of(move.store, move.part), move) for move in moves),
    ]


def lines_of(note: IssueNote, said: Lines, *, with_giver: bool) -> Lines:
    """What changes hands: as it is said, as it was counted, or all that the giver holds."""
    if said:
        return _ordered(said)
    counts = [each.lines for each in note.counts.values()]
    if not with_giver and counts:
        return counts[-1]
    held = held_by(note, note.recipient)
    return _ordered(
        CountedPieces(part, quantity, _serials(note, part, quantity))
        for part, quantity in held.items()
    )


def hand_over_content(note: IssueNote, recipient: str, lines: Lines) -> str:
    """SHA-256 (hex) of what changes hands, from whom to whom."""
    shown = [(each.part, each.quantity, sorted(each.serials)) for each in lines]
    number = note.released.number if note.released else None
    return content_hash(
        {"number": number, "giver": note.recipient, "recipient": recipient, "lines": shown}
    )


def _out(note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: something is drawn on the note, and not all of it is settled."""
    number = number_of(asked.home)
    yield from in_force(note, asked)
    yield note.stage is NoteStage.RELEASED, reason("nothing-drawn", number=number)
    yield note.stage is NoteStage.SETTLED, reason("note-settled", number=number)


def _held(lines: Lines, note: IssueNote) -> Iterator[Rule]:
    """A rule: of each part no more than is held; a piece with a serial is named."""
    held = held_by(note, note.recipient)
    for line in lines:
        holds = held.get(line.part, 0)
        beyond = line.quantity > holds
        told = reason("handed-beyond", part=line.part, holds=holds, asked=line.quantity)
        yield beyond, told
        issue = note.issues.get(line.part)
        drawn = set(issue.issued.serials) if issue else set()
        strange = sorted(set(line.serials) - drawn)
        yield bool(strange), reason("serials-not-issued", serials=strange)
        named = len(set(line.serials))
        lacking = bool(drawn) and not strange and named != line.quantity
        yield (
            lacking,
            reason("serials-needed", part=line.part, named=named, asked=line.quantity),
        )
    parts = [each.part for each in lines]
    twice = sorted({part for part in parts if parts.count(part) > 1})
    yield bool(twice), reason("counted-twice", parts=twice)


def _taker(command: HandOverParts, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: a technician at work, of the branch or sent to it, who did not give the parts out."""
    taker, standing = command.recipient, command.standing
    yield taker == note.recipient, reason("same-recipient", person=taker)
    left = standing is not None and standing.known and not standing.active
    yield left, reason("recipient-inactive", person=taker)
    branch = note.released.branch if note.released else ""
    fit = standing is not None and Role.TECHNICIAN in standing.roles
    of_branch = standing is not None and (not branch or covers(standing.branches, branch))
    near = of_branch or command.comes_for_it
    yield not left and not (fit and near), reason("taker-unfit", person=taker, branch=branch)
    issued = {each.issued_by for each in note.issues.values()}
    yield taker in issued, reason("self-issue", person=taker)
    yield taker in granters(asked), reason("granter-takes", person=taker)
    yield not_here(command.taker.how, taker, asked)
    yield from proved(command.taker.how, command.taker.evidence)


def granters(asked: Asked) -> frozenset[str]:
    """回避: whoever granted something of the note, or signed for a giver, and for whom they did."""
    granted = asked.of_kind(*GRANTED)
    in_place = (
        each
        for each in asked.of_kind(PartsHandedOver)
        if each.fact.giver_sig.role == Role.APPROVER.value
    )
    corrected = (
        each
        for each in asked.of_kind(IssueCorrected)
        if each.fact.signature.role != Role.TECHNICIAN.value
    )
    return frozenset(who for each in (*granted, *in_place, *corrected) for who in each.people)


def _giver(giver: Signing, taker: Signing, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the giver signs themselves, and each of the two has a picture of their own."""
    yield not_here(giver.how, note.recipient, asked)
    yield from proved(giver.how, giver.evidence)
    pictures = [each.evidence for each in (giver, taker) if each.evidence is not None]
    drawn = [each.sha256 for each in pictures if each != TO_BE_DRAWN]
    same = len(drawn) > len(set(drawn))
    yield same, reason("one-picture", number=number_of(asked.home))


def _in_place(
    command: HandOverParts, lines: Lines, note: IssueNote, asked: Asked
) -> Iterator[Rule]:
    """A rule: the approver signs in the giver's place, after two others counted what they hold.

    The approver neither has nor had the parts, takes them, or was approved to go with them; of a
    deputy and whom they stand in for, neither is one of the two. No more changes hands than the two
    have counted.
    """
    number = number_of(asked.home)
    approver = Role.APPROVER.value in asked.roles
    yield not approver, reason("giver-unsigned", number=number, giver=note.recipient)
    own = approver and asked.actor in {*note.crew, command.recipient}
    yield own, reason("own-request", person=asked.actor)
    counts = _alike(note, asked)
    held = held_by(note, note.recipient)
    lacking = bool(held) and len(counts) < COUNTERS
    yield lacking, reason("not-counted", number=number, counted=sorted(counts))
    found = {line.part: line.quantity for each in counts.values() for line in each.lines}
    for line in lines if counts else ():
        there = found.get(line.part, 0)
        told = reason("handed-beyond", part=line.part, holds=there, asked=line.quantity)
        yield line.quantity > there, told


def _alike(note: IssueNote, asked: Asked) -> Mapping[str, PartsCounted]:
    """The newest count and all that say the same, but for those of who signs in place."""
    signing = (asked.actor, asked.acting_for)
    counts = {who: each for who, each in note.counts.items() if who not in signing}
    newest = [*counts.values()][-1:]
    return {who: each for who, each in counts.items() if each.lines == newest[0].lines}


def _same(before: PartsHandedOver, command: HandOverParts) -> bool:
    said = (before.recipient, before.because, before.recipient_sig.content)
    return said == (command.recipient, command.because, command.content)


def _handed(command: HandOverParts, note: IssueNote, lines: Lines, asked: Asked) -> PartsHandedOver:
    content, technician = command.content, Role.TECHNICIAN.value
    taker, giver = command.taker, command.giver

    def signed(by: str, role: str, how: Signing) -> Signature:
        return Signature(by, role, how.how, asked.at, content, how.evidence)

    in_place = Signing(SignedHow.SESSION)
    counted = tuple(sorted(_alike(note, asked)))
    return PartsHandedOver(
        giver=note.recipient,
        recipient=command.recipient,
        lines=tuple(lines),
        giver_sig=signed(note.recipient, technician, giver)
        if giver
        else signed(asked.actor, Role.APPROVER.value, in_place),
        recipient_sig=signed(command.recipient, technician, taker),
        counted_by=() if giver else counted[:SEVERAL],
        because=command.because,
    )


def _moves(
    command: HandOverParts, note: IssueNote, lines: Lines, asked: Asked
) -> Iterator[StockMoved]:
    for line in lines:
        if not line.quantity:
            continue
        yield StockMoved(
            store=note.issues[line.part].store,
            part=line.part,
            source=ledger.technician(note.recipient),
            target=ledger.technician(command.recipient),
            quantity=line.quantity,
            serials=tuple(sorted(line.serials)),
            because=Movement.HANDED_OVER,
            use_nature=UseNature(nature_of(note, line.part).value),
            paper=number_of(asked.home),
        )


def _ordered(lines: "Lines | Iterator[CountedPieces]") -> tuple[CountedPieces, ...]:
    """By part, so that two who counted the same have said the same."""
    sorted_ = [CountedPieces(e.part, e.quantity, tuple(sorted(e.serials))) for e in lines]
    return tuple(sorted(sorted_, key=lambda each: each.part))


def _serials(note: IssueNote, part: str, quantity: int) -> tuple[str, ...]:
    """The serials of all pieces of a line, where the giver has all of them."""
    drawn = note.issues[part].issued.serials
    return drawn if len(drawn) == quantity else ()


def reads_of_handing_over(
    _command: HandOverParts, note: IssueNote, _asked: Asked
) -> tuple[str, ...]:
    """The stock of every line: what changes hands changes accounts."""
    return streams_of(note)


def offered_counts(_number: str, note: IssueNote) -> Iterator[CountParts]:
    """A count of what the recipient holds; what there is, whoever counts says."""
    if held_by(note, note.recipient):
        yield CountParts((CountedPieces(WORDS, 0),))


def offered_hand_overs(_number: str, note: IssueNote) -> Iterator[HandOverParts]:
    """To somebody who is named: signed by both, or with the approver in the giver's place."""
    shut = note.is_posted and note.opened is None and note.came_back is None
    if note.stage is not NoteStage.ISSUED or not (shut or held_by(note, note.recipient)):
        return
    by_hand = Signing(SignedHow.DRAWN, TO_BE_DRAWN)
    for giver in (by_hand, None):
        lines = lines_of(note, (), with_giver=giver is not None)
        content = hand_over_content(note, WORDS, lines)
        yield HandOverParts(WORDS, WORDS, content, by_hand, giver)
