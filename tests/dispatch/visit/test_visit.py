"""上门 as stories: planned, agreed, set out on, made, and ended with an outcome."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import visit
from services.dispatch.visit.departure import DenyDeviation, Depart, Departure, GrantDeviation
from services.dispatch.visit.http import FORMS
from services.dispatch.visit.journey import Arrive, CancelVisit, EndVisit
from services.dispatch.visit.planning import ConfirmAppointment, ReassignVisit, RescheduleVisit
from services.dispatch.visit.state import Visit, VisitFact
from services.dispatch.work_order.state import WorkOrderFact
from shared.decider import Asked
from shared.events.dispatch import (
    BaseTechnicianSent,
    IssueNoteNoted,
    TravelChangeApproved,
    TravelChangeAsked,
    TravelChangeRefused,
    WorkOrderRecalled,
)
from shared.events.order_sheet import (
    AgreedBy,
    ContactTried,
    Deviation,
    DoorAttempt,
    Journey,
    NoteStage,
    VisitCard,
    VisitOutcome,
    VisitStage,
    Window,
)
from shared.events.values import TravelMode
from shared.events.visits import (
    AppointmentConfirmed,
    Arrived,
    Departed,
    DeviationDenied,
    DeviationGranted,
    VisitCancelled,
    VisitEnded,
    VisitReassigned,
    VisitRescheduled,
)
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    BY_MAIL,
    CHEN,
    CLERK,
    HOME,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    SIGNED,
    standing,
)
from tests.dispatch.job import (
    ARRIVED,
    CLOSED,
    CONFIRMED,
    DAY,
    DEPART,
    DEPARTED,
    DONE,
    DOOR,
    DRAWN,
    END,
    ENDED,
    HOME_AGAIN,
    LATER,
    NOBODY_HOME,
    PLAN,
    PLANNED,
    TAKEN,
    THERE,
    V1,
    V2,
    VISIT,
    VOID,
    WINDOW,
    asks,
    noted_note,
    order_of,
    visit_of,
)
from tests.dispatch.test_reactions import POLICY
from tests.spec import given

INTERRUPTED = VisitOutcome.INTERRUPTED
TRIED = ContactTried(AT, "phone", "无人接听")
LATER_WINDOW = Window(WINDOW.start_at + timedelta(days=1), WINDOW.end_at + timedelta(days=1))
NEXT_DAY = DAY + timedelta(days=1)
MOVE = RescheduleVisit(LATER_WINDOW, LATER_WINDOW.start_at, "等配件", True, NEXT_DAY)
MOVED = VisitRescheduled(LATER_WINDOW, LATER_WINDOW.start_at, NEXT_DAY, "等配件", True)
CANCEL = CancelVisit("用户出差", LATER)
CANCELLED = VisitCancelled("用户出差", LATER)


def seeing(
    *facts: WorkOrderFact, by: str = LIU, visits: tuple[Visit, ...] = (), home: str = VISIT
) -> Asked:
    """Asked with the order, as these facts made it, and the visits before it read beside."""
    return asks(by, home, {HOME: order_of(*(facts or DRAWN))}, visits=visits)


class TestPlanning:
    @pytest.mark.parametrize("by", [CLERK, LIU])
    @pytest.mark.parametrize("past", [(NOTED, OPENED, ASSIGNED), TAKEN, DRAWN])
    def test_the_clerk_or_the_technician_plans_it(
        self, past: tuple[WorkOrderFact, ...], by: str
    ) -> None:
        given(visit).when(PLAN, seeing(*past, by=by)).then(PLANNED)

    def test_planning_twice_changes_nothing(self) -> None:
        given(visit, PLANNED).when(PLAN, seeing()).then()
        other = replace(PLAN, travel_mode=TravelMode.RAIL)
        given(visit, PLANNED).when(other, seeing()).refused("planned-already")

    @pytest.mark.parametrize("past", [(NOTED,), (NOTED, OPENED), DONE, (*HOME_AGAIN, CLOSED)])
    def test_somebody_must_be_there_to_go(self, past: tuple[WorkOrderFact, ...]) -> None:
        given(visit).when(PLAN, seeing(*past, by=CLERK)).refused("nobody-to-go")

    def test_nobody_plans_a_visit_to_a_machine_that_is_mended_in_the_shop(self) -> None:
        brought = (replace(NOTED, approved=BY_MAIL), OPENED, ASSIGNED)
        told = {"order": NUMBER}
        given(visit).when(PLAN, seeing(*brought)).refused_with("no-visit-needed", **told)

    def test_another_technician_does_not_plan_it(self) -> None:
        given(visit).when(PLAN, seeing(by=CHEN)).refused("not-your-visit")

    def test_one_visit_of_an_order_is_open_at_a_time(self) -> None:
        home = f"visit-{V2}"
        for past in ((PLANNED,), (PLANNED, CONFIRMED), THERE):
            asked = seeing(visits=(visit_of(*past),), home=home)
            given(visit).when(PLAN, asked).refused_with("visit-open", visits=[V1])
        second = replace(PLANNED, number=V2)
        for over in (visit_of(*THERE, NOBODY_HOME), visit_of(PLANNED, CANCELLED)):
            asked = seeing(visits=(over,), home=home)
            given(visit).when(PLAN, asked).then(second)

    def test_visits_are_numbered_without_gaps(self) -> None:
        asked = seeing(home=f"visit-{V2}")
        given(visit).when(PLAN, asked).refused_with("visits-in-order", missing=[V1])

    def test_a_window_is_a_window(self) -> None:
        reversed_ = replace(PLAN, window=Window(WINDOW.end_at, WINDOW.start_at))
        given(visit).when(reversed_, seeing()).refused("window-reversed")
        late = replace(PLAN, travel_at=WINDOW.end_at + timedelta(minutes=1))
        given(visit).when(late, seeing()).refused("travel-after-window")


class TestTheAppointment:
    def test_the_customer_agrees(self) -> None:
        confirm = ConfirmAppointment(confirmed=True)
        given(visit, PLANNED).when(confirm, seeing(by=CLERK)).then(CONFIRMED)
        given(visit, PLANNED, CONFIRMED).when(confirm, seeing(by=CLERK)).then()

    def test_who_cannot_be_reached_is_gone_to_all_the_same(self) -> None:
        tried = ConfirmAppointment(confirmed=False, attempts=(TRIED,))
        noted = AppointmentConfirmed(WINDOW, confirmed=False, attempts=(TRIED,))
        given(visit, PLANNED).when(tried, seeing()).then(noted)
        given(visit, PLANNED, noted).when(DEPART, seeing()).then(DEPARTED)

    def test_what_the_customer_agreed_to_stands_until_the_visit_is_moved(self) -> None:
        tried = ConfirmAppointment(confirmed=False, attempts=(TRIED,))
        by_link = replace(CONFIRMED, by=AgreedBy.LINK)
        for agreed in (CONFIRMED, by_link):
            given(visit, PLANNED, agreed).when(tried, seeing(by=CLERK)).refused_with(
                "agreed-already", number=V1
            )
            again = replace(tried, confirmed=True)
            given(visit, PLANNED, agreed).when(again, seeing(by=CLERK)).then()
        moved = replace(MOVED, customer_agreed=False)
        noted = AppointmentConfirmed(LATER_WINDOW, confirmed=False, attempts=(TRIED,))
        given(visit, PLANNED, by_link, moved).when(tried, seeing(by=CLERK)).then(noted)
        reached = replace(CONFIRMED, window=LATER_WINDOW)
        agree = ConfirmAppointment(confirmed=True)
        given(visit, PLANNED, moved, noted).when(agree, seeing(by=CLERK)).then(reached)

    def test_every_attempt_is_listed(self) -> None:
        given(visit, PLANNED).when(ConfirmAppointment(confirmed=False), seeing()).refused(
            "attempts-missing"
        )
        early = ConfirmAppointment(
            confirmed=False, attempts=(replace(TRIED, at=LATER + timedelta(days=1)),)
        )
        given(visit, PLANNED).when(early, seeing()).refused("in-the-future")

    def test_another_technician_does_not_make_it(self) -> None:
        confirm = ConfirmAppointment(confirmed=True)
        given(visit, PLANNED).when(confirm, seeing(by=CHEN)).refused("not-your-visit")
        given(visit, PLANNED).when(MOVE, seeing(by=CHEN)).refused("not-your-visit")


class TestRescheduling:
    def test_another_window_the_customer_agreed_to(self) -> None:
        given(visit, PLANNED).when(MOVE, seeing()).then(MOVED)
        given(visit, PLANNED, CONFIRMED).when(MOVE, seeing(by=CLERK)).then(MOVED)
        given(visit, PLANNED, CONFIRMED, MOVED).when(MOVE, seeing(by=CLERK)).then()
        state = visit_of(PLANNED, CONFIRMED, MOVED)
        assert (state.stage, state.window) == (VisitStage.CONFIRMED, LATER_WINDOW)
        assert state.window_on == NEXT_DAY

    def test_what_he_did_not_agree_to_is_to_be_agreed_anew(self) -> None:
        refused = replace(MOVE, customer_agreed=False)
        past = replace(MOVED, customer_agreed=False)
        given(visit, PLANNED, CONFIRMED).when(refused, seeing()).then(past)
        given(visit, PLANNED, CONFIRMED, past).when(DEPART, seeing()).refused("not-confirmed")
        confirm = ConfirmAppointment(confirmed=True)
        again = replace(CONFIRMED, window=LATER_WINDOW)
        given(visit, PLANNED, CONFIRMED, past).when(confirm, seeing()).then(again)

    def test_a_window_is_a_window(self) -> None:
        wrong = replace(MOVE, window=Window(WINDOW.end_at, WINDOW.start_at))
        for past in ((PLANNED,), (PLANNED, CONFIRMED)):
            story = given(visit, *past).when(wrong, seeing())
            story.refused("window-reversed", "travel-after-window")


class TestSettingOut:
    def test_the_technician_departs_with_the_order_and_the_parts(self) -> None:
        given(visit, PLANNED, CONFIRMED).when(DEPART, seeing()).then(DEPARTED)
        given(visit, PLANNED, CONFIRMED, DEPARTED).when(DEPART, seeing()).then()

    def test_nobody_else_makes_his_visit(self) -> None:
        story = given(visit, PLANNED, CONFIRMED)
        story.when(DEPART, seeing(by=CHEN)).refused("not-your-visit")

    def test_the_order_is_signed_first(self) -> None:
        for past in (
            (NOTED, OPENED, ASSIGNED),
            (*TAKEN, VOID, WorkOrderRecalled(LIU, "换人")),
            (*TAKEN, VOID, WorkOrderRecalled(LIU, "换人"), replace(ASSIGNED, technician=CHEN)),
        ):
            story = given(visit, PLANNED, CONFIRMED).when(DEPART, seeing(*past))
            story.refused("order-not-accepted", "parts-not-in-hand")
        given(visit, PLANNED, CONFIRMED).when(DEPART, seeing(*DONE)).refused("signed-already")

    def test_by_the_approved_means_on_the_approved_day(self) -> None:
        by_air = replace(DEPART, mode=TravelMode.AIR)
        given(visit, PLANNED, CONFIRMED).when(by_air, seeing()).refused_with(
            "travel-not-approved", fields=["travel_mode"], order=NUMBER
        )
        given(visit, PLANNED, CONFIRMED).when(
            replace(by_air, left_on=NEXT_DAY), seeing()
        ).refused_with("travel-not-approved", fields=["travel_mode", "travel_at"], order=NUMBER)
        for early_or_late in (DAY - timedelta(days=1), NEXT_DAY):
            other = replace(DEPART, left_on=early_or_late)
            given(visit, PLANNED, CONFIRMED, MOVED).when(other, seeing()).refused_with(
                "travel-not-approved", fields=["travel_at"], order=NUMBER
            )
        today = replace(DEPART, left_on=DAY)
        given(visit, replace(PLANNED, travel_at=AT), CONFIRMED).when(today, seeing()).then(DEPARTED)

    def test_as_the_latest_change_that_was_granted(self) -> None:
        by_rail = Journey(TravelMode.RAIL, LATER_WINDOW.start_at, NEXT_DAY)
        granted = seeing(*DRAWN, TravelChangeApproved("A-ZHAOLEI", by_rail))
        story = given(visit, PLANNED, CONFIRMED, MOVED)
        story.when(Depart(TravelMode.RAIL, left_on=NEXT_DAY), granted).then(
            Departed(TravelMode.RAIL, ())
        )
        story.when(replace(DEPART, left_on=DAY), granted).refused_with(
            "travel-not-approved", fields=["travel_mode", "travel_at"], order=NUMBER
        )

    def test_nobody_leaves_while_a_change_of_the_journey_waits(self) -> None:
        approved = Journey(TravelMode.COMPANY_CAR, PLANNED.travel_at, DAY)
        by_rail = Journey(TravelMode.RAIL, LATER_WINDOW.start_at, NEXT_DAY)
        waits = TravelChangeAsked(LIU, approved, by_rail, "车坏了", None)
        story = given(visit, PLANNED, CONFIRMED)
        story.when(DEPART, seeing(*DRAWN, waits)).refused("travel-change-open")
        told_late = replace(DEPART, left_on=DAY, is_told_late=True, told_on=DAY)
        story.when(told_late, seeing(*DRAWN, waits)).then(DEPARTED)
        refused = TravelChangeRefused("A-ZHAOLEI", by_rail, "等一天")
        story.when(DEPART, seeing(*DRAWN, waits, refused)).then(DEPARTED)

    def test_a_further_visit_goes_when_its_window_says(self) -> None:
        second = replace(PLANNED, number=V2, window=LATER_WINDOW, travel_at=LATER_WINDOW.start_at)
        agreed = replace(CONFIRMED, window=LATER_WINDOW)
        home, later = f"visit-{V2}", replace(DEPART, left_on=NEXT_DAY)
        made = seeing(visits=(visit_of(*THERE, NOBODY_HOME),), home=home)
        given(visit, second, agreed).when(later, made).then(DEPARTED)
        given(visit, second, agreed).when(replace(later, mode=TravelMode.AIR), made).refused_with(
            "travel-not-approved", fields=["travel_mode"], order=NUMBER
        )
        never_made = seeing(visits=(visit_of(PLANNED, CANCELLED),), home=home)
        given(visit, second, agreed).when(later, never_made).refused_with(
            "travel-not-approved", fields=["travel_at"], order=NUMBER
        )

    def test_a_further_visit_on_another_day_is_moved_first_or_told_as_it_was(self) -> None:
        """The day is that of its plan as moved last, not the one that the first journey had."""
        second = replace(PLANNED, number=V2, window=LATER_WINDOW, travel_at=LATER_WINDOW.start_at)
        agreed = replace(CONFIRMED, window=LATER_WINDOW)
        early = replace(DEPART, left_on=DAY, told_on=DAY)
        made = seeing(visits=(visit_of(*THERE, NOBODY_HOME),), home=f"visit-{V2}")
        story = given(visit, second, agreed)
        story.when(early, made).refused_with("not-the-planned-day", day=NEXT_DAY.isoformat())
        moved = VisitRescheduled(
            PLANNED.window, PLANNED.travel_at, DAY, "用户改时间", customer_agreed=True
        )
        given(visit, second, agreed, moved).when(early, made).then(DEPARTED)
        told = replace(early, is_told_late=True)
        story.when(told, made).then(replace(DEPARTED, deviation=(Deviation.TRAVEL_AT,)))

    @pytest.mark.parametrize("end", ["cancelled", "interrupted"])
    def test_who_turned_back_has_used_up_no_approved_day(self, end: str) -> None:
        broken_off = VisitEnded(INTERRUPTED, "病倒", "换人", None, LIU, BOSS)
        way = (PLANNED, CONFIRMED, DEPARTED)
        before = visit_of(*way, CANCELLED if end == "cancelled" else broken_off)
        second = replace(PLANNED, number=V2, window=LATER_WINDOW, travel_at=LATER_WINDOW.start_at)
        second = replace(second, window_on=NEXT_DAY)
        again = seeing(visits=(before,), home=f"visit-{V2}")
        story = given(visit, second, replace(CONFIRMED, window=LATER_WINDOW))
        story.when(replace(DEPART, left_on=NEXT_DAY), again).refused_with(
            "travel-not-approved", fields=["travel_at"], order=NUMBER
        )
        story.when(replace(DEPART, left_on=DAY), again).then(DEPARTED)

    def test_who_was_not_approved_to_travel_leaves_otherwise(self) -> None:
        """It holds nobody up: an approver judges it. Whom base sent an approver has heard of."""
        mine = (
            replace(ASSIGNED, technician=CHEN),
            replace(SIGNED, signature=replace(SIGNED.signature, by=CHEN)),
        )
        his = IssueNoteNoted(noted_note(NoteStage.ISSUED, 2, recipient=CHEN))
        past: tuple[WorkOrderFact, ...] = (NOTED, OPENED, *mine, his)
        plan, asked = replace(PLANNED, technician=CHEN), seeing(*past, by=CHEN)
        other = replace(DEPARTED, deviation=(Deviation.TRAVELLERS,))
        given(visit, plan, CONFIRMED).when(DEPART, asked).then(other)
        sent = BaseTechnicianSent("B-1", CHEN, "技术问题")
        given(visit, plan, CONFIRMED).when(DEPART, seeing(*past, sent, by=CHEN)).then(DEPARTED)
        broken_off = VisitEnded(INTERRUPTED, "病倒", "换人", None, LIU, BOSS)
        before = visit_of(PLANNED, CONFIRMED, DEPARTED, broken_off)
        on = seeing(*past, by=CHEN, visits=(before,), home=f"visit-{V2}")
        given(visit, replace(plan, number=V2), CONFIRMED).when(DEPART, on).then(DEPARTED)

    def test_what_policy_names_was_checked(self) -> None:
        due = Depart(TravelMode.COMPANY_CAR, ("tools",), due=("tools", "safety-shoes"))
        given(visit, PLANNED, CONFIRMED).when(due, seeing()).refused_with(
            "checklist-incomplete", items=["safety-shoes"]
        )
        whole = replace(due, checklist=due.due)
        given(visit, PLANNED, CONFIRMED).when(whole, seeing()).then(
            Departed(TravelMode.COMPANY_CAR, due.due)
        )

    def test_the_parts_are_in_hand(self) -> None:
        given(visit, PLANNED, CONFIRMED).when(DEPART, seeing(*TAKEN)).refused_with(
            "parts-not-in-hand", notes=[NOTE_C1.number]
        )

    def test_every_broken_rule_is_told_at_once(self) -> None:
        story = given(visit, PLANNED)
        story.when(Depart(TravelMode.AIR), seeing(NOTED, OPENED, ASSIGNED, by=CHEN)).refused(
            "not-confirmed",
            "not-your-visit",
            "order-not-accepted",
            "travel-not-approved",
            "parts-not-in-hand",
        )


EVERY_WAY = tuple(each for each in Deviation if each is not Deviation.TRAVELLERS)
TOLD_LATE = Depart(TravelMode.AIR, left_on=NEXT_DAY, due=("tools",), is_told_late=True)
OTHERWISE = Departed(TravelMode.AIR, (), EVERY_WAY)
BOSS = "A-ZHAOLEI"


class TestToldAfterwards:
    def test_it_has_happened_and_each_deviation_is_named(self) -> None:
        given(visit, PLANNED, CONFIRMED).when(TOLD_LATE, seeing(*TAKEN)).then(OTHERWISE)
        as_approved = replace(DEPART, left_on=DAY, is_told_late=True, told_on=DAY)
        given(visit, PLANNED, CONFIRMED).when(as_approved, seeing()).then(DEPARTED)
        days_later = replace(as_approved, told_on=DAY + timedelta(days=3))
        unseen = replace(DEPARTED, deviation=(Deviation.TRAVEL_AT,))
        given(visit, PLANNED, CONFIRMED).when(days_later, seeing()).then(unseen)

    @pytest.mark.parametrize(("minutes", "late"), [(0, False), (10, False), (11, True)])
    def test_more_than_ten_minutes_ago_is_afterwards(self, minutes: int, late: bool) -> None:
        at = datetime(2026, 11, 24, 16, 30, tzinfo=UTC)
        context = SimpleNamespace(at=at, now=at + timedelta(minutes=minutes))
        registers = SimpleNamespace(branch=lambda _: None)
        request: Any = SimpleNamespace(
            context=context, policy=lambda: POLICY, registers=registers, branch="HZ01"
        )
        made: Any = FORMS["departures"].asks(request, Departure(TravelMode.COMPANY_CAR))
        assert made.command == replace(
            DEPART, left_on=NEXT_DAY, zone="Asia/Shanghai", told_on=NEXT_DAY, is_told_late=late
        )

    def test_without_a_signed_order_it_is_refused_all_the_same(self) -> None:
        untaken = seeing(NOTED, OPENED, ASSIGNED)
        given(visit, PLANNED, CONFIRMED).when(TOLD_LATE, untaken).refused("order-not-accepted")

    def test_the_approver_grants_or_denies_it(self) -> None:
        past = (PLANNED, CONFIRMED, OTHERWISE, ARRIVED)
        granted, denied = (
            DeviationGranted(BOSS, EVERY_WAY),
            DeviationDenied(BOSS, EVERY_WAY, "无因"),
        )
        deny = DenyDeviation("无因")
        given(visit, *past).when(GrantDeviation(), seeing(by=BOSS)).then(granted)
        given(visit, *past, granted).when(GrantDeviation(), seeing(by=BOSS)).then()
        given(visit, *past, ENDED).when(deny, seeing(by=BOSS)).then(denied)
        given(visit, *past, denied).when(deny, seeing(by=BOSS)).then()
        assert visit_of(*past).deviation == EVERY_WAY
        assert visit_of(*past, granted).deviation == ()

    @pytest.mark.parametrize("since", [(), (ARRIVED,), (ARRIVED, ENDED)])
    def test_it_is_judged_whenever_the_approver_hears_of_it(
        self, since: tuple[VisitFact, ...]
    ) -> None:
        past = (PLANNED, CONFIRMED, OTHERWISE, *since)
        for judge, judged in (
            (GrantDeviation(), DeviationGranted(BOSS, EVERY_WAY)),
            (DenyDeviation("无因"), DeviationDenied(BOSS, EVERY_WAY, "无因")),
        ):
            given(visit, *past).when(judge, seeing(by=BOSS)).then(judged)

    def test_only_what_was_otherwise_and_not_their_own(self) -> None:
        for judge in (GrantDeviation(), DenyDeviation("无因")):
            given(visit, *THERE).when(judge, seeing(by=BOSS)).refused("nothing-to-judge")
            past = (PLANNED, CONFIRMED, OTHERWISE)
            given(visit, *past).when(judge, seeing(by=LIU)).refused("own-request")

    def test_who_travels_along_judges_it_no_more_than_who_leaves(self) -> None:
        assert OPENED.travel is not None
        both = replace(OPENED, travel=replace(OPENED.travel, travellers=(LIU, BOSS)))
        job = tuple(both if fact is OPENED else fact for fact in DRAWN)
        past = (PLANNED, CONFIRMED, OTHERWISE)
        for judge in (GrantDeviation(), DenyDeviation("无因")):
            given(visit, *past).when(judge, seeing(*job, by=BOSS)).refused("own-request")


class TestTheDocument:
    """公开文档: what other rooms may hear of a visit."""

    def test_it_says_how_they_left_and_what_came_of_it(self) -> None:
        departed = replace(DEPARTED, mode=TravelMode.RAIL, deviation=(Deviation.TRAVEL_MODE,))
        past = (PLANNED, CONFIRMED, departed, ARRIVED, NOBODY_HOME)
        told: Any = visit.public(visit_of(*past), NOBODY_HOME).document
        assert (told.number, told.order, told.stage) == (V1, NUMBER, VisitStage.ENDED)
        assert (told.travel_mode, told.deviation) == (TravelMode.RAIL, (Deviation.TRAVEL_MODE,))
        assert (told.confirmed, told.outcome) == (True, VisitOutcome.NO_ACCESS)

    def test_what_was_put_off_or_called_off_is_told_as_it_stands_then(self) -> None:
        moved = replace(MOVED, customer_agreed=False)
        told: Any = visit.public(visit_of(PLANNED, CONFIRMED, moved), moved).document
        assert (told.window, told.window_on) == (moved.window, moved.window_on)
        assert (told.stage, told.confirmed) == (VisitStage.PLANNED, None)
        told = visit.public(visit_of(PLANNED, CONFIRMED, CANCELLED), CANCELLED).document
        assert (told.stage, told.because) == (VisitStage.CANCELLED, "用户出差")


class TestTheVisit:
    def test_he_arrives(self) -> None:
        arrive = Arrive("北门")
        given(visit, *THERE[:3]).when(arrive, seeing()).then(Arrived("北门"))
        given(visit, *THERE).when(Arrive(), seeing()).then()
        given(visit, *THERE[:3]).when(arrive, seeing(by=CHEN)).refused("not-your-visit")

    def test_it_is_done(self) -> None:
        given(visit, *THERE).when(END, seeing()).then(ENDED)
        given(visit, *THERE, ENDED).when(END, seeing()).then()
        given(visit, *THERE).when(END, seeing(by=CHEN)).refused("not-your-visit")

    def test_nobody_home_is_tried_properly(self) -> None:
        closed = EndVisit(VisitOutcome.NO_ACCESS, door=DOOR)
        given(visit, *THERE).when(closed, seeing()).then(NOBODY_HOME)

    def test_the_card_at_the_door_says_whom_to_call(self) -> None:
        closed = replace(
            EndVisit(VisitOutcome.NO_ACCESS, door=DOOR), whom_to_call=CHEN, called=standing(CHEN)
        )
        card = VisitCard(f"{V1}-K1", LATER, CHEN)
        given(visit, *THERE).when(closed, seeing()).then(replace(NOBODY_HOME, card=card))
        left = replace(closed, called=replace(standing(CHEN), active=False))
        given(visit, *THERE).when(left, seeing()).refused_with("nobody-of-ours", person=CHEN)
        open_ = EndVisit(VisitOutcome.SITE_NOT_READY, "缺电源", "明天再来")
        ended = VisitEnded(VisitOutcome.SITE_NOT_READY, "缺电源", "明天再来", None)
        given(visit, *THERE).when(open_, seeing()).then(ended)

    @pytest.mark.parametrize(
        ("door", "fields"),
        [
            (None, ["waited_minutes", "knocked", "card_left", "desk_told"]),
            (replace(DOOR, waited_minutes=4), ["waited_minutes"]),
            (replace(DOOR, knocked=1), ["knocked"]),
            (replace(DOOR, card_left=False), ["card_left"]),
            (replace(DOOR, desk_told=False), ["desk_told"]),
        ],
    )
    def test_who_goes_away_too_soon_is_told_what_lacks(
        self, door: DoorAttempt | None, fields: list[str]
    ) -> None:
        closed = EndVisit(VisitOutcome.NO_ACCESS, door=door)
        given(visit, *THERE).when(closed, seeing()).refused_with(
            "outcome-incomplete", outcome="no_access", fields=fields
        )

    @pytest.mark.parametrize(
        "outcome",
        sorted({*VisitOutcome} - {VisitOutcome.DONE, VisitOutcome.NO_ACCESS, INTERRUPTED}),
    )
    def test_any_other_outcome_says_why_and_what_next(self, outcome: VisitOutcome) -> None:
        given(visit, *THERE).when(EndVisit(outcome), seeing()).refused_with(
            "outcome-incomplete", outcome=outcome, fields=["because", "next_step"]
        )
        said = EndVisit(outcome, "缺电源", "明天再来")
        given(visit, *THERE).when(said, seeing()).then(
            VisitEnded(outcome, "缺电源", "明天再来", None)
        )


class TestCancelling:
    @pytest.mark.parametrize("past", [THERE[:1], THERE[:2], THERE[:3]])
    def test_before_anybody_arrives_it_is_cancelled(self, past: tuple[VisitFact, ...]) -> None:
        given(visit, *past).when(CANCEL, seeing(by=CLERK)).then(CANCELLED)
        given(visit, *past, CANCELLED).when(CANCEL, seeing(by=CLERK)).then()

    def test_after_it_is_made_it_is_not(self) -> None:
        given(visit, *THERE).when(CANCEL, seeing(by=CLERK)).refused("arrived-already")
        given(visit, *THERE, ENDED).when(CANCEL, seeing(by=CLERK)).refused("visit-over")

    def test_the_customer_has_been_told(self) -> None:
        early = replace(CANCEL, customer_told_at=LATER + timedelta(hours=1))
        given(visit, PLANNED).when(early, seeing(by=CLERK)).refused("in-the-future")


CONFIRM = ConfirmAppointment(confirmed=False, attempts=(TRIED,))
STEPS: dict[str, tuple[Any, dict[tuple[VisitFact, ...], str]]] = {
    "confirm": (
        CONFIRM,
        {
            (): "not-planned",
            (*THERE[:3],): "departed-already",
            THERE: "arrived-already",
            (*THERE, ENDED): "visit-over",
            (PLANNED, CANCELLED): "visit-over",
        },
    ),
    "move": (
        MOVE,
        {
            (): "not-planned",
            (*THERE[:3],): "departed-already",
            THERE: "arrived-already",
            (*THERE, ENDED): "visit-over",
        },
    ),
    "depart": (
        DEPART,
        {(PLANNED,): "not-confirmed", (PLANNED, CONFIRMED, CANCELLED): "visit-over"},
    ),
    "arrive": (
        Arrive("x"),
        {
            (): "not-planned",
            (PLANNED,): "not-confirmed",
            (PLANNED, CONFIRMED): "not-departed",
            THERE: "arrived-already",
            (*THERE, ENDED): "visit-over",
            (PLANNED, CANCELLED): "visit-over",
        },
    ),
    "end": (
        END,
        {
            (): "not-planned",
            (PLANNED,): "not-confirmed",
            (PLANNED, CONFIRMED): "not-departed",
            (*THERE[:3],): "departed-already",
            (PLANNED, CANCELLED): "visit-over",
        },
    ),
    "cancel": (CANCEL, {(): "not-planned"}),
}


@pytest.mark.parametrize(
    ("command", "past", "code"),
    [(command, past, code) for command, wrong in STEPS.values() for past, code in wrong.items()],
)
def test_every_step_has_its_time(command: Any, past: tuple[VisitFact, ...], code: str) -> None:
    given(visit, *past).when(command, seeing()).refused(code)


class TestInterrupting:
    ILL = EndVisit(
        VisitOutcome.INTERRUPTED,
        because="在现场突发急病送医",
        next_step="转派另一位售后人员",
        said_by=LIU,
        approver_told="A-ZHAOLEI",
    )
    INTERRUPTED = VisitEnded(
        VisitOutcome.INTERRUPTED, "在现场突发急病送医", "转派另一位售后人员", None, LIU, "A-ZHAOLEI"
    )

    @pytest.mark.parametrize("by", [CLERK, LIU])
    @pytest.mark.parametrize("past", [THERE, THERE[:3]])
    def test_the_clerk_or_who_turned_back_says_so(
        self, past: tuple[VisitFact, ...], by: str
    ) -> None:
        given(visit, *past).when(self.ILL, asks(by, VISIT)).then(self.INTERRUPTED)
        given(visit, *past, self.INTERRUPTED).when(self.ILL, asks(by, VISIT)).then()

    @pytest.mark.parametrize("gap", ["because", "next_step", "said_by", "approver_told"])
    def test_why_who_said_so_and_whom_they_told_are_named(self, gap: str) -> None:
        lacking: Any = {gap: None}
        without = replace(self.ILL, **lacking)
        told = given(visit, *THERE).when(without, asks(CLERK, VISIT))
        told.refused("outcome-incomplete")

    def test_a_clerk_says_no_other_ending(self) -> None:
        for outcome in VisitOutcome:
            if outcome is not VisitOutcome.INTERRUPTED:
                other = replace(self.ILL, outcome=outcome, door=DOOR)
                given(visit, *THERE).when(other, asks(CLERK, VISIT)).refused("not-your-visit")

    def test_who_said_so_and_who_was_told_are_in_the_register(self) -> None:
        gone = replace(standing("T-2"), active=False)
        other = replace(self.ILL, teller=gone, told=standing("T-3"))
        told = given(visit, *THERE).when(other, asks(CLERK, VISIT))
        told.refused("nobody-of-ours", "not-in-that-role")

    def test_who_was_on_site_said_so_though_they_have_left_us_since(self) -> None:
        gone = replace(standing(LIU), active=False)
        told = replace(self.ILL, teller=gone)
        given(visit, *THERE).when(told, asks(CLERK, VISIT)).then(self.INTERRUPTED)

    def test_another_technician_does_not_nor_before_anybody_set_out(self) -> None:
        given(visit, *THERE).when(self.ILL, asks(CHEN, VISIT)).refused("not-your-visit")
        given(visit, PLANNED, CONFIRMED).when(self.ILL, asks(CLERK, VISIT)).refused("not-departed")


class TestReassigning:
    ILL = ReassignVisit("原派人员生病")
    GIVEN_BACK = WorkOrderRecalled(LIU, "生病")
    NEXT = (*TAKEN, GIVEN_BACK, replace(ASSIGNED, technician=CHEN))
    MINE = VisitReassigned(CHEN, "原派人员生病")

    @pytest.mark.parametrize("past", [(PLANNED,), (PLANNED, CONFIRMED)])
    def test_the_appointment_stands_for_who_has_the_order_now(
        self, past: tuple[VisitFact, ...]
    ) -> None:
        given(visit, *past).when(self.ILL, seeing(*self.NEXT, by=CLERK)).then(self.MINE)
        after = visit_of(*past, self.MINE)
        assert (after.technician, after.window) == (CHEN, WINDOW)
        assert after.stage is visit_of(*past).stage
        given(visit, *past, self.MINE).when(self.ILL, seeing(*self.NEXT, by=CLERK)).then()

    def test_whoever_takes_it_over_sets_out_and_not_who_had_it(self) -> None:
        past = (PLANNED, CONFIRMED, self.MINE)
        given(visit, *past).when(DEPART, seeing(*self.NEXT, by=LIU)).refused(
            "not-your-visit", "order-not-accepted", "parts-not-in-hand"
        )

    def test_before_it_is_passed_on_neither_of_them_makes_it(self) -> None:
        """Nobody is told to sign an order that is signed."""
        theirs = (*self.NEXT, replace(SIGNED, signature=replace(SIGNED.signature, by=CHEN)))
        story = given(visit, PLANNED, CONFIRMED)
        story.when(DEPART, seeing(*theirs)).refused("order-of-another", "parts-not-in-hand")
        story.when(DEPART, seeing(*theirs, by=CHEN)).refused(
            "not-your-visit", "order-of-another", "parts-not-in-hand"
        )

    def test_it_goes_to_nobody_and_not_to_who_has_it(self) -> None:
        none = seeing(*TAKEN, self.GIVEN_BACK, by=CLERK)
        given(visit, PLANNED).when(self.ILL, none).refused("nobody-to-go")
        given(visit, PLANNED).when(self.ILL, seeing(*TAKEN, by=CLERK)).refused(
            "their-visit-already"
        )

    def test_not_once_somebody_has_set_out(self) -> None:
        given(visit, *THERE).when(self.ILL, seeing(*self.NEXT, by=CLERK)).refused("arrived-already")
