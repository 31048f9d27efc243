"""款项结清 (settling money): what a customer paid goes from who took it to finance.

Finance says how much came, under which receipt. Where nobody of finance is, or who took it is away,
an approver or a general manager says it, who did nothing of the job. What came is what was taken:
where it is not, they say why, so that neither the record nor the money is made to fit.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from services.dispatch.work_order.checks import asks_themselves, at_stage
from services.dispatch.work_order.state import WorkOrder, paid_so_far
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.dispatch import CashSettled
from shared.events.order_sheet import OrderStage
from shared.events.urging import CashUrged
from shared.events.values import SEVERAL, At, Fen, Note, Role, Text
from shared.step import WORDS

OPEN = (
    OrderStage.OPENED,
    OrderStage.ASSIGNED,
    OrderStage.ACCEPTED,
    OrderStage.SIGNED,
    OrderStage.HANDED_IN,
)
_DECIDERS = (Role.APPROVER, Role.GENERAL_MANAGER)
"""Who settles it where nobody of finance does."""


@dataclass(frozen=True, slots=True)
class Settling:
    """款项结清: how much was received from who took it, and under which receipt."""

    fen: Fen
    receipt_no: Text | None = None
    """Of whoever received it; None: nothing was received."""
    because: Note | None = None
    """Why it is not what was taken, or why nobody of finance says it."""


@dataclass(frozen=True, slots=True)
class SettleCash(Settling):
    """款项结清: of all that was taken so far; by finance, an approver or a general manager."""

    finance: tuple[str, ...] = ()
    """Obligation: who of finance is at the branch."""


@dataclass(frozen=True, slots=True)
class UrgeCash:
    """督促交款: the day is over on which it was taken; or later, for the approvers."""

    due_at: At
    upward_at: At | None = None


@dataclass(frozen=True, slots=True)
class Cash:
    """款项: what was taken from the customer, and what of it was received."""

    technicians: tuple[str, ...]
    """Who took it: who had the order when each receipt was first recorded."""
    taken_fen: int
    is_settled: bool
    settled_by: str | None
    received_fen: int | None
    receipt_no: str | None
    because: str | None
    """Why both sums differ, or why nobody of finance received it."""


def settle(command: SettleCash, order: WorkOrder, asked: Asked) -> Decision:
    """款项结清: by somebody who did nothing of the job; the sum is that of the record."""
    taken, before = taken_fen(order), order.cash_settled
    said = CashSettled(
        asked.actor, _takers(order), command.fen, taken, command.receipt_no, command.because
    )
    if before is not None and _said(before) == _said(said):
        return []
    refuse_if(*at_stage(order, asked, *OPEN, OrderStage.CLOSED), *_received(command, order, asked))
    return asked.here(said)


def urge(command: UrgeCash, order: WorkOrder, asked: Asked) -> Decision:
    """督促交款: once who took it, once those who approved the job, while it is not settled."""
    before, due, upward = order.cash_urged, command.due_at, command.upward_at
    takers = _takers(order)
    told = order.approvers[:SEVERAL] if upward else takers
    if before is None:
        is_next = upward is None
    elif upward is None:
        is_next = before.due_at < due
    else:
        is_next = before.due_at == due and before.upward_at is None
    if order.stage not in OPEN or not waits(order) or not is_next or not told:
        return []
    return asked.here(CashUrged(takers, told, taken_fen(order), due, upward_at=upward))


def settled(order: WorkOrder, settlers: tuple[str, ...] | None, asked: Asked) -> Rule:
    """A rule: what was taken is settled, where policy asks for it before the order is closed.

    `settlers`: who of finance is at the branch; None: policy does not ask for it.
    """
    told = reason(
        "cash-not-settled",
        number=number_of(asked.home),
        fen=taken_fen(order),
        technicians=_takers(order),
        settlers=_settlers(order, settlers or ()),
    )
    return settlers is not None and order.stage in OPEN and waits(order), told


def taken_fen(order: WorkOrder) -> int:
    """已收金额: what the customer has paid by the record, with a receipt."""
    return sum(fee.fen for fee in paid_so_far(order))


def waits(order: WorkOrder) -> bool:
    """待结清: whether something was taken that nobody has received, or otherwise than it is now."""
    taken, done = taken_fen(order), order.cash_settled
    return bool(taken) and (done is None or done.taken_fen != taken)


def cash_of(order: WorkOrder) -> Cash | None:
    """款项: as the sheet shows it; None: nothing was taken."""
    done, taken = order.cash_settled, taken_fen(order)
    if not taken:
        return None
    return Cash(
        technicians=_takers(order),
        taken_fen=taken,
        is_settled=not waits(order),
        settled_by=done.by if done else None,
        received_fen=done.fen if done else None,
        receipt_no=done.receipt_no if done else None,
        because=done.because if done else None,
    )


def with_finance(said: Settling, finance: tuple[str, ...]) -> SettleCash:
    """The command, with who of finance is at the branch."""
    return SettleCash(said.fen, said.receipt_no, said.because, finance)


def offered(_number: str, order: WorkOrder) -> Iterator[Settling]:
    """Just what was taken, while it waits."""
    if waits(order):
        yield Settling(taken_fen(order), WORDS)


def _received(command: SettleCash, order: WorkOrder, asked: Asked) -> Iterator[Rule]:
    number, taken, waiting = number_of(asked.home), taken_fen(order), waits(order)
    is_finance, finance = Role.FINANCE in asked.roles, _settlers(order, command.finance)
    has_said_why = not asked.roles.isdisjoint(_DECIDERS) and command.because is not None
    has_begun = order.stage in (*OPEN, OrderStage.CLOSED)
    yield has_begun and not waiting, reason("no-cash", number=number)
    other = waiting and command.fen != taken and not has_said_why
    yield other, reason("receipt-differs", number=number, fen=command.fen, taken=taken)
    lacks = bool(command.fen) and command.receipt_no is None
    yield lacks, reason("receipt-missing", number=number, fen=command.fen)
    theirs = bool(_of_finance(order, command.finance)) and not is_finance and not has_said_why
    yield waiting and theirs, reason("finance-settles", number=number, settlers=finance)
    yield asks_themselves(order, None, asked)


def _of_finance(order: WorkOrder, finance: tuple[str, ...]) -> tuple[str, ...]:
    """Who of finance did nothing of the job."""
    return tuple(who for who in finance if who not in order.people)


def _settlers(order: WorkOrder, finance: tuple[str, ...]) -> tuple[str, ...]:
    """Who settles it: by name, or as what, where nobody of finance is."""
    return _of_finance(order, finance) or tuple(each.value for each in _DECIDERS)


def _takers(order: WorkOrder) -> tuple[str, ...]:
    """收款人: who took what is paid so far, in the order in which it stands there."""
    numbers = (fee.receipt_no or "" for fee in paid_so_far(order))
    known = (order.receipts[each] for each in numbers if each in order.receipts)
    return tuple(dict.fromkeys(known))[:SEVERAL]


def _said(settled: CashSettled) -> tuple[object, ...]:
    return settled.fen, settled.taken_fen, settled.receipt_no, settled.because
