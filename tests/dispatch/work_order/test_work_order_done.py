"""维修与用户签字 as stories: what was done is recorded, shown to the customer, and signed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.state import WorkOrderFact
from services.dispatch.work_order.work import VoidSignature, work_content_of
from shared.events.dispatch import FeesApproved, IssueNoteNoted, SignatureVoided, WorkRecorded
from shared.events.order_sheet import (
    Delivery,
    Fee,
    FeeDue,
    OrderStage,
    PartUsed,
    VisitOutcome,
    Work,
    WorkResult,
)
from shared.events.values import MANY, Role, SignedHow
from shared.events.visits import VisitCancelled
from tests.dispatch.example import (
    ASSIGNED,
    BY_MAIL,
    CHEN,
    CLERK,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPENED,
    SIGNED,
)
from tests.dispatch.job import (
    ARRIVED,
    CLOSED,
    CONFIRMED,
    CUSTOMER_SIGNED,
    CUSTOMER_SIGNS,
    DEPARTED,
    DONE,
    DRAWN,
    ENDED,
    HOME_AGAIN,
    ISSUED,
    LATER,
    NOBODY_HOME,
    PAID,
    PLANNED,
    RECORD,
    RECORDED,
    SEEN_DONE,
    TAKEN,
    THERE,
    V1,
    WORK,
    asks,
    order_of,
    settled,
    visit_of,
)
from tests.spec import given

FEE = Fee("inspection", 5_000, paid_how="现金", receipt_no="SJ-1")
GRANTED = FeesApproved("A-1", (FeeDue("inspection", 5_000),), "保修外检测")
VOIDED = SignatureVoided("用量写错")
VOID = VoidSignature("用量写错")
AT_THE_DOOR = (visit_of(*THERE),)
HIS = asks(LIU, visits=AT_THE_DOOR)
SHOWN = asks(LIU, visits=SEEN_DONE)


def recording(**changed: Any) -> Any:
    return replace(RECORD, work=replace(WORK, **changed))


def used(quantity: int, **changed: Any) -> Any:
    line = PartUsed(NOTE_C1.number, "MFQ-32", used=quantity)
    return recording(parts_used=(replace(line, **changed),))


class TestRecording:
    @pytest.mark.parametrize("visit", [visit_of(*THERE), visit_of(*THERE, ENDED)])
    def test_who_is_there_records_what_he_does(self, visit: Visit) -> None:
        there = asks(LIU, visits=(visit,))
        given(work_order, *DRAWN).when(RECORD, there).then(RECORDED)

    def test_it_is_recorded_again_until_the_customer_signs(self) -> None:
        other = replace(WORK, work_done="又紧固了接头")
        content = work_content_of(NUMBER, OPENED.content, other)
        story = given(work_order, *DRAWN, RECORDED).when(recording(work_done="又紧固了接头"), HIS)
        story.then(WorkRecorded(other, content))
        given(work_order, *DRAWN, RECORDED).when(RECORD, HIS).then()

    def test_little_may_be_said_at_first(self) -> None:
        empty = Work()
        content = work_content_of(NUMBER, OPENED.content, empty)
        story = given(work_order, *DRAWN).when(replace(RECORD, work=empty), HIS)
        story.then(WorkRecorded(empty, content))

    def test_whoever_has_not_arrived_has_nothing_to_record(self) -> None:
        seen: list[tuple[Visit, ...]] = [
            (),
            (visit_of(PLANNED, CONFIRMED, DEPARTED),),
            (visit_of(replace(PLANNED, technician=CHEN), CONFIRMED, DEPARTED, ARRIVED),),
            (visit_of(replace(PLANNED, order="BX-HZ01-20261123-0001-W2"), *THERE[1:]),),
        ]
        for visits in seen:
            there = asks(LIU, visits=visits)
            given(work_order, *DRAWN).when(RECORD, there).refused("not-arrived")

    def test_whoever_stood_before_a_closed_door_has_not_worked(self) -> None:
        door = visit_of(*THERE, NOBODY_HOME)
        there = asks(LIU, visits=(door,))
        given(work_order, *DRAWN).when(RECORD, there).refused_with("not-let-in", visits=[V1])
        again = visit_of(*THERE)
        given(work_order, *DRAWN).when(RECORD, asks(LIU, visits=(door, again))).then(RECORDED)

    @pytest.mark.parametrize("outcome", set(VisitOutcome) - {VisitOutcome.NO_ACCESS})
    def test_what_was_done_at_a_visit_that_is_over_may_be_told(self, outcome: VisitOutcome) -> None:
        over = visit_of(*THERE, replace(ENDED, outcome=outcome))
        given(work_order, *DRAWN).when(RECORD, asks(LIU, visits=(over,))).then(RECORDED)

    def test_what_is_repaired_in_the_workshop_asks_for_no_visit(self) -> None:
        by_mail = (replace(NOTED, approved=BY_MAIL), OPENED, ASSIGNED, SIGNED, ISSUED)
        given(work_order, *by_mail).when(RECORD, asks(LIU, visits=())).then(RECORDED)

    def test_only_who_has_the_order_records(self) -> None:
        other = asks(CHEN, visits=(visit_of(replace(PLANNED, technician=CHEN), *THERE[1:]),))
        given(work_order, *DRAWN).when(RECORD, other).refused("not-your-order")

    @pytest.mark.parametrize(
        ("past", "code"),
        [
            ((NOTED, OPENED, ASSIGNED, ISSUED), "not-accepted"),
            (DONE, "signed-already"),
            (HOME_AGAIN, "handed-in-already"),
            ((*HOME_AGAIN, CLOSED), "closed-already"),
        ],
    )
    def test_work_is_recorded_between_the_two_signatures(
        self, past: tuple[WorkOrderFact, ...], code: str
    ) -> None:
        given(work_order, *past).when(recording(work_done="再修"), HIS).refused(code)

    def test_nobody_uses_more_than_went_into_his_hands(self) -> None:
        line = f"{NOTE_C1.number} MFQ-32"
        given(work_order, *DRAWN).when(used(3), HIS).refused_with(
            "used-beyond-issued", parts=[line], issued=["2"]
        )
        given(work_order, *TAKEN).when(used(1), HIS).refused_with(
            "used-beyond-issued", parts=[line], issued=["0"]
        )
        lines = (replace(ISSUED.note.lines[0], missing=1), *ISSUED.note.lines[1:])
        short = IssueNoteNoted(replace(ISSUED.note, version=3, lines=lines))
        given(work_order, *DRAWN, short).when(used(2), HIS).refused_with(
            "used-beyond-issued", parts=[line], issued=["1"]
        )
        to_chen = IssueNoteNoted(replace(ISSUED.note, recipient=CHEN))
        given(work_order, *TAKEN, to_chen).when(used(1), HIS).refused("used-beyond-issued")
        foreign = used(1, note="BX-HZ01-20261123-0009-C1")
        given(work_order, *DRAWN).when(foreign, HIS).refused("used-beyond-issued")

    def test_what_another_used_and_accounted_for_may_be_told_again(self) -> None:
        his = IssueNoteNoted(settled("e" * 64, 2, 0, recipient=CHEN))
        given(work_order, *TAKEN, his).when(RECORD, HIS).then(RECORDED)

    def test_parcels_are_opened_together_first(self) -> None:
        posted = IssueNoteNoted(replace(ISSUED.note, delivery=Delivery.POSTED))
        opened = IssueNoteNoted(replace(posted.note, opened=True, version=3))
        given(work_order, *TAKEN, posted).when(RECORD, HIS).refused_with(
            "parcel-not-opened", notes=[NOTE_C1.number]
        )
        given(work_order, *TAKEN, posted, opened).when(RECORD, HIS).then(RECORDED)

    def test_nobody_signs_for_what_its_parcel_turns_out_not_to_have_had_in_it(self) -> None:
        line = f"{NOTE_C1.number} MFQ-32"
        posted = IssueNoteNoted(replace(ISSUED.note, delivery=Delivery.POSTED, opened=True))
        lines = (replace(ISSUED.note.lines[0], missing=1), *ISSUED.note.lines[1:])
        short = IssueNoteNoted(replace(posted.note, version=3, lines=lines))
        shut = IssueNoteNoted(replace(posted.note, version=3, opened=False))
        past = (*TAKEN, posted, RECORDED)
        given(work_order, *past).when(CUSTOMER_SIGNS, SHOWN).then(CUSTOMER_SIGNED)
        for told in (short, shut):
            story = given(work_order, *past, told).when(CUSTOMER_SIGNS, SHOWN)
            story.refused_with("recorded-beyond-parcel", parts=[line])
        whole = IssueNoteNoted(replace(posted.note, version=4))
        story = given(work_order, *past, short, whole)
        story.when(CUSTOMER_SIGNS, SHOWN).then(CUSTOMER_SIGNED)

    def test_a_parcel_that_never_came_is_not_opened_but_accounted_for(self) -> None:
        posted = IssueNoteNoted(replace(ISSUED.note, delivery=Delivery.POSTED))
        lost = IssueNoteNoted(settled(None, 0, 0, delivery=Delivery.POSTED))
        nothing = recording(parts_used=(), no_parts_used=True)
        given(work_order, *TAKEN, posted).when(nothing, HIS).refused("parcel-not-opened")
        content = work_content_of(NUMBER, OPENED.content, nothing.work)
        recorded = WorkRecorded(nothing.work, content)
        given(work_order, *TAKEN, posted, lost).when(nothing, HIS).then(recorded)

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"new_serials": ("N-1", "N-1")}, "serial-twice"),
            ({"old_serials": ("O-1", "O-1")}, "serial-twice"),
            ({"old_serials": ("O-1", "O-2"), "old_taken": 1}, "old-serials-beyond-taken"),
        ],
    )
    def test_a_serial_is_one_piece_and_an_old_one_is_taken_home(
        self, said: dict[str, Any], code: str
    ) -> None:
        wrong = recording(parts_used=(replace(WORK.parts_used[0], **said),))
        given(work_order, *DRAWN).when(wrong, HIS).refused(code)

    def test_what_contradicts_itself_is_told_all_at_once(self) -> None:
        twice = replace(WORK.parts_used[0], old_left=1, new_serials=("1", "2", "3"))
        wrong = recording(
            arrived_at=LATER + timedelta(days=1),
            parts_used=(twice, twice),
            no_parts_used=True,
            fees=(Fee("travel", 100),),
        )
        given(work_order, *DRAWN).when(wrong, HIS).refused(
            "parts-and-none",
            "fees-and-none",
            "times-reversed",
            "part-twice",
            "old-parts-beyond-used",
            "serials-beyond-used",
            "serial-twice",
            "in-the-future",
        )


class TestTheCustomersSignature:
    def test_he_signs_what_he_is_shown(self) -> None:
        story = given(work_order, *DRAWN, RECORDED).when(CUSTOMER_SIGNS, SHOWN)
        story.then(CUSTOMER_SIGNED)

    def test_signing_twice_changes_nothing(self) -> None:
        given(work_order, *DONE).when(CUSTOMER_SIGNS, SHOWN).then()

    def test_without_recorded_work_there_is_nothing_to_sign(self) -> None:
        given(work_order, *DRAWN).when(CUSTOMER_SIGNS, SHOWN).refused("no-work-recorded")

    def test_what_was_recorded_since_is_shown_again(self) -> None:
        other = WorkRecorded(replace(WORK, cause_found="接头松动"), "d" * 64)
        story = given(work_order, *DRAWN, RECORDED, other)
        story.when(CUSTOMER_SIGNS, SHOWN).refused("signature-stale")

    def test_he_signs_in_nobody_elses_session(self) -> None:
        own = replace(CUSTOMER_SIGNS, how=SignedHow.SESSION)
        given(work_order, *DRAWN, RECORDED).when(own, SHOWN).refused("not-his-session")

    def test_where_the_technician_cannot_a_clerk_brings_the_signed_paper(self) -> None:
        paper = replace(CUSTOMER_SIGNS, how=SignedHow.PHOTO)
        clerk = replace(SHOWN, actor=CLERK, roles=frozenset({Role.CLERK}))
        word, by_photo = CUSTOMER_SIGNED.word, SignedHow.PHOTO
        assert word.signature is not None
        signed = replace(word, signature=replace(word.signature, how=by_photo))
        given(work_order, *DRAWN, RECORDED).when(paper, clerk).then(
            replace(CUSTOMER_SIGNED, word=signed)
        )
        given(work_order, *DRAWN, RECORDED).when(CUSTOMER_SIGNS, clerk).refused(
            "signed-paper-needed"
        )
        given(work_order, *DRAWN).when(paper, clerk).refused("no-work-recorded")
        bare = replace(paper, evidence=None)
        given(work_order, *DRAWN, RECORDED).when(bare, clerk).refused("evidence-missing")

    def test_only_a_visit_that_is_done_leads_to_it(self) -> None:
        seen = [
            (),
            (visit_of(*THERE),),
            (visit_of(*THERE, replace(ENDED, outcome=VisitOutcome.SECOND_VISIT)),),
            (visit_of(*THERE, ENDED), visit_of(replace(PLANNED, number="x"))),
        ]
        for visits in seen:
            shown = asks(LIU, visits=visits)
            given(work_order, *DRAWN, RECORDED).when(CUSTOMER_SIGNS, shown).refused(
                "visit-not-done"
            )

    @pytest.mark.parametrize("outcome", [VisitOutcome.UNSOLVED, VisitOutcome.CUSTOMER_DECLINED])
    @pytest.mark.parametrize(
        ("changed", "is_refused"),
        [
            ({}, False),
            ({"parts_used": (), "no_parts_used": True, "no_fees": False, "fees": (FEE,)}, False),
            ({"parts_used": (), "no_parts_used": True}, True),
            ({"result": WorkResult.FIXED, "tested": True}, True),
        ],
    )
    def test_parts_and_money_are_signed_for_though_the_fault_is_not_mended(
        self, outcome: VisitOutcome, changed: dict[str, Any], *, is_refused: bool
    ) -> None:
        work = replace(WORK, **{"result": WorkResult.NOT_FIXED, "tested": False, **changed})
        content = work_content_of(NUMBER, OPENED.content, work)
        shown = asks(LIU, visits=(visit_of(*THERE, replace(ENDED, outcome=outcome)),))
        story = given(work_order, *DRAWN, GRANTED, WorkRecorded(work, content))
        story = story.when(replace(CUSTOMER_SIGNS, content=content), shown)
        if is_refused:
            story.refused("visit-not-done")
        else:
            assert len(list(story.decision())) == 1

    def test_that_nothing_was_used_is_signed_for_where_the_store_has_booked_otherwise(self) -> None:
        booked = IssueNoteNoted(settled("a" * 64, 1, 0))
        unmended = replace(WORK, result=WorkResult.NOT_FIXED, tested=False)
        work = replace(unmended, parts_used=(), no_parts_used=True)
        content = work_content_of(NUMBER, OPENED.content, work)
        unsolved = visit_of(*THERE, replace(ENDED, outcome=VisitOutcome.UNSOLVED))
        story = given(work_order, *DRAWN, booked, WorkRecorded(work, content))
        signing = replace(CUSTOMER_SIGNS, content=content)
        story = story.when(signing, asks(LIU, visits=(unsolved,)))
        assert len(list(story.decision())) == 1

    def test_nothing_is_signed_while_another_visit_is_to_come(self) -> None:
        work = replace(WORK, result=WorkResult.NOT_FIXED)
        content = work_content_of(NUMBER, OPENED.content, work)
        second = visit_of(replace(PLANNED, number="x"))
        over = visit_of(*THERE, replace(ENDED, outcome=VisitOutcome.SECOND_VISIT))
        story = given(work_order, *DRAWN, WorkRecorded(work, content))
        signing = replace(CUSTOMER_SIGNS, content=content)
        story.when(signing, asks(LIU, visits=(over, second))).refused("visit-not-done")

    def test_a_cancelled_visit_after_it_does_not_count(self) -> None:
        cancelled = visit_of(PLANNED, VisitCancelled("已修好", LATER))
        shown = asks(LIU, visits=(visit_of(*THERE, ENDED), cancelled))
        given(work_order, *DRAWN, RECORDED).when(CUSTOMER_SIGNS, shown).then(CUSTOMER_SIGNED)

    def test_no_other_technician_fetches_it(self) -> None:
        other = asks(CHEN, visits=SEEN_DONE)
        given(work_order, *DRAWN, RECORDED).when(CUSTOMER_SIGNS, other).refused("not-your-order")

    @pytest.mark.parametrize(
        ("past", "code"),
        [
            ((NOTED, OPENED, ASSIGNED, RECORDED), "not-accepted"),
            ((*HOME_AGAIN,), "handed-in-already"),
            ((*HOME_AGAIN, CLOSED), "closed-already"),
        ],
    )
    def test_it_stands_between_work_and_hand_in(
        self, past: tuple[WorkOrderFact, ...], code: str
    ) -> None:
        other = replace(CUSTOMER_SIGNS, opinion="另一句话")
        given(work_order, *past).when(other, SHOWN).refused(code)

    @pytest.mark.parametrize(
        ("changed", "field"),
        [
            ({"arrived_at": None}, "arrived_at"),
            ({"finished_at": None}, "finished_at"),
            ({"cause_found": None}, "cause_found"),
            ({"work_done": None}, "work_done"),
            ({"result": None}, "result"),
            ({"tested": None}, "tested"),
            ({"parts_used": ()}, "parts_used"),
            (
                {"parts_used": (PartUsed(NOTE_C1.number, "MFQ-32", 2, old_left=2),)},
                "old_left_because",
            ),
            ({"no_fees": False}, "fees"),
        ],
    )
    def test_nothing_is_left_blank_on_it(self, changed: dict[str, Any], field: str) -> None:
        work = replace(WORK, **changed)
        content = work_content_of(NUMBER, OPENED.content, work)
        past = (*DRAWN, WorkRecorded(work, content))
        signing = replace(CUSTOMER_SIGNS, content=content)
        given(work_order, *past).when(signing, SHOWN).refused_with(
            "work-incomplete", fields=[field]
        )

    def test_every_blank_is_told_at_once(self) -> None:
        content = work_content_of(NUMBER, OPENED.content, Work())
        past = (*DRAWN, WorkRecorded(Work(), content))
        signing = replace(CUSTOMER_SIGNS, content=content)
        blanks = ["arrived_at", "finished_at", "cause_found", "work_done"]
        blanks += ["result", "tested", "parts_used", "fees"]
        given(work_order, *past).when(signing, SHOWN).refused_with("work-incomplete", fields=blanks)

    def test_who_pays_sees_what_he_was_quoted_and_gets_a_receipt(self) -> None:
        fee = Fee("labour", 20_000, quoted_fen=20_000)
        quoted = replace(fee, paid_how="转账", receipt_no="SJ-1")
        for said, codes in ((fee, ("work-incomplete",)), (quoted, ())):
            work = replace(WORK, no_fees=False, fees=(said,))
            content = work_content_of(NUMBER, OPENED.content, work)
            story = given(work_order, *PAID, WorkRecorded(work, content))
            story = story.when(replace(CUSTOMER_SIGNS, content=content), SHOWN)
            if codes:
                story.refused_with(*codes, fields=["fee_paid"])
            else:
                assert len(list(story.decision())) == 1

    def test_others_read_what_he_signed(self) -> None:
        document = work_order.public(order_of(*DONE), CUSTOMER_SIGNED).document
        assert (document.stage, document.work, document.customer) == (
            OrderStage.SIGNED,
            WORK,
            CUSTOMER_SIGNED.word,
        )
        assert document.work_content == CUSTOMER_SIGNED.word.content


class TestVoiding:
    def test_a_signature_is_voided_with_a_reason_and_given_again(self) -> None:
        given(work_order, *DONE).when(VOID, asks(CLERK)).then(VOIDED)
        given(work_order, *DONE, VOIDED).when(VOID, asks(CLERK)).then()
        given(work_order, *DONE, VOIDED).when(CUSTOMER_SIGNS, SHOWN).then(CUSTOMER_SIGNED)
        state = order_of(*DONE, VOIDED)
        assert (state.stage, state.customer) == (OrderStage.ACCEPTED, None)
        assert work_order.public(state, VOIDED).this == {"because": "用量写错"}

    @pytest.mark.parametrize(
        ("past", "code"),
        [
            (DRAWN, "not-signed"),
            (HOME_AGAIN, "handed-in-already"),
            ((*HOME_AGAIN, CLOSED), "closed-already"),
        ],
    )
    def test_there_is_one_to_void(self, past: tuple[WorkOrderFact, ...], code: str) -> None:
        given(work_order, *past).when(VOID, asks(CLERK)).refused(code)


def test_the_piece_just_fitted_is_not_the_old_one() -> None:
    (part,) = WORK.parts_used
    used = replace(part, new_serials=("B-1",), old_serials=("B-1",))
    told = replace(RECORD, work=replace(WORK, parts_used=(used,)))
    given(work_order, *DRAWN).when(told, HIS).refused("old-is-new")


@pytest.mark.parametrize(
    ("result", "tested", "codes"),
    [
        (WorkResult.FIXED, False, ["fixed-untried"]),
        (WorkResult.FIXED, True, []),
        (WorkResult.WORKAROUND, False, []),
    ],
)
def test_what_nobody_has_tried_is_not_fixed(
    result: WorkResult, tested: bool, codes: list[str]
) -> None:
    work = replace(WORK, result=result, tested=tested)
    recorded = WorkRecorded(work, work_content_of(NUMBER, OPENED.content, work))
    signs = replace(CUSTOMER_SIGNS, content=recorded.content)
    story = given(work_order, *DRAWN, recorded).when(signs, SHOWN)
    if codes:
        story.refused(*codes)
    else:
        assert story.decision()


LINE = f"{NOTE_C1.number} MFQ-32"


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"old_taken": 2}, []),
        ({"old_taken": 1, "old_left": 1, "old_left_because": "用户留下"}, []),
        ({}, ["old-parts-unsaid"]),
        ({"old_taken": 1}, ["old-parts-unsaid"]),
        ({"old_left": 1, "old_left_because": "用户留下"}, ["old-parts-unsaid"]),
    ],
)
def test_of_each_old_part_that_is_due_the_customer_signs_what_became_of_it(
    said: dict[str, Any], codes: list[str]
) -> None:
    told = used(2, **said)
    due = replace(told, old_due=(LINE,))
    story = given(work_order, *DRAWN)
    assert story.when(told, HIS).decision()
    if codes:
        story.when(due, HIS).refused_with(*codes, parts=["MFQ-32"])
    else:
        assert story.when(due, HIS).decision()


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"new_serials": ("N-1", "N-2"), "old_serials": ("A-1", "A-2")}, []),
        ({"new_serials": ("N-1", "N-2"), "old_left_because": "旧机铭牌锈蚀"}, []),
        ({"new_serials": ("N-1",), "old_serials": ("A-1", "A-2")}, ["new-serials-unsaid"]),
        ({"new_serials": ("N-1", "N-2"), "old_serials": ("A-1",)}, ["old-serials-unsaid"]),
        ({}, ["new-serials-unsaid", "old-serials-unsaid"]),
    ],
)
def test_of_a_part_with_serials_the_customer_signs_which_pieces_they_were(
    said: dict[str, Any], codes: list[str]
) -> None:
    told = used(2, old_taken=2, **said)
    numbered = replace(told, numbered=(LINE,))
    story = given(work_order, *DRAWN)
    assert story.when(told, HIS).decision()
    if codes:
        story.when(numbered, HIS).refused(*codes)
    else:
        assert story.when(numbered, HIS).decision()


def test_an_order_lists_so_many_serials_and_no_more() -> None:
    (part,) = WORK.parts_used
    beyond = "old-serials-beyond-taken"
    for named, codes in ((MANY - 2, (beyond,)), (MANY - 1, (beyond, "too-many"))):
        serials = tuple(f"S-{n}" for n in range(named))
        used = replace(part, new_serials=("N-1", "N-2"), old_serials=serials)
        told = replace(RECORD, work=replace(WORK, parts_used=(used,)))
        given(work_order, *DRAWN).when(told, HIS).refused(*codes)
