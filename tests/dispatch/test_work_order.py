"""维修单 as stories: given what has happened, when this is asked, then this becomes true."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.dispatch import work_order
from services.dispatch.order_form import OrderForm, content_of
from services.dispatch.work_order import (
    AssignTechnician,
    Command,
    DeclineWorkOrder,
    Fact,
    NoteApproval,
    OpenWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
    UrgeTaking,
    WorkOrder,
)
from shared.events.dispatch import (
    Delivery,
    NamedNote,
    OrderStage,
    PartPlanned,
    Standing,
    TakingUrged,
    TechnicianAssigned,
    WorkOrderDeclined,
    WorkOrderOpened,
    WorkOrderRecalled,
    WorkOrderSigned,
)
from shared.events.values import PartWanted, RepairNature, Role, SignedHow, Travel, TravelMode
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
    opened,
    standing,
)
from tests.dispatch.story import given

NOTED_WITHOUT_PARTS = replace(NOTED, approved=WITHOUT_PARTS)
DECLINED = WorkOrderDeclined(LIU, "当天已有两单")
RECALLED = WorkOrderRecalled(LIU, "换人去")
SIGNED_WITHOUT_PARTS = replace(
    SIGNED,
    signature=replace(SIGNED.signature, content=OPENED_WITHOUT_PARTS.content),
    notes=(),
)


def opening(**changes: Any) -> OpenWorkOrder:
    return replace(OPEN, form=replace(FORM, **changes))


class TestApproval:
    def test_an_approval_is_noted(self) -> None:
        given().when(NOTE, by="reaction:note-approval").then(NOTED)

    def test_it_is_noted_in_every_state(self) -> None:
        newer = replace(NOTE, version=8)
        states: list[list[Fact]] = [
            [NOTED],
            [NOTED, OPENED],
            [NOTED, OPENED, ASSIGNED],
            [NOTED, OPENED, ASSIGNED, SIGNED],
            [NOTED, OPENED, ASSIGNED, DECLINED],
        ]
        for past in states:
            given(*past).when(newer).then(replace(NOTED, version=8))

    def test_what_is_older_than_what_is_noted_is_nothing(self) -> None:
        given(NOTED).when(NOTE).then()
        given(NOTED).when(replace(NOTE, version=6)).then()


class TestOpening:
    def test_the_order_is_made_out_as_approved_and_names_its_note(self) -> None:
        given(NOTED).when(OPEN, by=CLERK).then(OPENED)

    def test_an_order_without_parts_names_no_note(self) -> None:
        command = replace(OPEN, form=FORM_WITHOUT_PARTS)
        given(NOTED_WITHOUT_PARTS).when(command, by=CLERK).then(OPENED_WITHOUT_PARTS)

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
        given(NOTED).when(command, by=CLERK).then(opened(form, first, second))

    def test_asking_twice_changes_nothing(self) -> None:
        given(NOTED, OPENED).when(OPEN, by=CLERK).then()
        given(NOTED, OPENED, ASSIGNED, SIGNED).when(OPEN, by=CLERK).then()

    def test_nothing_is_opened_without_an_approval(self) -> None:
        given().when(OPEN, by=CLERK).refused("not-approved")

    def test_nothing_is_left_blank(self) -> None:
        blank = OrderForm(approved=REPORT.content)
        command = replace(OPEN, form=blank)
        refused = given(NOTED).when(command, by=CLERK).refused("order-incomplete")
        assert refused.reasons[0].numbers["fields"] == [
            "repair_nature",
            "parts",
            "travel_mode",
            "travel_at",
        ]

    def test_who_stays_at_home_needs_no_journey(self) -> None:
        form = replace(FORM, travel=None)
        by_mail = replace(NOTED, approved=BY_MAIL)
        given(by_mail).when(replace(OPEN, form=form), by=CLERK).then(opened(form, NOTE_C1))

    @pytest.mark.parametrize(
        ("changes", "fields"),
        [
            ({"approved": "b" * 64}, ["approved"]),
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
        refused = given(NOTED).when(opening(**changes), by=CLERK).refused("differs-from-approved")
        assert refused.reasons[0].numbers["fields"] == fields

    def test_parts_and_none_are_not_both_said(self) -> None:
        given(NOTED).when(opening(no_parts=True), by=CLERK).refused("parts-and-none")

    def test_every_broken_rule_is_told_at_once(self) -> None:
        broken = opening(
            repair_nature=None,
            no_parts=True,
            travel=Travel(TravelMode.AIR, None, (LIU,)),
        )
        given(NOTED).when(broken, by=CLERK).refused(
            "order-incomplete", "parts-and-none", "differs-from-approved"
        )

    def test_an_opened_order_is_not_made_out_anew(self) -> None:
        other = opening(parts=(PartPlanned("MFQ-32", 2, Delivery.POSTED), PartPlanned("RHZ-1", 1)))
        states: list[list[Fact]] = [
            [NOTED, OPENED],
            [NOTED, OPENED, ASSIGNED],
            [NOTED, OPENED, ASSIGNED, SIGNED],
        ]
        for past in states:
            given(*past).when(other, by=CLERK).refused("opened-already")

    def test_an_order_is_made_out_anew_when_something_else_was_approved(self) -> None:
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        form = replace(FORM, approved="b" * 64)
        second = replace(NOTE_C1, number=f"{TICKET}-C2")
        command = replace(OPEN, form=form)
        given(NOTED, OPENED, newer).when(command, by=CLERK).then(opened(form, second))
        given(NOTED, OPENED, ASSIGNED, newer).when(command, by=CLERK).refused("opened-already")

    def test_a_ticket_has_one_open_order(self) -> None:
        second = f"work_order-{TICKET}-W2"
        first = given(NOTED, OPENED).state
        noted = replace(NOTED, number=f"{TICKET}-W2")
        story = given(noted, home=second)
        story.when(OPEN, by=CLERK, reads={HOME: first}).refused("order-open")
        waiting = given(NOTED).state
        story.when(OPEN, by=CLERK, reads={HOME: waiting}).became("WorkOrderOpened")


class TestAssigning:
    def test_the_order_is_given_to_a_technician(self) -> None:
        given(NOTED, OPENED).when(ASSIGN, by=CLERK).then(ASSIGNED)

    def test_it_is_given_to_another_while_nobody_has_taken_it(self) -> None:
        to_chen = AssignTechnician(CHEN, standing(CHEN))
        given(NOTED, OPENED, ASSIGNED).when(to_chen, by=CLERK).then(
            TechnicianAssigned(CHEN, standing(CHEN), None, ())
        )

    def test_it_is_given_again_after_a_decline_or_a_recall(self) -> None:
        given(NOTED, OPENED, ASSIGNED, DECLINED).when(ASSIGN, by=CLERK).then(ASSIGNED)
        given(NOTED, OPENED, ASSIGNED, RECALLED).when(ASSIGN, by=CLERK).then(ASSIGNED)

    def test_asking_twice_changes_nothing(self) -> None:
        given(NOTED, OPENED, ASSIGNED).when(ASSIGN, by=CLERK).then()
        given(NOTED, OPENED, ASSIGNED, SIGNED).when(ASSIGN, by=CLERK).then()

    def test_an_order_is_opened_first(self) -> None:
        given().when(ASSIGN, by=CLERK).refused("not-opened")
        given(NOTED).when(ASSIGN, by=CLERK).refused("not-opened")

    def test_an_order_that_is_taken_is_recalled_first(self) -> None:
        to_chen = AssignTechnician(CHEN, standing(CHEN))
        given(NOTED, OPENED, ASSIGNED, SIGNED).when(to_chen, by=CLERK).refused("accepted-already")

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
        given(NOTED, OPENED).when(replace(ASSIGN, standing=who), by=CLERK).refused(*codes)
        signing = replace(SIGN, standing=who)
        given(NOTED, OPENED, ASSIGNED).when(signing, by=LIU).refused(*codes)

    def test_who_is_lent_to_the_branch_may_get_it(self) -> None:
        lent = replace(standing(), branches=("NB01", BRANCH))
        given(NOTED, OPENED).when(replace(ASSIGN, standing=lent), by=CLERK).then(
            replace(ASSIGNED, standing=lent)
        )


class TestSigning:
    def test_the_technician_takes_the_order_and_its_notes_are_released(self) -> None:
        given(NOTED, OPENED, ASSIGNED).when(SIGN, by=LIU).then(SIGNED)

    def test_asking_twice_changes_nothing(self) -> None:
        given(NOTED, OPENED, ASSIGNED, SIGNED).when(SIGN, by=LIU).then()

    def test_nobody_else_takes_it(self) -> None:
        given(NOTED, OPENED, ASSIGNED).when(SIGN, by=CHEN).refused("not-your-order")

    def test_nothing_is_taken_that_was_not_given(self) -> None:
        given().when(SIGN, by=LIU).refused("not-assigned")
        given(NOTED, OPENED).when(SIGN, by=LIU).refused("not-assigned")
        given(NOTED, OPENED, ASSIGNED, RECALLED).when(SIGN, by=LIU).refused("not-assigned")

    def test_only_what_was_shown_is_signed(self) -> None:
        stale = replace(SIGN, content="c" * 64)
        given(NOTED, OPENED, ASSIGNED).when(stale, by=LIU).refused("signature-stale")

    def test_nothing_is_signed_that_is_no_longer_what_was_approved(self) -> None:
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        story = given(NOTED, OPENED, ASSIGNED, newer)
        story.when(SIGN, by=LIU).refused("differs-from-approved")
        same = replace(NOTED, version=9)
        given(NOTED, OPENED, ASSIGNED, same).when(SIGN, by=LIU).then(SIGNED)

    def test_others_read_the_whole_order(self) -> None:
        state = given(NOTED, OPENED, ASSIGNED, SIGNED).state
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
        given(NOTED, OPENED, ASSIGNED).when(decline, by=LIU).then(DECLINED)
        given(NOTED, OPENED, ASSIGNED, DECLINED).when(decline, by=LIU).then()

    def test_nobody_declines_for_another_or_what_he_has_taken(self) -> None:
        decline = DeclineWorkOrder(DECLINED.because)
        given(NOTED, OPENED, ASSIGNED).when(decline, by=CHEN).refused("not-your-order")
        given(NOTED, OPENED, ASSIGNED, SIGNED).when(decline, by=LIU).refused("not-assigned")
        given(NOTED, OPENED).when(decline, by=LIU).refused("not-assigned")

    def test_the_clerk_recalls_with_a_reason(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        given(NOTED, OPENED, ASSIGNED).when(recall, by=CLERK).then(RECALLED)
        given(NOTED, OPENED, ASSIGNED, RECALLED).when(recall, by=CLERK).then()

    def test_an_order_that_was_taken_is_recalled_while_no_note_is_out(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        without = (NOTED_WITHOUT_PARTS, OPENED_WITHOUT_PARTS, ASSIGNED, SIGNED_WITHOUT_PARTS)
        given(*without).when(recall, by=CLERK).then(RECALLED)
        story = given(NOTED, OPENED, ASSIGNED, SIGNED)
        refused = story.when(recall, by=CLERK).refused("parts-still-held")
        assert refused.reasons[0].numbers["notes"] == [f"{TICKET}-C1"]

    def test_nothing_is_recalled_that_nobody_has(self) -> None:
        recall = RecallWorkOrder(RECALLED.because)
        given().when(recall, by=CLERK).refused("not-assigned")
        given(NOTED, OPENED).when(recall, by=CLERK).refused("not-assigned")


class TestUrging:
    URGE = UrgeTaking(LIU, AT)
    URGED = TakingUrged(LIU, AT)

    def test_the_technician_is_reminded_once(self) -> None:
        given(NOTED, OPENED, ASSIGNED).when(self.URGE, by="timer:urge-taking").then(self.URGED)
        given(NOTED, OPENED, ASSIGNED, self.URGED).when(self.URGE).then()

    def test_who_has_answered_or_lost_it_is_not_reminded(self) -> None:
        states: list[list[Fact]] = [
            [NOTED, OPENED, ASSIGNED, SIGNED],
            [NOTED, OPENED, ASSIGNED, DECLINED],
            [NOTED, OPENED, ASSIGNED, RECALLED],
            [NOTED, OPENED, replace(ASSIGNED, technician=CHEN)],
        ]
        for past in states:
            given(*past).when(self.URGE).then()

    def test_who_gets_it_again_is_reminded_again(self) -> None:
        past = (NOTED, OPENED, ASSIGNED, self.URGED, RECALLED, ASSIGNED)
        given(*past).when(self.URGE).then(self.URGED)


def approval(version: int) -> NoteApproval:
    """What intake's document of that version says; each version says something of its own."""
    return replace(NOTE, version=version, approved=replace(REPORT, content=f"{version:064x}"))


