"""维修单与出库单 (the order and its issue notes): what is in hand, what is home, what is left.

All of it rests on what was last heard of the notes (`IssueNoteNoted`); of a note nothing was heard
of, nothing is assumed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.dispatch.work_order.state import WorkOrder
from shared.decider import Rule, too_many
from shared.events.order_sheet import (
    Delivery,
    NamedNote,
    NotedLine,
    NotedNote,
    NoteStage,
    PartPlanned,
    PartUsed,
)
from shared.events.values import PartWanted

MOST_LINES = 150
"""How many lines the notes of an order may have, those that came to nothing among them."""
HOME = (NoteStage.SETTLED, NoteStage.VOID)


@dataclass(frozen=True, slots=True)
class UsedOtherwise:
    """用量不符: how many of a part the work says were used, and how many its settled note says."""

    note: str
    part: str
    recorded: int
    settled: int


def is_idle(noted: NotedNote | None) -> bool:
    """作废或全数交回: whether nothing of the note is in anybody's hands or in the machine."""
    if noted is None or noted.stage not in HOME:
        return False
    return noted.stage is NoteStage.VOID or not any(line.used for line in noted.lines)


def unsettled(order: WorkOrder) -> Sequence[str]:
    """未核销: the released notes that are neither settled nor void."""
    heard = order.issue_notes
    return [
        note.number
        for note in order.released
        if note.number not in heard or heard[note.number].stage not in HOME
    ]


def still_held(order: WorkOrder) -> Sequence[str]:
    """未交回: the notes that are not settled and whose parts nobody else has taken over."""
    heard = order.issue_notes
    return [
        number
        for number in unsettled(order)
        if number not in heard or heard[number].recipient == order.technician
    ]


def settled_otherwise(order: WorkOrder) -> Sequence[str]:
    """按旧签字核销: notes settled against something else than what the customer signed now.

    A note of which nothing was used, by its account and by the customer's word, rests on nobody's
    signature.
    """
    if order.customer is None:
        return []
    word = order.customer.word
    said = {(each.note, each.part): each.used for each in word.parts_used if each.used}
    signed = {note for note, _ in said}
    return [
        note.number
        for note in order.released
        if (noted := order.issue_notes.get(note.number)) is not None
        and noted.stage is NoteStage.SETTLED
        and (note.number in signed or not is_idle(noted))
        and (
            noted.reconciled_against != word.content
            if word.signature
            else _uses_otherwise(noted, said)
        )
    ]


def _uses_otherwise(noted: NotedNote, said: Mapping[tuple[str, str], int]) -> bool:
    """Where nobody signed: whether other quantities were settled than are recorded as used."""
    return any((line.used or 0) != said.get((noted.number, line.part), 0) for line in noted.lines)


def used_otherwise(order: WorkOrder) -> Sequence[UsedOtherwise]:
    """与核销不符: where the recorded work uses a settled note otherwise than it was settled.

    Either may be wrong: the work is recorded again, or its note is corrected once the customer has
    signed. Until one of them is, the task cannot be handed in.
    """
    if order.work is None:
        return []
    said = {(each.note, each.part): each.used for each in order.work.work.parts_used}
    settled = (order.issue_notes.get(note.number) for note in order.released)
    return [
        UsedOtherwise(noted.number, line.part, recorded, line.used or 0)
        for noted in settled
        if noted is not None and noted.stage is NoteStage.SETTLED
        for line in noted.lines
        if (recorded := said.get((noted.number, line.part), 0)) != (line.used or 0)
    ]


def not_in_hand(order: WorkOrder, before: datetime) -> Sequence[str]:
    """未领到手: notes whose parts the technician has not, nor will have by mail in time."""
    return [note.number for note in order.notes if not _is_in_hand(order, note, before)]


def unopened(order: WorkOrder) -> Sequence[str]:
    """未拆验: posted notes that were issued and whose parcel was not opened together yet."""
    return [
        note.number
        for note in order.notes
        if (noted := order.issue_notes.get(note.number)) is not None
        and noted.delivery is Delivery.POSTED
        and noted.stage is NoteStage.ISSUED
        and not noted.opened
    ]


def issued_to(order: WorkOrder, technician: str) -> Mapping[tuple[str, str], int]:
    """在手数量: how many of each note and part went into these hands.

    What was missing from a parcel went into nobody's. A settled note counts whoever drew it: its
    pieces are accounted for.
    """
    heard = (order.issue_notes.get(note.number) for note in order.notes)
    return {
        (noted.number, line.part): _received(line)
        for noted in heard
        if noted is not None and (noted.recipient == technician or noted.stage is NoteStage.SETTLED)
        for line in noted.lines
    }


