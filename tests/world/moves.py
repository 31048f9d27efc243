"""步法 (the moves): everything anybody might try in a repair, and what should be done next in it.

What comes next is told from where the papers stand, so that a repair which somebody led astray
still finds its way to the end.
"""

from collections.abc import Sequence
from datetime import datetime

from services.dispatch.visit.state import Visit
from services.dispatch.work_order.notes import is_idle, not_in_hand, rest_of
from services.dispatch.work_order.state import WorkOrder
from services.followup.dossier import Dossier
from services.followup.dossier import stream_of as dossier_of
from services.followup.survey import Survey
from services.followup.survey import stream_of as survey_of
from services.intake.report_state import Report
from services.inventory.issue_note.state import IssueNote
from shared.events.followup import SurveyStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitOutcome, VisitStage
from shared.events.report_form import Stage
from tests.world import after, cases, on_site, parts
from tests.world.cases import TRAVEL_AT, Act, Case
from tests.world.on_site import order_of, visits_of
from tests.world.parts import notes_of, open_lines, stale_lines
from tests.world.people import APPROVER, CLERK, CLERK_2, HANDY, KEEPER, KEEPER_2
from tests.world.ways import Step

OF_REPORT: Sequence[Act] = (
    *(cases.guide("solved"), cases.guide("not_solved"), cases.diagnose, cases.sign_report),
    *(cases.submit, cases.approve, cases.give_back, cases.take_back),
    *(cases.submit, cases.approve, cases.close_report("solved_remotely")),
)
OF_ORDER: Sequence[Act] = (
    *(cases.open_order, cases.assign, cases.assign_to(HANDY), cases.take_order),
    *(cases.decline, cases.recall, on_site.give_up),
)
OF_PARTS: Sequence[Act] = (
    *(parts.issue(), parts.issue(-1), parts.issue(1), parts.issue_to_another),
    *(parts.announce, parts.deliver_parcel, parts.open_parcel(), parts.open_parcel("short")),
    *(parts.reconcile(), parts.reconcile(1), parts.reconcile(-1), parts.reconcile(again=True)),
    *(parts.reconcile(unsigned=True), parts.reconcile(1, unsigned=True)),
    *(parts.void_note(CLERK), parts.void_note(HANDY), parts.void_note(KEEPER)),
    *(on_site.further_note, cases.recall),
)
OF_VISIT: Sequence[Act] = (
    *(on_site.plan, on_site.confirm, on_site.reschedule, on_site.put_off, on_site.cancel),
    *(on_site.depart, on_site.arrive, on_site.end_visit("done"), on_site.end_visit("no_access")),
    *(on_site.end_visit("second_visit"), on_site.give_up, cases.recall),
    *(on_site.record_work(), on_site.record_work(1), on_site.record_work(-1)),
    on_site.sign_as_customer,
)
OF_END: Sequence[Act] = (
    *(on_site.void_signature, on_site.hand_in, on_site.return_hand_in, on_site.close),
    *(on_site.give_up, on_site.sign_as_customer, on_site.record_work(1), on_site.plan),
    *(cases.recall, parts.reconcile(), parts.reconcile(-1), parts.reconcile(again=True)),
)
AFTER: Sequence[Act] = (
    *(after.answer(), after.answer("no"), after.attempt, after.file, on_site.give_up),
    *(after.end_call_back("unreached"), after.end_call_back("declined")),
)
ACTS: Sequence[Act] = (
    *(*OF_REPORT, *OF_ORDER, *OF_PARTS, *OF_VISIT, *OF_END, *AFTER),
    cases.close_report("withdrawn"),
)