def noted(commands: Sequence[NoteApproval]) -> WorkOrder:
    story = given()
    for command in commands:
        story = story.and_then(command)
    return story.state


@for_all(st.lists(st.integers(1, 6), min_size=1), st.randoms(use_true_random=False))
def test_approvals_in_any_order_and_number_end_the_same(versions: list[int], chance: Any) -> None:
    once = [approval(version) for version in versions]
    again = [*once, *once]
    chance.shuffle(again)
    assert noted(once).noted == noted(again).noted == noted([approval(max(versions))]).noted


people = st.sampled_from([LIU, CHEN])
reasons = st.sampled_from(["一", "二"])
hashes = st.sampled_from([OPENED.content, "c" * 64])
parts = st.sampled_from([FORM.parts, FORM.parts[:1], ()])
forms = st.builds(
    OrderForm,
    approved=st.sampled_from([REPORT.content, f"{8:064x}"]),
    repair_nature=st.sampled_from([RepairNature.WARRANTY, RepairNature.PAID, None]),
    parts=parts,
    no_parts=st.booleans(),
    travel=st.sampled_from([FORM.travel, None]),
)
asks: st.SearchStrategy[tuple[Command, str]] = st.one_of(
    st.tuples(st.sampled_from([NOTE, approval(8)]), st.just("reaction:note-approval")),
    st.tuples(st.builds(OpenWorkOrder, forms, st.just(SignedHow.SESSION)), st.just(CLERK)),
    st.tuples(st.just(OPEN), st.just(CLERK)),
    st.tuples(people.map(lambda who: AssignTechnician(who, standing(who))), st.just(CLERK)),
    st.tuples(
        st.builds(SignWorkOrder, st.just(SignedHow.DRAWN), hashes, people.map(standing)), people
    ),
    st.tuples(st.builds(DeclineWorkOrder, reasons), people),
    st.tuples(st.builds(RecallWorkOrder, reasons), st.just(CLERK)),
    st.tuples(st.builds(UrgeTaking, people, st.just(AT)), st.just("timer:urge-taking")),
)


