"""出路 (the exits): the moves that are on offer where a case stands, the likeliest first.

A move that leads off the straight line names the exit it belongs to. Without the moves of an exit
there are cases that nobody can bring to their end; `test_dead_ends.py` says which.
"""

from collections.abc import Iterator
from dataclasses import replace

from guiyi.play import after, order, report, visit
from guiyi.play.case import Act, Case
from guiyi.play.people import Person
from services.dispatch.work_order.kinds import FINISHED
from services.intake.report.approval import still_to_approve
from shared.events.followup import SurveyStage
from shared.events.order_sheet import NoteStage, OrderStage, VisitStage
from shared.events.report_form import Stage
from tests.world import (
    amending,
    claims,
    custody,
    detours,
    grievances,
    honest,
    parts,
    standing_in,
    states,
    unreached,
)
from tests.world.honest import Told
from tests.world.present import able
from tests.world.table import Chance, Table, order_step
from tests.world.truth import Customer, Truth
from tests.world.world import World

OUT = (VisitStage.DEPARTED, VisitStage.ARRIVED)
AGREED = (VisitStage.PLANNED, VisitStage.CONFIRMED)
TRY_ON_REPORT = unreached.a_day_later(unreached.try_on_report)
TRY_ON_ORDER = unreached.a_day_later(unreached.try_on_order)
CALL_IN_VAIN = unreached.a_day_later(detours.attempt)


def chances(table: Table) -> Iterator[Chance]:
    """Everything that might be done next and is no lie."""
    stage = table.papers.report.stage
    if stage is Stage.CLOSED or table.papers.order.stage is OrderStage.CLOSED:
        yield from _of_the_end(table)
    elif stage is Stage.APPROVED:
        yield from amending.changes(table)
        yield from _of_order(table)
    elif stage is Stage.SUBMITTED and table.papers.report.former is not None:
        yield from amending.decisions(table, approve_as)
    else:
        yield from _of_report(table)
    yield from _afterwards(table)
    yield from standing_in.deputies(table)


def _of_report(table: Table) -> Iterator[Chance]:
    paper, truth = table.papers.report, table.truth
    if truth.silent:
        yield from table.by("clerk", unreached.close_report, "not reached")
        yield from table.by("clerk", TRY_ON_REPORT, "not reached")
        yield from table.by("clerk", detours.take_back)
        return
    if truth.customer is Customer.WITHDRAWN:
        yield from table.by("clerk", report.close_report("withdrawn", "用户自行修好"))
        yield from table.by("clerk", detours.take_back)
        return
    if paper.stage is Stage.SUBMITTED:
        for as_what in still_to_approve(paper):
            yield from table.by_rung(as_what, approve_as(as_what))
        yield from table.by("clerk", detours.take_back)
    elif paper.stage is Stage.DIAGNOSED and paper.technician_sig is not None:
        yield from table.by("clerk", report.submit)
    if paper.stage is Stage.SUBMITTED:
        return
    if truth.is_solved:
        for role in ("technician", "clerk"):
            yield from table.by(role, report.close_report("solved_remotely"))
            yield from table.by(role, report.guide("solved"))
        return
    yield from _of_plan(table) if table.papers.is_new else _of_diagnosis(table)


def _of_diagnosis(table: Table) -> Iterator[Chance]:
    paper = table.papers.report
    if not paper.remote_attempts:
        yield from table.by("technician", report.guide("not_solved"))
    if paper.stage is Stage.DIAGNOSED and paper.technician_sig is None:
        yield from table.by("technician", report.sign_report)
    yield from table.by("clerk", honest.complete)
    yield from table.by("technician", honest.diagnose)


def _of_plan(table: Table) -> Iterator[Chance]:
    """A new machine is planned and signed by the clerk."""
    if table.papers.report.stage is Stage.DIAGNOSED:
        yield from table.by("clerk", report.submit)
    yield from table.by("clerk", honest.complete)
    for who in able("technician", table.truth.away):
        yield from table.by("clerk", honest.plan_for(who))


