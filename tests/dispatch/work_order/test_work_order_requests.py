"""申请 as stories: another journey, further parts, a signature that is done without."""

from dataclasses import replace
from datetime import date

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.closing import HandInTask
from services.dispatch.work_order.notes import rest_of
from services.dispatch.work_order.supplement import (
    ApproveSupplement,
    AskSupplement,
    RefuseSupplement,
)
from services.dispatch.work_order.travel_change import (
    ApproveTravelChange,
    AskTravelChange,
    RefuseTravelChange,
)
from services.dispatch.work_order.waiver import NoteRefusal, WaiveSignature
from shared.events.dispatch import (
    IssueNoteNoted,
    SignatureRefused,
    SignatureVoided,
    SignatureWaived,
    SupplementApproved,
    SupplementAsked,
    SupplementRefused,
    TaskHandedIn,
    TravelChangeApproved,
    TravelChangeAsked,
    TravelChangeRefused,
)
from shared.events.order_sheet import (
    Delivery,
    HandIn,
    Journey,
    NamedNote,
    OrderStage,
)
from shared.events.values import PartWanted, TravelMode
from tests.dispatch.example import (
    ASSIGNED,
    BRANCH,
    BY_MAIL,
    CHEN,
    CLERK,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    SIGNED,
    TICKET,
    TRAVEL_AT,
)
from tests.dispatch.job import (
    CLOSED,
    DAY,
    DONE,
    DRAWN,
    HOME_AGAIN,
    LATER,
    NOBODY_HOME,
    RECORD,
    RECORDED,
    SEEN_DONE,
    SIGNER,
    TAKEN,
    THERE,
    WORK,
    WORK_CONTENT,
    asks,
    order_of,
    settled,
    visit_of,
)
from tests.spec import given

BOSS = "A-ZHAOLEI"
APPROVED = Journey(TravelMode.COMPANY_CAR, TRAVEL_AT, DAY)
BY_RAIL = Journey(TravelMode.RAIL, LATER, date(2026, 11, 25))
ASK = AskTravelChange(BY_RAIL.mode, BY_RAIL.at, "车坏了", 12_000, on=BY_RAIL.on, is_hidden=False)
ASKED = TravelChangeAsked(LIU, APPROVED, BY_RAIL, "车坏了", 12_000)
GRANT = ApproveTravelChange(BY_RAIL.mode, BY_RAIL.at)
GRANTED = TravelChangeApproved(BOSS, BY_RAIL)
NO_CHANGE = TravelChangeRefused(BOSS, BY_RAIL, "等一天")
HIS, APPROVER = asks(LIU, visits=()), asks(BOSS, visits=())


class TestAnotherJourney:
    @pytest.mark.parametrize("by", [LIU, CLERK])
    def test_it_is_asked_for_and_granted(self, by: str) -> None:
        asked = replace(ASKED, by=by)
        given(work_order, *TAKEN).when(ASK, asks(by, visits=())).then(asked)
        given(work_order, *TAKEN, asked).when(GRANT, APPROVER).then(GRANTED)
        order = order_of(*TAKEN, asked, GRANTED)
        assert (order.travel and order.travel.mode, order.travel_on) == (
            TravelMode.RAIL,
            BY_RAIL.on,
        )

    def test_asking_or_granting_twice_changes_nothing(self) -> None:
        given(work_order, *TAKEN, ASKED).when(ASK, HIS).then()
        given(work_order, *TAKEN, ASKED, GRANTED).when(GRANT, APPROVER).then()
        refuse = RefuseTravelChange("等一天")
        given(work_order, *TAKEN, ASKED, NO_CHANGE).when(refuse, APPROVER).then()

    def test_it_is_refused_and_the_approved_one_stands(self) -> None:
        refuse = RefuseTravelChange("等一天")
        given(work_order, *TAKEN, ASKED).when(refuse, APPROVER).then(NO_CHANGE)
        assert order_of(*TAKEN, ASKED, NO_CHANGE).travel_on == DAY
        for command in (refuse, GRANT):
            given(work_order, *TAKEN).when(command, APPROVER).refused("travel-change-not-asked")

    def test_within_the_approved_day_nobody_is_asked(self) -> None:
        same_day = replace(ASK, mode=TravelMode.COMPANY_CAR, on=DAY)
        given(work_order, *TAKEN).when(same_day, HIS).refused("travel-unchanged")

    def test_a_mode_that_the_branch_hides_is_not_chosen_anew(self) -> None:
        hidden = replace(ASK, is_hidden=True)
        told = {"field": "travel_mode", "value": TravelMode.RAIL, "branch": BRANCH}
        given(work_order, *TAKEN).when(hidden, HIS).refused_with("value-hidden", **told)
        given(work_order, *TAKEN, ASKED).when(GRANT, APPROVER).then(GRANTED)
        later = replace(hidden, mode=TravelMode.COMPANY_CAR)
        by_car = replace(ASKED, wanted=replace(BY_RAIL, mode=TravelMode.COMPANY_CAR))
        given(work_order, *TAKEN).when(later, HIS).then(by_car)

    def test_nobody_is_on_the_way(self) -> None:
        out = asks(LIU, visits=(visit_of(*THERE[:3]),))
        given(work_order, *TAKEN).when(ASK, out).refused("departed-already")
        there = asks(LIU, visits=(visit_of(*THERE),))
        given(work_order, *TAKEN).when(ASK, there).refused("arrived-already")
        home = asks(LIU, visits=(visit_of(*THERE, NOBODY_HOME),))
        given(work_order, *TAKEN).when(ASK, home).then(ASKED)

    def test_a_journey_that_is_made_is_granted_no_other(self) -> None:
        out = asks(BOSS, visits=(visit_of(*THERE[:3]),))
        given(work_order, *TAKEN, ASKED).when(GRANT, out).refused("departed-already")
        given(work_order, *TAKEN, ASKED).when(RefuseTravelChange("等一天"), out).then(NO_CHANGE)
        given(work_order, *HOME_AGAIN, ASKED, CLOSED).when(GRANT, APPROVER).refused(
            "closed-already"
        )

    def test_by_the_technician_or_a_clerk_of_an_order_that_is_taken(self) -> None:
        given(work_order, *TAKEN).when(ASK, asks(CHEN, visits=())).refused("not-your-order")
        given(work_order, NOTED, OPENED, ASSIGNED).when(ASK, HIS).refused("not-accepted")
        by_mail = (replace(NOTED, approved=BY_MAIL), OPENED, ASSIGNED, SIGNED)
        given(work_order, *by_mail).when(ASK, HIS).refused("no-journey")

    @pytest.mark.parametrize("by", [LIU, CLERK])
    def test_nobody_grants_what_they_asked_for(self, by: str) -> None:
        asked = replace(ASKED, by=by)
        for command in (GRANT, RefuseTravelChange("x")):
            given(work_order, *TAKEN, asked).when(command, asks(by, visits=())).refused(
                "own-request"
            )

    def test_what_is_granted_is_what_was_shown(self) -> None:
        other = replace(GRANT, mode=TravelMode.AIR)
        given(work_order, *TAKEN, ASKED).when(other, APPROVER).refused("changed-since-asked")


