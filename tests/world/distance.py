"""距离 (the distance): about how far a case is from its end, and what makes two places the same.

It only says where to look first; whether there is a way says the search.
"""

from collections.abc import Iterator

from shared.events.followup import SurveyStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitStage
from shared.events.report_form import Stage
from tests.world import honest, states
from tests.world.detours import stale_lines
from tests.world.honest import Papers
from tests.world.truth import Customer, Truth

REPORT = {
    Stage.NONE: 36,
    Stage.REGISTERED: 34,
    Stage.RETURNED: 33,
    Stage.DIAGNOSED: 32,
    Stage.SUBMITTED: 30,
    Stage.APPROVED: 0,
    Stage.CLOSED: 0,
}
ORDER = {
    OrderStage.NONE: 29,
    OrderStage.AWAITING: 28,
    OrderStage.OPENED: 26,
    OrderStage.ASSIGNED: 24,
    OrderStage.ACCEPTED: 10,
    OrderStage.SIGNED: 4,
    OrderStage.HANDED_IN: 3,
    OrderStage.CLOSED: 1,
}
VISIT = {
    VisitStage.NONE: 5,
    VisitStage.PLANNED: 4,
    VisitStage.CONFIRMED: 3,
    VisitStage.DEPARTED: 2,
    VisitStage.ARRIVED: 1,
    VisitStage.ENDED: 0,
    VisitStage.CANCELLED: 5,
}

OVER = (VisitStage.ENDED, VisitStage.CANCELLED)
ON_THE_WAY = (VisitStage.DEPARTED, VisitStage.ARRIVED)
LATE = (OrderStage.SIGNED, OrderStage.HANDED_IN)


def distance(papers: Papers, truth: Truth) -> int:
    """How far it is from here; 0: it is filed."""
    if papers.dossier.filed is not None:
        return 0
    survey = 1 if papers.survey.stage is SurveyStage.DUE else 0
    if papers.report.stage is Stage.CLOSED or papers.order.stage is OrderStage.CLOSED:
        return 1 + survey
    if papers.report.stage is not Stage.APPROVED:
        signed = papers.report.technician_sig is not None
        return REPORT[papers.report.stage] - signed
    return ORDER[papers.order.stage] + sum(_still(papers, truth))


def _still(papers: Papers, truth: Truth) -> Iterator[int]:
    """What is still to be done in the order."""
    stage = papers.order.stage
    yield 14 * (stage in LATE and _unfinished(truth))
    for drawn in papers.notes.values():
        if drawn.stage in (NoteStage.RELEASED, NoteStage.ISSUED):
            yield len(drawn.open_lines)
            yield sum(part not in drawn.accounts for part in drawn.issues)
            yield 2 * (drawn.recipient == truth.away) - min(2, len(drawn.counts))
    if stage is OrderStage.ASSIGNED:
        yield 3 * (papers.technician == truth.away)
    if stage is OrderStage.ACCEPTED:
        yield papers.order.work is None
        lacks = sum(honest.lacking(papers, truth).values()) if _unfinished(truth) else 0
        yield 4 * lacks - (papers.order.supplement_asked is not None)
        yield _of_journey(papers, truth)


def _of_journey(papers: Papers, truth: Truth) -> int:
    """How much is to be done until somebody has been there and worked."""
    last = papers.visit
    if papers.technician == truth.away:
        return 26 if last and last.stage in ON_THE_WAY else 24
    if truth.hopeless or truth.customer is Customer.WITHDRAWN:
        return 3 if last and last.stage not in OVER else 0
    if last is None:
        return 5
    over = last.stage is VisitStage.ENDED and _unfinished(truth)
    return 6 if over else VISIT[last.stage]


def place(papers: Papers, truth: Truth) -> str:
    """Where a case stands, without how it came there."""
    report, order, last = papers.report, papers.order, papers.visit
    return repr(
        (
            (report.stage, report.diagnosis is None, report.technician_sig is None),
            (len(report.remote_attempts), len(report.approvals), report.former is None),
            (report.basics, report.agreement, _of_diagnosis(report)),
            (order.stage, order.technician, order.superseded, order.held, order.travel_on),
            (order.travel_asked is None, order.supplement_asked is None, len(order.supplements)),
            (order.forgone, order.unsigned is None, _of_work(order)),
            (order.customer is None, order.entrusted, order.fees_asked, order.notes),
            [_of_note(papers, number) for number in papers.notes],
            last and (last.stage, last.technician, last.ended and last.ended.outcome),
            (papers.survey.stage, papers.dossier.filed is None),
            truth,
        )
    )


def _unfinished(truth: Truth) -> bool:
    """Whether the machine can be mended, is not, and the customer wants it to be."""
    over = truth.mended or truth.hopeless
    return not over and truth.customer is not Customer.WITHDRAWN


def _of_diagnosis(report: states.Report) -> object:
    """What is diagnosed, without the times."""
    said = report.diagnosis
    return said and (said.repair_nature, said.nature_because, said.estimated_fen)


def _of_work(order: states.WorkOrder) -> object:
    """What is recorded of it, without the times."""
    work = order.work.work if order.work else None
    return work and (work.result, work.parts_used, work.fees)


def _of_note(papers: Papers, number: str) -> tuple[object, ...]:
    drawn = papers.notes[number]
    return (
        (number, drawn.stage, drawn.recipient, tuple(drawn.issues), tuple(drawn.accounts)),
        (drawn.opened is None, drawn.announced is None, drawn.signed_content is None),
        tuple(stale_lines(drawn)),
        [(each.number, each.decided) for each in drawn.requests.values()],
        [(who, each.lines) for who, each in drawn.counts.items()],
        (tuple(drawn.asked), tuple(drawn.dropped)),
    )