def at_hand(case: Case) -> Sequence[Act]:
    """What people might think of where the repair stands now."""
    (report,) = case.state("intake", f"report-{case.ticket}")
    if report.stage not in (Stage.APPROVED, Stage.CLOSED):
        return OF_REPORT
    match order_of(case).stage:
        case OrderStage.NONE | OrderStage.AWAITING | OrderStage.OPENED | OrderStage.ASSIGNED:
            return AFTER if report.stage is Stage.CLOSED else OF_ORDER
        case OrderStage.ACCEPTED:
            return (*OF_PARTS, *OF_VISIT)
        case OrderStage.SIGNED | OrderStage.HANDED_IN:
            return OF_END
        case OrderStage.CLOSED:
            return AFTER


def is_over(case: Case) -> bool:
    """Whether nothing more is to be done in the repair, once the rooms have heard all."""
    return next_step(case) is None


def is_filed(case: Case) -> bool:
    """Whether the papers of the repair are filed."""
    (dossier,) = case.state("followup", dossier_of(case.ticket))
    assert isinstance(dossier, Dossier)
    return dossier.filed is not None


def next_step(case: Case) -> Step | None:  # noqa: PLR0911 - one return a stage
    """Who should do what next, once the rooms have heard all; None: the repair is at its end."""
    (report,) = case.state("intake", f"report-{case.ticket}")
    assert isinstance(report, Report)
    match report.stage:
        case Stage.NONE:
            return Step(cases.report, CLERK)
        case Stage.REGISTERED | Stage.DIAGNOSED if not report.remote_attempts:
            return Step(cases.guide("not_solved"), case.technician)
        case Stage.REGISTERED | Stage.RETURNED:
            return Step(cases.diagnose, case.technician)
        case Stage.DIAGNOSED if report.technician_sig is None:
            return Step(cases.sign_report, case.technician)
        case Stage.DIAGNOSED:
            return Step(cases.submit, CLERK)
        case Stage.SUBMITTED:
            return Step(cases.approve, APPROVER)
        case Stage.APPROVED:
            return _of_order(case, order_of(case))
        case Stage.CLOSED:
            return _of_the_end(case)


def _of_order(case: Case, order: WorkOrder) -> Step | None:  # noqa: PLR0911 - one return a stage
    technician = order.technician or ""
    match order.stage:
        case OrderStage.NONE | OrderStage.AWAITING:
            return Step(cases.open_order, CLERK)
        case OrderStage.OPENED:
            return Step(cases.assign, CLERK)
        case OrderStage.ASSIGNED:
            return Step(cases.take_order, technician)
        case OrderStage.ACCEPTED:
            return _of_parts(case, order) or _of_visit(case, order)
        case OrderStage.SIGNED:
            return _of_accounts(case) or Step(on_site.hand_in, technician)
        case OrderStage.HANDED_IN:
            return Step(on_site.close, CLERK)
        case OrderStage.CLOSED:
            return _of_the_end(case)


def _of_parts(case: Case, order: WorkOrder) -> Step | None:
    """Everything that is to be drawn is drawn; what came to nothing is named anew."""
    notes = notes_of(case)
    for named in order.notes:
        note = notes[named.number]
        if open_lines(note):
            return Step(parts.issue(), _keeper(note))
        is_on_its_way = note.is_posted and note.stage is NoteStage.ISSUED
        if is_on_its_way and note.announced is None and note.opened is None:
            return Step(parts.announce, KEEPER)
    idle = any(is_idle(order.issue_notes.get(named.number)) for named in order.notes)
    if idle and any(rest_of(order).values()):
        return Step(on_site.further_note, CLERK)
    return None


def _of_visit(case: Case, order: WorkOrder) -> Step:  # noqa: PLR0911 - one return a stage
    technician, visits = order.technician or "", visits_of(case)
    last = visits[-1] if visits else None
    if last is None or last.stage is VisitStage.CANCELLED or _came_to_nothing(last):
        return Step(on_site.plan, CLERK)
    match last.stage:
        case VisitStage.PLANNED | VisitStage.CONFIRMED if last.technician != technician:
            return Step(on_site.cancel, CLERK)
        case VisitStage.PLANNED | VisitStage.CONFIRMED if _is_not_to_be_kept(order, visits):
            return Step(on_site.reschedule, CLERK)
        case VisitStage.PLANNED:
            return Step(on_site.confirm, CLERK)
        case VisitStage.CONFIRMED:
            return Step(on_site.depart, technician)
        case VisitStage.DEPARTED:
            return Step(on_site.arrive, technician)
        case _:
            return _of_work(case, order, last)


