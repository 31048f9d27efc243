"""交销与结案 (hand-in and closing): the task comes home, or the case ends without it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.dispatch.work_order import cash, duplicates, excess, fees
from services.dispatch.work_order.checks import (
    asks_themselves,
    at_stage,
    its_technician,
    not_held,
    not_in_role,
)
from services.dispatch.work_order.claiming import claim_due
from services.dispatch.work_order.commissioning import with_warranty
from services.dispatch.work_order.kinds import (
    FAILED_AS,
    FINISHED,
    FINISHED_AS,
    is_finished,
    job_of,
)
from services.dispatch.work_order.notes import settled_otherwise, unsettled
from services.dispatch.work_order.reaching import named_days, tried_on, unreached
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import open_visits
from services.dispatch.work_order.work import booked_as_used, to_be_signed
from shared.decider import Asked, Decision, Reason, Rule, number_of, reason, refuse_if, too_many
from shared.events.dispatch import (
    HandInEntrusted,
    HandInReturned,
    HandInUrged,
    TaskHandedIn,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import HandIn, OrderKind, OrderStage, Standing, Work
from shared.events.values import (
    At,
    Ending,
    Many,
    Note,
    Past,
    Ref,
    Role,
    Several,
    Ticket,
    TimeZone,
)
from shared.step import LONG_AGO, WORDS

SIGNED_AS = (Ending.WITHDRAWN, *sorted(FAILED_AS), Ending.SWAPPED, Ending.UNREACHABLE)
"""How a case ends that was handed in and is not mended."""
GIVEN_UP = (*SIGNED_AS, Ending.DUPLICATE)
MOST_REASONS = 5
"""House: with how many reasons a hand-in is sent back; the order goes with them to other rooms."""
UNSIGNED = (OrderStage.AWAITING, OrderStage.OPENED, OrderStage.ASSIGNED, OrderStage.ACCEPTED)


@dataclass(frozen=True, slots=True)
class TaskBrought:
    """交销: nothing more is said of it."""


@dataclass(frozen=True, slots=True)
class HandInTask(TaskBrought):
    """交销: bring the signed order and every reconciled note; by the technician, or entrusted."""

    claim_due_at: At | None = None
    """Obligation: by when who travelled is reminded to claim; None: no time is set."""
    claim_overdue_at: At | None = None
    """Obligation: from when an approver is told of it."""


@dataclass(frozen=True, slots=True)
class Entrusting:
    """代为交销: let a clerk hand the task in, because its technician cannot; by the approver."""

    clerk: Ref
    because: Note


@dataclass(frozen=True, slots=True)
class EntrustHandIn(Entrusting):
    """代为交销: to a clerk of the branch who did not do the job."""

    standing: Standing
    """Obligation: what the register of people says of the clerk."""


@dataclass(frozen=True, slots=True)
class UrgeHandIn:
    """督促交销: the time to hand in has run out."""

    due_at: At


@dataclass(frozen=True, slots=True)
class ReturnHandIn:
    """交销退回: do not take the task, and say what is wrong with it; by the clerk."""

    reasons: Several[Note]


@dataclass(frozen=True, slots=True)
class Closing:
    """结案: how the case ends, what the customer was told, and which papers were checked."""

    ending: Ending
    reason: Note | None = None
    customer_told_at: Past | None = None
    papers_checked: Many[Ref] = ()
    """The numbers of the papers the clerk had in their hands: the order and every note of it."""
    other_ticket: Ticket | None = None
    """另一单号: of a duplicate the ticket that goes on."""


@dataclass(frozen=True, slots=True)
class CloseRepair(Closing):
    """结案: take the task that was handed in, or end the case without one; by the clerk."""

    days_needed: int = 3
    """Obligation: on how many days a customer is tried whom nobody reaches."""
    time_zone: TimeZone = "UTC"
    """Obligation: where these days are counted."""
    twin: duplicates.Twin | None = None
    """Obligation: what the report of the other ticket says, if one is named."""
    settlers: tuple[str, ...] | None = None
    """Obligation: who of finance settles what was taken; None: policy does not ask for it first."""


def hand_in(command: HandInTask, order: WorkOrder, asked: Asked) -> Decision:
    """交销: with every note settled against the signature now in force, or void.

    What was used beyond what is approved an approver has seen.
    """
    if order.handed_in is not None and order.handed_in.hand_in.by == asked.actor:
        return []
    open_notes, old = unsettled(order), settled_otherwise(order)
    refuse_if(
        *at_stage(order, asked, OrderStage.SIGNED),
        not_held(order),
        _brings_it(order, asked),
        (bool(open_notes), reason("not-reconciled", notes=open_notes)),
        (bool(old), reason("reconciled-against-old-signature", notes=old)),
        excess.judged(order, number_of(asked.home)),
    )
    notes = tuple(note.number for note in order.released)
    due = claim_due(order, command.claim_due_at, command.claim_overdue_at, asked)
    return asked.here(TaskHandedIn(HandIn(asked.actor, asked.at, notes), due))


def entrust(command: EntrustHandIn, order: WorkOrder, asked: Asked) -> Decision:
    """代为交销: of what the customer signed; neither side of it did the job."""
    entrusted = HandInEntrusted(asked.actor, command.clerk, command.because)
    if order.entrusted == entrusted:
        return []
    own = command.clerk in (asked.actor, *order.people)
    refuse_if(
        *at_stage(order, asked, OrderStage.SIGNED),
        asks_themselves(order, None, asked),
        (own, reason("own-request", person=command.clerk)),
        not_in_role(command.standing, Role.CLERK, order.branch),
    )
    return asked.here(entrusted)


def urge_hand_in(command: UrgeHandIn, order: WorkOrder, asked: Asked) -> Decision:
    """督促交销: once for each signature, while the task is not brought."""
    signed = order.customer
    waits = order.stage is OrderStage.SIGNED and signed is not None
    if not waits or signed is None or signed.due_at != command.due_at:
        return []
    urged = HandInUrged(order.technician or "", command.due_at)
    return asked.here(urged) if order.reminded != urged else []


def return_hand_in(command: ReturnHandIn, order: WorkOrder, asked: Asked) -> Decision:
    """交销退回: with at least one reason, and by somebody else than who handed in."""
    returned = HandInReturned(asked.actor, command.reasons)
    if order.returned == returned:
        return []
    refuse_if(
        *at_stage(order, asked, OrderStage.HANDED_IN),
        (not command.reasons, reason("reason-missing")),
        too_many("reasons", len(command.reasons), MOST_REASONS),
        _takes_his_own(order, asked),
    )
    return asked.here(returned)


def close(command: CloseRepair, order: WorkOrder, asked: Asked) -> Decision:
    """结案: a task that was handed in is taken; any other case ends without a signed order."""
    closed = _closed(command, order, asked)
    if order.closed is not None and _same(order.closed, closed):
        return []
    takes = command.ending in FINISHED_AS or order.stage is OrderStage.HANDED_IN
    refuse_if(
        *(_taking if takes else _giving_up)(command, order, asked),
        cash.settled(order, command.settlers, asked),
        *duplicates.named(command.ending, command.other_ticket, command.twin, asked),
    )
    return asked.here(closed)


def offered_closing(number: str, order: WorkOrder) -> Iterator[Closing]:
    """The task with all its papers, once the customer has signed; before that, the end without.

    Where somebody tried to reach the customer and did not, also as that.
    """
    if order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN):
        papers = tuple(papers_of(order, number))
        if is_finished(order):
            yield Closing(job_of(order).ends_as, papers_checked=papers)
            return
        yield Closing(job_of(order).fails_as, WORDS, LONG_AGO, papers)
    else:
        papers = ()
        yield Closing(Ending.WITHDRAWN, WORDS, LONG_AGO)
    if _kind(order) is OrderKind.SWAP:
        yield Closing(Ending.SWAPPED, WORDS, LONG_AGO, papers)
    if order.tried:
        yield Closing(Ending.UNREACHABLE, WORDS, None, papers)


def papers_of(order: WorkOrder, number: str) -> Sequence[str]:
    """应验单据: the papers whoever takes the task must have checked."""
    return (number, *(note.number for note in order.released))


def _closed(command: CloseRepair, order: WorkOrder, asked: Asked) -> RepairClosed:
    said = RepairClosed(
        ending=command.ending,
        reason=command.reason,
        customer_told_at=command.customer_told_at,
        other_ticket=command.other_ticket,
        taken_by=asked.actor if order.handed_in else None,
        papers_checked=command.papers_checked,
        tried_on=named_days(_days(command, asked)),
    )
    if order.handed_in is None:
        return said
    home = order.handed_in.hand_in
    brought = replace(said, handed_in_by=home.by, handed_in_at=home.at)
    return with_warranty(brought, order, command.time_zone, asked)


def _taking(command: CloseRepair, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    yield from at_stage(order, asked, OrderStage.HANDED_IN)
    yield not_held(order)
    if order.stage is OrderStage.HANDED_IN:
        yield from _as_signed(command, order, asked)
    yield from checked(command.papers_checked, order, asked)


def checked(papers_checked: Sequence[str], order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """A rule: who takes a task did not do the job, and had every paper of it in their hands."""
    papers = papers_of(order, number_of(asked.home))
    unchecked = [paper for paper in papers if paper not in papers_checked]
    foreign = [paper for paper in papers_checked if paper not in papers]
    yield _takes_his_own(order, asked)
    yield bool(unchecked), reason("papers-unchecked", papers=unchecked)
    yield bool(foreign), reason("not-its-papers", papers=foreign)


def _as_signed(command: CloseRepair, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """A rule: a case that was handed in ends as the customer signed it: mended, or not."""
    ending = command.ending
    endings = endings_of(order)
    result = order.work.work.result if order.work else None
    if ending not in (*FINISHED_AS, *GIVEN_UP):
        yield True, reason("closed-by-intake", ending=ending)
    elif ending is Ending.SWAPPED and not is_finished(order):
        yield _swaps(command, order, asked)
        yield from _said(command, order, asked)
    elif ending not in endings:
        told = reason("ending-differs", ending=ending, result=result or "", endings=endings)
        yield True, told
    elif ending in GIVEN_UP:
        yield from _said(command, order, asked)


def endings_of(order: WorkOrder) -> Sequence[Ending]:
    """可选结案: as what a case may end that was handed in: as it was signed and made out."""
    if is_finished(order):
        return (job_of(order).ends_as,)
    swaps = _kind(order) is OrderKind.SWAP
    other = FAILED_AS - {job_of(order).fails_as}
    kept = [each for each in SIGNED_AS if each not in other]
    return [each for each in kept if swaps or each is not Ending.SWAPPED]


def _kind(order: WorkOrder) -> OrderKind | None:
    return order.opened.kind if order.opened else None


def _swaps(command: CloseRepair, order: WorkOrder, asked: Asked) -> Rule:
    """A rule: a case ends as swapped if its order, where one was made out, is for a swap."""
    made_out = _kind(order) or OrderKind.SWAP
    other = command.ending is Ending.SWAPPED and made_out is not OrderKind.SWAP
    number = number_of(asked.home)
    return other, reason("not-a-swap", number=number, kind=made_out, ending=command.ending)


def _fails_otherwise(command: CloseRepair, order: WorkOrder) -> Rule:
    """A rule: what was to be repaired is not repairable, a new machine is not commissioned."""
    ending, job = command.ending, job_of(order)
    told = reason("fails-otherwise", kind=job.kind, ending=ending, as_what=job.fails_as)
    return ending in FAILED_AS and ending is not job.fails_as, told


def _said(command: CloseRepair, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """A rule: whoever gives a case up says why, and when the customer was told.

    Of one whom nobody reached, the days on which they were tried stand in the place of that.
    """
    said: dict[str, object] = {"reason": command.reason}
    if command.ending is not Ending.UNREACHABLE:
        said["customer_told_at"] = command.customer_told_at
    if command.ending is Ending.DUPLICATE:
        said["other_ticket"] = command.other_ticket
    lacking = [name for name, value in said.items() if value is None]
    yield bool(lacking), reason("closing-incomplete", fields=lacking)
    if command.ending is Ending.UNREACHABLE:
        yield command.customer_told_at is not None, reason("told-after-all")
        yield from unreached(order, _days(command, asked), command.days_needed)


def _days(command: CloseRepair, asked: Asked) -> Sequence[date]:
    is_asked = command.ending is Ending.UNREACHABLE
    return tried_on(asked, command.time_zone) if is_asked else ()


def to_be_signed_of(order: WorkOrder) -> Sequence[str]:
    """待用户签字: what was done, used or charged and nobody has signed yet."""
    recorded = order.work.work if order.work else Work()
    said = ["result"] if recorded.result in FINISHED else []
    parts = ["parts_used"] if booked_as_used(order) else []
    taken = ["fees"] if fees.left_out(order, recorded) else []
    return [*said, *dict.fromkeys((*parts, *to_be_signed(recorded), *taken))]


def _giving_up(command: CloseRepair, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    number = number_of(asked.home)
    visits, held, unsigned = open_visits(asked, number), unsettled(order), to_be_signed_of(order)
    yield command.ending not in GIVEN_UP, reason("closed-by-intake", ending=command.ending)
    yield order.stage is OrderStage.NONE, reason("not-approved", ticket=asked.ticket or "")
    if order.stage not in (OrderStage.NONE, *UNSIGNED):
        yield True, _signed_for(order, number)
    else:
        yield bool(unsigned), reason("work-unsigned", number=number, fields=unsigned)
    yield _swaps(command, order, asked)
    yield _fails_otherwise(command, order)
    yield from _said(command, order, asked)
    yield bool(visits), reason("visit-open", visits=visits)
    yield bool(held), reason("not-reconciled", notes=held)


def _signed_for(order: WorkOrder, number: str) -> Reason:
    if order.stage is OrderStage.CLOSED:
        return reason("closed-already", number=number)
    return reason("not-handed-in", number=number)


def _brings_it(order: WorkOrder, asked: Asked) -> Rule:
    """A rule: its technician hands in, or the clerk to whom that was entrusted."""
    if order.entrusted is not None and order.entrusted.clerk == asked.actor:
        return False, reason("not-entrusted", technician=order.technician or "")
    foreign, told = its_technician(order, asked)
    if Role.CLERK in asked.roles and Role.TECHNICIAN not in asked.roles:
        told = reason("not-entrusted", technician=order.technician or "")
    return foreign, told


def _takes_his_own(order: WorkOrder, asked: Asked) -> Rule:
    """A rule: who hands in, or did the job, is not who takes it."""
    brought = order.handed_in.hand_in.by if order.handed_in else None
    own = asked.actor in (brought, *order.people)
    return own, reason("takes-his-own", person=asked.actor)


def _same(one: RepairClosed, other: RepairClosed) -> bool:
    """Whether both say the same, whoever says it again."""
    return _without_hand_in(one) == _without_hand_in(other)


def _without_hand_in(closed: RepairClosed) -> RepairClosed:
    return replace(closed, handed_in_by=None, handed_in_at=None, tried_on=())
