"""岔口 (the turnings): each way off the straight line, taken by who should, where it first is open.

Whatever people try seldom finds the right person at the right place. Here they are.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import httpx

from guiyi.play import (
    after,
    claim,
    commissioning,
    complaints,
    exceptions,
    note,
    order,
    report,
    visit,
)
from guiyi.play import detours as told
from guiyi.play.case import Act, Case
from guiyi.play.order import ORDER
from guiyi.play.people import APPROVER, CLERK, DEPUTY, FINANCE, KEEPER, SUN, Person
from guiyi.play.report import REPORT
from shared.events.order_sheet import VisitStage
from tests.world import accounts, beside, detours, misissued, states, unreached
from tests.world.cases import TOLD
from tests.world.people import CLERK_2, HANDY
from tests.world.world import World

Turning = Sequence[tuple[Act, Person | None]]
"""Who does what; nobody named: the technician of the case."""


def _of_report(step: str, **body: object) -> Act:
    def act(case: Case, who: Person) -> httpx.Response:
        return case.does(who, "intake", f"{REPORT}/{case.ticket}/{step}", body)

    return act


def close_as_duplicate(case: Case, who: Person) -> httpx.Response:
    """结案: the same customer had called before."""
    other = Case(case.rooms, case.said, case.technician)
    assert report.report(other, who).is_success
    body = {"ending": "duplicate", "reason": "重复报修", "other_ticket": other.ticket}
    closed = {**body, "customer_told_at": case.now}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/closings", closed)


def plan_a_new_machine(case: Case, who: Person) -> httpx.Response | None:
    """调试计划: a colleague's case of a new machine, which its customer then takes back."""
    other = Case(case.rooms, TOLD["sold"], case.technician)
    assert report.report(other, who).is_success
    assert commissioning.plan(other, who).is_success
    return report.close_report("withdrawn", "用户退货")(other, who)


