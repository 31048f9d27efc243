"""调拨单 (transfer): what one store asks of another, from the request to the last piece.

asked → approved → sent → received; short while something of the parcel is missing; refused,
cancelled. The store that asks receives; the branch that sends decides. Pieces on the way are in the
book of the receiver, in transit (`shipment.py`).
"""

from collections.abc import Sequence

from services.inventory import missent, transit_loss
from services.inventory.transfer import asking, board, correcting, losing, travelling
from services.inventory.transfer.state import Transfer
from services.inventory.transfer.state import evolve as evolve_paper
from shared import urging
from shared.events.consignments import SendingCorrectionAsked, TransitLossAsked
from shared.events.inventory import PartRegistered
from shared.events.transfers import (
    TransferApproved,
    TransferAsked,
    TransferReceived,
    TransferSent,
    TransferStage,
)
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "Transfer", "decide", "evolve", "initial"]

SERIES = "DB"
"""调拨: the series of their numbers, dense in a year and store that asks."""
NUMBER = PathField(described="调拨单号 DB-…", pattern=r"^DB-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")


def branches_of(transfer: Transfer, branch: str) -> Sequence[str]:
    """The branches of both stores."""
    return (transfer.sender, transfer.receiver) if transfer.asked else (branch,)


def sending(transfer: Transfer) -> str:
    """The branch that sends."""
    return transfer.sender


def receiving(transfer: Transfer) -> str:
    """The branch that asks and receives."""
    return transfer.receiver


def waiting_store(transfer: Transfer) -> str:
    """The branch that waits for the other one: who asked, until it is sent, and then who sent."""
    waits = transfer.stage in (TransferStage.ASKED, TransferStage.APPROVED)
    return transfer.receiver if waits else transfer.sender


PAPER: PaperType[Transfer] = PaperType(
    prefix="transfer",
    address=Address("/transfers/{number}", (NUMBER,)),
    branches_of=branches_of,
)
KEEPERS = {Role.BASE, Role.STOREKEEPER}

