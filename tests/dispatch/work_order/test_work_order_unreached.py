"""联系不上 as stories: an order whose customer nobody reaches, to its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from services.dispatch import visit, work_order
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.closing import CloseRepair, offered_closing
from services.dispatch.work_order.reaching import (
    AttemptContact,
    GrantUnreached,
    offered_attempt,
    offered_grant,
    weighs,
)
from services.dispatch.work_order.state import WorkOrder, WorkOrderFact
from services.dispatch.work_order.waiver import NoteRefusal
from shared.decider import Asked, Fact, Happened
from shared.events.dispatch import (
    ConsentGiven,
    FurtherOrderNamed,
    SignatureRefused,
    SignatureWaived,
    UnreachedGranted,
)
from shared.events.intake import ContactAttempted, RepairClosed
from shared.events.order_sheet import ContactTried, Fee, VisitOutcome, WorkResult
from shared.events.report_form import Consent
from shared.events.values import SEVERAL, Ending, PartWanted, Role
from shared.events.visits import AppointmentConfirmed, VisitCancelled, VisitEnded, VisitRescheduled
from tests.dispatch.desk import EXAMPLES, Dispatch
from tests.dispatch.example import CLERK, HOME, LIU, NOTED, OPENED, TRAVEL_AT, sealed
from tests.dispatch.job import (
    CLOSED,
    CONFIRMED,
    CUSTOMER_SIGNED,
    DAY,
    DRAWN,
    ENDED,
    HANDED_IN,
    LATER,
    NOBODY_HOME,
    PAPERS,
    PLANNED,
    RECORDED,
    SEEN_DONE,
    SETTLED,
    TAKEN,
    THERE,
    VISIT,
    VOID,
    WINDOW,
    WORK,
    WORK_CONTENT,
    asks,
    order_of,
    visit_of,
)
from tests.shared.http_desk import codes
from tests.spec import given

BOSS = "A-ZHAOLEI"
WHOM = sealed("whom")
TRY = AttemptContact("电话", WHOM, "停机")
TRIED = ContactAttempted(LATER, CLERK, "电话", WHOM, "停机")
CLOSE = CloseRepair(Ending.UNREACHABLE, "多次联系不上")
DAYS = tuple(DAY + timedelta(days=n) for n in range(3))
UNREACHED = RepairClosed(Ending.UNREACHABLE, "多次联系不上", tried_on=DAYS)
GRANT = GrantUnreached("配件已装上，费用另行追收")
GRANTED = UnreachedGranted(BOSS, "配件已装上，费用另行追收")
LISTED = ContactTried(LATER, "电话", "无人接听")


def tried(
    person: str,
    *days: float,
    also: Sequence[tuple[Fact, float]] = (),
    visits: Sequence[Visit] = (),
) -> Asked:
    """Asked when tries were recorded so many days after the visit's, and this besides."""
    told = [(TRIED, day) for day in days] + list(also)
    facts = [Happened(fact, LATER, LATER + timedelta(days=day)) for fact, day in told]
    asked = replace(asks(person, visits=visits), happened={HOME: facts})
    return replace(asked, roles=frozenset({Role.APPROVER})) if person == BOSS else asked


def visited(*told: tuple[Fact, float]) -> Asked:
    """Asked by the clerk when this was recorded of the visits, and one try of the order."""
    facts = [Happened(fact, LATER, LATER + timedelta(days=day)) for fact, day in told]
    asked = tried(CLERK, 0)
    return replace(asked, happened={**asked.happened, VISIT: facts})


class TestTrying:
    @pytest.mark.parametrize("past", [(NOTED,), (NOTED, OPENED), TAKEN[:3], TAKEN, DRAWN])
    def test_every_try_is_noted_on_its_own(self, past: tuple[WorkOrderFact, ...]) -> None:
        given(work_order, *past).when(TRY, asks(CLERK)).then(TRIED)
        given(work_order, *past).when(TRY, asks(LIU)).then(replace(TRIED, by=LIU))
        given(work_order, *past, TRIED).when(TRY, asks(CLERK)).then()

    def test_also_where_the_task_is_signed_or_handed_in(self) -> None:
        signed = (*DRAWN, RECORDED, CUSTOMER_SIGNED)
        for past in (signed, (*signed, SETTLED, HANDED_IN)):
            given(work_order, *past).when(TRY, asks(CLERK)).then(TRIED)
            assert not list(offered_attempt("", order_of(*past))), "it is mended and signed"

    def test_not_of_what_is_over_or_was_never_approved(self) -> None:
        past = (*DRAWN, RECORDED, CUSTOMER_SIGNED, SETTLED, HANDED_IN, CLOSED)
        given(work_order, *past).when(TRY, asks(CLERK)).refused("closed-already")
        given(work_order).when(TRY, asks(CLERK)).refused("not-approved")

    def test_of_many_tries_the_last_ones_stand_on_the_order(self) -> None:
        many = [replace(TRIED, at=LATER + timedelta(days=n)) for n in range(SEVERAL + 1)]
        order = order_of(NOTED, *many)
        assert order.tried == tuple(many[1:])
        assert list(offered_attempt("", order))
        assert not list(offered_attempt("", WorkOrder()))


