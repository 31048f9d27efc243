"""步法 (the moves): everything anybody might try in a repair, and what should be done next in it.

What comes next is told from where the papers stand, so that a repair which somebody led astray
still finds its way to the end.
"""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from guiyi.play import after, claim, complaints, exceptions, note, order, report, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import APPROVER, CLERK, KEEPER, SUN, Person
from guiyi.play.player import Turn
from services.inventory.issue_note.asking import Decided, RequestKind
from shared.events.followup import SurveyStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitOutcome, VisitStage, WorkResult
from shared.events.report_form import Stage
from shared.events.values import RemoteResult
from tests.world import beside, detours, misissued, states, unreached
from tests.world.detours import stale_lines
from tests.world.people import CLERK_2, HANDY, KEEPER_2, PEOPLE
from tests.world.states import IssueNote, Report, Visit, WorkOrder

UNMENDED = order.close_as("not_repairable", "轴已断裂，修不好")
SOLVED = report.close_report("solved_remotely")
OF_REPORT: Sequence[Act] = (
    *(report.guide("solved"), report.guide("not_solved"), report.diagnose, report.sign_report),
    *(report.submit, report.approve, detours.give_back, detours.take_back),
    *(report.submit, report.approve, SOLVED, detours.correct_contact, unreached.try_on_report),
)
OF_ORDER: Sequence[Act] = (
    *(order.open_order(), order.assign(), order.assign(HANDY), order.take_order),
    *(order.decline, detours.recall, detours.give_up, detours.correct_contact, detours.reopen),
    unreached.try_on_order,
)
OF_PARTS: Sequence[Act] = (
    *(note.issue(), note.issue(-1), note.issue(1), note.issue(recipient=SUN)),
    *(note.announce, detours.deliver_parcel, detours.return_parcel),
    *(note.open_parcel(), note.open_parcel("short"), detours.open_again),
    *(detours.not_so("opened"), detours.not_so("returned"), detours.not_so("delivered")),
    *(note.reconcile(), note.reconcile(1), note.reconcile(-1), detours.reconcile_again),
    *(note.reconcile(unsigned=True), note.reconcile(1, unsigned=True)),
    *(detours.ask_void, detours.void_note),
    *(detours.further_note, detours.recall, detours.correct_contact),
    *(detours.draft_change, detours.of_draft("signatures"), detours.of_draft("amendments")),
    *(exceptions.ask_loss, exceptions.grant("loss"), exceptions.ask_waiver),
    *(exceptions.grant("waiver"), exceptions.ask_drop, exceptions.drop),
    *(exceptions.hand_over(SUN), exceptions.hand_over(HANDY), exceptions.hand_over()),
    *(misissued.ask, exceptions.grant("correction")),
)
OF_VISIT: Sequence[Act] = (
    *(visit.plan, visit.confirm, detours.reschedule, detours.put_off, detours.cancel),
    *(visit.depart, visit.arrive, visit.end_visit("done"), visit.find_nobody),
    *(visit.end_visit("second_visit", because="配件不合", next_step="改日再来"),),
    *(detours.ask_travel_change, detours.grant_travel_change, detours.refuse_travel_change),
    *(detours.ask_supplement, detours.grant_supplement, detours.refuse_supplement),
    *(detours.draft_fewer, detours.grant_excess, detours.deny_excess),
    *(detours.forgo_parts, detours.ask_fees, detours.grant_fees, detours.refuse_fees),
    *(detours.refuse_to_sign, detours.waive_signature, detours.depart_before),
    *(detours.grant_deviation, detours.deny_deviation),
    *(detours.interrupt, detours.reassign_visit, detours.ask_base_help),
    *(detours.guide_from_base, detours.send_from_base, detours.decline_base_help),
    *(detours.agree_on_site, detours.urge),
    *(detours.take_leave, detours.come_back, detours.make_link),
    *(detours.ask_code, detours.tell_code),
    *(unreached.cancel, unreached.leave_unsigned, unreached.grant, unreached.close_order),
    *(detours.give_up, detours.recall),
    *(order.record_work(), order.record_work(1), order.record_work(-1), detours.record_unmended),
    order.sign_as_customer,
)
OF_END: Sequence[Act] = (
    *(detours.void_signature, order.hand_in, detours.return_hand_in, order.close, UNMENDED),
    *(detours.give_up, order.sign_as_customer, order.record_work(1), visit.plan),
    *(detours.waive_signature, detours.grant_deviation, detours.entrust_hand_in),
    *(detours.grant_excess, detours.deny_excess, detours.settle_money),
    *(detours.recall, note.reconcile(), note.reconcile(-1), detours.reconcile_again),
    *(exceptions.ask_correction, exceptions.grant("correction"), exceptions.hand_over(SUN)),
    *(claim.submit, claim.approve, complaints.receive),
)
ASSIGNED_COMPLAINT = beside.once_complained(complaints.assign(APPROVER))
AFTER: Sequence[Act] = (
    *(after.answer, detours.answer_no, detours.attempt, after.file, detours.give_up),
    *(detours.end_call_back("unreached"), detours.end_call_back("declined")),
    *(
        after.make_link,
        after.lend,
        after.take_back,
        after.report_loss,
        after.accept_loss,
        after.add,
    ),
    detours.correct_contact,
    *(claim.submit, claim.review, claim.approve, claim.pay, beside.withdraw),
    *(complaints.receive, ASSIGNED_COMPLAINT, beside.resolve, beside.confirm, beside.close),
)
ACTS: Sequence[Act] = (
    *(*OF_REPORT, *OF_ORDER, *OF_PARTS, *OF_VISIT, *OF_END, *AFTER),
    report.close_report("withdrawn", "用户自行修好"),
)