LINES = (PartWanted("FMQ-1", 1),)
ASK_PARTS = AskSupplement(Delivery.CARRIED, LINES, "阀门也坏了")
PARTS_ASKED = SupplementAsked(LIU, Delivery.CARRIED, LINES, "阀门也坏了")
NOTE_C2 = NamedNote(f"{TICKET}-C2", Delivery.CARRIED, LINES)
PARTS_GRANTED = SupplementApproved(BOSS, NOTE_C2, "阀门也坏了")
NO_PARTS = SupplementRefused(BOSS, LINES, "先试试")


class TestFurtherParts:
    def test_they_are_asked_for_and_a_further_note_brings_them(self) -> None:
        given(work_order, *DRAWN).when(ASK_PARTS, HIS).then(PARTS_ASKED)
        granting = given(work_order, *DRAWN, PARTS_ASKED).when(ApproveSupplement(LINES), APPROVER)
        granting.then(PARTS_GRANTED)
        order = order_of(*DRAWN, PARTS_ASKED, PARTS_GRANTED)
        assert order.notes == order.released == (NOTE_C1, NOTE_C2)
        assert rest_of(order)["FMQ-1"] == 0

    def test_asking_or_granting_twice_changes_nothing(self) -> None:
        given(work_order, *DRAWN, PARTS_ASKED).when(ASK_PARTS, HIS).then()
        past = (*DRAWN, PARTS_ASKED, PARTS_GRANTED)
        given(work_order, *past).when(ApproveSupplement(LINES), APPROVER).then()
        past = (*DRAWN, PARTS_ASKED, NO_PARTS)
        given(work_order, *past).when(RefuseSupplement("先试试"), APPROVER).then()

    def test_they_are_refused(self) -> None:
        refuse = RefuseSupplement("先试试")
        given(work_order, *DRAWN, PARTS_ASKED).when(refuse, APPROVER).then(NO_PARTS)
        for command in (refuse, ApproveSupplement(LINES)):
            given(work_order, *DRAWN).when(command, APPROVER).refused("supplement-not-asked")

    def test_it_names_parts_each_once(self) -> None:
        given(work_order, *DRAWN).when(replace(ASK_PARTS, lines=()), HIS).refused("note-empty")
        twice = replace(ASK_PARTS, lines=LINES * 2)
        given(work_order, *DRAWN).when(twice, HIS).refused("part-twice")

    def test_what_the_catalogue_does_not_know_is_not_asked_for(self) -> None:
        slip = replace(ASK_PARTS, unknown=("FMQ-1",))
        given(work_order, *DRAWN).when(slip, HIS).refused_with("part-unknown", parts=("FMQ-1",))

    def test_what_another_rung_has_to_approve_is_a_change_of_the_report(self) -> None:
        dear = replace(ASK_PARTS, asks_more=("approver", "cost_deputy"))
        given(work_order, *DRAWN).when(dear, HIS).refused_with(
            "supplement-asks-more", needed=("approver", "cost_deputy"), number=NUMBER
        )

    def test_by_its_technician_before_the_customer_signs(self) -> None:
        given(work_order, *DRAWN).when(ASK_PARTS, asks(CHEN)).refused("not-your-order")
        given(work_order, *DONE).when(ASK_PARTS, HIS).refused("signed-already")

    def test_nobody_grants_their_own_and_all_grant_what_was_shown(self) -> None:
        story = given(work_order, *DRAWN, PARTS_ASKED)
        story.when(ApproveSupplement(LINES), asks(LIU)).refused("own-request")
        story.when(RefuseSupplement("x"), asks(LIU)).refused("own-request")
        more = ApproveSupplement((PartWanted("FMQ-1", 2),))
        story.when(more, APPROVER).refused("changed-since-asked")

    def test_too_many_are_too_many(self) -> None:
        granted = [PARTS_GRANTED] * 20
        given(work_order, *DRAWN, *granted).when(ASK_PARTS, HIS).refused("too-many")