def _of_work(case: Case, order: WorkOrder, last: Visit) -> Step:
    technician = order.technician or ""
    for note in notes_of(case).values():
        if note.is_posted and note.stage is NoteStage.ISSUED and note.opened is None:
            return Step(parts.open_parcel(), technician)
    if order.work is None or not _is_as_drawn(case, order):
        return Step(on_site.record_as_settled, technician)
    if last.stage is VisitStage.ARRIVED:
        return Step(on_site.end_visit("done"), technician)
    return Step(on_site.sign_as_customer, technician)


def _of_accounts(case: Case) -> Step | None:
    """What was drawn is accounted for as it was signed; if it cannot be, it is signed anew."""
    notes = [note for note in notes_of(case).values() if note.stage is not NoteStage.VOID]
    if any(_differs(note) for note in notes):
        return Step(on_site.void_signature, CLERK)
    for note in notes:
        if open_lines(note):
            return Step(parts.issue(), _keeper(note))
        if any(part not in note.accounts for part in note.issues):
            return Step(parts.reconcile(), _keeper(note))
        if stale_lines(note):
            return Step(parts.reconcile(again=True), _keeper(note))
    return None


def _of_the_end(case: Case) -> Step | None:
    (survey,) = case.state("followup", survey_of(case.ticket))
    (dossier,) = case.state("followup", dossier_of(case.ticket))
    assert isinstance(survey, Survey)
    assert isinstance(dossier, Dossier)
    if survey.stage is SurveyStage.DUE:
        assert survey.scheduled is not None
        free = [each for each in (CLERK, CLERK_2) if each not in survey.scheduled.technicians]
        return Step(after.answer(), free[-1])
    return Step(after.file, CLERK) if dossier.filed is None else None


def _keeper(note: IssueNote) -> str:
    """A storekeeper who is not the one that draws the parts."""
    return KEEPER if note.recipient != KEEPER else KEEPER_2


def _came_to_nothing(visit: Visit) -> bool:
    return visit.ended is not None and visit.ended.outcome is not VisitOutcome.DONE


def _is_not_to_be_kept(order: WorkOrder, visits: Sequence[Visit]) -> bool:
    """Whether the window is too early for what is posted, or the journey is not as approved."""
    last = visits[-1]
    assert last.window is not None
    first = not any(visit.departed for visit in visits)
    otherwise = first and last.travel_at != datetime.fromisoformat(TRAVEL_AT)
    return otherwise or bool(not_in_hand(order, last.window.start_at))


def _is_as_drawn(case: Case, order: WorkOrder) -> bool:
    """Whether the recorded work says no more than was drawn, and what is accounted for already."""
    assert order.work is not None
    said = {(each.note, each.part): each.used for each in order.work.work.parts_used}
    for number, note in notes_of(case).items():
        for part, done in note.accounts.items():
            if said.get((number, part), 0) != done.account.used:
                return False
        for part, issue in note.issues.items():
            if said.get((number, part), 0) > issue.issued.quantity - note.in_parcel(part):
                return False
    return True


def _differs(note: IssueNote) -> bool:
    """Whether a line was accounted for otherwise than is signed now, or cannot be as it is."""
    settled = any(done.account.used != note.signed_use(p) for p, done in note.accounts.items())
    beyond = any(
        note.signed_use(part) > issue.issued.quantity - note.in_parcel(part)
        for part, issue in note.issues.items()
    )
    return settled or beyond
