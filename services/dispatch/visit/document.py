"""上门的公开文档 (the public document of a visit): what of it other rooms may hear."""

from services.dispatch.visit.state import Visit, VisitMilestone
from shared.decider import Public
from shared.events.order_sheet import VisitDocument


def public(visit: Visit, _: VisitMilestone) -> Public:
    """The visit's public document right after the milestone."""
    return Public(document_of(visit), {})


def document_of(visit: Visit) -> VisitDocument:
    """The visit as far as others need it: what was tried at a door stays in its room."""
    planned, departed, ended = visit.planned, visit.departed, visit.ended
    assert planned is not None
    assert visit.window is not None
    over = ended or visit.cancelled
    return VisitDocument(
        number=planned.number,
        ticket=planned.ticket,
        branch=planned.branch,
        order=planned.order,
        stage=visit.stage,
        technician=visit.technician,
        window=visit.window,
        window_on=visit.window_on or planned.window_on,
        travel_mode=departed.mode if departed else planned.travel_mode,
        travel_at=visit.travel_at or planned.travel_at,
        confirmed=visit.appointment.confirmed if visit.appointment else None,
        deviation=departed.deviation if departed else (),
        outcome=ended.outcome if ended else None,
        because=over.because if over else None,
        next_step=ended.next_step if ended else None,
    )
