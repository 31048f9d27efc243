"""采购单 (purchase): what is bought for a store, from the order to the shelf.

asked → ordered → received; refused, ended. Base orders by itself. A branch asks with a reason, and
an approver lets it, and says why. Who ordered without an approver takes nothing of it in. Goods
come in by delivery note, each counted once (`receiving.py`, `deliveries.py`). What goes back to the
supplier an approver says (`returning.py`).
"""

from collections.abc import Sequence

from services.inventory.purchase import asking, board, deliveries, receiving, returning
from services.inventory.purchase.state import Purchase
from services.inventory.purchase.state import evolve as evolve_paper
from shared import urging
from shared.events.inventory import PartRegistered
from shared.events.purchases import (
    GoodsReceived,
    LocalPurchaseApproved,
    PurchaseAsked,
    PurchaseStage,
)
from shared.events.replenishments import ReplenishmentChecked
from shared.events.values import Role
from shared.ground import last_of
from shared.step import WORDS, Address, PaperType, PathField, Step, by_command, offering
from shared.view import View

__all__ = ["PAPER", "STEPS", "Purchase", "decide", "evolve", "initial"]

SERIES = "CG"
"""采购: the series of their numbers, dense in a year and store."""
NUMBER = PathField(described="采购单号 CG-…", pattern=r"^CG-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")
PAPER: PaperType[Purchase] = PaperType(
    prefix="purchase", address=Address("/purchases/{number}", (NUMBER,))
)
KEEPERS = {Role.BASE, Role.STOREKEEPER}

initial = Purchase()
_STEPS = (
    Step(
        "/purchases",
        asking.AskPurchase,
        asking.ask,
        by=KEEPERS,
        begins=True,
        reads=asking.reads_of_asking,
        rests_on=last_of(PartRegistered, ReplenishmentChecked),
        location="/v1/purchases/{id}",
        example={
            "supplier": "上海密封件厂 Shanghai Seals",
            "lines": [{"part": "MFQ-32", "quantity": 20, "fen": 76000}],
            "due_on": "2026-11-30",
            "because": "急修缺料 an urgent repair lacks it",
        },
    ),
    Step(
        "approvals",
        asking.ApproveLocalPurchase,
        asking.approve,
        by=asking.GRANTERS,
        until=PurchaseStage.ASKED,
        reads=asking.reads_served,
        rests_on=last_of(PurchaseAsked),
        offer=asking.offered_approval,
        example={"fen": 76000, "because": "基地缺货，急修等用 base lacks it, a repair waits"},
    ),
    Step(
        "refusals",
        asking.RefuseLocalPurchase,
        asking.refuse,
        by=asking.GRANTERS,
        until=PurchaseStage.ASKED,
        rests_on=last_of(PurchaseAsked),
        offer=asking.offered_refusal,
        example={"because": "基地有货 base has it"},
    ),
    Step(
        "receipts",
        receiving.ReceiveGoods,
        receiving.receive,
        by=KEEPERS,
        reads=receiving.reads_of_receipt,
        matter=receiving.matter_of,
        rests_on=last_of(PurchaseAsked, LocalPurchaseApproved),
        offer=receiving.offered_receipts,
        until=PurchaseStage.ORDERED,
        example={
            "delivery_note": "SH-20261126-7",
            "lines": [{"part": "MFQ-32", "announced": 20, "received": 20, "fen": 76000}],
        },
    ),
    Step(
        "returns",
        returning.ReturnGoods,
        returning.give_back,
        by=asking.GRANTERS,
        reads=returning.reads,
        rests_on=last_of(GoodsReceived),
        offer=returning.offered,
        example={
            "lines": [{"part": "MFQ-32", "quantity": 2, "fen": 7600}],
            "because": "型号不符，退回供应商 the wrong model, it goes back",
        },
    ),
    Step(
        "endings",
        asking.EndPurchase,
        asking.end,
        by={*KEEPERS, *asking.GRANTERS},
        nobody_apart="it ends what has not come in and lets nobody have anything",
        reads=asking.reads_served,
        rests_on=last_of(PurchaseAsked),
        offer=offering(asking.EndPurchase(WORDS)),
        until=PurchaseStage.ORDERED,
        example={"because": "供应商停产 the supplier makes it no more"},
    ),
)
_WAITS = {
    PurchaseStage.ASKED: "approvals",
    PurchaseStage.ORDERED: "receipts",
}
"""What is waited for at which stage."""
_URGED = urging.Urgeable(_STEPS, lambda purchase: _WAITS.get(purchase.stage))
_URGINGS = urging.urgings(
    _URGED,
    by={*KEEPERS, *asking.GRANTERS},
    rests_on=last_of(PurchaseAsked),
    until=PurchaseStage.ORDERED,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board, deliveries)
