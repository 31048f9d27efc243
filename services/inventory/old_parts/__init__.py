"""旧件明细清单 (list of old parts): what came off machines, from the store to what became of it.

listed → sent → received → judged → settled; short while something of the parcel is missing; listed
again if it never left; ended before it is sent. A piece stands on one list. What lies in the store
of base itself is not sent: listed → received, where it lies, → judged → settled.
"""

from collections.abc import Sequence

from services.inventory import missent, transit_loss
from services.inventory.old_parts import (
    board,
    correcting,
    judging,
    listing,
    lists_due,
    losing,
    travelling,
    waiting,
)
from services.inventory.old_parts.state import OldPartList
from services.inventory.old_parts.state import evolve as evolve_paper
from shared import urging
from shared.events.consignments import SendingCorrectionAsked
from shared.events.issue_notes import PartReconciled
from shared.events.old_parts import (
    OldLossAsked,
    OldPartJudged,
    OldPartsListed,
    OldPartsReceived,
    OldPartsSent,
    OldPartsStage,
)
from shared.events.values import Role
from shared.ground import last_of
from shared.step import Address, PaperType, PathField, Step, by_command
from shared.view import View

__all__ = ["PAPER", "STEPS", "OldPartList", "decide", "evolve", "initial"]

SERIES = "JJ"
"""旧件: the series of their numbers, dense in a year and store that lists."""
NUMBER = PathField(described="旧件清单号 JJ-…", pattern=r"^JJ-[A-Z0-9]{2,8}-[0-9]{4}-[0-9]{4,9}$")


def branches_of(old: OldPartList, branch: str) -> Sequence[str]:
    """The branches of both stores, once it is sent."""
    both = dict.fromkeys((old.store, old.base))
    return [each for each in both if each] or (branch,)


def listing_store(old: OldPartList) -> str:
    """The branch whose old parts they are."""
    return old.store


def receiving_base(old: OldPartList) -> str:
    """The branch of base that receives; before it is sent, that of the store."""
    return old.base or old.store


def waiting_store(old: OldPartList) -> str:
    """The branch that waits for the other one: base, until it is sent, and then the store."""
    return receiving_base(old) if old.stage is OldPartsStage.LISTED else old.store


PAPER: PaperType[OldPartList] = PaperType(
    prefix="old_parts",
    address=Address("/old-parts/{number}", (NUMBER,)),
    branches_of=branches_of,
)
GRANTERS = {Role.APPROVER, Role.GENERAL_MANAGER}