def beyond_received(order: WorkOrder, parts: Sequence[PartUsed]) -> Sequence[PartUsed]:
    """未到手: uses of more pieces than came out of the parcel, as its opening was told last."""
    received = {
        (number, line.part): _received(line) if noted.opened else 0
        for number, noted in order.issue_notes.items()
        if noted.delivery is Delivery.POSTED and noted.stage is NoteStage.ISSUED
        for line in noted.lines
    }
    return [each for each in parts if each.used > received.get((each.note, each.part), each.used)]


def rest_of(order: WorkOrder) -> Mapping[str, int]:
    """未领余数: how many of each approved part no note in force speaks for."""
    rest = dict(approved_parts(order)) if order.opened else {}
    for each in order.supplements:
        for line in each.note.lines:
            rest[line.part] = rest.get(line.part, 0) + line.quantity
    for note in order.notes:
        for part, quantity in _spoken_for(note, order.issue_notes.get(note.number)):
            rest[part] = max(0, rest.get(part, 0) - quantity)
    return rest


def approved_parts(order: WorkOrder) -> Mapping[str, int]:
    """获批配件: how many of each part are approved; less what earlier orders have used of them."""
    wanted = order.noted.approved.diagnosis.parts_to_bring if order.noted else ()
    gone = pieces(order.used_before)
    return {part: max(0, n - gone.get(part, 0)) for part, n in pieces(wanted).items()}


def too_many_lines(order: WorkOrder, notes: Sequence[NamedNote]) -> Rule:
    """A rule: with these notes the order has no more lines than it can be closed with."""
    listed = {note.number: note for note in (*order.released, *notes)}.values()
    before = sum(len(each.notes) for each in (order.after.earlier if order.after else ()))
    return too_many("notes", before + sum(len(note.lines) for note in listed), MOST_LINES)


def named_notes(parts: Sequence[PartPlanned], ticket: str, so_far: int) -> tuple[NamedNote, ...]:
    """出库单号: one note for what is carried, one for what is posted, numbered on (-C1, -C2)."""
    ways = [way for way in Delivery if any(each.delivery is way for each in parts)]
    return tuple(
        NamedNote(
            number=f"{ticket}-C{so_far + n}",
            delivery=way,
            lines=tuple(
                PartWanted(part, quantity)
                for part, quantity in pieces(e for e in parts if e.delivery is way).items()
            ),
        )
        for n, way in enumerate(ways, start=1)
    )


def pieces(parts: Iterable[PartPlanned | PartWanted]) -> Mapping[str, int]:
    """How many of each part, wherever and however often it is named."""
    counted: dict[str, int] = {}
    for each in parts:
        counted[each.part] = counted.get(each.part, 0) + each.quantity
    return counted


def notes_anew(
    order: WorkOrder, parts: Sequence[PartPlanned], ticket: str, so_far: int
) -> tuple[NamedNote, ...]:
    """重新开单的出库单: those in force stay, for their parts are out; new ones name the rest."""
    heard, released = order.issue_notes, {note.number for note in order.released}
    kept = [n for n in order.notes if n.number in released and not is_idle(heard.get(n.number))]
    out = dict[str, int]()
    for note in kept:
        for part, quantity in _spoken_for(note, order.issue_notes.get(note.number)):
            out[part] = out.get(part, 0) + quantity
    left = list[PartPlanned]()
    for each in parts:
        taken = min(each.quantity, out.get(each.part, 0))
        out[each.part] = out.get(each.part, 0) - taken
        if taken < each.quantity:
            left.append(replace(each, quantity=each.quantity - taken))
    return (*kept, *named_notes(left, ticket, so_far))


def renewed(order: WorkOrder, ticket: str, so_far: int) -> tuple[NamedNote, ...]:
    """重新编号: the notes a signing releases; those that came to nothing get a new number each.

    `so_far` is how many notes of the ticket were ever named.
    """
    rest, notes = dict(rest_of(order)), list[NamedNote]()
    for note in order.notes:
        if not is_idle(order.issue_notes.get(note.number)):
            notes.append(note)
        elif lines := tuple(_taken(note, rest)):
            so_far += 1
            notes.append(replace(note, number=f"{ticket}-C{so_far}", lines=lines))
    return tuple(notes)


