"""库管逾期上报 (telling upward): approvers hear of what the keeper was reminded of in vain."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.inventory import refill_draft
from services.inventory.ledger import Stock
from shared.decider import Asked, Decision
from shared.events.old_parts import OldClass
from shared.events.replenishments import KeeperDuty, KeeperOverdue
from shared.events.values import At, BranchCode, PartNumber, Role


@dataclass(frozen=True, slots=True)
class TellOfKeeper:
    """库管逾期上报: the time is over that a keeper has after a reminder."""

    store: BranchCode
    part: PartNumber
    duty: KeeperDuty
    due_at: At
    upward_at: At


def tell(command: TellOfKeeper, stock: Stock, asked: Asked) -> Decision:
    """库管逾期上报: once a reminder, while it still waits by the books."""
    told = stock.told_upward.get(command.duty)
    if told is not None and told >= command.due_at:
        return []
    if not _waits(command, stock, asked):
        return []
    fact = KeeperOverdue(
        store=command.store,
        part=command.part,
        duty=command.duty,
        due_at=command.due_at,
        upward_at=command.upward_at,
        told=Role.APPROVER,
    )
    return asked.here(fact)


def _waits(command: TellOfKeeper, stock: Stock, asked: Asked) -> bool:
    if command.duty is KeeperDuty.LISTING:
        return stock.old_urged is not None and sum(map(stock.old.waiting, OldClass)) > 0
    drafted = stock.drafted
    reminded = drafted is not None and stock.draft_urged == drafted.drafted_on
    return reminded and refill_draft.left_to_ask(command, stock, asked) > 0


def reads(command: TellOfKeeper, stock: Stock, asked: Asked) -> Sequence[str]:
    """The card of the part and what is on order, where it is about asking."""
    if command.duty is KeeperDuty.LISTING:
        return ()
    return refill_draft.reads(command, stock, asked)