def _of_order(table: Table) -> Iterator[Chance]:
    papers, truth = table.papers, table.truth
    if truth.customer is Customer.WITHDRAWN or truth.hopeless or truth.silent:
        yield from _ending(table)
    if truth.silent and not (truth.mended and papers.is_tried):
        yield from _in_vain(table)
    match papers.order.stage:
        case OrderStage.NONE | OrderStage.AWAITING:
            yield from table.by("clerk", order.open_order())
        case OrderStage.OPENED | OrderStage.ASSIGNED:
            yield from _of_giving(table)
        case OrderStage.ACCEPTED:
            yield from _of_job(table)
        case OrderStage.SIGNED | OrderStage.HANDED_IN:
            yield from _home(table)
        case OrderStage.CLOSED:
            return


def _of_giving(table: Table) -> Iterator[Chance]:
    paper = table.papers.order
    if paper.superseded and paper.stage is OrderStage.OPENED:
        yield from table.by("clerk", detours.reopen)
    yield from table.by_technician(order.take_order)
    if paper.stage is OrderStage.ASSIGNED:
        yield from table.by("clerk", detours.recall)
    for who in able("technician", table.truth.away):
        yield from table.by("clerk", order.assign(who))


def _of_job(table: Table) -> Iterator[Chance]:
    papers = table.papers
    yield from parts.more_parts(table)
    yield from _on_site(table)
    yield from _in_the_shop(table)
    for number, drawn in papers.notes.items():
        yield from parts.of_note(table, number, drawn)
    if table.technician is None:
        yield from table.by("clerk", detours.recall, _given_back(table) or "for another")
        return
    last = papers.visit
    if last is None or last.stage in (VisitStage.ENDED, VisitStage.CANCELLED):
        yield from table.by("clerk", visit.plan)
    elif last.stage in AGREED:
        yield from _of_journey(table)
    yield from table.by("clerk", detours.recall, _given_back(table) or "for another")


def _of_journey(table: Table) -> Iterator[Chance]:
    papers, truth = table.papers, table.truth
    last = papers.visit
    assert last is not None
    if last.technician != papers.technician:
        yield from table.by("clerk", detours.reassign_visit, "for another")
    if last.stage is VisitStage.PLANNED:
        yield from table.by("clerk", visit.confirm)
    if truth.left_by is not None:
        yield from table.by_technician(detours.depart_before, "deviation")
    else:
        yield from table.by_technician(visit.depart)
        if not honest.lacking(papers, truth):
            yield from table.by("clerk", honest.go_without)
        if papers.order.travel_asked is not None:
            yield from table.by_approver(detours.grant_travel_change)
        yield from table.by_technician(detours.ask_travel_change)
        yield from table.by("clerk", detours.reschedule)
    yield from table.by("clerk", detours.cancel)


def _on_site(table: Table) -> Iterator[Chance]:
    """Whoever is there works, says what came of it, and asks for the signature."""
    papers, truth, who = table.papers, table.truth, table.technician
    last = papers.visit
    if last is None:
        return
    if last.stage in OUT and last.technician == truth.away:
        yield from _interrupting(table)
        return
    if truth.silent and papers.order.work is not None:
        yield from _told_by_clerk(table)
    if who is None:
        return
    if last.stage is VisitStage.DEPARTED:
        yield Chance(visit.arrive, who)
    if last.stage is VisitStage.ARRIVED:
        yield from _working(table, who)
    if papers.order.work is not None:
        yield from _signing(table, who)
    if last.stage is VisitStage.ENDED and truth.worked:
        yield from _recording(table, who, truth)


def _interrupting(table: Table) -> Iterator[Chance]:
    """Whoever is out cannot go on; a clerk says so."""
    for approver in able("approver", table.truth.away):
        for teller in able("clerk", table.truth.away):
            act = honest.interrupt(approver, teller)
            yield from table.by("clerk", act, "for another")


def _told_by_clerk(table: Table) -> Iterator[Chance]:
    """Whoever worked cannot say any more that nobody was there to sign."""
    if table.papers.order.unsigned is not None:
        yield from table.by_approver(detours.waive_signature, "not reached")
    elif table.technician is None:
        yield from table.by("clerk", unreached.leave_unsigned, "not reached")


