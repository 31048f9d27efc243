"""维修单 as stories: given what has happened, when this is asked, then this becomes true."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm, content_of
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.taking import (
    AssignTechnician,
    DeclineWorkOrder,
    RecallWorkOrder,
    UrgeTaking,
)
from shared.events.dispatch import (
    TakingUrged,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderRecalled,
)
from shared.events.order_sheet import (
    Delivery,
    NamedNote,
    OrderKind,
    OrderStage,
    PartPlanned,
    Standing,
)
from shared.events.values import SEVERAL, PartWanted, RepairNature, Role, Travel, TravelMode
from tests.dispatch.example import (
    ASSIGN,
    ASSIGNED,
    AT,
    BRANCH,
    BY_MAIL,
    CHEN,
    CLERK,
    FORM,
    FORM_WITHOUT_PARTS,
    HOME,
    LIU,
    NOTE,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPEN,
    OPENED,
    OPENED_WITHOUT_PARTS,
    REPORT,
    SIGN,
    SIGNED,
    TICKET,
    WITHOUT_PARTS,
    by,
    opened,
    standing,
)
from tests.spec import given

NOTED_WITHOUT_PARTS = replace(NOTED, approved=WITHOUT_PARTS)
DECLINED = WorkOrderDeclined(LIU, "当天已有两单")
RECALLED = WorkOrderRecalled(LIU, "换人去")
GIVEN = (NOTED, OPENED, ASSIGNED)
TAKEN = (*GIVEN, SIGNED)
NOTING, URGING = "reaction:note-approval", "timer:urge-taking"
SIGNED_WITHOUT_PARTS = replace(
    SIGNED,
    signature=replace(SIGNED.signature, content=OPENED_WITHOUT_PARTS.content),
    notes=(),
)


def opening(**changes: Any) -> OpenWorkOrder:
    return replace(OPEN, form=replace(FORM, **changes))


class TestApproval:
    def test_an_approval_is_noted(self) -> None:
        given(work_order).when(NOTE, by(NOTING)).then(NOTED)

    def test_it_is_noted_in_every_state(self) -> None:
        newer = NoteApproval(replace(NOTED, version=8))
        states: list[list[WorkOrderFact]] = [
            [NOTED],
            [NOTED, OPENED],
            [*GIVEN],
            [*TAKEN],
            [*GIVEN, DECLINED],
        ]
        for past in states:
            given(work_order, *past).when(newer, by(NOTING)).then(replace(NOTED, version=8))

    def test_what_is_older_than_what_is_noted_is_nothing(self) -> None:
        given(work_order, NOTED).when(NOTE, by(NOTING)).then()
        given(work_order, NOTED).when(NoteApproval(replace(NOTED, version=6)), by(NOTING)).then()


class TestOpening:
    def test_the_order_is_made_out_as_approved_and_names_its_note(self) -> None:
        given(work_order, NOTED).when(OPEN, by(CLERK)).then(OPENED)

    def test_an_order_without_parts_names_no_note(self) -> None:
        command = replace(OPEN, form=FORM_WITHOUT_PARTS)
        given(work_order, NOTED_WITHOUT_PARTS).when(command, by(CLERK)).then(OPENED_WITHOUT_PARTS)

    def test_parts_that_are_posted_go_on_a_note_of_their_own(self) -> None:
        posted = (
            PartPlanned("MFQ-32", 1),
            PartPlanned("RHZ-1", 1, Delivery.POSTED),
            PartPlanned("MFQ-32", 1),
        )
        form = replace(FORM, parts=posted)
        first = NamedNote(f"{TICKET}-C1", Delivery.CARRIED, (PartWanted("MFQ-32", 2),))
        second = NamedNote(f"{TICKET}-C2", Delivery.POSTED, (PartWanted("RHZ-1", 1),))
        command = replace(OPEN, form=form)
        given(work_order, NOTED).when(command, by(CLERK)).then(opened(form, first, second))

    def test_asking_twice_changes_nothing(self) -> None:
        given(work_order, NOTED, OPENED).when(OPEN, by(CLERK)).then()
        given(work_order, *TAKEN).when(OPEN, by(CLERK)).then()

    def test_nothing_is_opened_without_an_approval(self) -> None:
        given(work_order).when(OPEN, by(CLERK)).refused("not-approved")

    def test_nothing_is_left_blank(self) -> None:
        blank = OrderForm(approved=REPORT.content)
        command = replace(OPEN, form=blank)
        given(work_order, NOTED).when(command, by(CLERK)).refused_with(
            "order-incomplete", fields=["repair_nature", "parts", "travel_mode", "travel_at"]
        )

    def test_who_stays_at_home_needs_no_journey(self) -> None:
        form = replace(FORM, travel=None)
        by_mail = replace(NOTED, approved=BY_MAIL)
        given(work_order, by_mail).when(replace(OPEN, form=form), by(CLERK)).then(
            opened(form, NOTE_C1)
        )

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"approved": "b" * 64}, ["approved"]),
            ({"kind": OrderKind.COMMISSIONING}, ["kind"]),
            ({"kind": OrderKind.INSPECTION}, ["kind"]),
            ({"repair_nature": RepairNature.PAID}, ["repair_nature"]),
            ({"parts": (PartPlanned("MFQ-32", 3), PartPlanned("RHZ-1", 1))}, ["parts"]),
            ({"parts": (PartPlanned("MFQ-32", 2),)}, ["parts"]),
            ({"parts": (), "no_parts": True}, ["parts"]),
            ({"travel": replace(FORM.travel, mode=TravelMode.AIR)}, ["travel_mode"]),  # type: ignore[type-var]
            ({"travel": replace(FORM.travel, at=AT)}, ["travel_at"]),  # type: ignore[type-var]
            ({"travel": replace(FORM.travel, travellers=(CHEN,))}, ["travellers"]),  # type: ignore[type-var]
        ],
    )
    def test_nothing_differs_from_what_was_approved(
        self, changes: dict[str, Any], fields: list[str]
    ) -> None:
        story = given(work_order, NOTED).when(opening(**changes), by(CLERK))
        story.refused_with("differs-from-approved", fields=fields)

    def test_parts_and_none_are_not_both_said(self) -> None:
        given(work_order, NOTED).when(opening(no_parts=True), by(CLERK)).refused("parts-and-none")

    def test_every_broken_rule_is_told_at_once(self) -> None:
        broken = opening(
            repair_nature=None,
            no_parts=True,
            travel=Travel(TravelMode.AIR, None, (LIU,)),
        )
        given(work_order, NOTED).when(broken, by(CLERK)).refused(
            "order-incomplete", "parts-and-none", "differs-from-approved"
        )

    def test_an_opened_order_is_not_made_out_anew(self) -> None:
        other = opening(parts=(PartPlanned("MFQ-32", 2, Delivery.POSTED), PartPlanned("RHZ-1", 1)))
        states: list[list[WorkOrderFact]] = [
            [NOTED, OPENED],
            [*GIVEN],
            [*TAKEN],
        ]
        for past in states:
            given(work_order, *past).when(other, by(CLERK)).refused("opened-already")

    def test_an_order_is_made_out_anew_when_something_else_was_approved(self) -> None:
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        form = replace(FORM, approved="b" * 64)
        second = replace(NOTE_C1, number=f"{TICKET}-C2")
        command = replace(OPEN, form=form)
        given(work_order, NOTED, OPENED, newer).when(command, by(CLERK)).then(opened(form, second))
        given(work_order, *GIVEN, newer).when(command, by(CLERK)).refused("opened-already")

    def test_a_ticket_has_one_open_order(self) -> None:
        number = f"{TICKET}-W2"
        form = replace(FORM_WITHOUT_PARTS, approved=WITHOUT_PARTS.content)
        command = replace(OPEN, form=form)
        second = given(work_order, replace(NOTED_WITHOUT_PARTS, number=number))
        home = f"work_order-{number}"
        first = given(work_order, NOTED, OPENED).state
        second.when(command, by(CLERK, home, {HOME: first})).refused_with(
            "order-open", numbers=[NUMBER]
        )
        waiting = given(work_order, NOTED).state
        content = content_of(number, form)
        due = opened(form)
        signature = replace(due.signature, content=content)
        second.when(command, by(CLERK, home, {HOME: waiting})).then(
            replace(due, signature=signature, content=content)
        )


class TestAssigning:
    def test_the_order_is_given_to_a_technician(self) -> None:
        given(work_order, NOTED, OPENED).when(ASSIGN, by(CLERK)).then(ASSIGNED)

    def test_it_is_given_to_another_while_nobody_has_taken_it(self) -> None:
        to_chen = AssignTechnician(CHEN, standing(CHEN))
        given(work_order, *GIVEN).when(to_chen, by(CLERK)).then(
            TechnicianAssigned(CHEN, standing(CHEN), None, ())
        )

    def test_it_is_given_again_after_a_decline_or_a_recall(self) -> None:
        given(work_order, *GIVEN, DECLINED).when(ASSIGN, by(CLERK)).then(ASSIGNED)
        given(work_order, *GIVEN, RECALLED).when(ASSIGN, by(CLERK)).then(ASSIGNED)

    def test_asking_twice_changes_nothing(self) -> None:
        given(work_order, *GIVEN).when(ASSIGN, by(CLERK)).then()
        given(work_order, *TAKEN).when(ASSIGN, by(CLERK)).then()

    def test_an_order_is_opened_first(self) -> None:
        given(work_order).when(ASSIGN, by(CLERK)).refused("not-opened")
        given(work_order, NOTED).when(ASSIGN, by(CLERK)).refused("not-opened")

    def test_an_order_that_is_taken_is_recalled_first(self) -> None:
        to_chen = AssignTechnician(CHEN, standing(CHEN))
        given(work_order, *TAKEN).when(to_chen, by(CLERK)).refused("accepted-already")

    @pytest.mark.parametrize(
        ("who", "codes"),
        [
            (Standing(LIU, known=False), ["technician-unknown"]),
            (replace(standing(), active=False), ["technician-inactive"]),
            (replace(standing(), roles=(Role.CLERK,)), ["not-a-technician"]),
            (replace(standing(), branches=("NB01",)), ["technician-foreign"]),
            (
                replace(standing(), active=False, roles=(), branches=()),
                ["technician-inactive", "not-a-technician", "technician-foreign"],
            ),
        ],
    )
    def test_only_a_technician_of_the_branch_gets_and_takes_it(
        self, who: Standing, codes: list[str]
    ) -> None:
        given(work_order, NOTED, OPENED).when(replace(ASSIGN, standing=who), by(CLERK)).refused(
            *codes
        )
        signing = replace(SIGN, standing=who)
        given(work_order, *GIVEN).when(signing, by(LIU)).refused(*codes)

    def test_who_approved_it_is_not_sent_on_it(self) -> None:
        by_liu = replace(NOTED, approved=replace(REPORT, approved_by=("A-1", LIU)))
        later = replace(NOTED, version=9, approved=replace(REPORT, approved_by=("A-1",)))
        for past in ((by_liu, OPENED), (by_liu, later, OPENED)):
            given(work_order, *past).when(ASSIGN, by(CLERK)).refused_with(
                "approver-goes", person=LIU
            )
            given(work_order, *past, ASSIGNED).when(SIGN, by(LIU)).refused("approver-goes")

    def test_who_is_lent_to_the_branch_may_get_it(self) -> None:
        lent = replace(standing(), branches=("NB01", BRANCH))
        given(work_order, NOTED, OPENED).when(replace(ASSIGN, standing=lent), by(CLERK)).then(
            replace(ASSIGNED, standing=lent)
        )


class TestSigning:
    def test_the_technician_takes_the_order_and_its_notes_are_released(self) -> None:
        given(work_order, *GIVEN).when(SIGN, by(LIU)).then(SIGNED)

    def test_asking_twice_changes_nothing(self) -> None:
        given(work_order, *TAKEN).when(SIGN, by(LIU)).then()

    def test_nobody_else_takes_it(self) -> None:
        given(work_order, *GIVEN).when(SIGN, by(CHEN)).refused("not-your-order")

    def test_nothing_is_taken_that_was_not_given(self) -> None:
        given(work_order).when(SIGN, by(LIU)).refused("not-assigned")
        given(work_order, NOTED, OPENED).when(SIGN, by(LIU)).refused("not-assigned")
        given(work_order, *GIVEN, RECALLED).when(SIGN, by(LIU)).refused("not-assigned")

    def test_only_what_was_shown_is_signed(self) -> None:
        stale = replace(SIGN, content="c" * 64)
        given(work_order, *GIVEN).when(stale, by(LIU)).refused("signature-stale")

    def test_nothing_is_signed_that_is_no_longer_what_was_approved(self) -> None:
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        story = given(work_order, *GIVEN, newer)
        story.when(SIGN, by(LIU)).refused("order-superseded")
        same = replace(NOTED, version=9)
        given(work_order, *GIVEN, same).when(SIGN, by(LIU)).then(SIGNED)

    def test_others_read_the_whole_order(self) -> None:
        state = given(work_order, *TAKEN).state
        public = work_order.public(state, SIGNED)
        document = public.document
        assert (document.number, document.ticket, document.branch) == (NUMBER, TICKET, BRANCH)
        assert (document.stage, document.technician) == (OrderStage.ACCEPTED, LIU)
        assert (document.approved, document.notes) == (REPORT, (NOTE_C1,))
        assert document.technician_sig == SIGNED.signature
        assert public.this == {"technician": LIU, "notes": (NOTE_C1,)}


class TestGivingBack:
    def test_the_technician_declines_with_a_reason(self) -> None:
        decline = DeclineWorkOrder(DECLINED.because)
        given(work_order, *GIVEN).when(decline, by(LIU)).then(DECLINED)
        given(work_order, *GIVEN, DECLINED).when(decline, by(LIU)).then()

    def test_nobody_declines_for_another_or_what_he_has_taken(self) -> None:
        decline = DeclineWorkOrder(DECLINED.because)
        given(work_order, *GIVEN).when(decline, by(CHEN)).refused("not-your-order")
        given(work_order, *TAKEN).when(decline, by(LIU)).refused("not-assigned")
        given(work_order, NOTED, OPENED).when(decline, by(LIU)).refused("not-assigned")

    def test_the_clerk_recalls_with_a_reason(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        given(work_order, *GIVEN).when(recall, by(CLERK, visits=())).then(RECALLED)
        given(work_order, *GIVEN, RECALLED).when(recall, by(CLERK, visits=())).then()

    def test_an_order_that_was_taken_is_recalled_while_no_note_is_out(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        without = (NOTED_WITHOUT_PARTS, OPENED_WITHOUT_PARTS, ASSIGNED, SIGNED_WITHOUT_PARTS)
        given(work_order, *without).when(recall, by(CLERK, visits=())).then(RECALLED)
        story = given(work_order, *TAKEN).when(recall, by(CLERK, visits=()))
        story.refused_with("parts-still-held", notes=[f"{TICKET}-C1"])

    def test_nothing_is_recalled_that_nobody_has(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        given(work_order).when(recall, by(CLERK, visits=())).refused("not-assigned")
        given(work_order, NOTED, OPENED).when(recall, by(CLERK, visits=())).refused("not-assigned")


class TestUrging:
    URGE = UrgeTaking(LIU, AT)
    URGED = TakingUrged(LIU, AT)
    ASSIGNED = replace(ASSIGNED, due_at=AT)
    GIVEN = (NOTED, OPENED, ASSIGNED)

    def test_the_technician_is_reminded_once(self) -> None:
        given(work_order, *self.GIVEN).when(self.URGE, by(URGING)).then(self.URGED)
        given(work_order, *self.GIVEN, self.URGED).when(self.URGE, by(URGING)).then()

    def test_who_has_answered_or_lost_it_is_not_reminded(self) -> None:
        states: list[list[WorkOrderFact]] = [
            [*TAKEN],
            [*self.GIVEN, DECLINED],
            [*self.GIVEN, RECALLED],
            [NOTED, OPENED, replace(self.ASSIGNED, technician=CHEN)],
        ]
        for past in states:
            given(work_order, *past).when(self.URGE, by(URGING)).then()

    def test_who_gets_it_again_is_reminded_again(self) -> None:
        past = (*self.GIVEN, self.URGED, RECALLED, self.ASSIGNED)
        given(work_order, *past).when(self.URGE, by(URGING)).then(self.URGED)


def test_so_many_technicians_take_an_order_in_turn_and_no_more() -> None:
    signed = [
        replace(SIGNED, signature=replace(SIGNED.signature, by=f"T-{n}")) for n in range(SEVERAL)
    ]
    given(work_order, *GIVEN, *signed[1:], RECALLED, ASSIGNED).when(SIGN, by(LIU)).then(
        replace(SIGNED, notes=SIGNED.notes)
    )
    given(work_order, *GIVEN, *signed, RECALLED, ASSIGNED).when(SIGN, by(LIU)).refused_with(
        "too-many", field="technicians", limit=SEVERAL
    )
