"""例外的步骤 (steps off the straight line): losses, waivers, hand-overs, corrections."""

from services.inventory.issue_note import correction, handing_over, requests
from services.inventory.issue_note.asking import RequestKind
from shared.events.issue_notes import (
    CorrectionAsked,
    LossAsked,
    PartIssued,
    PartReconciled,
    WaiverAsked,
)
from shared.events.order_sheet import NoteStage
from shared.events.values import Role
from shared.ground import last_of
from shared.step import WORDS, Step

BOTH = {Role.STOREKEEPER, Role.TECHNICIAN}
KEEPER = {Role.STOREKEEPER}
LAST = NoteStage.ISSUED

STEPS = (
    Step(
        "losses",
        requests.AskLoss,
        requests.ask_loss,
        by=BOTH,
        rests_on=last_of(PartIssued),
        until=NoteStage.SETTLED,
        reads=requests.reads_of_loss,
        offer=requests.offered_losses,
        example=requests.LOSS_EXAMPLE,
    ),
    Step(
        "loss-approvals",
        requests.ApproveLoss,
        requests.approve_loss,
        by=requests.GRANTERS,
        rests_on=last_of(LossAsked, PartIssued),
        until=NoteStage.SETTLED,
        reads=requests.reads_of_granting,
        example={"number": "BX-HZ01-20261123-0001-C1-S1"},
    ),
    Step(
        "loss-refusals",
        requests.RefuseLoss,
        requests.refuse_loss,
        by=requests.GRANTERS,
        rests_on=last_of(LossAsked, PartIssued),
        offer=requests.offered_decisions(
            RequestKind.LOSS, lambda number: requests.RefuseLoss(number, WORDS)
        ),
        example={"number": "BX-HZ01-20261123-0001-C1-S1", "because": "请再找找 look again"},
    ),
    Step(
        "waivers",
        requests.AskWaiver,
        requests.ask_waiver,
        by=BOTH,
        rests_on=last_of(PartIssued),
        until=NoteStage.SETTLED,
        offer=requests.offered_waivers,
        example=requests.WAIVER_EXAMPLE,
    ),
    Step(
        "waiver-approvals",
        requests.WaiveOldPart,
        requests.waive,
        by=requests.GRANTERS,
        rests_on=last_of(WaiverAsked, PartIssued),
        until=NoteStage.SETTLED,
        offer=requests.offered_grants(RequestKind.WAIVER, requests.WaiveOldPart),
        example={"number": "BX-HZ01-20261123-0001-C1-M1"},
    ),
    Step(
        "waiver-refusals",
        requests.RefuseWaiver,
        requests.refuse_waiver,
        by=requests.GRANTERS,
        rests_on=last_of(WaiverAsked, PartIssued),
        offer=requests.offered_decisions(
            RequestKind.WAIVER, lambda number: requests.RefuseWaiver(number, WORDS)
        ),
        example={"number": "BX-HZ01-20261123-0001-C1-M1", "because": "请向用户要回 ask for it"},
    ),
    Step(
        "counts",
        handing_over.CountParts,
        handing_over.count,
        by={*BOTH, Role.CLERK},
        rests_on=last_of(PartIssued),
        until=LAST,
        by_others=True,
        offer=handing_over.offered_counts,
        example=handing_over.COUNT_EXAMPLE,
    ),
    Step(
        "hand-overs",
        handing_over.HandOverParts,
        handing_over.hand_over,
        by={*BOTH, Role.APPROVER},
        rests_on=last_of(PartIssued),
        until=LAST,
        reads=handing_over.reads_of_handing_over,
        offer=handing_over.offered_hand_overs,
        example=handing_over.HAND_OVER_EXAMPLE,
    ),
    Step(
        "corrections",
        correction.AskCorrection,
        correction.ask,
        by=KEEPER,
        rests_on=last_of(PartReconciled),
        reads=correction.reads_of_asking,
        offer=correction.offered_corrections,
        example=correction.CORRECTION_EXAMPLE,
    ),
    Step(
        "correction-approvals",
        correction.CorrectReconciliation,
        correction.correct,
        by={*requests.GRANTERS, Role.TECHNICIAN},
        rests_on=last_of(CorrectionAsked, PartReconciled),
        reads=correction.reads_of_correction,
        offer=requests.offered_decisions(RequestKind.CORRECTION, correction.CorrectReconciliation),
        example={"number": "BX-HZ01-20261123-0001-C1-G1"},
    ),
    Step(
        "correction-refusals",
        correction.RefuseCorrection,
        correction.refuse,
        by=requests.GRANTERS,
        rests_on=last_of(CorrectionAsked, PartReconciled),
        offer=requests.offered_decisions(
            RequestKind.CORRECTION, lambda number: correction.RefuseCorrection(number, WORDS)
        ),
        example={"number": "BX-HZ01-20261123-0001-C1-G1", "because": "账目无误 it is right"},
    ),
)
"""The rows that `STEPS` of the note takes in."""