def _taken(note: NamedNote, rest: dict[str, int]) -> Iterator[PartWanted]:
    for line in note.lines:
        if quantity := min(line.quantity, rest.get(line.part, 0)):
            rest[line.part] -= quantity
            yield PartWanted(line.part, quantity)


def _spoken_for(note: NamedNote, noted: NotedNote | None) -> Iterator[tuple[str, int]]:
    if noted is None:
        yield from ((line.part, line.quantity) for line in note.lines)
    elif noted.stage is NoteStage.SETTLED:
        yield from ((line.part, line.used or 0) for line in noted.lines)
    elif noted.stage is not NoteStage.VOID:
        for line in noted.lines:
            yield line.part, line.permitted if line.issued is None else _at_hand(line)


def _received(line: NotedLine) -> int:
    return max(0, (line.issued or 0) - line.missing)


def _at_hand(line: NotedLine) -> int:
    """在手: how many pieces of a line there are to work with, in hands or in the post.

    What is granted as lost is not there, nor what was handed back; of a line that is accounted for
    only what was used still counts.
    """
    return (line.used or 0) if line.reconciled else max(0, _received(line) - line.lost)


def _is_in_hand(order: WorkOrder, note: NamedNote, before: datetime) -> bool:
    noted, due = order.issue_notes.get(note.number), _due(order, note)
    if not due or (noted is not None and noted.stage is NoteStage.SETTLED and not is_idle(noted)):
        return True
    if noted is None:
        return False
    here = _drawn(noted)
    gone = [line for line in due if line.part not in here]
    if gone and not _are_stood_in_for(order, gone):
        return False
    return len(gone) == len(due) or (
        noted.recipient == order.technician
        and (noted.delivery is Delivery.CARRIED or _comes_in_time(noted, before))
    )


def _comes_in_time(noted: NotedNote, before: datetime) -> bool:
    told = noted.announced and noted.expected_at is not None and noted.expected_at <= before
    return noted.opened or told


def _are_stood_in_for(order: WorkOrder, gone: Sequence[PartWanted]) -> bool:
    """Whether further notes were named for all that these lines would have brought."""
    later = [
        line
        for further in order.further
        if not is_idle(order.issue_notes.get(further.note.number))
        for line in further.note.lines
    ]
    instead = pieces(later)
    return all(instead.get(line.part, 0) >= line.quantity for line in gone)


def _due(order: WorkOrder, note: NamedNote) -> Sequence[PartWanted]:
    """待领: the lines of a note that nobody gave up: the store by dropping it, or the clerk.

    A note that is void as a whole dropped no line: another note has to bring them.
    """
    noted = order.issue_notes.get(note.number)
    forgone = order.forgone.parts if order.forgone else ()
    known = {line.part for line in noted.lines} if noted and noted.lines else None
    return [
        line
        for line in note.lines
        if line.part not in forgone and (known is None or line.part in known)
    ]


def lacking(order: WorkOrder) -> Sequence[str]:
    """缺件: the parts that nobody has for the order, as far as it has heard: undrawn, or lost."""
    heard = {note.number: order.issue_notes.get(note.number) for note in order.notes}
    return [
        line.part
        for note in order.notes
        for line in _due(order, note)
        if line.part not in _drawn(heard[note.number]) and not _are_stood_in_for(order, [line])
    ]


def had(order: WorkOrder, part: str, before: datetime | None) -> bool:
    """已有: whether no note lacks the part: it is in hand, or comes by post before that moment.

    Without a moment, whatever is in the post comes in time.
    """
    notes = [note for note in order.notes if any(line.part == part for line in note.lines)]
    return bool(notes) and all(_has(order.issue_notes.get(n.number), part, before) for n in notes)


def _has(noted: NotedNote | None, part: str, before: datetime | None) -> bool:
    if noted is None or part not in _drawn(noted):
        return False
    late = noted.expected_at is not None and before is not None and noted.expected_at > before
    return noted.delivery is Delivery.CARRIED or noted.opened or not late


def _drawn(noted: NotedNote | None) -> Collection[str]:
    """The parts of a note that were drawn, and of which there is something left to work with."""
    if noted is None or is_idle(noted):
        return ()
    is_settled = noted.stage is NoteStage.SETTLED
    lines = [line for line in noted.lines if line.issued is not None]
    return [line.part for line in lines if is_settled or _at_hand(line)]
