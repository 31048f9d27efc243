"""交销与结案 as stories: the task comes home with its papers, or the case ends without it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order import handing_in_due
from services.dispatch.work_order.closing import (
    SIGNED_AS as ENDINGS,
)
from services.dispatch.work_order.closing import (
    CloseRepair,
    EntrustHandIn,
    HandInTask,
    ReturnHandIn,
    UrgeHandIn,
    offered_closing,
)
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm
from services.dispatch.work_order.sheet import sheet_of
from services.dispatch.work_order.state import WorkOrderFact
from shared.decider import Refused
from shared.document import CommandOwed
from shared.events.dispatch import (
    FurtherNoteNamed,
    HandInEntrusted,
    HandInReturned,
    HandInUrged,
    IssueNoteNoted,
    SignatureVoided,
    WorkOrderRecalled,
    WorkRecorded,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import Fee, OrderKind, OrderStage, WorkResult
from shared.events.values import Ending, Role, SignedHow
from tests.dispatch.example import (
    ASSIGN,
    ASSIGNED,
    BRANCH,
    CHEN,
    CLERK,
    HOME,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    REPORT,
    TICKET,
    TRAVEL,
    standing,
)
from tests.dispatch.job import (
    CLOSE,
    CLOSED,
    CUSTOMER_SIGNED,
    DONE,
    DRAWN,
    ENDED,
    HANDED_IN,
    HOME_AGAIN,
    LATER,
    NOBODY_HOME,
    PAPERS,
    PLANNED,
    RECORDED,
    SETTLED,
    TAKEN,
    THERE,
    VOID,
    WORK,
    WORK_CONTENT,
    asks,
    order_of,
    settled,
    visit_of,
)
from tests.dispatch.seen import on_board, seen
from tests.spec import given

HAND_IN = HandInTask()
URGING = "timer:urge-hand-in"
DUE = LATER + timedelta(days=2)
SENT_BACK = HandInReturned(CLERK, ("旧件少一只",))
SEND_BACK = ReturnHandIn(("旧件少一只",))
OTHER = "C-LILEI"
NOTE_C2 = replace(NOTE_C1, number=f"{TICKET}-C2")
FURTHER = FurtherNoteNamed(NOTE_C2, "补领")
NOBODY_WENT = asks(CLERK, visits=())
GIVE_UP = CloseRepair(Ending.WITHDRAWN, "用户不修了", LATER)
GIVEN_UP = RepairClosed(Ending.WITHDRAWN, "用户不修了", customer_told_at=LATER)


class TestHandingIn:
    def test_the_technician_brings_the_signed_order_and_every_note(self) -> None:
        given(work_order, *DONE, SETTLED).when(HAND_IN, asks(LIU)).then(HANDED_IN)
        given(work_order, *HOME_AGAIN).when(HAND_IN, asks(LIU)).then()

    def test_a_void_note_is_at_home_too(self) -> None:
        c2_void = IssueNoteNoted(replace(VOID.note, number=NOTE_C2.number))
        past = (*DRAWN, FURTHER, c2_void, RECORDED, CUSTOMER_SIGNED, SETTLED)
        both = replace(HANDED_IN.hand_in, notes=(NOTE_C1.number, NOTE_C2.number))
        given(work_order, *past).when(HAND_IN, asks(LIU)).then(replace(HANDED_IN, hand_in=both))

    def test_every_note_that_is_not_home_is_named(self) -> None:
        past = (*DRAWN, FURTHER, RECORDED, CUSTOMER_SIGNED)
        given(work_order, *past).when(HAND_IN, asks(LIU)).refused_with(
            "not-reconciled", notes=[NOTE_C1.number, NOTE_C2.number]
        )
        given(work_order, *past, SETTLED).when(HAND_IN, asks(LIU)).refused_with(
            "not-reconciled", notes=[NOTE_C2.number]
        )

    @pytest.mark.parametrize(
        ("heard", "is_refused"),
        [
            (settled(WORK_CONTENT, 2, 0), False),
            (settled("e" * 64, 2, 0), True),
            (settled("e" * 64, 0, 0), True),
            (settled(None, 0, 0), True),
        ],
    )
    def test_notes_are_settled_against_the_signature_in_force(
        self, heard: Any, *, is_refused: bool
    ) -> None:
        story = given(work_order, *DONE, IssueNoteNoted(heard)).when(HAND_IN, asks(LIU))
        if is_refused:
            story.refused_with("reconciled-against-old-signature", notes=[NOTE_C1.number])
        else:
            story.then(HANDED_IN)

    @pytest.mark.parametrize("content", [None, "e" * 64])
    def test_what_nothing_was_used_of_rests_on_no_signature(self, content: str | None) -> None:
        unused = replace(CUSTOMER_SIGNED.word, parts_used=(), no_parts_used=True)
        past = (*DRAWN, RECORDED, replace(CUSTOMER_SIGNED, word=unused))
        back = IssueNoteNoted(settled(content, 0, 0))
        given(work_order, *past, back).when(HAND_IN, asks(LIU)).then(HANDED_IN)

    def test_what_was_settled_otherwise_is_seen_before_the_customer_signs(self) -> None:
        """The pieces went home or were lost by their account, and the work says they were used."""
        home = IssueNoteNoted(settled(None, 0, 0))
        for past in ((*DRAWN, RECORDED, home), (*DRAWN, home, RECORDED)):
            (told,) = sheet_of(order_of(*past)).used_otherwise
            assert (told.note, told.part) == (NOTE_C1.number, "MFQ-32")
            assert (told.recorded, told.settled) == (2, 0)
        signed = (*DRAWN, home, RECORDED, CUSTOMER_SIGNED)
        assert sheet_of(order_of(*signed)).used_otherwise
        mended = (*signed, IssueNoteNoted(settled(WORK_CONTENT, 2, 0, version=4)))
        assert not sheet_of(order_of(*mended)).used_otherwise
        given(work_order, *mended).when(HAND_IN, asks(LIU)).then(HANDED_IN)
        assert not sheet_of(order_of(*DRAWN, RECORDED)).used_otherwise, "nothing is settled yet"

    def test_a_new_signature_asks_for_a_new_account(self) -> None:
        again = replace(CUSTOMER_SIGNED, word=replace(CUSTOMER_SIGNED.word, content="d" * 64))
        past = (*DONE, SETTLED, SignatureVoided("改用量"), again)
        given(work_order, *past).when(HAND_IN, asks(LIU)).refused(
            "reconciled-against-old-signature"
        )

    def test_only_its_technician_and_only_what_is_signed(self) -> None:
        given(work_order, *DONE, SETTLED).when(HAND_IN, asks(CHEN)).refused("not-your-order")
        given(work_order, *DRAWN, SETTLED).when(HAND_IN, asks(LIU)).refused("not-signed")


class TestUrging:
    SIGNED = replace(CUSTOMER_SIGNED, due_at=DUE)
    URGE = UrgeHandIn(DUE)
    URGED = HandInUrged(LIU, DUE)
    PAST: tuple[WorkOrderFact, ...] = (*DRAWN, RECORDED, SIGNED)

    def test_the_technician_is_reminded_once(self) -> None:
        given(work_order, *self.PAST).when(self.URGE, asks(URGING)).then(self.URGED)
        given(work_order, *self.PAST, self.URGED).when(self.URGE, asks(URGING)).then()

    def test_who_has_brought_it_or_must_have_it_signed_anew_is_not(self) -> None:
        void = SignatureVoided("改用量")
        later = replace(self.SIGNED, due_at=DUE + timedelta(days=1))
        for more in ((SETTLED, HANDED_IN), (void,), (void, later)):
            given(work_order, *self.PAST, *more).when(self.URGE, asks(URGING)).then()

    def test_who_has_it_signed_anew_is_reminded_anew(self) -> None:
        later = replace(self.SIGNED, due_at=DUE + timedelta(days=1))
        past = (*self.PAST, self.URGED, SignatureVoided("改用量"), later)
        again = UrgeHandIn(DUE + timedelta(days=1))
        urged = replace(self.URGED, due_at=DUE + timedelta(days=1))
        given(work_order, *past).when(again, asks(URGING)).then(urged)

    def test_the_clock_runs_from_the_customers_signature_to_the_hand_in(self) -> None:
        [row] = seen(handing_in_due, self.PAST).values()
        assert row == handing_in_due.Row(HOME, DUE, TICKET, BRANCH)
        (timer,) = (each for each in work_order.TIMERS if each.view is handing_in_due)
        assert timer.owes(row) == CommandOwed(HOME, self.URGE)
        for end in (SignatureVoided("x"), HANDED_IN, self.URGED):
            assert seen(handing_in_due, [*self.PAST, end]) == {}
        assert seen(handing_in_due, DONE) == {}, "no policy, no clock"

    def test_the_board_shows_by_when_and_who_was_reminded(self) -> None:
        assert (on_board(*self.PAST).due_at, on_board(*self.PAST).urged) == (DUE, False)
        assert on_board(*self.PAST, self.URGED).urged
        assert on_board(*self.PAST, HANDED_IN).due_at is None


class TestEntrusting:
    APPROVER = "A-ZHAOLEI"
    FIT = replace(standing(CLERK), roles=(Role.CLERK,))
    ENTRUST = EntrustHandIn(CLERK, "售后人员住院", FIT)
    ENTRUSTED = HandInEntrusted(APPROVER, CLERK, "售后人员住院")
    PAST = (*DONE, SETTLED)

    def test_the_approver_lets_a_clerk_hand_in_for_who_cannot(self) -> None:
        given(work_order, *self.PAST).when(self.ENTRUST, asks(self.APPROVER)).then(self.ENTRUSTED)
        past = (*self.PAST, self.ENTRUSTED)
        given(work_order, *past).when(self.ENTRUST, asks(self.APPROVER)).then()
        brought = replace(HANDED_IN, hand_in=replace(HANDED_IN.hand_in, by=CLERK))
        given(work_order, *past).when(HAND_IN, asks(CLERK)).then(brought)
        given(work_order, *past).when(HAND_IN, asks(LIU)).then(HANDED_IN)

    def test_another_clerk_takes_it(self) -> None:
        brought = replace(HANDED_IN, hand_in=replace(HANDED_IN.hand_in, by=CLERK))
        past = (*self.PAST, self.ENTRUSTED, brought)
        given(work_order, *past).when(CLOSE, asks(CLERK)).refused("takes-his-own")
        closed = replace(CLOSED, handed_in_by=CLERK, taken_by="C-2")
        given(work_order, *past).when(CLOSE, asks("C-2")).then(closed)

    def test_no_clerk_hands_in_unasked(self) -> None:
        for past in (self.PAST, (*self.PAST, replace(self.ENTRUSTED, clerk="C-2"))):
            given(work_order, *past).when(HAND_IN, asks(CLERK)).refused("not-entrusted")

    def test_it_ends_with_the_signature(self) -> None:
        past = (*self.PAST, self.ENTRUSTED, SignatureVoided("改用量"), CUSTOMER_SIGNED)
        given(work_order, *past).when(HAND_IN, asks(CLERK)).refused("not-entrusted")

    def test_neither_side_did_the_job_and_nobody_entrusts_themselves(self) -> None:
        for who, by in ((CLERK, LIU), (LIU, self.APPROVER), (self.APPROVER, self.APPROVER)):
            own = EntrustHandIn(who, "售后人员住院", self.FIT)
            given(work_order, *self.PAST).when(own, asks(by)).refused("own-request")

    def test_they_are_an_active_clerk_of_the_branch(self) -> None:
        for changed in (
            {"active": False},
            {"known": False},
            {"branches": ("SH01",)},
            {"roles": ()},
        ):
            entrust = replace(self.ENTRUST, standing=replace(self.FIT, **changed))
            told = given(work_order, *self.PAST).when(entrust, asks(self.APPROVER))
            told.refused("not-in-that-role")

    def test_only_what_the_customer_signed(self) -> None:
        told = given(work_order, *DRAWN).when(self.ENTRUST, asks(self.APPROVER))
        told.refused("not-signed")


class TestSendingBack:
    def test_the_clerk_returns_it_with_reasons(self) -> None:
        given(work_order, *HOME_AGAIN).when(SEND_BACK, asks(CLERK)).then(SENT_BACK)
        given(work_order, *HOME_AGAIN, SENT_BACK).when(SEND_BACK, asks(CLERK)).then()
        assert order_of(*HOME_AGAIN, SENT_BACK).stage is OrderStage.SIGNED

    def test_it_is_handed_in_again(self) -> None:
        given(work_order, *HOME_AGAIN, SENT_BACK).when(HAND_IN, asks(LIU)).then(HANDED_IN)

    def test_without_a_reason_or_a_hand_in_nothing_is_returned(self) -> None:
        none = ReturnHandIn(())
        given(work_order, *HOME_AGAIN).when(none, asks(CLERK)).refused("reason-missing")
        many = replace(SEND_BACK, reasons=tuple("123456"))
        given(work_order, *HOME_AGAIN).when(many, asks(CLERK)).refused("too-many")
        given(work_order, *DONE).when(SEND_BACK, asks(CLERK)).refused("not-handed-in")
        given(work_order, *HOME_AGAIN, CLOSED).when(SEND_BACK, asks(CLERK)).refused(
            "closed-already"
        )

    def test_nobody_returns_what_he_brought(self) -> None:
        given(work_order, *HOME_AGAIN).when(SEND_BACK, asks(LIU)).refused("takes-his-own")


class TestTaking:
    def test_the_clerk_takes_it_with_every_paper_checked(self) -> None:
        given(work_order, *HOME_AGAIN).when(CLOSE, asks(CLERK)).then(CLOSED)
        given(work_order, *HOME_AGAIN, CLOSED).when(CLOSE, asks(CLERK)).then()

    def test_papers_not_checked_are_named(self) -> None:
        none = replace(CLOSE, papers_checked=())
        given(work_order, *HOME_AGAIN).when(none, asks(CLERK)).refused_with(
            "papers-unchecked", papers=list(PAPERS)
        )
        order_alone = replace(CLOSE, papers_checked=(NUMBER,))
        given(work_order, *HOME_AGAIN).when(order_alone, asks(CLERK)).refused_with(
            "papers-unchecked", papers=[NOTE_C1.number]
        )

    def test_papers_of_another_order_are_named(self) -> None:
        more = replace(CLOSE, papers_checked=(*PAPERS, "X-C9"))
        given(work_order, *HOME_AGAIN).when(more, asks(CLERK)).refused_with(
            "not-its-papers", papers=["X-C9"]
        )

    def test_who_did_or_brought_it_does_not_take_it(self) -> None:
        given(work_order, *HOME_AGAIN).when(CLOSE, asks(LIU)).refused("takes-his-own")

    def test_who_travelled_with_them_does_not_take_it(self) -> None:
        both = replace(OPENED, travel=replace(TRAVEL, travellers=(LIU, CLERK)))
        past = (NOTED, both, *HOME_AGAIN[2:])
        given(work_order, *past).when(CLOSE, asks(CLERK)).refused("takes-his-own")
        given(work_order, *past).when(SEND_BACK, asks(CLERK)).refused("takes-his-own")
        given(work_order, *past).when(CLOSE, asks(OTHER)).then(replace(CLOSED, taken_by=OTHER))

    @pytest.mark.parametrize("past", [(NOTED,), TAKEN, DRAWN, (*DONE, SETTLED)])
    def test_it_is_handed_in_first(self, past: tuple[WorkOrderFact, ...]) -> None:
        papers = [NUMBER, *(note.number for note in order_of(*past).released)]
        close = replace(CLOSE, papers_checked=tuple(papers))
        given(work_order, *past).when(close, asks(CLERK)).refused("not-handed-in")

    def test_what_is_closed_is_closed(self) -> None:
        past = (*HOME_AGAIN, CLOSED)
        given(work_order, *past).when(CLOSE, asks(OTHER)).refused("closed-already")
        given(work_order, *past).when(GIVE_UP, NOBODY_WENT).refused("closed-already")
        given(work_order, *past).when(replace(ASSIGN, technician=CHEN), asks(CLERK)).refused(
            "closed-already"
        )

    def test_others_read_how_it_ended(self) -> None:
        public = work_order.public(order_of(*HOME_AGAIN, CLOSED), CLOSED)
        document = public.document
        assert (document.stage, document.ending) == (OrderStage.CLOSED, Ending.REPAIRED)
        assert (document.taken_by, document.handed_in) == (CLERK, HANDED_IN.hand_in)
        this = {"customer_told_at": None, "papers_checked": PAPERS, "tried_on": ()}
        assert public.this == this


TO_SWAP = replace(OPENED, kind=OrderKind.SWAP)
ENDINGS_OF_A_REPAIR = [
    each for each in ENDINGS if each not in (Ending.SWAPPED, Ending.NOT_COMMISSIONED)
]


class TestGivingUp:
    @pytest.mark.parametrize(
        "past",
        [
            (NOTED,),
            (NOTED, OPENED),
            (NOTED, OPENED, ASSIGNED),
            (*TAKEN, VOID),
            (*DRAWN, IssueNoteNoted(settled(None, 0, 0))),
            (*TAKEN, VOID, WorkOrderRecalled(LIU, "用户不修")),
        ],
    )
    @pytest.mark.parametrize("ending", [Ending.WITHDRAWN, Ending.NOT_REPAIRABLE, Ending.SWAPPED])
    def test_a_case_ends_before_the_customer_signed(
        self, past: tuple[WorkOrderFact, ...], ending: Ending
    ) -> None:
        if ending is Ending.SWAPPED:
            past = tuple(TO_SWAP if each == OPENED else each for each in past)
        story = given(work_order, *past).when(replace(GIVE_UP, ending=ending), NOBODY_WENT)
        story.then(replace(GIVEN_UP, ending=ending))
        closed = replace(GIVEN_UP, ending=ending)
        again = given(work_order, *past, closed)
        again.when(replace(GIVE_UP, ending=ending), NOBODY_WENT).then()

    def test_only_an_order_for_a_swap_ends_as_swapped(self) -> None:
        swapped = replace(GIVE_UP, ending=Ending.SWAPPED)
        for past in ((NOTED, OPENED), (*TAKEN, VOID)):
            given(work_order, *past).when(swapped, NOBODY_WENT).refused_with(
                "not-a-swap", number=NUMBER, kind=OrderKind.REPAIR, ending=Ending.SWAPPED
            )
        offered = [each.ending for each in offered_closing(NUMBER, order_of(NOTED, TO_SWAP))]
        assert offered == [Ending.WITHDRAWN, Ending.SWAPPED]

    def test_others_are_told_of_the_notes_that_there_are(self) -> None:
        """One that was named and never released has no paper that anybody could wait for."""
        for past, notes in (((NOTED, OPENED), ()), ((*TAKEN, VOID), (NOTE_C1,))):
            public = work_order.public(order_of(*past, GIVEN_UP), GIVEN_UP)
            assert public.document.notes == notes

    def test_drawn_parts_come_home_first(self) -> None:
        for past in (TAKEN, DRAWN):
            given(work_order, *past).when(GIVE_UP, NOBODY_WENT).refused_with(
                "not-reconciled", notes=[NOTE_C1.number]
            )

    def test_no_visit_stays_open(self) -> None:
        for visit in (visit_of(PLANNED), visit_of(*THERE)):
            seen = asks(CLERK, visits=(visit,))
            given(work_order, *TAKEN, VOID).when(GIVE_UP, seen).refused_with(
                "visit-open", visits=[f"{TICKET}-V1"]
            )
        for ended in (NOBODY_HOME, ENDED):
            seen = asks(CLERK, visits=(visit_of(*THERE, ended),))
            given(work_order, *TAKEN, VOID).when(GIVE_UP, seen).then(GIVEN_UP)

    def test_it_says_why_and_that_the_customer_was_told(self) -> None:
        bare = CloseRepair(Ending.SWAPPED)
        given(work_order, NOTED).when(bare, NOBODY_WENT).refused_with(
            "closing-incomplete", fields=["reason", "customer_told_at"]
        )

    @pytest.mark.parametrize(
        "ending",
        [Ending.SOLVED_REMOTELY, Ending.ANSWERED, Ending.OUT_OF_SCOPE],
    )
    def test_what_ends_before_the_approval_is_intakes(self, ending: Ending) -> None:
        given(work_order, NOTED).when(replace(GIVE_UP, ending=ending), NOBODY_WENT).refused(
            "closed-by-intake"
        )

    def test_what_nobody_approved_is_not_closed_here(self) -> None:
        given(work_order).when(GIVE_UP, NOBODY_WENT).refused("not-approved")

    def test_what_the_customer_signed_is_handed_in(self) -> None:
        given(work_order, *DONE, SETTLED).when(GIVE_UP, NOBODY_WENT).refused("not-handed-in")
        given(work_order, *HOME_AGAIN).when(GIVE_UP, NOBODY_WENT).refused(
            "ending-differs", "papers-unchecked"
        )

    @pytest.mark.parametrize(
        ("changed", "fields"),
        [
            ({}, ["result", "parts_used"]),
            ({"result": WorkResult.NOT_FIXED}, ["parts_used"]),
            ({"parts_used": (), "no_parts_used": True}, ["result"]),
            (
                {"result": None, "parts_used": (), "no_fees": False, "fees": (Fee("labour", 1),)},
                ["fees"],
            ),
        ],
    )
    def test_what_nobody_signed_is_not_passed_over(
        self, changed: dict[str, Any], fields: list[str]
    ) -> None:
        work = WorkRecorded(replace(WORK, **changed), "d" * 64)
        back = IssueNoteNoted(settled(None, 0, 0))
        given(work_order, *DRAWN, back, work).when(GIVE_UP, NOBODY_WENT).refused_with(
            "work-unsigned", number=NUMBER, fields=fields
        )

    def test_what_another_used_is_signed_for_as_well(self) -> None:
        past = (*DRAWN, SETTLED, WorkOrderRecalled(LIU, "换人"))
        given(work_order, *past).when(GIVE_UP, NOBODY_WENT).refused_with(
            "work-unsigned", number=NUMBER, fields=["parts_used"]
        )


class TestNotMended:
    WORK = replace(WORK, result=WorkResult.NOT_FIXED, tested=False)
    PAST: tuple[WorkOrderFact, ...] = (
        *(*DRAWN, replace(RECORDED, work=WORK), CUSTOMER_SIGNED, SETTLED, HANDED_IN),
    )
    END = CloseRepair(Ending.NOT_REPAIRABLE, "轴已断裂", LATER, PAPERS)
    ENDED = replace(CLOSED, ending=Ending.NOT_REPAIRABLE, reason="轴已断裂", customer_told_at=LATER)

    @pytest.mark.parametrize("ending", [Ending.NOT_REPAIRABLE, Ending.WITHDRAWN, Ending.SWAPPED])
    def test_what_is_not_mended_ends_as_it_was_signed(self, ending: Ending) -> None:
        end, past = replace(self.END, ending=ending), self.PAST
        if ending is Ending.SWAPPED:
            given(work_order, *past).when(end, asks(CLERK)).refused("not-a-swap")
            past = tuple(TO_SWAP if each == OPENED else each for each in past)
        story = given(work_order, *past).when(end, asks(CLERK))
        story.then(replace(self.ENDED, ending=ending))
        closed = (*past, replace(self.ENDED, ending=ending))
        given(work_order, *closed).when(end, asks(CLERK)).then()

    def test_it_is_no_repair(self) -> None:
        given(work_order, *self.PAST).when(CLOSE, asks(CLERK)).refused_with(
            "ending-differs",
            ending=Ending.REPAIRED,
            result=WorkResult.NOT_FIXED,
            endings=ENDINGS_OF_A_REPAIR,
        )

    @pytest.mark.parametrize("result", [WorkResult.FIXED, WorkResult.WORKAROUND])
    def test_what_is_mended_does_not_end_as_if_it_were_not(self, result: WorkResult) -> None:
        mended = replace(RECORDED, work=replace(WORK, result=result))
        past = (*DRAWN, mended, CUSTOMER_SIGNED, SETTLED, HANDED_IN)
        given(work_order, *past).when(self.END, asks(CLERK)).refused("ending-differs")
        given(work_order, *past).when(CLOSE, asks(CLERK)).then(CLOSED)

    def test_it_is_taken_like_any_other(self) -> None:
        bare = CloseRepair(Ending.NOT_REPAIRABLE)
        given(work_order, *self.PAST).when(bare, asks(LIU)).refused(
            "closing-incomplete", "takes-his-own", "papers-unchecked"
        )
        other = replace(self.END, ending=Ending.ANSWERED)
        given(work_order, *self.PAST).when(other, asks(CLERK)).refused("closed-by-intake")

    def test_the_page_offers_what_is_true(self) -> None:
        (offered,) = offered_closing(NUMBER, order_of(*self.PAST))
        assert offered.ending is Ending.NOT_REPAIRABLE
        (offered,) = offered_closing(NUMBER, order_of(*HOME_AGAIN))
        assert offered.ending is Ending.REPAIRED


def test_an_approval_that_comes_after_the_end_is_noted_and_opens_nothing() -> None:
    newer = NoteApproval(replace(NOTED, version=99, approved=replace(REPORT, content="b" * 64)))
    state = order_of(*HOME_AGAIN, CLOSED)
    decided = list(work_order.decide(newer, state, asks("reaction:note-approval")))
    assert len(decided) == 1
    after = order_of(*HOME_AGAIN, CLOSED, decided[0][1])
    assert after.stage is OrderStage.CLOSED
    opening = OpenWorkOrder(OrderForm("b" * 64, no_parts=True), SignedHow.SESSION)
    with pytest.raises(Refused):
        work_order.decide(opening, after, asks(CLERK))
