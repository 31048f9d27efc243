"""配件的出路 (exits of parts): what may be done about parts that are out, gone, or not needed."""

from collections.abc import Iterator

from guiyi.play import exceptions, note
from guiyi.play.case import Act
from guiyi.play.people import Person
from services.inventory.issue_note.asking import Decided, RequestKind
from services.inventory.issue_note.state import WHOLE_NOTE
from shared.events.order_sheet import NoteStage
from tests.world import detours, honest, states
from tests.world.present import PRESENT, able
from tests.world.states import IssueNote
from tests.world.table import Chance, Table, order_step
from tests.world.truth import Customer, Truth, at_hand, told_otherwise


def more_parts(table: Table) -> Iterator[Chance]:
    """What the machine needs and nobody has: as approved, or asked for beyond it.

    That it cannot be mended is found on site: until then people go on as it was diagnosed.
    """
    papers, truth = table.papers, table.truth
    gone_ = truth.customer is Customer.WITHDRAWN or truth.silent
    if truth.hopeless or gone_ or table.technician is None:
        return
    lacks = honest.lacking(papers, truth)
    if papers.order.supplement_asked is not None:
        lines = papers.order.supplement_asked.lines
        wanted = {"lines": [{"part": e.part, "quantity": e.quantity} for e in lines]}
        granted = order_step("supplement-approvals", wanted)
        yield from table.by_approver(granted, "supplement")
    if not lacks:
        return
    if any(states.rest_of(papers.order).get(part, 0) >= n for part, n in lacks.items()):
        yield from table.by("clerk", _further(lacks))
    lines_ = [{"part": part, "quantity": n} for part, n in sorted(lacks.items())]
    body = {"delivery": "carried", "lines": lines_, "because": "拆开后发现还缺"}
    yield from table.by_technician(order_step("supplements", body), "supplement")


