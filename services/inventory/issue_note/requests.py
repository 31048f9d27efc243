"""报损与免交 (losses and waivers): what does not come home; one asks, another grants or refuses."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from services.inventory.checks import own_request
from services.inventory.issue_note.agreement import to_correct
from services.inventory.issue_note.asking import LETTERS, Decided, NoteRequest, RequestKind
from services.inventory.issue_note.checks import in_force
from services.inventory.issue_note.losses import cost_known
from services.inventory.issue_note.state import IssueNote
from services.inventory.part_register import as_priced, card_of
from services.inventory.part_register import stream_of as card_stream
from shared.decider import (
    Asked,
    Decision,
    Rule,
    number_of,
    reason,
    refuse_if,
    too_many,
)
from shared.events.issue_notes import (
    LossApproved,
    LossAsked,
    LossRefused,
    OldPartWaived,
    WaiverAsked,
    WaiverRefused,
)
from shared.events.part_cases import Bearer, Loss, LossWhere, Waiver, WaiverReason
from shared.events.values import SEVERAL, Note, Ref, Role
from shared.step import WORDS

GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}
LOSS_EXAMPLE = {
    "loss": {
        "part": "MFQ-32",
        "quantity": 1,
        "where": "technician",
        "how": "运输途中遗失 lost on the way",
        "borne_by": "store",
        "fen": 1200,
    }
}
WAIVER_EXAMPLE = {
    "waiver": {
        "part": "MFQ-32",
        "quantity": 1,
        "reason": "kept_by_customer",
        "because": "用户要求留下旧件 the customer keeps it",
        "no_photo_because": "用户不同意拍照 the customer wants no photo",
    }
}


@dataclass(frozen=True, slots=True)
class AskLoss:
    """报损申请: pieces of a drawn line are lost; the approver decides."""

    loss: Loss


@dataclass(frozen=True, slots=True)
class LossGrant:
    """报损批准: by somebody who neither asked for it nor bears it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class ApproveLoss(LossGrant):
    """报损批准: by somebody who neither asked for it nor bears it."""

    asked_as: tuple[str, ...] = ()
    """Obligation: as what a loss is granted that nobody knows the cost of, if not as now."""


@dataclass(frozen=True, slots=True)
class RefuseLoss:
    """报损驳回: the pieces are still to be brought home."""

    number: Ref
    because: Note


@dataclass(frozen=True, slots=True)
class AskWaiver:
    """旧件免交申请: old parts of a drawn line do not come home; the approver decides."""

    waiver: Waiver


@dataclass(frozen=True, slots=True)
class WaiveOldPart:
    """旧件免交: by somebody who did not ask for it."""

    number: Ref


@dataclass(frozen=True, slots=True)
class RefuseWaiver:
    """旧件免交驳回: the old parts are still due."""

    number: Ref
    because: Note


def ask_loss(command: AskLoss, note: IssueNote, asked: Asked) -> Decision:
    """报损申请: of pieces that are out, and no more than are."""
    loss = command.loss
    if _is_asked(note, loss, asked.actor):
        return []
    person = loss.borne_by is Bearer.PERSON
    refuse_if(
        *_may_still_be(loss.part, note, asked),
        *_out(loss, note),
        (person != (loss.person is not None), reason("bearer-unclear", part=loss.part)),
        *_bearer(loss, note),
        *as_priced(card_of(asked, loss.part), loss.quantity, loss.fen, loss.fen_because),
        room(note, RequestKind.LOSS),
    )
    return asked.here(LossAsked(next_number(note, RequestKind.LOSS, asked), loss, asked.actor))


def ask_waiver(command: AskWaiver, note: IssueNote, asked: Asked) -> Decision:
    """旧件免交申请: with a photo, or why there is none; what is lost cannot be photographed."""
    waiver = command.waiver
    if _is_asked(note, waiver, asked.actor):
        return []
    issue = note.issues.get(waiver.part)
    drawn = issue.issued.quantity if issue else 0
    left = drawn - note.waived(waiver.part)
    shown = waiver.photo is not None or waiver.no_photo_because is not None
    unseen = not shown and waiver.reason is not WaiverReason.LOST
    refuse_if(
        *_may_still_be(waiver.part, note, asked),
        (
            issue is not None and waiver.quantity > left,
            reason("waiver-beyond", part=waiver.part, asked=waiver.quantity, left=left),
        ),
        (unseen, reason("photo-missing", part=waiver.part)),
        room(note, RequestKind.WAIVER),
    )
    number = next_number(note, RequestKind.WAIVER, asked)
    return asked.here(WaiverAsked(number, waiver, asked.actor))