REFUSES = NoteRefusal(WORK_CONTENT, "等了三天", SIGNER)
WOULD_NOT = SignatureRefused(LIU, "等了三天", SIGNER, WORK_CONTENT)
WAIVE = WaiveSignature("维修属实")
WAIVED = SignatureWaived(BOSS, "维修属实", WORK_CONTENT, due_at=None)
SHOWN = asks(LIU, visits=SEEN_DONE)


class TestWithoutASignature:
    def test_the_customer_would_not_sign_and_it_is_waived(self) -> None:
        given(work_order, *DRAWN, RECORDED).when(REFUSES, SHOWN).then(WOULD_NOT)
        given(work_order, *DRAWN, RECORDED, WOULD_NOT).when(WAIVE, APPROVER).then(WAIVED)
        order = order_of(*DRAWN, RECORDED, WOULD_NOT, WAIVED)
        assert (order.stage, order.customer and order.customer.word.waived_by) == (
            OrderStage.SIGNED,
            BOSS,
        )
        assert order.customer
        assert order.customer.word.parts_used == WORK.parts_used

    def test_twice_changes_nothing(self) -> None:
        past = (*DRAWN, RECORDED, WOULD_NOT)
        given(work_order, *past).when(REFUSES, SHOWN).then()
        given(work_order, *past, WAIVED).when(WAIVE, APPROVER).then()

    def test_parts_accounted_for_without_it_are_brought(self) -> None:
        past = (*DRAWN, RECORDED, WOULD_NOT, WAIVED, IssueNoteNoted(settled(None, 2, 0)))
        brought = TaskHandedIn(HandIn(LIU, LATER, (NOTE_C1.number,)))
        given(work_order, *past).when(HandInTask(), asks(LIU)).then(brought)
        same = IssueNoteNoted(settled("5f" * 32, 2, 0, version=4))
        given(work_order, *past, same).when(HandInTask(), asks(LIU)).then(brought)
        old = IssueNoteNoted(settled("5f" * 32, 1, 0, version=5))
        given(work_order, *past, old).when(HandInTask(), asks(LIU)).refused(
            "reconciled-against-old-signature"
        )

    def test_a_refusal_is_of_what_was_shown(self) -> None:
        other = replace(REFUSES, content="5f" * 32)
        given(work_order, *DRAWN, RECORDED).when(other, SHOWN).refused("signature-stale")
        given(work_order, *DRAWN).when(REFUSES, SHOWN).refused("no-work-recorded")
        past = (*DRAWN, RECORDED, WOULD_NOT, replace(RECORDED, content="6e" * 32))
        given(work_order, *past).when(WAIVE, APPROVER).refused("signature-not-refused")

    def test_nobody_waives_their_own_job(self) -> None:
        past = (*DRAWN, RECORDED, WOULD_NOT)
        given(work_order, *past).when(WAIVE, asks(LIU)).refused("own-request")
        given(work_order, *DRAWN, RECORDED).when(WAIVE, APPROVER).refused("signature-not-refused")
        given(work_order, *DONE).when(WAIVE, APPROVER).refused(
            "signed-already", "signature-not-refused"
        )

    def test_a_waiver_is_voided_as_a_signature_is(self) -> None:
        past = (*DRAWN, RECORDED, WOULD_NOT, WAIVED, SignatureVoided("用户愿意签了"))
        order = order_of(*past)
        assert (order.stage, order.customer, order.unsigned) == (OrderStage.ACCEPTED, None, None)
        given(work_order, *past).when(RECORD, SHOWN).then()


def test_a_closed_order_takes_none_of_them() -> None:
    closed = given(work_order, *HOME_AGAIN, CLOSED)
    closed.when(ASK_PARTS, HIS).refused("closed-already")
    closed.when(ASK, HIS).refused("closed-already")