class TestEnding:
    @pytest.mark.parametrize("past", [(NOTED,), (NOTED, OPENED), (*TAKEN, VOID)])
    def test_a_customer_whom_nobody_reaches_is_told_nothing(
        self, past: tuple[WorkOrderFact, ...]
    ) -> None:
        given(work_order, *past).when(CLOSE, tried(CLERK, 0, 1, 2)).then(UNREACHED)
        given(work_order, *past, UNREACHED).when(CLOSE, tried(CLERK, 0, 1, 2, 3)).then()
        told = work_order.public(order_of(*past, UNREACHED), UNREACHED)
        assert told.document.ending is Ending.UNREACHABLE
        assert told.this["tried_on"] == DAYS
        assert told.this["customer_told_at"] is None

    def test_the_days_are_those_of_the_record(self) -> None:
        at_once = [hours / 24 for hours in (1, 2, 3)]
        given(work_order, NOTED).when(CLOSE, tried(CLERK, *at_once)).refused_with(
            "too-few-days", days=1, needed=3
        )
        more = replace(CLOSE, days_needed=4)
        given(work_order, NOTED).when(more, tried(CLERK, 0, 1, 2)).refused("too-few-days")
        given(work_order, NOTED).when(CLOSE, tried(CLERK)).refused("too-few-days")

    def test_days_are_counted_where_the_branch_is(self) -> None:
        until_midnight = (9.9 / 24, 10.1 / 24)
        twice = replace(CLOSE, days_needed=2, time_zone="Asia/Shanghai")
        given(work_order, NOTED).when(twice, tried(CLERK, *until_midnight)).then(
            replace(UNREACHED, tried_on=DAYS[:2])
        )
        utc = replace(twice, time_zone="UTC")
        given(work_order, NOTED).when(utc, tried(CLERK, *until_midnight)).refused("too-few-days")

    @pytest.mark.parametrize(
        "fact",
        [
            NOBODY_HOME,
            AppointmentConfirmed(WINDOW, confirmed=False, attempts=(LISTED,)),
            VisitCancelled("联系不上", None, (LISTED,)),
            SignatureRefused(LIU, "已离开", None, WORK_CONTENT, absent=True),
        ],
    )
    def test_a_closed_door_is_a_try_too(self, fact: Fact) -> None:
        seen = visited((fact, 1), (NOBODY_HOME, 2))
        given(work_order, *TAKEN, VOID).when(CLOSE, seen).then(UNREACHED)

    @pytest.mark.parametrize(
        "fact",
        [
            CONFIRMED,
            VisitRescheduled(WINDOW, TRAVEL_AT, DAY, "用户改时间", customer_agreed=True),
            VisitCancelled("用户出差", LATER),
            VisitEnded(VisitOutcome.SITE_NOT_READY, "没电", "改日", None),
            CUSTOMER_SIGNED,
            ConsentGiven(LIU, Consent(sealed("consent"), "当面", LATER), 100),
            SignatureRefused(LIU, "不满意", WHOM, WORK_CONTENT),
        ],
    )
    def test_days_before_they_were_heard_do_not_count(self, fact: Fact) -> None:
        seen = visited((fact, 0.5), (NOBODY_HOME, 1), (NOBODY_HOME, 2))
        given(work_order, *TAKEN, VOID).when(CLOSE, seen).refused_with(
            "too-few-days", days=2, needed=3
        )

    @pytest.mark.parametrize(
        "fact",
        [
            VisitRescheduled(WINDOW, TRAVEL_AT, DAY, "人手不足", customer_agreed=False),
            VisitEnded(VisitOutcome.INTERRUPTED, "急病", "转派", None),
            PLANNED,
        ],
    )
    def test_what_we_did_ourselves_is_neither(self, fact: Fact) -> None:
        seen = visited((fact, 0.5), (NOBODY_HOME, 1), (NOBODY_HOME, 2))
        given(work_order, *TAKEN, VOID).when(CLOSE, seen).then(UNREACHED)

    def test_it_says_why(self) -> None:
        bare = replace(CLOSE, reason=None)
        given(work_order, NOTED).when(bare, tried(CLERK, 0, 1, 2)).refused_with(
            "closing-incomplete", fields=["reason"]
        )
        told = replace(CLOSE, customer_told_at=LATER)
        given(work_order, NOTED).when(told, tried(CLERK, 0, 1, 2)).refused("told-after-all")

    def test_nothing_of_it_is_out(self) -> None:
        open_ = tried(CLERK, 0, 1, 2, visits=(visit_of(PLANNED),))
        given(work_order, *DRAWN).when(CLOSE, open_).refused("visit-open", "not-reconciled")
        used = tried(CLERK, 0, 1, 2, visits=SEEN_DONE)
        given(work_order, *DRAWN, RECORDED, SETTLED).when(CLOSE, used).refused(
            "work-unsigned", "unreached-not-granted"
        )

    def test_the_end_is_offered_once_somebody_tried(self) -> None:
        for past in ((NOTED,), NOT_MENDED):
            before = {each.ending for each in offered_closing("", order_of(*past))}
            assert Ending.UNREACHABLE not in before
            offered = list(offered_closing("", order_of(*past, TRIED)))
            assert offered[-1].ending is Ending.UNREACHABLE
        fixed = (*DRAWN, RECORDED, CUSTOMER_SIGNED, SETTLED, HANDED_IN, TRIED)
        assert [each.ending for each in offered_closing("", order_of(*fixed))] == [Ending.REPAIRED]


