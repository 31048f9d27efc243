"""续单 (a further order): an order is over, the repair is not; it goes on under the same ticket.

The machine comes into the workshop, or somebody goes again under a new order: what was used and
signed stays with the order that is over, and the further one begins from the same approval.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.dispatch.work_order import cash
from services.dispatch.work_order.checks import at_stage
from services.dispatch.work_order.closing import checked, papers_of, to_be_signed_of
from services.dispatch.work_order.kinds import is_finished
from services.dispatch.work_order.notes import pieces, unsettled
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import open_visits, visits_of_ticket
from shared.decider import Asked, Decision, Rule, Series, number_of, reason, refuse_if, too_many
from shared.events.dispatch import FurtherOrderNamed, RepairContinued
from shared.events.order_sheet import EarlierOrder, OrderStage
from shared.events.values import Many, Note, PartWanted, Ref
from shared.step import WORDS

MOST_ORDERS = 3
"""House: how many orders a ticket has at most."""
GOES_ON = (
    OrderStage.OPENED,
    OrderStage.ASSIGNED,
    OrderStage.ACCEPTED,
    OrderStage.HANDED_IN,
)


@dataclass(frozen=True, slots=True)
class Continuing:
    """另开续单: why this order ends and a further one goes on."""

    because: Note
    papers_checked: Many[Ref] = ()
    """Of a task that was handed in, as in `closings`."""


@dataclass(frozen=True, slots=True)
class ContinueRepair(Continuing):
    """另开续单: end this order and go on with a further one, and say why; by the clerk."""

    settlers: tuple[str, ...] | None = None
    """Obligation, as in `closings`: who settles what was taken under this order."""


def continue_repair(command: ContinueRepair, order: WorkOrder, asked: Asked) -> Decision:
    """另开续单: of an order that mended nothing, once its parts are home and its work is signed."""
    before, number = order.continued, number_of(asked.home)
    if before and (before.because, before.papers_checked) == (
        command.because,
        command.papers_checked,
    ):
        return []
    further = next_stream(asked.home)
    nth = int(number.rpartition("-W")[2])
    refuse_if(
        *_over(command, order, asked),
        cash.settled(order, command.settlers, asked),
        too_many("orders", nth + 1, MOST_ORDERS),
    )
    assert order.noted is not None
    taken_by = asked.actor if order.handed_in else None
    over = RepairContinued(number_of(further), command.because, taken_by, command.papers_checked)
    notes = tuple(note.number for note in order.released)
    earlier = (
        *(order.after.earlier if order.after else ()),
        EarlierOrder(number, notes, order.crew, worked=bool(to_be_signed_of(order))),
    )
    named = FurtherOrderNamed(earlier, _used(order))
    noted = replace(order.noted, number=number_of(further))
    waits = [(further, order.amendment)] if order.held and order.amendment else []
    return [(asked.home, over), (further, noted), (further, named), *waits]


def reads_of_continuing(
    _command: ContinueRepair, _order: WorkOrder, asked: Asked
) -> tuple[str | Series, ...]:
    """The visits of the ticket, and the order that is to follow."""
    return (visits_of_ticket(asked.home), next_stream(asked.home))


def next_stream(home: str) -> str:
    """The stream of the order after this one."""
    series, _, nth = home.rpartition("-W")
    return f"{series}-W{int(nth) + 1}"


def offered_continuing(number: str, order: WorkOrder) -> Iterator[Continuing]:
    """Of an order that mended nothing."""
    if order.stage in GOES_ON and not is_finished(order):
        handed_in = order.stage is OrderStage.HANDED_IN
        yield Continuing(WORDS, tuple(papers_of(order, number)) if handed_in else ())


def _over(command: ContinueRepair, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    """A rule: nothing of the order is open: no visit, no part, no word of the customer.

    What the customer has signed is handed in first, and is taken with it.
    """
    number = number_of(asked.home)
    if order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN):
        if order.stage is OrderStage.HANDED_IN:
            yield from checked(command.papers_checked, order, asked)
        else:
            yield True, reason("not-handed-in", number=number)
        yield is_finished(order), reason("mended-already", number=number)
        return
    yield from at_stage(order, asked, *GOES_ON)
    visits, held, unsigned = open_visits(asked, number), unsettled(order), to_be_signed_of(order)
    yield bool(unsigned), reason("work-unsigned", number=number, fields=unsigned)
    yield bool(visits), reason("visit-open", visits=visits)
    yield bool(held), reason("not-reconciled", notes=held)


def _used(order: WorkOrder) -> tuple[PartWanted, ...]:
    """What this order and those before it have used of each part."""
    used = dict(pieces(order.used_before))
    for noted in order.issue_notes.values():
        for line in noted.lines:
            used[line.part] = used.get(line.part, 0) + (line.used or 0)
    return tuple(PartWanted(part, quantity) for part, quantity in used.items() if quantity)