initial = OldPartList()
_STEPS = (
    Step(
        "/old-parts",
        listing.ListOldParts,
        listing.list_,
        by={Role.STOREKEEPER},
        begins=True,
        reads=listing.reads_of_listing,
        rests_on=last_of(PartReconciled),
        location="/v1/old-parts/{id}",
        example={
            "old_class": "warranty",
            "lines": [
                {
                    "part": "MFQ-32",
                    "issue_note": "BX-HZ01-20261123-0001-C1",
                    "condition": "唇口磨损 its lip is worn",
                }
            ],
        },
    ),
    Step(
        "sendings",
        travelling.SendOldParts,
        travelling.send,
        by={Role.STOREKEEPER},
        at_branch=listing_store,
        until=OldPartsStage.LISTED,
        reads=travelling.reads_of_sending,
        rests_on=last_of(OldPartsListed),
        offer=travelling.offered_sending,
        example={
            "base": "BASE",
            "consignment": {
                "carrier": "顺丰",
                "parcel_no": "SF1234567890",
                "sent_at": "2026-11-23T09:30:00+08:00",
                "expected_at": "2026-11-24T18:00:00+08:00",
            },
            "content": "4b7e" * 16,
        },
    ),
    Step(
        "receipts",
        travelling.ReceiveOldParts,
        travelling.receive,
        by={Role.BASE},
        at_branch=receiving_base,
        until=OldPartsStage.SENT,
        reads=travelling.reads_of_receipt,
        rests_on=last_of(OldPartsListed, OldPartsSent),
        offer=travelling.offered_receipt,
        example={"lines": [{"part": "MFQ-32", "received": 1}], "content": "4b7e" * 16},
    ),
    Step(
        "findings",
        travelling.FindOldParts,
        travelling.find,
        by={Role.BASE},
        at_branch=receiving_base,
        until=OldPartsStage.SHORT,
        reads=travelling.reads_of_arrival,
        rests_on=last_of(OldPartsReceived),
        offer=travelling.offered_finding,
        example={
            "lines": [{"part": "MFQ-32", "quantity": 1}],
            "because": "夹在箱底 it lay at the bottom of the box",
        },
    ),
    Step(
        "losses",
        losing.AskOldLoss,
        losing.ask_loss,
        by={Role.BASE},
        at_branch=receiving_base,
        until=OldPartsStage.SHORT,
        reads=transit_loss.reads_of_asking,
        rests_on=last_of(OldPartsReceived),
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
        losing.ApproveOldLoss,
        losing.approve_loss,
        by=GRANTERS,
        at_branch=receiving_base,
        until=OldPartsStage.SHORT,
        reads=losing.reads_of_approval,
        rests_on=last_of(OldLossAsked),
        offer=losing.offered_loss_approvals,
        example={"number": "JJ-HZ01-2026-0001-S1"},
    ),
    Step(
        "loss-refusals",
        losing.RefuseOldLoss,
        losing.refuse_loss,
        by=GRANTERS,
        at_branch=receiving_base,
        rests_on=last_of(OldLossAsked),
        offer=losing.offered_loss_refusals,
        example={"number": "JJ-HZ01-2026-0001-S1", "because": "请再查 look again"},
    ),
    Step(
        "sending-corrections",
        missent.CorrectSending,
        correcting.ask,
        by={Role.STOREKEEPER},
        at_branch=listing_store,
        until=OldPartsStage.SHORT,
        reads=missent.reads_of_asking,
        rests_on=last_of(OldPartsSent),
        offer=correcting.offered,
        example={
            "shipment": "JJ-HZ01-2026-0001-P1",
            "lines": [{"part": "MFQ-32", "quantity": 0}],
            "because": "快递未揽收 the carrier never took it",
        },
    ),
    Step(
        "sending-correction-approvals",
        missent.ApproveSending,
        correcting.approve,
        by=GRANTERS,
        at_branch=listing_store,
        until=OldPartsStage.SHORT,
        reads=missent.reads_of_grant,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_approvals,
        example={"number": "JJ-HZ01-2026-0001-P1-G1"},
    ),
    Step(
        "sending-correction-refusals",
        missent.RefuseSending,
        missent.refuse,
        by=GRANTERS,
        at_branch=listing_store,
        rests_on=last_of(SendingCorrectionAsked),
        offer=missent.offered_refusals,
        example={
            "number": "JJ-HZ01-2026-0001-P1-G1",
            "because": "监控可见已装箱 the camera shows it packed",
        },
    ),
    Step(
        "judgements",
        judging.JudgeOldPart,
        judging.judge,
        by={Role.BASE},
        at_branch=receiving_base,
        until=OldPartsStage.RECEIVED,
        rests_on=last_of(OldPartsReceived),
        offer=judging.offered_judgements,
        example={"line": 1, "quantity": 1, "disposition": "scrap"},
    ),
    Step(
        "settlements",
        judging.SettleOldPart,
        judging.settle,
        by={Role.BASE},
        at_branch=receiving_base,
        until=OldPartsStage.JUDGED,
        reads=judging.reads_of_settling,
        rests_on=last_of(OldPartJudged),
        offer=judging.offered_settlements,
        example={
            "number": "JJ-HZ01-2026-0001-J1",
            "outcome": "scrapped",
            "case_no": "CJ-2026-118",
        },
    ),
    Step(
        "endings",
        listing.EndOldParts,
        listing.end,
        by={Role.STOREKEEPER},
        at_branch=listing_store,
        until=OldPartsStage.LISTED,
        reads=listing.reads_of_ending,
        rests_on=last_of(OldPartsListed),
        offer=listing.offered_ending,
        example={"because": "清单有误，重列 the list is wrong and is written anew"},
    ),
)
_WAITS = {
    OldPartsStage.LISTED: "sendings",
    OldPartsStage.SENT: "receipts",
    OldPartsStage.SHORT: "findings",
    OldPartsStage.RECEIVED: "judgements",
    OldPartsStage.JUDGED: "settlements",
}
"""What is waited for at which stage."""


def _awaited(old: OldPartList) -> str | None:
    """What the list waits for: of base's own store it is counted where it lies."""
    counts = old.is_at_base and old.stage is OldPartsStage.LISTED
    return "receipts" if counts else _WAITS.get(old.stage)


_URGED = urging.Urgeable(_STEPS, _awaited)
_URGINGS = urging.urgings(
    _URGED,
    by={Role.BASE, Role.STOREKEEPER, *GRANTERS},
    rests_on=last_of(OldPartsListed),
    until=OldPartsStage.JUDGED,
    at_branch=waiting_store,
)
STEPS = (*_STEPS, _URGINGS)
decide = by_command(STEPS)
evolve = urging.remembering(evolve_paper)
VIEWS: Sequence[View] = (board, waiting, lists_due)
