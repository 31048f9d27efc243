"""派工的反应 (reactions of dispatch): what the newest documents of intake make this room owe."""

from collections.abc import Sequence

from services.dispatch.order_commands import NoteApproval
from shared.document import Owed, Published, Reaction
from shared.events.order_sheet import ApprovedReport
from shared.events.report_form import ReportDocument, Stage


def note_approval(document: Published) -> Sequence[Owed]:
    """得知批准: an approved report is noted on the first work order of its ticket."""
    report = document.state
    assert isinstance(report, ReportDocument)
    decided = report.stage in (Stage.APPROVED, Stage.CLOSED) and bool(report.approvals)
    if not decided or report.diagnosis is None or document.ticket is None:
        return ()
    approved = ApprovedReport(
        content=report.content,
        kind=report.kind,
        contact_name=report.contact_name,
        contact_phone=report.contact_phone,
        fault_description=report.fault_description,
        basics=report.basics,
        equipment=report.equipment,
        circumstances=report.circumstances,
        diagnosis=report.diagnosis,
    )
    note = NoteApproval(
        ticket=document.ticket,
        branch=document.branch,
        report=document.stream,
        version=document.version,
        approved=approved,
    )
    return (Owed(f"work_order-{document.ticket}-W1", note),)


def nothing(_: Published) -> Sequence[Owed]:
    """人员、网点存照: the newest card is kept to be looked up, and nothing is owed for it."""
    return ()


REACTIONS = (
    Reaction("note-approval", ("RepairApproved",), note_approval, from_start=True),
    Reaction("keep-people", ("PersonRegistered", "PersonChanged"), nothing),
    Reaction("keep-branches", ("BranchRegistered", "BranchChanged"), nothing),
)