initial = Transfer()
_STEPS = (
    Step(
        "/transfers",
        asking.AskTransfer,
        asking.ask,
        by=KEEPERS,
        begins=True,
        reads=asking.reads_cards,
        rests_on=last_of(PartRegistered),
        location="/v1/transfers/{id}",
        example={
            "sender": "NB01",
            "lines": [{"part": "MFQ-32", "quantity": 4}],
            "because": "急修缺料 an urgent repair lacks it",
        },
    ),
    Step(
        "approvals",
        asking.ApproveTransfer,
        asking.approve,
        by=asking.GRANTERS,
        at_branch=sending,
        until=TransferStage.ASKED,
        rests_on=last_of(TransferAsked),
        offer=asking.offered_approval,
    ),
    Step(
        "refusals",
        asking.RefuseTransfer,
        asking.refuse,
        by=asking.GRANTERS,
        at_branch=sending,
        until=TransferStage.APPROVED,
        rests_on=last_of(TransferAsked),
        offer=asking.offered_refusal,
        example={"because": "本库也缺 we lack it as well"},
    ),
    Step(
        "cancellations",
        asking.CancelTransfer,
        asking.cancel,
        by={*KEEPERS, *asking.GRANTERS},
        nobody_apart="it gives up what was asked for and lets nobody have anything",
        at_branch=receiving,
        until=TransferStage.APPROVED,
        rests_on=last_of(TransferAsked),
        offer=asking.offered_cancelling,
        example={"because": "已另行解决 solved in another way"},
    ),
    Step(
        "sendings",
        travelling.SendTransfer,
        travelling.send,
        by=KEEPERS,
        at_branch=sending,
        until=TransferStage.APPROVED,
        reads=travelling.reads_of_sending,
        rests_on=last_of(TransferApproved),
        offer=travelling.offered_sending,
        example={
            "lines": [{"part": "MFQ-32", "quantity": 4}],
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
        travelling.ReceiveTransfer,
        travelling.receive,
        by=KEEPERS,
        at_branch=receiving,
        until=TransferStage.SENT,
        reads=travelling.reads_of_arrival,
        rests_on=last_of(TransferSent),
        offer=travelling.offered_receipt,
        example={"lines": [{"part": "MFQ-32", "received": 4}]},
    ),
    Step(
        "findings",
        travelling.FindTransferred,
        travelling.find,
        by=KEEPERS,
        at_branch=receiving,
        until=TransferStage.SHORT,
        reads=travelling.reads_of_arrival,
        rests_on=last_of(TransferReceived),
        offer=travelling.offered_finding,
        example={
            "lines": [{"part": "MFQ-32", "quantity": 1}],
            "because": "夹在箱底 it lay at the bottom of the box",
        },
    ),
    Step(
        "losses",
        losing.AskTransferLoss,
        losing.ask_loss,
        by=KEEPERS,
        at_branch=receiving,
        until=TransferStage.SHORT,
        reads=transit_loss.reads_of_asking,
        rests_on=last_of(TransferReceived),
        offer=losing.offered_losses,
        example={
            "loss": {
                "part": "MFQ-32",
                "quantity": 1,
                "how": "承运人查无下落 the carrier cannot find it",
                "borne_by": "carrier",
                "fen": 3800,
            }
        },
    ),
    Step(
        "loss-approvals",
        losing.ApproveTransferLoss,
        losing.approve_loss,
        by=asking.GRANTERS,
        at_branch=receiving,
        until=TransferStage.SHORT,
        reads=losing.reads_of_approval,
        rests_on=last_of(TransitLossAsked),
        offer=losing.offered_loss_approvals,
        example={"number": "DB-HZ01-2026-0001-S1"},
    ),
    Step(
        "loss-refusals",
        losing.RefuseTransferLoss,
        losing.refuse_loss,
        by=asking.GRANTERS,
        at_branch=receiving,
        rests_on=last_of(TransitLossAsked),
        offer=losing.offered_loss_refusals,
        example={"number": "DB-HZ01-2026-0001-S1", "because": "请再查 look again"},
    ),
    Step(
        "sending-corrections",
        missent.CorrectSending,
        correcting.ask,
        by=KEEPERS,
        at_branch=sending,
        until=TransferStage.SHORT,
        reads=missent.reads_of_asking,
        rests_on=last_of(TransferSent),
        offer=correcting.offered,
        example={
            "shipment": "DB-HZ01-2026-0001-P1",
            "lines": [{"part": "MFQ-32", "quantity": 3}],
            "because": "一只仍在库 one still lies in the store",
        },
    ),
    Step(
        "sending-confirmations",
        missent.ConfirmSending,
        correcting.confirm,
        by=KEEPERS,
        at_branch=receiving,
        until=TransferStage.SHORT,
        reads=missent.reads_of_grant,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_confirmations,
        example={"number": "DB-HZ01-2026-0001-P1-G1"},
    ),
    Step(
        "sending-correction-approvals",
        missent.ApproveSending,
        correcting.approve,
        by=asking.GRANTERS,
        at_branch=sending,
        until=TransferStage.SHORT,
        reads=missent.reads_of_grant,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_approvals,
        example={"number": "DB-HZ01-2026-0001-P1-G1"},
    ),
    Step(
        "sending-correction-refusals",
        missent.RefuseSending,
        missent.refuse,
        by=asking.GRANTERS,
        at_branch=sending,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_refusals,
        example={
            "number": "DB-HZ01-2026-0001-P1-G1",
            "because": "监控可见已装箱 the camera shows it packed",
        },
    ),
)
_WAITS = {
    TransferStage.ASKED: "approvals",
    TransferStage.APPROVED: "sendings",
    TransferStage.SENT: "receipts",
    TransferStage.SHORT: "findings",
}
"""What is waited for at which stage."""
_URGED = urging.Urgeable(_STEPS, lambda transfer: _WAITS.get(transfer.stage))
_URGINGS = urging.urgings(
    _URGED,
    by={*KEEPERS, *asking.GRANTERS},
    rests_on=last_of(TransferAsked),
    until=TransferStage.SHORT,
    at_branch=waiting_store,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board,)