def at_hand(case: Case) -> Sequence[Act]:
    """What people might think of where the repair stands now."""
    stage = states.report(case).stage
    if stage not in (Stage.APPROVED, Stage.CLOSED):
        return OF_REPORT
    match states.order(case).stage:
        case OrderStage.NONE | OrderStage.AWAITING | OrderStage.OPENED | OrderStage.ASSIGNED:
            return AFTER if stage is Stage.CLOSED else OF_ORDER
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
    return states.dossier(case).filed is not None


def next_step(case: Case) -> Turn | None:  # noqa: PLR0911 - one return a stage
    """Who should do what next, once the rooms have heard all; None: the repair is at its end."""
    paper = states.report(case)
    match paper.stage:
        case Stage.NONE:
            return Turn(report.report, CLERK)
        case Stage.REGISTERED | Stage.RETURNED | Stage.DIAGNOSED if _is_to_be_guided(paper):
            return Turn(report.guide("not_solved"), case.technician)
        case Stage.REGISTERED | Stage.RETURNED:
            return Turn(report.diagnose, case.technician)
        case Stage.DIAGNOSED if paper.technician_sig is None:
            return Turn(report.sign_report, case.technician)
        case Stage.DIAGNOSED:
            return Turn(report.submit, CLERK)
        case Stage.SUBMITTED:
            return Turn(report.approve, APPROVER)
        case Stage.APPROVED:
            return _of_order(case, states.order(case))
        case Stage.CLOSED:
            return _of_the_end(case)


def _is_to_be_guided(paper: Report) -> bool:
    """Nobody has tried from afar, or the last try had solved it and the fault is back."""
    tried = paper.remote_attempts
    return not tried or tried[-1].result is RemoteResult.SOLVED


def _of_order(case: Case, paper: WorkOrder) -> Turn | None:  # noqa: PLR0911 - one return a stage
    match paper.stage:
        case OrderStage.NONE | OrderStage.AWAITING:
            return Turn(order.open_order(), CLERK)
        case OrderStage.OPENED if paper.superseded:
            return Turn(detours.reopen, CLERK)
        case OrderStage.OPENED:
            given_out = {who for drawn in states.notes(case).values() for who in _issuers(drawn)}
            return Turn(order.assign(SUN if case.technician.id in given_out else None), CLERK)
        case OrderStage.ASSIGNED if paper.superseded:
            return Turn(detours.recall, CLERK)
        case OrderStage.ASSIGNED:
            return Turn(order.take_order, _technician(paper))
        case OrderStage.ACCEPTED:
            return _of_parts(case, paper) or _of_visit(case, paper)
        case OrderStage.SIGNED:
            return _of_accounts(case) or _of_bringing(paper)
        case OrderStage.HANDED_IN:
            assert paper.work is not None
            unmended = paper.work.work.result is WorkResult.NOT_FIXED
            return Turn(UNMENDED if unmended else order.close, CLERK)
        case OrderStage.CLOSED:
            return _of_the_end(case)


