"""状态 (the states): where the papers of a case stand, as the records of the rooms in memory say.

The acts know nothing of this; the moves look here for what should be done next. The only file here
that knows what the states of papers are called.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from guiyi.play.case import Case
from services.dispatch.claim.state import Claim
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import reaching as reaching_of_order
from services.dispatch.work_order.excess import unjudged as excess
from services.dispatch.work_order.notes import is_idle, lacking, not_in_hand, rest_of
from services.dispatch.work_order.opening import still_due
from services.dispatch.work_order.reaching import weighs
from services.dispatch.work_order.state import WorkOrder
from services.followup.dossier.state import Dossier
from services.followup.dossier.state import stream_of as dossier_of
from services.followup.survey.state import Survey
from services.followup.survey.state import stream_of as survey_of
from services.intake.complaint.state import Complaint
from services.intake.report import reaching as reaching_of_report
from services.intake.report.state import Report
from services.inventory.issue_note.state import IssueNote
from services.inventory.ledger import Stock
from services.inventory.ledger import stream_of as stock_of
from shared.decider import Asked
from tests.world.world import World

__all__ = [
    "Claim",
    "Complaint",
    "Dossier",
    "IssueNote",
    "Report",
    "Survey",
    "Visit",
    "WorkOrder",
    "excess",
    "is_idle",
    "lacking",
    "not_in_hand",
    "rest_of",
    "still_due",
    "weighs",
]
S = TypeVar("S")
ZONE = "Asia/Shanghai"


def report(case: Case) -> Report:
    return _state(case, "intake", Report, f"report-{case.ticket}")[0]


def order(case: Case) -> WorkOrder:
    return _state(case, "dispatch", WorkOrder, f"work_order-{case.order}")[0]


def visits(case: Case) -> list[Visit]:
    """The visits for the newest order, in their order."""
    streams = _visits(case)
    planned = (each for each in _state(case, "dispatch", Visit, *streams) if each.planned)
    return [each for each in planned if each.planned and each.planned.order == case.order]


def notes(case: Case) -> Mapping[str, IssueNote]:
    """The issue notes of the newest order that were released, by number, in their order."""
    after = order(case).after
    before = {number for each in (after.earlier if after else ()) for number in each.notes}
    every = (f"{case.ticket}-C{n}" for n in range(1, 30))
    numbers = [number for number in every if number not in before]
    streams = [f"issue_note-{number}" for number in numbers]
    found = zip(numbers, _state(case, "inventory", IssueNote, *streams), strict=True)
    return {number: note for number, note in found if note.released is not None}


def stock(case: Case, store: str, part: str) -> Stock:
    return _state(case, "inventory", Stock, stock_of(store, part))[0]


def survey(case: Case) -> Survey:
    return _state(case, "followup", Survey, survey_of(case.ticket))[0]


def dossier(case: Case) -> Dossier:
    return _state(case, "followup", Dossier, dossier_of(case.ticket))[0]


def claims(case: Case) -> Mapping[str, Claim]:
    """The travel claims of the ticket, by number."""
    return {
        number: claim
        for number, claim in _begun(case, "dispatch", Claim, "claim-").items()
        if claim.submitted and claim.submitted.ticket == case.ticket
    }


def complaints(case: Case) -> Mapping[str, Complaint]:
    """The complaints about the ticket, by number."""
    return {
        number: complaint
        for number, complaint in _begun(case, "intake", Complaint, "complaint-").items()
        if complaint.ticket == case.ticket
    }


def report_tried_on(case: Case) -> Sequence[date]:
    """On which days the customer was tried before an approval, as the room counts them."""
    asked = _asked(case, "intake", f"report-{case.ticket}")
    return reaching_of_report.tried_on(asked, ZONE)


def order_tried_on(case: Case) -> Sequence[date]:
    """On which days the customer was tried since there is an order, as the room counts them."""
    asked = _asked(case, "dispatch", f"work_order-{case.order}", *_visits(case))
    return reaching_of_order.tried_on(asked, ZONE)


def _visits(case: Case) -> Sequence[str]:
    return [f"visit-{case.ticket}-V{n}" for n in range(1, 20)]


def _asked(case: Case, room: str, *streams: str) -> Asked:
    """As if somebody asked what stands on these streams; the first one is at home."""
    assert isinstance(case.rooms, World)
    desk = case.rooms.desks[room]
    read = desk.store.read(streams).streams
    happened = {stream: desk.folded(stream, read[stream].facts)[1] for stream in streams}
    now = case.rooms.clock.now
    return Asked(streams[0], "", frozenset(), now, "", happened=happened)


def _begun(case: Case, room: str, kind: type[S], prefix: str) -> Mapping[str, S]:
    """The papers of a kind that have begun, by number."""
    assert isinstance(case.rooms, World)
    whole = case.rooms.pages[room].whole
    streams = sorted({each.stream for each in whole if each.stream.startswith(prefix)})
    found = _state(case, room, kind, *streams) if streams else []
    return {stream.removeprefix(prefix): each for stream, each in zip(streams, found, strict=True)}


def _state(case: Case, room: str, kind: type[S], *streams: str) -> list[S]:
    assert isinstance(case.rooms, World)
    desk = case.rooms.desks[room]
    read = desk.store.read(streams).streams
    found = [desk.fold(stream, read[stream].facts) for stream in streams]
    assert all(isinstance(each, kind) for each in found)
    return found