def _in_the_shop(table: Table) -> Iterator[Chance]:
    """The machine was brought in: nobody travels, and the customer signs at the desk."""
    who = table.technician
    if who is None or table.papers.visit is not None or table.papers.order.on_site:
        return
    fits = honest.fits(table.papers, table.truth, who)
    yield from _recording(table, who, table.truth.fitted(fits))
    if table.papers.order.work is not None:
        yield from _signing(table, who)


def _working(table: Table, who: Person) -> Iterator[Chance]:
    papers, truth = table.papers, table.truth
    if truth.silent and not truth.worked:
        yield Chance(unreached.find_nobody, who, "not reached")
        return
    if honest.closed_parcels(papers.notes, truth):
        yield Chance(honest.open_parcel(truth), who, "unfit parts" if _is_unfit(truth) else None)
    after_ = truth.fitted(honest.fits(papers, truth, who))
    yield from _recording(table, who, after_)
    if truth.mended:
        yield Chance(visit.end_visit("done"), who)
    elif truth.worked or truth.customer is Customer.WITHDRAWN:
        yield Chance(honest.end_unmended(truth), who, "not mended")


def _recording(table: Table, who: Person, so: Truth) -> Iterator[Chance]:
    """What was done is recorded, and paid for by whoever has to pay."""
    paid = replace(so, paid=honest.fees_of(table.case, table.papers, so))
    if not honest.is_recorded(table.papers, paid):
        yield Chance(honest.record(paid), who, _given_back(table), then=lambda _: paid)


def _given_back(table: Table) -> str | None:
    """A new machine was recorded as running, and its customer gives it back all the same."""
    papers, truth = table.papers, table.truth
    work = papers.order.work.work if papers.order.work else None
    runs = work is not None and work.result in FINISHED
    back = papers.is_new and runs and truth.customer is Customer.WITHDRAWN
    return "not accepted" if back else None


def _is_unfit(truth: Truth) -> bool:
    return any((*truth.damaged.values(), *truth.misplaced.values()))


def _billing(table: Table, who: Person) -> Iterator[Chance]:
    """Less is charged than was agreed to: whoever worked asks an approver for that bill."""
    if table.papers.order.fees_asked is not None:
        yield from table.by_approver(honest.grant_bill)
    elif honest.is_less(table.papers):
        yield Chance(honest.ask_bill, who)


def _signing(table: Table, who: Person) -> Iterator[Chance]:
    yield from _billing(table, who)
    if table.truth.customer is Customer.UNWILLING:
        if table.papers.order.unsigned is not None:
            yield from table.by_approver(detours.waive_signature, "waiver")
        yield Chance(honest.refuse_to_sign, who, "waiver")
    elif table.truth.silent:
        if table.papers.order.unsigned is not None:
            yield from table.by_approver(detours.waive_signature, "not reached")
        yield Chance(unreached.leave_unsigned, who, "not reached")
    else:
        yield Chance(order.sign_as_customer, who)


def _home(table: Table) -> Iterator[Chance]:
    papers, truth = table.papers, table.truth
    if papers.order.stage is OrderStage.HANDED_IN:
        yield from _taken(table)
        return
    for number, drawn in papers.notes.items():
        if parts.is_open(drawn) and drawn.stage is not NoteStage.VOID:
            yield from parts.left_open(table, drawn)
        if drawn.stage is NoteStage.ISSUED or detours.stale_lines(drawn):
            yield from parts.losses(table, number, drawn)
        if drawn.stage is NoteStage.ISSUED:
            yield from parts.told_again(table, number, drawn)
            yield from parts.received(table, number, drawn)
            if drawn.recipient == truth.away:
                yield from parts.passed_on(table, number, drawn)
        if drawn.stage in (NoteStage.ISSUED, NoteStage.SETTLED):
            yield from table.by("storekeeper", honest.reconcile(truth))
            yield from parts.put_right(table, drawn)
    yield from _bringing(table)
    yield from table.by("clerk", detours.void_signature)


