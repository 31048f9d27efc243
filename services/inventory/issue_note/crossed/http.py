"""互换待选 (crossed pieces): the notes on which pieces stand that left on another one."""

from collections.abc import Iterator, Mapping, Sequence

from services.inventory import ledger
from services.inventory.issue_note.correction import AskCorrection
from services.inventory.issue_note.state import IssueNote
from services.inventory.views import pieces
from shared.events.issue_notes import Handed, PartIssued
from shared.http.form import FormRequest


def asked_as_said(_request: FormRequest, body: AskCorrection) -> AskCorrection:
    """更正申请: as it is said; what the page knows is offered, and never filled in unsaid."""
    return body


def notes_with_it(request: FormRequest, body: AskCorrection) -> Mapping[str, Sequence[object]]:
    """待选: with which note a piece was exchanged, where the books have it out on one."""
    note: IssueNote = request.state
    issue = note.issues.get(body.part)
    if issue is None or body.handed is None:
        return {}
    found = dict.fromkeys(_papers(request, issue, body.handed))
    return {"exchanged_with": tuple(found)}


def _papers(request: FormRequest, issue: PartIssued, handed: Handed) -> Iterator[str]:
    """By what each piece that is to be named left the shelf of the store."""
    for serial in sorted({*handed.serials} - {*issue.issued.serials}):
        piece = {"part": issue.part, "serial": serial, "store": issue.store}
        for row in request.registers.glimpsed(pieces, piece):
            if row.paper is not None and row.account != ledger.STORE:
                yield row.paper