def _of_parts(case: Case, paper: WorkOrder) -> Turn | None:
    """Everything that is to be drawn is drawn; what came to nothing is named anew."""
    notes = states.notes(case)
    for named in paper.notes:
        drawn = notes[named.number]
        if _open_lines(drawn):
            return Turn(note.issue(), _keeper(drawn))
        if (sent := _of_parcel(drawn)) is not None:
            return sent
        if drawn.stage is NoteStage.ISSUED and drawn.recipient != paper.technician:
            if paper.technician in _issuers(drawn):
                return Turn(detours.recall, CLERK)
            return Turn(exceptions.hand_over(), _keeper(drawn))
    idle = any(states.is_idle(paper.issue_notes.get(named.number)) for named in paper.notes)
    lacks = states.lacking(paper)
    if (idle or lacks) and any(states.rest_of(paper).values()):
        return Turn(detours.further_note, CLERK)
    return Turn(detours.forgo_parts, CLERK) if lacks else None


def _of_parcel(drawn: IssueNote) -> Turn | None:
    """Both are told that it comes; what came back is accounted for."""
    if not drawn.is_posted or drawn.stage is not NoteStage.ISSUED:
        return None
    if drawn.came_back is not None:
        return Turn(detours.settle_returned, _keeper(drawn))
    is_told = drawn.announced is not None or drawn.opened is not None
    return None if is_told else Turn(note.announce, KEEPER)


def _of_visit(case: Case, paper: WorkOrder) -> Turn:  # noqa: PLR0911 - one return a stage
    technician, visits = _technician(paper), states.visits(case)
    last = visits[-1] if visits else None
    if last is None or last.stage is VisitStage.CANCELLED or _came_to_nothing(last):
        return Turn(visit.plan, CLERK)
    match last.stage:
        case VisitStage.PLANNED | VisitStage.CONFIRMED if last.technician != technician.id:
            return Turn(detours.reassign_visit, CLERK)
        case VisitStage.PLANNED | VisitStage.CONFIRMED if _is_not_to_be_kept(paper, visits):
            return Turn(detours.reschedule, CLERK)
        case VisitStage.PLANNED:
            return Turn(visit.confirm, CLERK)
        case VisitStage.CONFIRMED if _is_another_day(case, paper, visits):
            if paper.travel_asked is not None:
                return Turn(detours.grant_travel_change, APPROVER)
            return Turn(detours.ask_travel_change, technician)
        case VisitStage.CONFIRMED:
            return Turn(visit.depart, technician)
        case VisitStage.DEPARTED:
            return Turn(visit.arrive, technician)
        case _:
            return _of_work(case, paper, last)


def _of_work(case: Case, paper: WorkOrder, last: Visit) -> Turn:
    technician = _technician(paper)
    for drawn in states.notes(case).values():
        if drawn.is_posted and drawn.stage is NoteStage.ISSUED and drawn.opened is None:
            return Turn(note.open_parcel(), technician)
    if paper.work is None or not _is_as_drawn(case, paper):
        return Turn(detours.record_as_settled, technician)
    if last.stage is VisitStage.ARRIVED:
        return Turn(visit.end_visit("done"), technician)
    return Turn(order.sign_as_customer, technician)


def _of_accounts(case: Case) -> Turn | None:
    """What was drawn is accounted for as it was signed; if it cannot be, it is signed anew."""
    notes = [each for each in states.notes(case).values() if each.stage is not NoteStage.VOID]
    if any(_differs(each) for each in notes):
        return Turn(detours.void_signature, CLERK)
    for drawn in notes:
        if _open_lines(drawn):
            return Turn(note.issue(), _keeper(drawn))
        if (gone := _of_what_is_gone(drawn)) is not None:
            return gone
        if any(part not in drawn.accounts for part in drawn.issues):
            unseen = drawn.is_under_way
            act = detours.deliver_parcel if unseen else note.reconcile(unsigned=drawn.is_waived)
            return Turn(act, _keeper(drawn))
        if stale_lines(drawn):
            return Turn(detours.reconcile_again, _keeper(drawn))
    return None


