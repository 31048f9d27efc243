"""申请 (requests on a note): what somebody asks for on it and somebody else grants or refuses.

A loss, a waiver of an old part, a correction of an account. All of them have a number on the note
and wait until they are decided.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

from shared.events.issue_notes import (
    Account,
    CorrectionAsked,
    CorrectionRefused,
    Handed,
    IssueCorrected,
    LossApproved,
    LossAsked,
    LossRefused,
    OldPartWaived,
    ReconciliationCorrected,
    WaiverAsked,
    WaiverRefused,
)
from shared.events.part_cases import Loss, LossWhere, Waiver


class RequestKind(StrEnum):
    """申请种类: what is asked for."""

    LOSS = "loss"
    WAIVER = "waiver"
    CORRECTION = "correction"


class Decided(StrEnum):
    """审批结果: what became of a request."""

    OPEN = "open"
    GRANTED = "granted"
    REFUSED = "refused"
    VOID = "void"
    """Of a loss that was granted: in the end nothing of it was lost."""


LETTERS = {RequestKind.LOSS: "S", RequestKind.WAIVER: "M", RequestKind.CORRECTION: "G"}
"""损、免、更: how the requests of a note are numbered: `BX-…-C1-S1`."""


@dataclass(frozen=True, slots=True)
class Correction:
    """更正: a line as it should be: its account, or what of it was handed out."""

    part: str
    account: Account | None
    because: str
    handed: Handed | None = None
    exchanged_with: str | None = None
    """互换: the note on which the piece that was handed out is booked."""


What: TypeAlias = Loss | Waiver | Correction


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """申请: what is asked for, by whom, and what became of it."""

    number: str
    kind: RequestKind
    what: What
    asked_by: str
    decided: Decided = Decided.OPEN
    because: str | None = None
    """Why it was refused."""
    upheld: int | None = None
    """报损实数: how many pieces of a granted loss the account of its line counts as lost."""
    borne_fen: int | None = None
    """实际承担: what its bearer bears of them."""


RequestFact: TypeAlias = (
    LossAsked
    | LossApproved
    | LossRefused
    | WaiverAsked
    | OldPartWaived
    | WaiverRefused
    | CorrectionAsked
    | ReconciliationCorrected
    | IssueCorrected
    | CorrectionRefused
)
Requests: TypeAlias = Mapping[str, NoteRequest]


def after(requests: Requests, fact: RequestFact) -> Requests:
    """The requests of a note after the fact."""
    return {**requests, fact.number: _request(requests, fact)}


def never_left(
    requests: Requests, before: Mapping[str, int], part: str, fewer: Mapping[LossWhere, int]
) -> Mapping[str, int]:
    """不曾发出: by number, of how many pieces of a loss it has turned out that they never left.

    Pieces without serials are not told apart: what was granted last falls away first.
    """
    found, left = dict(before), dict(fewer)
    for each in reversed([*requests.values()]):
        loss = each.what
        if each.decided is not Decided.GRANTED or not isinstance(loss, Loss):
            continue
        known = found.get(each.number, 0)
        gone = min(left.get(loss.where, 0), loss.quantity - known)
        if loss.part == part and not loss.serials and gone > 0:
            found[each.number] = known + gone
            left[loss.where] -= gone
    return found


def _request(requests: Requests, fact: RequestFact) -> NoteRequest:
    number = fact.number
    match fact:
        case LossAsked(loss=what):
            return NoteRequest(number, RequestKind.LOSS, what, fact.asked_by)
        case WaiverAsked(waiver=waiver):
            return NoteRequest(number, RequestKind.WAIVER, waiver, fact.asked_by)
        case CorrectionAsked(part=part, account=account):
            wanted = Correction(part, account, fact.because, fact.handed, fact.exchanged_with)
            return NoteRequest(number, RequestKind.CORRECTION, wanted, fact.asked_by)
        case LossRefused() | WaiverRefused() | CorrectionRefused():
            return replace(requests[number], decided=Decided.REFUSED, because=fact.because)
        case LossApproved() | OldPartWaived() | ReconciliationCorrected() | IssueCorrected():
            return replace(requests[number], decided=Decided.GRANTED)
