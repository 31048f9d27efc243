"""距离 (the distance): about how far a case is from its end, and what makes two places the same.

It only says where to look first; whether there is a way says the search.
"""

from collections.abc import Iterator, Sequence

from services.inventory.issue_note.asking import Decided
from shared.events.followup import Attempt, SurveyStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitStage
from shared.events.report_form import Diagnosis, Stage
from tests.world import claims, custody, grievances, honest, states
from tests.world.detours import stale_lines
from tests.world.honest import Papers
from tests.world.silence import DAYS, days_left
from tests.world.truth import Customer, Truth, told_otherwise

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
    """How far it is from here; 0: it is filed, and nothing is open beside it."""
    of_each = (claims.still, custody.still, grievances.still)
    beside = sum(still(papers, truth) for still in of_each)
    return beside + _of_repair(papers, truth)


def _of_repair(papers: Papers, truth: Truth) -> int:
    """How far the repair is from its filed dossier."""
    if papers.dossier.filed is not None:
        return 0
    survey = 1 if papers.survey.stage is SurveyStage.DUE else 0
    if survey and truth.silent:
        survey += days_left(_days(papers.survey.attempts))
    if papers.report.stage is Stage.CLOSED or papers.order.stage is OrderStage.CLOSED:
        return 1 + survey
    if papers.report.stage is not Stage.APPROVED and papers.report.former is None:
        signed = papers.report.technician_sig is not None
        days = days_left(papers.report_days) if truth.silent else 0
        return REPORT[papers.report.stage] - signed + days
    return ORDER[papers.order.stage] + sum(_still(papers, truth))


def _still(papers: Papers, truth: Truth) -> Iterator[int]:
    """What is still to be done in the order."""
    stage = papers.order.stage
    to_amend = _to_amend(papers, truth)
    yield 9 * to_amend
    if to_amend and stage in LATE:  # what is approved anew is signed anew, by who can go there
        yield ORDER[OrderStage.ACCEPTED] + 26 * (papers.technician == truth.away)
    if truth.silent and not (truth.mended and papers.is_tried):
        met = truth.worked and papers.visit is not None and papers.visit.stage in ON_THE_WAY
        yield DAYS if met else days_left(papers.order_days)  # whoever is met was heard
    yield 34 * (stage in LATE and truth.is_unfinished)
    yield bool(states.excess(papers.order))
    for number, drawn in papers.notes.items():
        if drawn.stage in (NoteStage.RELEASED, NoteStage.ISSUED):
            yield len(drawn.open_lines)
            yield sum(part not in drawn.accounts for part in drawn.issues)
            yield 2 * (drawn.recipient == truth.away) - min(2, len(drawn.counts))
            yield sum(_to_grant(drawn, number, part, truth) for part in drawn.issues)
            yield number in truth.came_back and drawn.came_back is None
            yield told_otherwise(drawn, number, truth)
    if stage is OrderStage.ASSIGNED:
        yield 3 * (papers.technician == truth.away)
    if stage is OrderStage.ACCEPTED:
        yield papers.order.work is None or not papers.is_tried
        lacks = sum(honest.lacking(papers, truth).values()) if truth.is_unfinished else 0
        yield 4 * lacks - (papers.order.supplement_asked is not None)
        yield _of_journey(papers, truth)


def _to_grant(drawn: states.IssueNote, number: str, part: str, truth: Truth) -> int:
    """How many steps it takes until a loss of a line is granted."""
    if part in drawn.accounts or drawn.lost(part) >= truth.gone((number, part)):
        return 0
    return 1 if any(each.decided is Decided.OPEN for each in drawn.requests.values()) else 2


def _to_amend(papers: Papers, truth: Truth) -> int:
    """How many steps it takes until what is approved is so."""
    paper = papers.report
    if paper.former is not None:
        return 1
    if truth.nature is None or (paper.diagnosis and paper.diagnosis.repair_nature is truth.nature):
        return 0
    drafted = paper.draft is not None and paper.draft.diagnosis.repair_nature is truth.nature
    return 4 - drafted - (paper.draft_sig is not None)


def _of_journey(papers: Papers, truth: Truth) -> int:
    """How much is to be done until somebody has been there and worked."""
    last = papers.visit
    if papers.technician == truth.away:
        return 26 if last and last.stage in ON_THE_WAY else 24
    if truth.hopeless or truth.customer is Customer.WITHDRAWN or truth.silent:
        return 3 if last and last.stage not in OVER else 0
    if last is None:
        return 5
    over = last.stage is VisitStage.ENDED and truth.is_unfinished
    return 6 if over else VISIT[last.stage]


def place(papers: Papers, truth: Truth) -> str:
    """Where a case stands, without how it came there."""
    report, order, last = papers.report, papers.order, papers.visit
    return repr(
        (
            (report.stage, report.diagnosis is None, report.technician_sig is None),
            (len(report.remote_attempts), len(report.approvals), report.former is None),
            (report.basics, report.agreement, _of_diagnosis(report.diagnosis)),
            (report.draft and _of_diagnosis(report.draft.diagnosis), report.draft_sig is None),
            (order.stage, order.technician, order.superseded, order.held, order.travel_on),
            (order.travel_asked is None, order.supplement_asked is None, len(order.supplements)),
            (order.forgone, order.unsigned is None, _of_work(order), papers.is_tried),
            (
                order.noted and order.noted.number,
                order.customer is None,
                order.entrusted,
                (order.fees_asked, order.fees_granted),
                order.notes,
            ),
            [_of_note(papers, number) for number in papers.notes],
            last and (last.stage, last.technician, last.ended and last.ended.outcome),
            (papers.survey.stage, papers.dossier.filed is None),
            custody.place(papers),
            [(n, each.stage, each.claimant, each.lines) for n, each in papers.claims.items()],
            [(n, grievances.place(each)) for n, each in papers.complaints.items()],
            [min(DAYS, grievances.days_tried(each)) for each in papers.complaints.values()],
            [min(DAYS, each) for each in (papers.report_days, papers.order_days)],
            min(DAYS, _days(papers.survey.attempts)),
            order.unreached_granted,
            states.excess(order),
            truth,
        )
    )


def _days(called: Sequence[Attempt]) -> int:
    """On how many days they were called back in vain."""
    return len({each.at.astimezone(honest.ZONE).date() for each in called})


def _of_diagnosis(said: Diagnosis | None) -> object:
    """What is diagnosed, without the times."""
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
        drawn.opened and (drawn.opened.opening, drawn.opened.missing),
        (drawn.is_under_way, drawn.came_back is None),
        tuple(stale_lines(drawn)),
        [(each.number, each.decided) for each in drawn.requests.values()],
        [(who, each.lines) for who, each in drawn.counts.items()],
        (tuple(drawn.asked), tuple(drawn.dropped)),
    )
