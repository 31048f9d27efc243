"""文档所示 (named): whom the public document of a paper names for its steps, by their roles.

The room that keeps the paper says the same of its state (`PaperType.named`).
"""

from collections.abc import Collection, Mapping
from typing import TypeAlias

from shared.events.issue_notes import IssueNoteDocument
from shared.events.order_sheet import VisitDocument, WorkOrderDocument
from shared.events.report_form import ReportDocument
from shared.events.travel_claims import TravelClaimDocument
from shared.events.values import Role
from shared.visibility import EMPLOYEES

Named: TypeAlias = Mapping[str, Collection[str]]
"""By role, the people whom a document names."""


def named_in(document: object) -> Named:
    """Whom it names; of a document of another kind nobody."""
    match document:
        case ReportDocument(technician_sig=signed):
            clerk = document.clerk_sig or document.confirmed
            asked = {Role.CLERK.value: clerk.by if clerk else None}
            return _said({**asked, Role.TECHNICIAN.value: signed.by if signed else None})
        case WorkOrderDocument(technician=technician, clerk_sig=made_out):
            clerk_by = made_out.by if made_out else None
            ours = {Role.TECHNICIAN.value: technician, Role.CLERK.value: clerk_by}
            return {**_said(ours), Role.APPROVER.value: document.approved.approved_by}
        case (
            VisitDocument(technician=person)
            | IssueNoteDocument(recipient=person)
            | TravelClaimDocument(claimant=person)
        ):
            return _said({Role.TECHNICIAN.value: person})
        case _:
            return {}


def told_to(person: str, roles: Collection[str], named: Named) -> Named:
    """Whom of them this person is told: who sees their own papers alone, if these name them."""
    sees_others = not {*EMPLOYEES}.difference((Role.TECHNICIAN,)).isdisjoint(roles)
    is_theirs = any(person in people for people in named.values())
    return named if sees_others or is_theirs else {}


def _said(by: Mapping[str, str | None]) -> Named:
    return {role: (person,) for role, person in by.items() if person}
