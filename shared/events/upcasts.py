"""升版 (upcasts): how a fact or a document of an older schema version is read today.

Stored data is never rewritten. A function takes the plain data of one version and returns that of
the next. It fills a new field with what was true before the field existed.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

Upcast: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def _card(**said: Any) -> Upcast:
    """A register's card from before these fields existed."""
    return lambda data: {**data, "card": {**data["card"], **said}}


def _approvals(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Approvals from before there were delegations."""
    return {**data, "approvals": [{**each, "acting_for": None} for each in data["approvals"]]}


def _order_2(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A work order from before anything later than the technician's signature was recorded."""
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
"""By the fact and the version to upcast from."""
DOCUMENT_UPCASTS: Mapping[tuple[str, int], Upcast] = {
    ("branch", 1): _BRANCH_2,
    ("person", 1): _PERSON_2,
    ("report", 1): _approvals,
    ("work_order", 1): _order_2,
}
"""By the document and the version to upcast from."""