UNMENDED = replace(WORK, result=WorkResult.NOT_FIXED, tested=False)
NOT_MENDED: tuple[WorkOrderFact, ...] = (
    *(*DRAWN, replace(RECORDED, work=UNMENDED), CUSTOMER_SIGNED, SETTLED, HANDED_IN),
)
END = replace(CLOSE, papers_checked=PAPERS)
ENDED_SO = replace(CLOSED, ending=Ending.UNREACHABLE, reason="多次联系不上", tried_on=DAYS)


class TestWhatWeighs:
    def test_an_approver_agrees_where_parts_are_in_the_machine(self) -> None:
        story = given(work_order, *NOT_MENDED)
        story.when(END, tried(CLERK, 0, 1, 2)).refused_with(
            "unreached-not-granted", fields=["parts_used"]
        )
        signed = (*DRAWN, RECORDED, CUSTOMER_SIGNED)
        for past in (NOT_MENDED, (NOTED,), (NOTED, OPENED), TAKEN[:3], TAKEN, signed):
            given(work_order, *past).when(GRANT, tried(BOSS, 0, 1, 2)).then(GRANTED)
        given(work_order, *NOT_MENDED, GRANTED).when(END, tried(CLERK, 0, 1, 2)).then(ENDED_SO)
        given(work_order, *NOT_MENDED, GRANTED).when(GRANT, tried(BOSS, 0, 1, 2)).then()

    def test_and_where_money_was_charged(self) -> None:
        fees = replace(UNMENDED, fees=(Fee("labour", 100),), no_fees=False)
        charged = replace(RECORDED, work=replace(fees, parts_used=(), no_parts_used=True))
        past = (*TAKEN, VOID, charged, CUSTOMER_SIGNED, HANDED_IN)
        given(work_order, *past).when(END, tried(CLERK, 0, 1, 2)).refused_with(
            "unreached-not-granted", fields=["fees"]
        )

    def test_and_where_an_earlier_order_used_parts(self) -> None:
        further = (NOTED, FurtherOrderNamed((), (PartWanted("MFQ-32", 1),)))
        given(work_order, *further).when(CLOSE, tried(CLERK, 0, 1, 2)).refused(
            "unreached-not-granted"
        )
        given(work_order, *further, GRANTED).when(CLOSE, tried(CLERK, 0, 1, 2)).then(UNREACHED)

    def test_who_waived_the_signature_has_agreed(self) -> None:
        """The customer had left; the approver did without their signature, and knew it."""
        absent = SignatureRefused(LIU, "已离开，电话不通", None, WORK_CONTENT, absent=True)
        waived = SignatureWaived(BOSS, "已搬走", WORK_CONTENT, due_at=None)
        work = replace(RECORDED, work=UNMENDED)
        past = (*DRAWN, work, absent, waived, SETTLED, HANDED_IN)
        assert not weighs(order_of(*past))
        given(work_order, *past).when(END, tried(CLERK, 0, 1, 2)).then(ENDED_SO)

    def test_nobody_agrees_to_their_own_job_or_before_it_was_tried(self) -> None:
        given(work_order, *NOT_MENDED).when(GRANT, tried(LIU, 0, 1, 2)).refused("own-request")
        given(work_order, *NOT_MENDED).when(GRANT, tried(BOSS, 0, 1)).refused_with(
            "too-few-days", days=2, needed=3
        )
        given(work_order).when(GRANT, tried(BOSS, 0, 1, 2)).refused("not-approved")
        given(work_order, *NOT_MENDED, ENDED_SO).when(GRANT, tried(BOSS, 0, 1, 2)).refused(
            "closed-already"
        )

    def test_work_that_is_recorded_anew_asks_anew(self) -> None:
        assert order_of(*DRAWN, GRANTED).unreached_granted == GRANTED
        assert order_of(*DRAWN, GRANTED, RECORDED).unreached_granted is None

    def test_it_is_offered_where_it_is_asked_for(self) -> None:
        assert list(offered_grant("", order_of(*NOT_MENDED, TRIED)))
        assert not list(offered_grant("", order_of(*NOT_MENDED)))
        assert not list(offered_grant("", order_of(*NOT_MENDED, TRIED, GRANTED)))
        assert not list(offered_grant("", order_of(NOTED, TRIED)))


