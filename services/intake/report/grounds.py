"""报修单各步的依据 (grounds): what a report's steps rest on, which bounds what is told of time."""

from collections.abc import Mapping
from datetime import datetime

from shared.decider import Asked
from shared.events.cards import BranchRegistered
from shared.events.intake import (
    AmendmentDrafted,
    BasicsCompleted,
    CaseHandedOver,
    CommissioningPlanned,
    DelegationRecorded,
    FaultDiagnosed,
    RemoteGuidanceGiven,
    RepairApproved,
    RepairReported,
    ReportAmended,
    ReportRecalled,
    ReportReturned,
    ReportSigned,
    ReportSubmitted,
)
from shared.ground import Ground, both, last_of, nothing_before


def _received(asked: Asked) -> datetime | None:
    """接到: since when somebody knew of the fault; it may have been written down later."""
    told = asked.of_kind(RepairReported)
    return min((min(each.at, each.fact.received_at) for each in told), default=None)


def _delegated(asked: Asked) -> datetime | None:
    """授权: what whoever asks may do in the stead of somebody else."""
    given = (each for each in asked.of_kind(DelegationRecorded) if each.fact.deputy == asked.actor)
    return max((each.at for each in given), default=None)


WHAT_IS_SHOWN = (
    RepairReported,
    BasicsCompleted,
    FaultDiagnosed,
    CommissioningPlanned,
    RemoteGuidanceGiven,
)
"""What changes the report as it is shown to be signed."""

BRANCH = last_of(BranchRegistered)
REPORT = last_of(RepairReported)
CONTENT = last_of(*WHAT_IS_SHOWN, AmendmentDrafted)
SIGNED = last_of(*WHAT_IS_SHOWN, ReportSigned)
ASKED_FOR = both(last_of(ReportSubmitted, ReportAmended), _delegated)
AGREED = last_of(RepairApproved)
DRAFTED = last_of(AmendmentDrafted, ReportSigned)
OWNED = last_of(RepairReported, CaseHandedOver)
UNDECIDED = last_of(RepairReported, RemoteGuidanceGiven, ReportReturned, ReportRecalled)

SINCE_REPORTED: Mapping[str, Ground] = {"circumstances.fault_since": nothing_before}
SINCE_CONTINUED: Mapping[str, Ground] = {"report.circumstances.fault_since": nothing_before}
SINCE_COMPLETED: Mapping[str, Ground] = {
    "circumstances.fault_since": nothing_before,
    "called_customer_at": _received,
    "agreement.customer_consent.at": _received,
}
SINCE_AMENDED: Mapping[str, Ground] = {
    "diagnosis.talked_to_customer_at": _received,
    "agreement.customer_consent.at": _received,
}
SINCE_DIAGNOSED: Mapping[str, Ground] = {"diagnosis.talked_to_customer_at": _received}
SINCE_GUIDED: Mapping[str, Ground] = {"at": _received}
SINCE_CLOSED: Mapping[str, Ground] = {"customer_told_at": _received}
