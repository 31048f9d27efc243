"""Every number that a step takes: whether the card it names is asked for, or why it is not.

A new field with a number in it has no line here and fails: whoever adds it says which of the two.
Stories show that what is ASKED is refused (`tests/intake/test_named_cards.py`, and the stories of
the assignments, issues, voidings and stocks).
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from guiyi.rooms import ROOMS, wiring
from shared.events.values import BranchCode, CardBranch, Constraint, PartNumber, Ref
from shared.step import Step

ASKED = "its card is there and active, and no erased customer's"
BOOKS = "it is kept on the record of this paper: only what stands there fits"
HEARD = "the catalogue is another room's: the newest document that was heard of is looked up"
CATALOGUE = "the catalogue is another room's: who draws a part is asked for its card"
WORD = "no card: a code, or a number of somebody else's book"
OWN = "the number of the card itself that is written"
REGISTER = "filled in from the register of people, not by who asks"
LATER = "a branch is there before its people: unknown is allowed, inactive is not"

_REPORT = {
    "received_by": ASKED,
    "owner": ASKED,
    "basics.customer": ASKED,
    "basics.region": WORD,
    "equipment.machine": ASKED,
    "equipment.contract": WORD,
    "noted.parts.part": CATALOGUE,
    "warnings.code": WORD,
    "sale.sale_contract": WORD,
}
_CARD = {
    "card.code": OWN,
    "card.id": OWN,
    "card.regions": WORD,
    "card.region": WORD,
    "card.web_owner": LATER,
    "card.branches": ASKED,
    "card.web_branches": ASKED,
    "card.posts": WORD,
    "card.skills": WORD,
    "card.category": WORD,
    "card.customer": ASKED,
    "card.contract": WORD,
}
_STANDING = {"standing.person": REGISTER, "standing.branches": REGISTER}
NAMED: Mapping[str, Mapping[str, str]] = {
    "RegisterReport": _REPORT,
    "ContinueLegacyTicket": {f"report.{name}": said for name, said in _REPORT.items()},
    "CompleteBasics": {
        "basics.customer": ASKED,
        "basics.region": WORD,
        "equipment.machine": ASKED,
        "equipment.contract": WORD,
        "agreement.quote": WORD,
        "sale.sale_contract": WORD,
    },
    "PlanCommissioning": {"parts_to_bring.part": HEARD, "travel.travellers": ASKED},
    "DiagnoseFault": {
        "diagnosis.parts_to_bring.part": HEARD,
        "diagnosis.travel.travellers": ASKED,
    },
    "DraftAmendment": {
        "diagnosis.parts_to_bring.part": HEARD,
        "diagnosis.travel.travellers": ASKED,
        "agreement.quote": WORD,
        "customer": ASKED,
        "equipment.machine": ASKED,
        "equipment.contract": WORD,
    },
    "GiveApproval": {"as_what": WORD, "acting_for": ASKED},
    "ReturnReport": {"as_what": WORD, "fields": WORD, "acting_for": ASKED},
    "UrgePaper": {"urged.person": REGISTER, "urged.branches": REGISTER, "of": BOOKS},
    "HandOverCase": {"to": ASKED},
    # Who has left, and what is inactive, is complained of still.
    "ReceiveComplaint": {
        "branch": ASKED,
        "customer": ASKED,
        "complained_of": ASKED,
        "machine": ASKED,
        "survey": HEARD,
        "upward": REGISTER,
        "warnings.code": WORD,
    },
    "AssignComplaint": {
        "class_code": WORD,
        "department": WORD,
        "owner": ASKED,
        "complained_of": ASKED,
    },
    "ReclassifyComplaint": {"class_code": WORD},
    "ReassignComplaint": {"owner": ASKED, "department": WORD, "complained_of": ASKED},
    "ResolveComplaint": {"corrective_action": WORD},
    "CloseComplaint": {"corrective_action": WORD},
    "EndComplaint": {"other": ASKED},
    "RecordDelegation": {"deputy": ASKED, "as_what": WORD},
    "HideValue": {"value": WORD},
    "ShowValue": {"value": WORD},
    "Register": _CARD,
    "Change": _CARD,
    "HandOverCard": {"to": ASKED, "kept_by": OWN},
    "OpenWorkOrder": {
        "form.parts.part": BOOKS,
        "form.travel.travellers": BOOKS,
    },
    "AssignTechnician": {"technician": ASKED, **_STANDING, "warnings.code": WORD},
    "SignWorkOrder": _STANDING,
    "NameFurtherNote": {"lines.part": BOOKS},
    "ForgoParts": {"parts": BOOKS},
    "AskSupplement": {"lines.part": BOOKS},
    "ApproveSupplement": {"lines.part": BOOKS},
    "GrantExcess": {"lines.part": BOOKS},
    "DenyExcess": {"lines.part": BOOKS},
    "ContinueRepair": {"papers_checked": BOOKS},
    "AskFees": {"fees.kind": WORD},
    "ApproveFees": {"fees.kind": WORD},
    "RecordWork": {
        "work.parts_used.note": BOOKS,
        "work.parts_used.part": BOOKS,
        "work.fees.kind": WORD,
    },
    "CloseRepair": {"papers_checked": WORD},
    "SendBaseTechnician": {"technician": ASKED, **_STANDING},
    "EntrustHandIn": {"clerk": ASKED, **_STANDING},
    "EndVisit": {
        "said_by": ASKED,
        "approver_told": ASKED,
        **{name.replace("standing", "teller"): said for name, said in _STANDING.items()},
        **{name.replace("standing", "told"): said for name, said in _STANDING.items()},
        "whom_to_call": ASKED,
        **{name.replace("standing", "called"): said for name, said in _STANDING.items()},
    },
    "PlanVisit": {"order": BOOKS, "warnings.code": WORD},
    "ConfirmAppointment": {"warnings.code": WORD},
    "RescheduleVisit": {"warnings.code": WORD},
    "ReassignVisit": {"warnings.code": WORD},
    "RecordLeave": {**_STANDING, "warnings.code": WORD},
    "Depart": {"checklist": WORD, "due": WORD, "zone": WORD},
    "SubmitClaim": {
        "order": BOOKS,
        "trips.visit": BOOKS,
        "lines.visit": BOOKS,
        "lines.voucher_no": WORD,
    },
    "ResubmitClaim": {"trips.visit": BOOKS, "lines.visit": BOOKS, "lines.voucher_no": WORD},
    "ReviewClaim": {
        "rules.rule": WORD,
        "rules.counts_as": WORD,
        "needed": WORD,
        "stand_ins": REGISTER,
    },
    "ApproveClaim": {"needed": WORD, "stand_ins": REGISTER},
    "PayClaim": {"reference": WORD},
    "CorrectClaim": {
        "reference": WORD,
        "needed": WORD,
        "rules.rule": WORD,
        "rules.counts_as": WORD,
        **dict.fromkeys(("holders", "stand_ins"), REGISTER),
    },
    "RegisterPart": {"card.id": OWN, "card.category": WORD},
    "ChangePart": {"card.id": OWN, "card.category": WORD, "stores": BOOKS},
    "EnterOpening": {"store": OWN, "part": ASKED, "stores": BOOKS},
    "SetQuota": {"store": OWN, "part": ASKED},
    "AskPurchase": {
        "store": ASKED,
        "lines.part": ASKED,
        "serves.request": BOOKS,
        "serves.part": BOOKS,
        "limits.request": BOOKS,
    },
    "AskTransfer": {"sender": ASKED, "receiver": ASKED, "lines.part": ASKED},
    "SendTransfer": {"lines.part": BOOKS},
    "ReceiveTransfer": {"lines.part": BOOKS},
    "FindTransferred": {"lines.part": BOOKS},
    "AskTransferLoss": {"loss.part": BOOKS, "loss.person": BOOKS},
    "ApproveTransferLoss": {"number": BOOKS},
    "RefuseTransferLoss": {"number": BOOKS},
    "CorrectSending": {"shipment": BOOKS, "lines.part": BOOKS},
    "ConfirmSending": {"number": BOOKS},
    "ApproveSending": {"number": BOOKS},
    "RefuseSending": {"number": BOOKS},
    # What a store has of a part that is no longer bought may still be used up, or be in somebody's
    # hands.
    "OpenAccount": {
        "store": ASKED,
        "technician": ASKED,
        "lines.part": ASKED,
        "stores": BOOKS,
        **_STANDING,
    },
    "SignAccount": {"stores": BOOKS},
    "AskUse": {"store": ASKED, "lines.part": ASKED},
    # What is listed lies in the store, whatever its card says now.
    "ListOldParts": {
        "store": ASKED,
        "lines.part": BOOKS,
        "lines.issue_note": BOOKS,
        "origins.issue_note": BOOKS,
    },
    "SendOldParts": {"base": ASKED},
    "ReceiveOldParts": {"lines.part": BOOKS},
    "FindOldParts": {"lines.part": BOOKS},
    "AskOldLoss": {"loss.part": BOOKS, "loss.person": BOOKS},
    "ApproveOldLoss": {"number": BOOKS},
    "RefuseOldLoss": {"number": BOOKS},
    "SettleOldPart": {"number": BOOKS, "stores": BOOKS},
    "AskReplenishment": {"store": ASKED, "lines.part": ASKED, "counting": BOOKS},
    "CheckReplenishment": {"base": ASKED, "lines.part": BOOKS},
    "SendStock": {"lines.part": BOOKS},
    "ReceiveStock": {"shipment": BOOKS, "lines.part": BOOKS},
    "FindStock": {"shipment": BOOKS, "lines.part": BOOKS},
    "AskStockLoss": {"shipment": BOOKS, "loss.part": BOOKS, "loss.person": BOOKS},
    "ApproveStockLoss": {"number": BOOKS},
    "RefuseStockLoss": {"number": BOOKS},
    "ReceiveGoods": {"lines.part": BOOKS, "purchases": BOOKS, "stores": BOOKS},
    "ReturnGoods": {"lines.part": BOOKS},
    "OpenStocktake": {"store": ASKED},
    "SendConsumption": {"store": OWN},
    "ClosePeriod": {"store": OWN, "stocktakes": BOOKS, "unsettled": BOOKS},
    # What was bought once, and whose card is inactive, still lies on the shelves.
    "CountPart": {"part": BOOKS},
    "ConfirmCount": {"uncounted": BOOKS},
    "ExplainDifferences": {"lines.part": BOOKS, "lines.issue_notes": BOOKS},
    "ApproveStocktake": {"lines.part": BOOKS, "lines.charged_to": LATER, "stores": BOOKS},
    # What is left of a part that is no longer bought may still be drawn, so inactive is allowed.
    "IssuePart": {"part": BOOKS, "recipient": ASKED, **_STANDING},
    "OpenParcel": {"opened.technician": BOOKS, "opened.missing.part": BOOKS},
    # Who left still brings home what they drew.
    "ReconcilePart": {
        "part": BOOKS,
        "technician": BOOKS,
        "stores": BOOKS,
        "account.loss": BOOKS,
        "account.waiver": BOOKS,
    },
    "AskVoiding": {"part": BOOKS},
    "VoidNote": {"asked_by": BOOKS},
    "DropLine": {"part": BOOKS},
    # Who bears a loss had the parts or gave them out.
    "AskLoss": {"loss.part": BOOKS, "loss.person": BOOKS},
    "ApproveLoss": {"number": BOOKS},
    "RefuseLoss": {"number": BOOKS},
    "AskWaiver": {"waiver.part": BOOKS},
    "WaiveOldPart": {"number": BOOKS},
    "RefuseWaiver": {"number": BOOKS},
    "AskCorrection": {
        "part": BOOKS,
        "account.loss": BOOKS,
        "account.waiver": BOOKS,
        "exchanged_with": BOOKS,
    },
    "CorrectReconciliation": {"number": BOOKS, "stores": BOOKS},
    "RefuseCorrection": {"number": BOOKS},
    "CountParts": {"lines.part": BOOKS},
    "HandOverParts": {"recipient": ASKED, "lines.part": BOOKS, **_STANDING},
    "LendPaper": {"paper.number": BOOKS, "to": ASKED, **_STANDING},
    "ReturnPaper": {"paper.number": BOOKS, "brought_by": BOOKS},
    "ReportPaperLoss": {"paper.number": BOOKS},
    "AcceptPaperLoss": {"paper.number": BOOKS},
    "AnswerSurvey": {"answers.question": WORD, "action_ref": WORD},
}


def pattern_of(hint: Any) -> object:
    """The pattern that a number of this type has."""
    marks = [mark for mark in get_args(hint)[1:] if isinstance(mark, Constraint)]
    return next((mark.asked.get("pattern") for mark in marks), None)


NUMBERS = {pattern_of(Ref), pattern_of(PartNumber), pattern_of(BranchCode), pattern_of(CardBranch)}


def numbers_in(hint: Any, path: str = "") -> Iterator[str]:
    """Where in a command a number stands: `diagnosis.travel.travellers`."""
    if get_origin(hint) is Annotated and pattern_of(hint) in NUMBERS:
        yield path
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint, include_extras=True)
        for field in fields(hint):
            yield from numbers_in(hints[field.name], f"{path}.{field.name}".lstrip("."))
    else:
        for part in get_args(hint):
            yield from numbers_in(part, path)


def test_every_number_that_a_step_takes_has_its_line() -> None:
    papers = (paper for name in ROOMS for paper in wiring(name).papers.values())
    steps = (row for paper in papers for row in paper.STEPS if isinstance(row, Step))
    found = {step.command.__name__: set(numbers_in(step.command)) for step in steps}
    assert {name: paths for name, paths in found.items() if paths} == {
        name: set(lines) for name, lines in NAMED.items()
    }