def ask_for_tomorrow(case: Case, who: Person) -> httpx.Response:
    """旅程变更申请: to leave a day later."""
    at = datetime.fromisoformat(case.now) + timedelta(days=1)
    body = {"mode": "company_car", "travel_at": at.isoformat(), "because": "用户改期"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/travel-changes", body)


def depart_late(case: Case, who: Person) -> httpx.Response | None:
    """出发: told when they have been on the way for an hour, by other means than were approved."""
    assert isinstance(case.rooms, World)
    confirmed = visit.confirm(case, CLERK)
    if confirmed is not None and confirmed.is_success:
        case.rooms.clock.pass_on(timedelta(hours=2))
    return detours.depart_before(case, who)


def make_link(case: Case, who: Person) -> httpx.Response | None:
    """预约链接: the customer is sent where they agree to the window."""
    return visit.visit_step(case, who, "appointment-links", {})


def draft_fewer_on_site(case: Case, who: Person) -> httpx.Response | None:
    """更正草拟: of parts that are in hand there."""
    there = [each.stage for each in states.visits(case)] == [VisitStage.ARRIVED]
    return detours.draft_fewer(case, who) if there else None


def void_when_settled(case: Case, who: Person) -> httpx.Response | None:
    """签字作废: when all has been accounted for already."""
    stages = {shown["note"]["stage"] for shown in note.notes_of(case).values()}
    return detours.void_signature(case, who) if stages == {"settled"} else None


_DRAFTED = (
    (detours.draft_change, None),
    (detours.of_draft("signatures"), None),
    (detours.of_draft("amendments"), CLERK),
)
_FEWER = (
    (draft_fewer_on_site, None),
    (detours.of_draft("signatures"), None),
    (detours.of_draft("amendments"), CLERK),
    (report.approve, APPROVER),
    (order.record_work(), None),
)
_BOOKED_WRONGLY = (
    (void_when_settled, CLERK),
    (order.record_work(1), None),
    (order.sign_as_customer, None),
    (exceptions.ask_correction, KEEPER),
)
_REVIEWED = ((claim.submit, None), (claim.review, FINANCE))
_COMPLAINED = (
    (complaints.receive, CLERK),
    (complaints.assign(APPROVER), CLERK),
    (beside.sound_alarm, CLERK),
    (beside.resolve, APPROVER),
)
TURNINGS: Mapping[str, Turning] = {
    "straight": (),
    "basics": ((_of_report("basics", fault_description="漏水越来越大"), CLERK),),
    "second call": ((_of_report("calls", said="问何时上门", urges=True), CLERK),),
    "note": ((_of_report("notes", text="门卫要登记车牌"), None),),
    "case handed over": ((_of_report("handovers", to=CLERK_2.id, because="下班"), CLERK),),
    "contact": ((detours.correct_contact, CLERK),),
    "new machine": ((plan_a_new_machine, CLERK),),
    "duplicate": ((close_as_duplicate, CLERK),),
    "returned": ((detours.give_back, APPROVER),),
    "approval urged": ((_of_report("urgings", because="用户停产等修"), CLERK),),
    "report recalled": ((detours.take_back, CLERK),),
    "changed": (*_DRAFTED, (report.approve, APPROVER)),
    "change refused": (*_DRAFTED, (detours.give_back, APPROVER)),
    "change recalled": (*_DRAFTED, (detours.take_back, CLERK)),
    "declined": ((order.decline, None),),
    "order recalled": ((detours.recall, CLERK),),
    "note void": ((detours.ask_void, CLERK), (detours.void_note, KEEPER)),
    "line dropped": ((exceptions.ask_drop, CLERK), (exceptions.drop, KEEPER)),
    "parts forgone": ((detours.forgo_parts, CLERK),),
    "short": ((note.issue(-1), KEEPER), (detours.further_note, CLERK)),
    "journey granted": (
        (ask_for_tomorrow, None),
        (detours.grant_travel_change, APPROVER),
    ),
    "journey refused": (
        (ask_for_tomorrow, None),
        (detours.refuse_travel_change, APPROVER),
    ),
    "supplement": ((detours.ask_supplement, None), (detours.grant_supplement, APPROVER)),
    "no supplement": ((detours.ask_supplement, None), (detours.refuse_supplement, APPROVER)),
    "excess granted": (*_FEWER, (detours.grant_excess, APPROVER)),
    "excess denied": (*_FEWER, (detours.deny_excess, APPROVER)),
    "fees": ((detours.ask_fees, None), (detours.grant_fees, APPROVER)),
    "no fees": ((detours.ask_fees, None), (detours.refuse_fees, APPROVER)),
    "money settled": (
        (detours.record_charged, None),
        (detours.ask_fees, None),
        (detours.grant_fees, APPROVER),
        (detours.settle_money, FINANCE),
    ),
    "base's help": ((detours.ask_base_help, CLERK),),
    "urged": ((detours.urge, CLERK),),
    "link": ((make_link, CLERK),),
    "code": ((detours.ask_code, None), (detours.tell_code, None)),
    "rescheduled": ((detours.reschedule, CLERK),),
    "put off": ((detours.put_off, CLERK),),
    "called off": ((detours.cancel, CLERK),),
    "deviation granted": ((depart_late, None), (detours.grant_deviation, APPROVER)),
    "deviation denied": ((depart_late, None), (detours.deny_deviation, APPROVER)),
    "nobody home": ((visit.find_nobody, None),),
    "interrupted": ((detours.interrupt, CLERK),),
    "another goes": (
        (visit.confirm, CLERK),
        (detours.recall, CLERK),
        (order.assign(SUN), CLERK),
        (order.take_order, SUN),
        (detours.reassign_visit, CLERK),
    ),
    "handed out otherwise": ((misissued.ask, KEEPER), (exceptions.grant("correction"), None)),
    "not handed out otherwise": (
        (misissued.ask, KEEPER),
        (exceptions.refuse("correction"), APPROVER),
    ),
    "counted": ((told.count, KEEPER),),
    "handed over": ((exceptions.hand_over(SUN), KEEPER),),
    "delivered": ((detours.deliver_parcel, KEEPER),),
    "came back": ((detours.return_parcel, KEEPER),),
    "came back, it was said": (
        (detours.return_parcel, KEEPER),
        (detours.not_so("returned"), KEEPER),
    ),
    "opened short": ((note.open_parcel("short"), None),),
    "opened short, it was said": ((note.open_parcel("short"), None), (detours.open_again, None)),
    "opened, it was said": ((note.open_parcel(), None), (detours.not_so("opened"), None)),
    "lost": ((exceptions.ask_loss, KEEPER), (exceptions.grant("loss"), APPROVER)),
    "not lost": ((exceptions.ask_loss, KEEPER), (exceptions.refuse("loss"), APPROVER)),
    "waived": ((exceptions.ask_waiver, None), (exceptions.grant("waiver"), APPROVER)),
    "not waived": ((exceptions.ask_waiver, None), (exceptions.refuse("waiver"), APPROVER)),
    "not signed": ((detours.refuse_to_sign, None), (detours.waive_signature, APPROVER)),
    "not mended": ((detours.record_unmended, None),),
    "before the books": (
        (accounts.open_account, KEEPER),
        (accounts.sign_account, None),
        (accounts.bring_back, KEEPER),
    ),
    "corrected": (*_BOOKED_WRONGLY, (exceptions.grant("correction"), APPROVER)),
    "not corrected": (*_BOOKED_WRONGLY, (exceptions.refuse("correction"), APPROVER)),
    "entrusted": ((detours.entrust_hand_in, APPROVER), (order.hand_in, CLERK_2)),
    "further order": ((detours.record_unmended, None), (detours.continue_repair, CLERK)),
    "deputy": ((detours.delegate_to(HANDY), APPROVER), (detours.approve_for(APPROVER), HANDY)),
    "hand-in returned": ((detours.return_hand_in, CLERK),),
    "withdrawn": ((detours.give_up, CLERK),),
    "not reached": ((detours.attempt, CLERK_2),),
    "never reached": (
        *((unreached.a_day_later(unreached.try_on_report), CLERK),) * 3,
        (unreached.close_report, CLERK),
    ),
    "no longer reached": (
        *((unreached.a_day_later(unreached.try_on_order), CLERK),) * 3,
        (unreached.grant, APPROVER),
        (unreached.close_order, CLERK),
    ),
    "left unsigned": ((unreached.leave_unsigned, None), (detours.waive_signature, APPROVER)),
    "called off unheard": ((unreached.cancel, CLERK),),
    "will not answer": ((detours.end_call_back("declined"), CLERK_2),),
    "dissatisfied": ((detours.answer_no, CLERK_2),),
    "asked by a link": ((after.make_link, CLERK_2),),
    "lent": ((after.lend, CLERK),),
    "lent and back": ((after.lend, CLERK), (after.take_back, CLERK)),
    "paper lost": (
        (after.lend, CLERK),
        (after.report_loss, CLERK),
        (after.accept_loss, APPROVER),
    ),
    "addendum": ((after.add, CLERK),),
    "claimed": (*_REVIEWED, (claim.approve, APPROVER), (claim.pay, FINANCE)),
    "approval taken back": (
        *(*_REVIEWED, (claim.approve, APPROVER), (beside.take_back_approval, FINANCE)),
        *((claim.approve, APPROVER), (claim.pay, FINANCE), (beside.correct_payment, DEPUTY)),
    ),
    "claim sent back": (
        *((claim.submit, None), (beside.send_back, FINANCE), (beside.claim_again, None)),
        *((claim.review, FINANCE), (beside.reject, APPROVER)),
    ),
    "claim withdrawn": ((claim.submit, None), (beside.withdraw, None)),
    "complained": (*_COMPLAINED, (beside.confirm, CLERK), (beside.close, CLERK)),
    "complained again": (*_COMPLAINED, (beside.reopen, CLERK), (beside.resolve, APPROVER)),
    "complaint withdrawn": ((complaints.receive, CLERK), (beside.let_be, CLERK)),
}
"""By what happens in it. Whatever it was, the repair goes on from there to its end."""