def approve_loss(command: ApproveLoss, note: IssueNote, asked: Asked) -> Decision:
    """报损批准: of a line that is out or booked wrongly, by another than who asked or bears it."""
    found = request_of(note, command.number, RequestKind.LOSS)
    if found is not None and found.decided is Decided.GRANTED:
        return []
    loss = found.what if found else None
    assert loss is None or isinstance(loss, Loss)
    bears = loss is not None and loss.person == asked.actor
    refuse_if(
        *decidable(note, command.number, RequestKind.LOSS, asked),
        *(_may_still_be(loss.part, note, asked) if loss else in_force(note, asked)),
        *(_out(loss, note) if loss else ()),
        (bears, reason("own-loss", person=asked.actor)),
        *(cost_known(loss, command.asked_as, asked) if loss else ()),
    )
    assert found is not None
    assert loss is not None
    return asked.here(LossApproved(found.number, loss, found.asked_by, asked.actor))


def waive(command: WaiveOldPart, note: IssueNote, asked: Asked) -> Decision:
    """旧件免交: of a line that is out or booked wrongly, by another than who asked."""
    found = request_of(note, command.number, RequestKind.WAIVER)
    if found is not None and found.decided is Decided.GRANTED:
        return []
    waiver = found.what if found else None
    assert waiver is None or isinstance(waiver, Waiver)
    refuse_if(
        *decidable(note, command.number, RequestKind.WAIVER, asked),
        *(_may_still_be(waiver.part, note, asked) if waiver else in_force(note, asked)),
    )
    assert found is not None
    assert waiver is not None
    return asked.here(OldPartWaived(found.number, waiver, found.asked_by, asked.actor))


def refuse_loss(command: RefuseLoss, note: IssueNote, asked: Asked) -> Decision:
    """报损驳回."""
    if _is_refused(note, command.number, command.because):
        return []
    refuse_if(*in_force(note, asked), *decidable(note, command.number, RequestKind.LOSS, asked))
    return asked.here(LossRefused(command.number, command.because, asked.actor))


def refuse_waiver(command: RefuseWaiver, note: IssueNote, asked: Asked) -> Decision:
    """旧件免交驳回."""
    if _is_refused(note, command.number, command.because):
        return []
    refuse_if(*in_force(note, asked), *decidable(note, command.number, RequestKind.WAIVER, asked))
    return asked.here(WaiverRefused(command.number, command.because, asked.actor))


def request_of(note: IssueNote, number: str, kind: RequestKind) -> NoteRequest | None:
    """The request of this kind with this number."""
    found = note.requests.get(number)
    return found if found is not None and found.kind is kind else None


def next_number(note: IssueNote, kind: RequestKind, asked: Asked) -> str:
    """取号: requests of a kind are numbered from the note: `BX-…-C1-S1`."""
    so_far = sum(each.kind is kind for each in note.requests.values())
    return f"{number_of(asked.home)}-{LETTERS[kind]}{so_far + 1}"


def decidable(note: IssueNote, number: str, kind: RequestKind, asked: Asked) -> Iterator[Rule]:
    """A rule: there is such a request, nobody decided it, and it is not one's own.

    One's own is what one asked for, and what is to become of parts that one drew or took over.
    """
    found = request_of(note, number, kind)
    yield found is None, reason("request-unknown", number=number)
    if found is None:
        return
    yield found.decided is not Decided.OPEN, reason("request-decided", number=number)
    yield own_request(asked, found.asked_by, *note.crew)


def offered_decisions(
    kind: RequestKind, make: Callable[[str], object]
) -> Callable[[str, IssueNote], Iterator[object]]:
    """Every request of a kind that waits to be decided."""

    def offered(_number: str, note: IssueNote) -> Iterator[object]:
        for each in note.requests.values():
            if each.kind is kind and each.decided is Decided.OPEN:
                yield make(each.number)

    return offered


