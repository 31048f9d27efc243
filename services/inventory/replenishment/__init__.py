"""补库单 (replenishment): what a store asks base for up to its quotas, to the last piece.

asked → checked → received; ended. Base may send in several parcels: what it lacks it buys, and what
is not sent in time stands against it until the general manager accepts it. What base
sent the store counts, finds and reports lost, not base. Pieces on the way are in the book of the
store, in transit (`shipment.py`).
"""

from collections.abc import Sequence

from services.inventory import missent, transit_loss
from services.inventory.replenishment import (
    asking,
    board,
    correcting,
    losing,
    refills_due,
    travelling,
)
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.state import evolve as evolve_paper
from shared import urging
from shared.document import CommandOwed, Timer
from shared.events.consignments import SendingCorrectionAsked
from shared.events.inventory import PartRegistered
from shared.events.replenishments import (
    ReplenishmentAsked,
    ReplenishmentChecked,
    ReplenishmentLate,
    ReplenishmentStage,
    StockLossAsked,
    StockReceived,
    StockSent,
)
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, Owed, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "Replenishment", "decide", "evolve", "initial"]

SERIES = "BK"
"""补库: the series of their numbers, dense in a year and store that asks."""
NUMBER = PathField(described="补库单号 BK-…", pattern=r"^BK-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")


def branches_of(request: Replenishment, branch: str) -> Sequence[str]:
    """The branches of both stores, once base has said from which it sends."""
    both = (request.store, request.base)
    return [each for each in both if each] or (branch,)


def asking_store(request: Replenishment) -> str:
    """The branch that asks and receives."""
    return request.store


def sending_store(request: Replenishment) -> str:
    """The branch of base that sends; before it has checked, that of the store."""
    return request.base or request.store


PAPER: PaperType[Replenishment] = PaperType(
    prefix="replenishment",
    address=Address("/replenishments/{number}", (NUMBER,)),
    branches_of=branches_of,
)
KEEPERS = {Role.BASE, Role.STOREKEEPER}
GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}