@settings(max_examples=400, deadline=None)
@for_all(st.lists(asks, max_size=30))
def test_whatever_is_asked_only_what_was_approved_is_taken(
    asked: list[tuple[Command, str]],
) -> None:
    story, numbers = given(), list[str]()
    for command, actor in asked:
        before = story
        story = story.tried(command, by=actor)
        for fact in story.past[len(before.past) :]:
            if isinstance(fact, WorkOrderOpened):
                numbers += [note.number for note in fact.notes]
            if isinstance(fact, WorkOrderSigned):
                order = before.state
                assert order.noted is not None
                assert order.opened is not None
                assert order.opened.approved == order.noted.approved.content
                assert fact.signature.by == order.technician == actor
                assert fact.signature.content == content_of(NUMBER, _form_of(order))
        again = story.tried(command, by=actor)
        assert again.past == story.past, "asking twice changed something"
    assert len(numbers) == len(set(numbers)), "a note's number was named twice"


def _form_of(order: WorkOrder) -> OrderForm:
    """What is signed is what was made out: the form told again from the fact."""
    assert order.opened is not None
    return OrderForm(
        approved=order.opened.approved,
        kind=order.opened.kind,
        repair_nature=order.opened.repair_nature,
        parts=tuple(
            PartPlanned(line.part, line.quantity, note.delivery)
            for note in order.opened.notes
            for line in note.lines
        ),
        no_parts=order.opened.no_parts,
        travel=order.opened.travel,
    )