def of_note(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    papers, truth = table.papers, table.truth
    ill = drawn.recipient == truth.away
    given_up = truth.customer is Customer.WITHDRAWN or truth.hopeless or truth.silent
    if drawn.stage is NoteStage.VOID:
        return
    if drawn.stage is NoteStage.RELEASED and (ill or given_up or _gone(drawn, truth)):
        if WHOLE_NOTE in drawn.asked:
            yield from table.by("storekeeper", detours.void_note, "dropped line")
        yield from table.by("clerk", detours.ask_void, "dropped line")
    elif is_open(drawn) and (_gone(drawn, truth) or given_up):
        if any(part in drawn.asked for part in drawn.open_lines):
            yield from table.by("storekeeper", exceptions.drop, "dropped line")
        yield from table.by("clerk", exceptions.ask_drop, "dropped line")
        yield from table.by("clerk", detours.forgo_parts, "dropped line")
    elif is_open(drawn) and not ill:
        yield from _drawing(table, drawn)
    if drawn.stage is NoteStage.ISSUED:
        yield from _of_drawn(table, number, drawn)
    if drawn.recipient != papers.technician and not given_up and drawn.issues:
        yield from _to_the_next(table, number, drawn)


def _drawing(table: Table, drawn: IssueNote) -> Iterator[Chance]:
    for keeper in able("storekeeper", table.truth.away):
        if keeper.id != drawn.recipient:
            yield Chance(note.issue(), keeper)


def _of_drawn(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    truth = table.truth
    told = drawn.announced is not None or drawn.came_back is not None
    if drawn.is_posted and not drawn.open_lines and not told:
        yield from table.by("storekeeper", note.announce)
    yield from losses(table, number, drawn)
    yield from told_again(table, number, drawn)
    if drawn.recipient == truth.away:
        yield from passed_on(table, number, drawn)
    given_up = truth.customer is Customer.WITHDRAWN or truth.hopeless or truth.silent
    if given_up or number in truth.came_back:
        yield from received(table, number, drawn)
    if given_up and not any(truth.used.values()):
        yield from table.by("storekeeper", honest.reconcile(truth))
    elif number in truth.never_came:
        yield from table.by("storekeeper", honest.reconcile(truth, number), "loss")
    elif drawn.came_back is not None:
        yield from table.by("storekeeper", honest.reconcile(truth, number), "returned parcel")


def told_again(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    """By whoever has the parts; the customer signs it again, or it is said why not."""
    if not told_otherwise(drawn, number, table.truth):
        return
    for who in able("technician", table.truth.away):
        if who.id == drawn.recipient:
            yield Chance(honest.open_again(number, table.truth), who, "told again")


def received(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    """That a parcel is there which nobody opens any more, or that it came back."""
    truth = table.truth
    if not drawn.is_under_way or number in truth.never_came:
        return
    exit_ = "returned parcel" if number in truth.came_back else None
    yield from table.by("storekeeper", honest.receive(number, truth), exit_)


def losses(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    truth = table.truth
    asked = [each for each in drawn.requests.values() if each.decided is Decided.OPEN]
    kinds = {each.kind for each in asked}
    if RequestKind.LOSS in kinds:
        yield from table.by_approver(honest.decide_loss(truth), "loss")
    if RequestKind.WAIVER in kinds:
        yield from table.by_approver(exceptions.grant("waiver"), "waiver")
    here = {part: truth.gone((number, part)) for part in drawn.issues}
    is_told = not drawn.is_posted or drawn.opened or number in truth.never_came
    known = here if is_told else {}
    known |= {part: truth.lost.get((number, part), 0) for part in here if part not in known}
    booked = drawn.accounts.keys() - detours.stale_lines(drawn)
    lacks = any(drawn.lost(part) < n and part not in booked for part, n in known.items())
    if lacks and RequestKind.LOSS not in kinds:
        for role in ("storekeeper", "technician"):
            yield from table.by(role, honest.ask_loss(truth), "loss")
    kept = {part: truth.kept.get((number, part), 0) for part in drawn.issues}
    keeps = any(drawn.waived(part) < n and part not in booked for part, n in kept.items())
    if keeps and RequestKind.WAIVER not in kinds:
        yield from table.by("storekeeper", honest.ask_waiver(truth), "waiver")


def passed_on(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    """The parts of who is away: two count them, the approver signs in their place."""
    truth = table.truth
    for taker in able("technician", truth.away):
        act = honest.take_over(number, taker, giver=False, truth=truth)
        yield from table.by_approver(act, "hand-over")
    for who in PRESENT:
        counts = {"clerk", "storekeeper", "technician"} & {*who.roles}
        if counts and who.id != truth.away and not _has_counted(who, number, drawn, truth):
            yield Chance(honest.count(number, truth), who, "hand-over")


def _has_counted(who: Person, number: str, drawn: IssueNote, truth: Truth) -> bool:
    """Whether somebody's own count says what is there by now."""
    if (count := drawn.counts.get(who.id)) is None:
        return False
    return all(each.quantity == at_hand(drawn, number, each.part, truth) for each in count.lines)


def _to_the_next(table: Table, number: str, drawn: IssueNote) -> Iterator[Chance]:
    """Both are there: whoever has the parts gives them to whoever has the order."""
    taker, truth = table.technician, table.truth
    if taker is not None and truth.away != drawn.recipient:
        act = honest.take_over(number, taker, giver=True, truth=truth)
        yield from table.by("storekeeper", act, "hand-over")


def left_open(table: Table, drawn: IssueNote) -> Iterator[Chance]:
    """What is not needed any more is not drawn."""
    if drawn.stage is NoteStage.RELEASED:
        if WHOLE_NOTE in drawn.asked:
            yield from table.by("storekeeper", detours.void_note, "dropped line")
        yield from table.by("clerk", detours.ask_void, "dropped line")
        return
    if any(part in drawn.asked for part in drawn.open_lines):
        yield from table.by("storekeeper", exceptions.drop, "dropped line")


def put_right(table: Table, drawn: IssueNote) -> Iterator[Chance]:
    asked = [each.kind for each in drawn.requests.values() if each.decided is Decided.OPEN]
    if RequestKind.CORRECTION in asked:
        yield from table.by_approver(exceptions.grant("correction"), "correction")
    elif detours.stale_lines(drawn) or drawn.is_waived:
        yield from table.by("storekeeper", honest.ask_correction(table.truth), "correction")
        yield from table.by("storekeeper", detours.reconcile_again)


def _further(lacks: dict[str, int]) -> Act:
    lines = [{"part": part, "quantity": n} for part, n in sorted(lacks.items())]
    body = {"delivery": "carried", "lines": lines, "because": "余下另领"}
    return order_step("further-notes", body)


def is_open(drawn: IssueNote) -> bool:
    return bool(drawn.open_lines) and drawn.stage in (NoteStage.RELEASED, NoteStage.ISSUED)


def _gone(drawn: IssueNote, truth: Truth) -> bool:
    """Whether the store has nothing of an open line any more."""
    return any(part in truth.sold_out for part in drawn.open_lines)
