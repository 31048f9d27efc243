"""配件库单据的待办 (what a paper of the store waits for): from how far it has come, and where."""

from collections import Counter

from services.inventory.old_parts import board as old_parts
from services.inventory.purchase import board as purchases
from services.inventory.replenishment import board as replenishments
from services.inventory.stocktake import board as stocktakes
from services.inventory.transfer import board as transfers
from shared.events.consignments import SendingCorrectionAsked
from shared.events.old_parts import OldPartsStage
from shared.events.purchases import PurchaseStage
from shared.events.replenishments import ReplenishmentStage
from shared.events.stocktakes import StocktakeStage
from shared.events.transfers import TransferStage
from shared.events.values import Role
from shared.tasks import Waits

KEEPERS = (Role.BASE.value, Role.STOREKEEPER.value)
GRANTERS = (Role.APPROVER.value, Role.GENERAL_MANAGER.value)
_KEEPER, _BASE, _FINANCE = (Role.STOREKEEPER.value,), (Role.BASE.value,), (Role.FINANCE.value,)


def of_transfer(row: transfers.Row, *, losses: bool) -> Waits | None:
    """调拨: what the sending store decides and sends, and the asking store counts."""
    match row.stage:
        case TransferStage.ASKED:
            return Waits("approvals", GRANTERS, branch=row.sender)
        case TransferStage.APPROVED:
            return Waits("sendings", KEEPERS, branch=row.sender)
        case TransferStage.SENT:
            return Waits("receipts", KEEPERS, due_at=row.expected_at, branch=row.receiver)
        case TransferStage.SHORT:
            return _missing(KEEPERS, row.receiver, losses=losses)
        case _:
            return None


def of_old_parts(row: old_parts.Row, *, losses: bool) -> Waits | None:
    """旧件清单: what the store sends, and base counts, judges and settles."""
    match row.stage:
        case OldPartsStage.LISTED if row.base is None:
            return Waits("sendings", _KEEPER, branch=row.store)
        case OldPartsStage.LISTED | OldPartsStage.SENT:
            return Waits("receipts", _BASE, due_at=row.expected_at, branch=row.base)
        case OldPartsStage.SHORT:
            return _missing(_BASE, row.base, losses=losses)
        case OldPartsStage.RECEIVED:
            return Waits("judgements", _BASE, branch=row.base)
        case OldPartsStage.JUDGED:
            return Waits("settlements", _BASE, branch=row.base)
        case _:
            return None


def of_refill(row: replenishments.Row) -> Waits | None:
    """补库: what base checks, and then sends."""
    if row.stage is ReplenishmentStage.ASKED:
        return Waits("checks", _BASE, due_at=row.due_at, branch=row.store)
    if row.stage is ReplenishmentStage.CHECKED and row.ended_because is None and _to_send(row):
        return Waits("sendings", KEEPERS, due_at=row.due_at, branch=row.base)
    return None


def of_sending(asked: SendingCorrectionAsked) -> Waits:
    """实发更正: whoever has the parcel says the same; of what never left an approver decides."""
    if asked.nothing_left:
        return Waits("sending-correction-approvals", GRANTERS, branch=asked.sender)
    return Waits("sending-confirmations", KEEPERS, branch=asked.receiver)


def of_parcels(row: replenishments.Row, *, unopened: bool, losses: bool) -> Waits | None:
    """补库到货: what the store counts of what base has sent; as long as the request is open."""
    if row.stage not in (ReplenishmentStage.ASKED, ReplenishmentStage.CHECKED):
        return None
    if unopened or not travels(row):
        return Waits("receipts", KEEPERS, branch=row.store)
    return _missing(KEEPERS, row.store, losses=losses)


def travels(row: replenishments.Row) -> bool:
    """Whether anything of the request is in transit."""
    return any(line.sent > line.received + line.lost for line in row.lines)


def of_stocktake(row: stocktakes.Row) -> Waits | None:
    """盘点: whoever keeps the store has it counted and explains; finance decides."""
    match row.stage:
        case StocktakeStage.COUNTING:
            return Waits("shelf-counts", KEEPERS)
        case StocktakeStage.COUNTED | StocktakeStage.RETURNED:
            return Waits("explanations", KEEPERS)
        case StocktakeStage.EXPLAINED:
            return Waits("difference-approvals", _FINANCE)
        case _:
            return None


def of_purchase(row: purchases.Row) -> Waits | None:
    """采购: who lets the branch buy, and who takes the goods in."""
    match row.stage:
        case PurchaseStage.ASKED:
            return Waits("approvals", GRANTERS)
        case PurchaseStage.ORDERED:
            return Waits("receipts", KEEPERS)
        case _:
            return None


def _to_send(row: replenishments.Row) -> bool:
    """Whether base has something to send: not what a supplier brought to the store itself."""
    here = [line for each in row.purchases if each.store == row.store for line in each.lines]
    came = Counter[str]()
    for each in here:
        came[each.part] += each.arrived
    return any((line.agreed or 0) > line.sent + came[line.part] for line in row.lines)


def _missing(keepers: tuple[str, ...], branch: str | None, *, losses: bool) -> Waits:
    """Of a parcel that was short: the rest is found, or somebody grants that it is lost."""
    if losses:
        return Waits("loss-approvals", GRANTERS, branch=branch)
    return Waits("findings", keepers, branch=branch)