initial = Replenishment()
_STEPS = (
    Step(
        "/replenishments",
        asking.AskReplenishment,
        asking.ask,
        by={Role.STOREKEEPER},
        begins=True,
        reads=asking.reads_of_asking,
        rests_on=last_of(PartRegistered),
        location="/v1/replenishments/{id}",
        example={
            "lines": [{"part": "MFQ-32", "asked": 4, "because": "检修季备货 for the season"}],
            "because": "周五停电 no power on Friday",
        },
    ),
    Step(
        "checks",
        asking.CheckReplenishment,
        asking.check,
        by={Role.BASE},
        at_branch=asking_store,
        until=ReplenishmentStage.ASKED,
        reads=asking.reads_on_order,
        rests_on=last_of(ReplenishmentAsked),
        offer=asking.offered_check,
        example={
            "base": "BASE",
            "lines": [{"part": "MFQ-32", "agreed": 3, "because": "本月限量 rationed"}],
        },
    ),
    Step(
        "sendings",
        travelling.SendStock,
        travelling.send,
        by=KEEPERS,
        at_branch=sending_store,
        until=ReplenishmentStage.CHECKED,
        reads=travelling.reads_of_sending,
        rests_on=last_of(ReplenishmentChecked),
        offer=travelling.offered_sending,
        example={
            "lines": [{"part": "MFQ-32", "quantity": 3}],
            "consignment": {
                "carrier": "顺丰",
                "parcel_no": "SF1234567890",
                "sent_at": "2026-11-23T09:30:00+08:00",
                "expected_at": "2026-11-24T18:00:00+08:00",
            },
        },
    ),
    Step(
        "receipts",
        travelling.ReceiveStock,
        travelling.receive,
        by={Role.STOREKEEPER},
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=travelling.reads_of_arrival,
        rests_on=last_of(StockSent),
        offer=travelling.offered_receipts,
        example={
            "shipment": "BK-HZ01-2026-0001-P1",
            "lines": [{"part": "MFQ-32", "received": 3}],
            "content": "4b7e" * 16,
        },
    ),
    Step(
        "findings",
        travelling.FindStock,
        travelling.find,
        by={Role.STOREKEEPER},
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=travelling.reads_of_arrival,
        rests_on=last_of(StockReceived),
        offer=travelling.offered_findings,
        example={
            "shipment": "BK-HZ01-2026-0001-P1",
            "lines": [{"part": "MFQ-32", "quantity": 1}],
            "because": "夹在箱底 it lay at the bottom of the box",
        },
    ),
    Step(
        "losses",
        losing.AskStockLoss,
        losing.ask_loss,
        by={Role.STOREKEEPER},
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=transit_loss.reads_of_asking,
        rests_on=last_of(StockReceived),
        offer=losing.offered_losses,
        example={
            "shipment": "BK-HZ01-2026-0001-P1",
            "loss": {
                "part": "MFQ-32",
                "quantity": 1,
                "how": "承运人查无下落 the carrier cannot find it",
                "borne_by": "carrier",
                "fen": 3800,
            },
        },
    ),
    Step(
        "loss-approvals",
        losing.ApproveStockLoss,
        losing.approve_loss,
        by=GRANTERS,
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=losing.reads_of_approval,
        rests_on=last_of(StockLossAsked),
        offer=losing.offered_loss_approvals,
        example={"number": "BK-HZ01-2026-0001-P1-S1"},
    ),
    Step(
        "loss-refusals",
        losing.RefuseStockLoss,
        losing.refuse_loss,
        by=GRANTERS,
        at_branch=asking_store,
        rests_on=last_of(StockLossAsked),
        offer=losing.offered_loss_refusals,
        example={"number": "BK-HZ01-2026-0001-P1-S1", "because": "请再查 look again"},
    ),
    Step(
        "sending-corrections",
        missent.CorrectSending,
        correcting.ask,
        by=KEEPERS,
        at_branch=sending_store,
        until=ReplenishmentStage.CHECKED,
        reads=missent.reads_of_asking,
        rests_on=last_of(StockSent),
        offer=correcting.offered,
        example={
            "shipment": "BK-HZ01-2026-0001-P1",
            "lines": [{"part": "MFQ-32", "quantity": 3}],
            "because": "一只仍在库 one still lies in the store",
        },
    ),
    Step(
        "sending-confirmations",
        missent.ConfirmSending,
        correcting.confirm,
        by={Role.STOREKEEPER},
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=correcting.reads_of_grant,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_confirmations,
        example={"number": "BK-HZ01-2026-0001-P1-G1"},
    ),
    Step(
        "sending-correction-approvals",
        missent.ApproveSending,
        correcting.approve,
        by=GRANTERS,
        at_branch=sending_store,
        until=ReplenishmentStage.CHECKED,
        reads=correcting.reads_of_grant,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_approvals,
        example={"number": "BK-HZ01-2026-0001-P1-G1"},
    ),
    Step(
        "sending-correction-refusals",
        missent.RefuseSending,
        missent.refuse,
        by=GRANTERS,
        at_branch=sending_store,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_refusals,
        example={
            "number": "BK-HZ01-2026-0001-P1-G1",
            "because": "监控可见已装箱 the camera shows it packed",
        },
    ),
    Step(
        "endings",
        asking.EndReplenishment,
        asking.end,
        by={*KEEPERS, *GRANTERS},
        nobody_apart="it gives up what was asked for and lets nobody have anything",
        at_branch=asking_store,
        until=ReplenishmentStage.CHECKED,
        reads=asking.reads_on_order,
        rests_on=last_of(ReplenishmentAsked),
        offer=asking.offered_ending,
        example={"because": "机型已停用 the model is not used any more"},
    ),
    Step(
        "lateness-approvals",
        asking.ApproveLateness,
        asking.approve_lateness,
        by={Role.GENERAL_MANAGER},
        at_branch=asking_store,
        rests_on=last_of(ReplenishmentLate),
        offer=asking.offered_lateness,
        example={"because": "供应商停产 the supplier stopped making it"},
    ),
    Owed(asking.NoteLateness, asking.note_lateness),
)
_WAITS = {
    ReplenishmentStage.ASKED: "checks",
    ReplenishmentStage.CHECKED: "sendings",
}
"""What is waited for at which stage."""


def _awaited(request: Replenishment) -> str | None:
    """What the store waits for: nothing of base once all is sent, or comes from a supplier."""
    sent = request.stage is ReplenishmentStage.CHECKED and not any(request.to_send.values())
    return None if sent else _WAITS.get(request.stage)


_URGED = urging.Urgeable(_STEPS, _awaited)
_URGINGS = urging.urgings(
    _URGED,
    by={Role.STOREKEEPER, *GRANTERS},
    rests_on=last_of(ReplenishmentAsked),
    until=ReplenishmentStage.CHECKED,
    at_branch=asking_store,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)


def _late(row: refills_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, asking.NoteLateness(row.due_at))


VIEWS: Sequence[View] = (board, refills_due)
TIMERS = (Timer("late-refill", refills_due, _late),)