def offered_grants(
    kind: RequestKind, make: Callable[[str], object]
) -> Callable[[str, IssueNote], Iterator[object]]:
    """Every loss or waiver that waits to be decided, of a line of which one may be granted."""

    def offered(_number: str, note: IssueNote) -> Iterator[object]:
        lines = set(_lines_out(note))
        for each in note.requests.values():
            if each.kind is kind and each.decided is Decided.OPEN and each.what.part in lines:
                yield make(each.number)

    return offered


def offered_losses(_number: str, note: IssueNote) -> Iterator[AskLoss]:
    """Of every line that is out or booked wrongly, one piece."""
    for part in _lines_out(note):
        where = LossWhere.POST if note.in_parcel(part) else LossWhere.TECHNICIAN
        serials = note.issues[part].issued.serials[:1]
        loss = Loss(part, 1, where, WORDS, Bearer.STORE, 0, None, serials, fen_because=WORDS)
        yield AskLoss(loss)


def offered_waivers(_number: str, note: IssueNote) -> Iterator[AskWaiver]:
    """Of every line whose old parts are due and that is out or booked wrongly, one piece."""
    for part in _lines_out(note):
        if note.issues[part].issued.old_part_due and note.waived(part) < note.signed_use(part):
            yield AskWaiver(Waiver(part, 1, WaiverReason.LOST, WORDS))


def _lines_out(note: IssueNote) -> Iterator[str]:
    wrong = to_correct(note)
    yield from (part for part in note.issues if part not in note.accounts or part in wrong)


def _is_asked(note: IssueNote, what: Loss | Waiver, actor: str) -> bool:
    """Whether the same person asks for the same, and it waits."""
    return any(
        each.what == what and each.asked_by == actor and each.decided is Decided.OPEN
        for each in note.requests.values()
    )


def _is_refused(note: IssueNote, number: str, because: str) -> bool:
    found = note.requests.get(number)
    return found is not None and found.decided is Decided.REFUSED and found.because == because


def room(note: IssueNote, kind: RequestKind) -> Rule:
    """A rule: a note has no more requests of a kind than it may have."""
    so_far = sum(each.kind is kind for each in note.requests.values())
    return too_many(kind.value, so_far + 1, SEVERAL)


def _may_still_be(part: str, note: IssueNote, asked: Asked) -> Iterator[Rule]:
    """A rule: the line was drawn, and its account is not right as it is."""
    yield from in_force(note, asked)
    undrawn = note.released is not None and part not in note.issues
    yield undrawn, reason("not-issued", part=part)
    settled = part in note.accounts and part not in to_correct(note)
    yield settled, reason("settled-before", part=part)


def _bearer(loss: Loss, note: IssueNote) -> Iterator[Rule]:
    """A rule: a person who bears it gave the pieces out or had them."""
    had = note.holders
    gave = {each.issued_by for each in note.issues.values()}
    strange = loss.person is not None and loss.person not in had | gave
    yield strange, reason("bearer-unknown", person=loss.person or "")


def reads_of_granting(command: ApproveLoss, note: IssueNote, _asked: Asked) -> tuple[str, ...]:
    """The card of the part that is lost, for its price."""
    found = request_of(note, command.number, RequestKind.LOSS)
    return (card_stream(found.what.part),) if found else ()


def reads_of_loss(command: AskLoss, _note: IssueNote, _asked: Asked) -> tuple[str, ...]:
    """The card of the part, for its price."""
    return (card_stream(command.loss.part),)


def _out(loss: Loss, note: IssueNote) -> Iterator[Rule]:
    """A rule: no more is lost than is in the parcel or in hands; serials are those drawn."""
    issue = note.issues.get(loss.part)
    if issue is None:
        return
    parcel = note.in_parcel(loss.part)
    there = parcel if loss.where is LossWhere.POST else issue.issued.quantity - parcel
    before = sum(each.quantity for each in note.losses(loss.part) if each.where is loss.where)
    left = there - before
    told = reason("loss-beyond", part=loss.part, asked=loss.quantity, left=max(0, left))
    yield loss.quantity > left, told
    drawn, named = set(issue.issued.serials), set(loss.serials)
    gone = {serial for each in note.losses(loss.part) for serial in each.serials}
    strange = sorted(named - (drawn - gone))
    yield bool(strange), reason("serials-not-issued", serials=strange)
    yield (
        bool(drawn) and not strange and len(named) != loss.quantity,
        reason("lost-serials", part=loss.part, named=len(named), asked=loss.quantity),
    )
