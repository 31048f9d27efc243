"""升版 (upcasts): how a fact or a document of an older schema version is read today.

Nothing stored is ever rewritten. A function takes the plain data of one version and returns that of
the next; what it fills in is what was true before anybody could say otherwise.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Upcast: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _card(**said: Any) -> Upcast:
    """A register's card that could not say these things yet."""
    return lambda data: {**data, "card": {**data["card"], **said}}


def _approvals(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Approvals from when nobody could stand in for somebody else."""
    return {**data, "approvals": [{**each, "acting_for": None} for each in data["approvals"]]}


def _order_2(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A work order that knew nothing beyond the technician's signature."""
    signed = data["technician_sig"]
    return {**data, "technicians": [signed["by"]] if signed else []}


_BRANCH_2 = _card(web_owner=None)
_PERSON_2 = _card(regions=())

UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("ApprovalGiven", 1): lambda data: {
        **data,
        "approval": {**data["approval"], "acting_for": None},
    },
    ("BranchChanged", 1): _BRANCH_2,
    ("BranchRegistered", 1): _BRANCH_2,
    ("LegacyEntryImported", 1): lambda data: {**data, "at": None},
    ("PersonChanged", 1): _PERSON_2,
    ("PersonRegistered", 1): _PERSON_2,
    ("RepairApproved", 1): _approvals,
    ("ReportReturned", 1): lambda data: {**data, "acting_for": None},
}
"""By fact and the version it is read from."""
DOCUMENT_UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("branch", 1): _BRANCH_2,
    ("person", 1): _PERSON_2,
    ("report", 1): _approvals,
    ("work_order", 1): _order_2,
}
"""By document and the version it is read from."""