def _of_bringing(paper: WorkOrder) -> Turn:
    """What was used beyond what is approved an approver has seen before the task is handed in."""
    if states.excess(paper):
        return Turn(detours.grant_excess, APPROVER)
    return Turn(order.hand_in, _technician(paper))


def _of_what_is_gone(drawn: IssueNote) -> Turn | None:
    """What was missing from the parcel is settled by a loss that somebody else grants."""
    out = [part for part in drawn.issues if part not in drawn.accounts]
    if drawn.opened is None or not any(drawn.in_parcel(part) > drawn.lost(part) for part in out):
        return None
    losses = [each for each in drawn.requests.values() if each.kind is RequestKind.LOSS]
    if any(each.decided is Decided.OPEN for each in losses):
        return Turn(exceptions.grant("loss"), APPROVER)
    return Turn(exceptions.ask_loss, _keeper(drawn))


def _of_the_end(case: Case) -> Turn | None:
    survey = states.survey(case)
    if survey.stage is SurveyStage.DUE:
        assert survey.scheduled is not None
        free = [each for each in (CLERK, CLERK_2) if each.id not in survey.scheduled.technicians]
        return Turn(after.answer, free[-1])
    dossier = states.dossier(case)
    if dossier.custody.missed:
        return Turn(after.accept_loss, APPROVER)
    if out := dossier.custody.out:
        with_claims = any(each.claim for lendings in out.values() for each in lendings)
        return Turn(after.take_back, APPROVER if with_claims else CLERK)
    return None if dossier.filed else Turn(after.file, CLERK)


def _technician(paper: WorkOrder) -> Person:
    return PEOPLE[paper.technician or ""]


def _issuers(drawn: IssueNote) -> frozenset[str]:
    """Who gave parts out on the note: they never take them."""
    return frozenset(each.issued_by for each in drawn.issues.values())


def _keeper(drawn: IssueNote) -> Person:
    """A storekeeper who is not the one that draws the parts."""
    return KEEPER if drawn.recipient != KEEPER.id else KEEPER_2


def _open_lines(drawn: IssueNote) -> Sequence[str]:
    """Lines that can still be drawn: on a note that is settled, or came back, nothing is."""
    open_ = drawn.stage in (NoteStage.RELEASED, NoteStage.ISSUED) and drawn.came_back is None
    return drawn.open_lines if open_ else ()


def _came_to_nothing(last: Visit) -> bool:
    return last.ended is not None and last.ended.outcome is not VisitOutcome.DONE


def _is_not_to_be_kept(paper: WorkOrder, visits: Sequence[Visit]) -> bool:
    """Whether the window is too early for what is posted."""
    last = visits[-1]
    assert last.window is not None
    return bool(states.not_in_hand(paper, last.window.start_at))


def _is_another_day(case: Case, paper: WorkOrder, visits: Sequence[Visit]) -> bool:
    """Whether the first journey would be made on another day than the approved one."""
    first = not any(each.departed for each in visits)
    today = datetime.fromisoformat(case.now).astimezone(ZoneInfo("Asia/Shanghai")).date()
    return first and paper.travel_on != today


def _is_as_drawn(case: Case, paper: WorkOrder) -> bool:
    """Whether the recorded work says no more than was drawn, and what is accounted for already."""
    assert paper.work is not None
    said = {(each.note, each.part): each.used for each in paper.work.work.parts_used}
    for number, drawn in states.notes(case).items():
        for part, done in drawn.accounts.items():
            if said.get((number, part), 0) != done.account.used:
                return False
        for part, issue in drawn.issues.items():
            if said.get((number, part), 0) > issue.issued.quantity - drawn.in_parcel(part):
                return False
    return True


def _differs(drawn: IssueNote) -> bool:
    """Whether a line was accounted for otherwise than is signed now, or cannot be as it is."""
    accounts = drawn.accounts.items()
    settled = any(done.account.used != drawn.signed_use(part) for part, done in accounts)
    beyond = any(
        drawn.signed_use(part) > issue.issued.quantity - drawn.in_parcel(part)
        for part, issue in drawn.issues.items()
    )
    return settled or beyond