def _bringing(table: Table) -> Iterator[Chance]:
    """The task is brought by its technician, or another, once an approver has seen the excess."""
    papers, truth = table.papers, table.truth
    if states.excess(papers.order):
        yield from table.by_approver(detours.grant_excess, "excess")
    yield from table.by_technician(order.hand_in)
    if table.technician is None:
        if (entrusted := papers.order.entrusted) is not None:
            clerks = [w for w in able("clerk", truth.away) if w.id == entrusted.clerk]
            yield from (Chance(order.hand_in, who, "for another") for who in clerks)
        for clerk in able("clerk", truth.away):
            yield from table.by_approver(_entrust(clerk), "for another")


def _taken(table: Table) -> Iterator[Chance]:
    """A clerk takes the task; where the repair is not done, it goes on or is given up."""
    truth = table.truth
    if truth.is_finished(table.papers.report.kind):
        yield from table.by("clerk", _closed(truth))
    else:
        yield from table.by("clerk", _ended(table), _given_up(table))
    if truth.is_unfinished:
        for each in table.by("clerk", detours.continue_repair, "further order"):
            yield replace(each, then=lambda truth: replace(truth, paid=()))
    yield from table.by("clerk", detours.return_hand_in)


def _ending(table: Table) -> Iterator[Chance]:
    """The case is given up: nothing is left with anybody, and the customer was told."""
    papers, truth = table.papers, table.truth
    last = papers.visit
    if papers.order.stage in (OrderStage.SIGNED, OrderStage.HANDED_IN, OrderStage.CLOSED):
        return
    yield from table.by("clerk", _ended(table), _given_up(table))
    if last is not None and last.stage in (*AGREED, VisitStage.DEPARTED):
        yield from table.by("clerk", unreached.cancel if truth.silent else detours.cancel)
    if papers.order.stage is not OrderStage.ACCEPTED:
        for number, drawn in papers.notes.items():
            yield from parts.of_note(table, number, drawn)


def _in_vain(table: Table) -> Iterator[Chance]:
    """They are tried once more on the next day; an approver agrees to the end."""
    yield from table.by_approver(unreached.grant, "not reached")
    yield from table.by("clerk", TRY_ON_ORDER, "not reached")


def _given_up(table: Table) -> str | None:
    """A new machine comes to an end without being commissioned."""
    if not table.papers.is_new or table.truth.silent:
        return None
    return "given up" if table.truth.customer is Customer.WITHDRAWN else "not running"


def _closed(truth: Truth) -> Act:
    return unreached.close_mended if truth.silent else order.close


def _ended(table: Table) -> Act:
    if table.truth.silent:
        return unreached.close_order
    if table.truth.customer is Customer.WITHDRAWN:
        return order.close_as("withdrawn", "用户不修了")
    if table.papers.is_new:
        return order.close_as("not_commissioned", "开不了机，退厂")
    return order.close_as("not_repairable", "轴已断裂，修不好")


def _of_the_end(table: Table) -> Iterator[Chance]:
    if table.papers.survey.stage is SurveyStage.DUE and table.truth.silent:
        yield from table.by("clerk", unreached.give_up_call)
        yield from table.by("clerk", CALL_IN_VAIN)
    elif table.papers.survey.stage is SurveyStage.DUE:
        yield from table.by("clerk", honest.answer(table.truth))
    elif table.papers.dossier.filed is None:
        yield from table.by("clerk", after.file)


def _afterwards(table: Table) -> Iterator[Chance]:
    """Of what stands beside the repair, as soon as it is there."""
    yield from custody.chances(table)
    yield from claims.chances(table)
    yield from grievances.chances(table)


def approve_as(as_what: str) -> Act:
    """批准: in one's own name, or in that of whom one stands in for."""

    def act(case: Case, who: Person) -> Told:
        rooms = case.rooms
        assert isinstance(rooms, World)
        seen = case.seen("intake", f"{report.REPORT}/{case.ticket}")
        assert seen is not None
        said = {"as_what": as_what, "content": seen["report"]["content"]}
        for_, rooms.in_place_of = rooms.in_place_of, None
        body = {**said, "acting_for": for_.id} if for_ else said
        return case.does(who, "intake", f"{report.REPORT}/{case.ticket}/approvals", body)

    return act


def _entrust(clerk: Person) -> Act:
    return order_step("hand-in-grants", {"clerk": clerk.id, "because": "售后人员住院"})