class TestNobodyThere:
    """The work is done, and whoever could sign for it has left."""

    ABSENT = NoteRefusal(WORK_CONTENT, "已离开，电话不通", absent=True)
    NOTED_SO = SignatureRefused(LIU, "已离开，电话不通", None, WORK_CONTENT, absent=True)

    def test_nobody_refused_anything(self) -> None:
        seen = asks(LIU, visits=SEEN_DONE)
        given(work_order, *DRAWN, RECORDED).when(self.ABSENT, seen).then(self.NOTED_SO)
        given(work_order, *DRAWN, RECORDED, self.NOTED_SO).when(self.ABSENT, seen).then()

    def test_a_clerk_tells_it_for_a_technician_who_cannot(self) -> None:
        """Whoever went next would find a closed door, and could record nothing."""
        ill = VisitEnded(VisitOutcome.INTERRUPTED, "急病", "转派", None)
        told = replace(self.NOTED_SO, by=CLERK)
        for ended in (ENDED, ill):
            seen = asks(CLERK, visits=(visit_of(*THERE, ended),))
            given(work_order, *DRAWN, RECORDED).when(self.ABSENT, seen).then(told)
        there = asks(CLERK, visits=(visit_of(*THERE),))
        given(work_order, *DRAWN, RECORDED).when(self.ABSENT, there).refused("visit-not-done")
        seen = asks(CLERK, visits=SEEN_DONE)
        given(work_order, *DRAWN).when(self.ABSENT, seen).refused("no-work-recorded")
        refused = NoteRefusal(WORK_CONTENT, "不满意", WHOM)
        given(work_order, *DRAWN, RECORDED).when(refused, seen).refused("not-your-order")
        other = asks("T-CHENHAO", visits=SEEN_DONE)
        given(work_order, *DRAWN, RECORDED).when(self.ABSENT, other).refused("not-your-order")

    def test_who_refused_was_seen_to_refuse(self) -> None:
        seen = asks(LIU, visits=SEEN_DONE)
        refused = NoteRefusal(WORK_CONTENT, "不满意")
        given(work_order, *DRAWN, RECORDED).when(refused, seen).refused("witness-missing")


class TestCallingOff:
    """A visit is called off, and nobody can be told of it."""

    def test_every_try_is_listed(self) -> None:
        off = visit.journey.CancelVisit("联系不上", attempts=(LISTED,))
        called_off = VisitCancelled("联系不上", None, (LISTED,))
        story = given(visit, PLANNED, CONFIRMED)
        story.when(off, asks(CLERK, VISIT)).then(called_off)
        given(visit, PLANNED, called_off).when(off, asks(CLERK, VISIT)).then()

    def test_neither_told_nor_tried_is_not_enough(self) -> None:
        bare = visit.journey.CancelVisit("联系不上")
        given(visit, PLANNED).when(bare, asks(CLERK, VISIT)).refused("customer-untold")
        given(visit, *THERE, ENDED).when(bare, asks(CLERK, VISIT)).refused(
            "visit-over", "customer-untold"
        )


def test_over_days_of_the_record_an_order_ends_unreached(dispatch: Dispatch) -> None:
    path = dispatch.signed()
    dispatch.heard(VOID.note)
    body = {"ending": "unreachable", "reason": "已搬走，联系不上"}
    tries = EXAMPLES["contact-attempts"]
    for nth in range(3):
        said = {**tries, "result": f"第 {nth} 次无人接听"}
        dispatch.done(dispatch.does(dispatch.clerk, f"{path}/contact-attempts", said))
    refused = dispatch.does(dispatch.clerk, f"{path}/closings", body)
    assert codes(refused) == ["too-few-days"], "three in one minute are one day"
    for days in (1, 2):
        dispatch.record.today = LATER + timedelta(days=days)
        said = {**tries, "result": f"{days} 天后停机"}
        dispatch.done(dispatch.does(dispatch.liu, f"{path}/contact-attempts", said))
    shown = dispatch.shown(path)
    assert [each["by"] for each in shown["tried"]] == [CLERK] * 3 + [LIU] * 2
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/closings", body))
    assert dispatch.shown(path)["ending"] == "unreachable"
