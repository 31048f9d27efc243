"""续单 as stories: an order is over, the repair is not, and a further order goes on with it."""

from dataclasses import replace
from functools import reduce
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order import awaiting
from services.dispatch.work_order.continuing import ContinueRepair, offered_continuing
from services.dispatch.work_order.document import document_of
from services.dispatch.work_order.fees import ApproveFees
from services.dispatch.work_order.notices import NoteAmendment, NoteApproval
from services.dispatch.work_order.opening import offered_form
from services.dispatch.work_order.state import WorkOrderFact
from shared.decider import Refused
from shared.events.dispatch import (
    AmendmentNoted,
    FurtherOrderNamed,
    IssueNoteNoted,
    RepairContinued,
    WorkOrderRecalled,
)
from shared.events.order_sheet import EarlierOrder, OrderStage, PartPlanned, WorkResult
from shared.events.values import PartWanted
from tests.dispatch.example import (
    ASSIGN,
    CHEN,
    CLERK,
    FORM,
    HOME,
    LIU,
    NOTE_C1,
    NOTED,
    NUMBER,
    OPEN,
    OPENED,
    REPORT,
    TICKET,
    by,
    opened,
)
from tests.dispatch.job import (
    CUSTOMER_SIGNED,
    DRAWN,
    HANDED_IN,
    HOME_AGAIN,
    PAPERS,
    PLANNED,
    RECORDED,
    SETTLED,
    TAKEN,
    VOID,
    WORK,
    asks,
    order_of,
    settled,
    visit_of,
)
from tests.dispatch.seen import on_board, seen
from tests.dispatch.work_order import test_work_order_fees as fees
from tests.spec import given
from tests.told import tell

W2 = f"{TICKET}-W2"
SECOND = f"work_order-{W2}"
NEW = work_order.initial
UNMENDED = replace(RECORDED, work=replace(WORK, result=WorkResult.NOT_FIXED, tested=False))
PAST: tuple[WorkOrderFact, ...] = (*DRAWN, UNMENDED, CUSTOMER_SIGNED, SETTLED, HANDED_IN)
"""Two seals were used and signed for, and the fault is still there."""
GO_ON = ContinueRepair("拉回车间再修", PAPERS)
CONTINUED = RepairContinued(W2, "拉回车间再修", CLERK, PAPERS)
EARLIER = EarlierOrder(NUMBER, (NOTE_C1.number,), (LIU,), worked=True)
AFTER = FurtherOrderNamed((EARLIER,), (PartWanted("MFQ-32", 2),))
NOTED_2 = replace(NOTED, number=W2)
BACK = IssueNoteNoted(settled(None, 0, 0))


def clerk(*visits: Any, who: str = CLERK) -> Any:
    """A clerk continues the first order; nobody has begun the second."""
    return asks(who, reads={SECOND: NEW}, visits=visits)


class TestGoingOn:
    def test_a_task_that_mended_nothing_is_taken_and_a_further_order_named(self) -> None:
        story = given(work_order, *PAST).when(GO_ON, clerk())
        story.then_on((HOME, CONTINUED), (SECOND, NOTED_2), (SECOND, AFTER))
        given(work_order, *PAST, CONTINUED).when(GO_ON, clerk()).then()

    @pytest.mark.parametrize(
        "past",
        [(NOTED, OPENED), TAKEN[:3], (*TAKEN, VOID), (*DRAWN, BACK), (*DRAWN, BACK, UNMENDED)],
    )
    def test_so_is_an_order_that_came_to_nothing(self, past: tuple[WorkOrderFact, ...]) -> None:
        story = given(work_order, *past).when(replace(GO_ON, papers_checked=()), clerk())
        if UNMENDED in past:
            story.refused("work-unsigned")
        else:
            decision = story.decision()
            assert decision[0][1] == replace(CONTINUED, taken_by=None, papers_checked=())
            story.then_on(*decision)
            after = decision[2][1]
            assert isinstance(after, FurtherOrderNamed)
            assert [each.worked for each in after.earlier] == [False]

    def test_a_change_that_waits_holds_the_further_order_too(self) -> None:
        waits = AmendmentNoted(f"report-{TICKET}", 8)
        bare = replace(GO_ON, papers_checked=())
        story = given(work_order, NOTED, OPENED, waits).when(bare, clerk())
        over, noted, after, carried = story.decision()
        assert carried == (SECOND, waits)
        story.then_on(over, noted, after, carried)
        second = (fact for stream, fact in (noted, after, carried) if stream == SECOND)
        assert reduce(work_order.evolve, second, work_order.initial).held

    def test_nothing_of_it_stays_open(self) -> None:
        bare = replace(GO_ON, papers_checked=())
        given(work_order, *DRAWN).when(bare, clerk(visit_of(PLANNED))).refused(
            "visit-open", "not-reconciled"
        )
        given(work_order, *PAST).when(bare, clerk()).refused("papers-unchecked")
        given(work_order, *PAST).when(GO_ON, clerk(who=LIU)).refused("takes-his-own")

    @pytest.mark.parametrize(
        ("past", "code"),
        [
            (HOME_AGAIN, "mended-already"),
            ((NOTED,), "not-opened"),
        ],
    )
    def test_it_goes_on_only_where_the_repair_is_not_done(
        self, past: tuple[WorkOrderFact, ...], code: str
    ) -> None:
        bare = replace(GO_ON, papers_checked=() if past[-1] is not HANDED_IN else PAPERS)
        with pytest.raises(Refused) as no:
            given(work_order, *past).when(bare, clerk()).decision()
        assert code in no.value.codes
        tell(code)

    def test_what_is_signed_is_handed_in_first_and_not_signed_anew(self) -> None:
        bare = replace(GO_ON, papers_checked=())
        given(work_order, *PAST[:-1]).when(bare, clerk()).refused("not-handed-in")
        signed = given(work_order, *HOME_AGAIN[:-1])
        signed.when(bare, clerk()).refused("not-handed-in", "mended-already")

    def test_a_ticket_has_so_many_orders_and_no_more(self) -> None:
        third = f"work_order-{TICKET}-W3"
        circumstances = asks(CLERK, third, {f"{third[:-1]}4": NEW}, visits=())
        past = (replace(NOTED, number=third[-1]), OPENED)
        bare = replace(GO_ON, papers_checked=())
        given(work_order, *past).when(bare, circumstances).refused("too-many")

    def test_others_read_that_it_goes_on(self) -> None:
        order = order_of(*PAST, CONTINUED)
        document = work_order.public(order, CONTINUED).document
        assert (document.stage, document.ending) == (OrderStage.CLOSED, None)
        assert document.continued_as == W2
        row = on_board(*PAST, CONTINUED)
        assert (row.stage, row.because) == (OrderStage.CLOSED, "拉回车间再修")

    def test_it_is_offered_where_nothing_is_mended(self) -> None:
        for past, papers in ((PAST, [PAPERS]), (TAKEN, [()]), (HOME_AGAIN, []), ((NOTED,), [])):
            offered = offered_continuing(NUMBER, order_of(*past))
            assert [each.papers_checked for each in offered] == papers


class TestTheFurtherOrder:
    FACTS: tuple[WorkOrderFact, ...] = (NOTED_2, AFTER)

    def reads(self, *past: WorkOrderFact) -> dict[str, Any]:
        return {HOME: order_of(*past)}

    def test_it_is_made_out_for_what_is_not_used_yet(self) -> None:
        form = replace(FORM, parts=(PartPlanned("RHZ-1", 1),))
        asked = by(CLERK, SECOND, self.reads(*PAST, CONTINUED))
        story = given(work_order, *self.FACTS).when(replace(OPEN, form=form), asked)
        (opened,) = (fact for _, fact in story.decision())
        (note,) = opened.notes
        assert (note.number, note.lines) == (f"{TICKET}-C2", (PartWanted("RHZ-1", 1),))
        given(work_order, *self.FACTS).when(OPEN, asked).refused("differs-from-approved")

    def test_the_clerk_copies_what_is_left(self) -> None:
        offered = offered_form(order_of(*self.FACTS))
        assert offered is not None
        assert offered.parts == (PartPlanned("RHZ-1", 1),)
        (row,) = seen(awaiting, self.FACTS, SECOND).values()
        assert (row.parts, row.no_parts) == ((PartWanted("RHZ-1", 1),), False)
        newer = replace(NOTED_2, version=9)
        (row,) = seen(awaiting, (*self.FACTS, newer), SECOND).values()
        assert row.parts == (PartWanted("RHZ-1", 1),)

    def test_it_knows_what_it_goes_on_with(self) -> None:
        assert document_of(order_of(*self.FACTS)).earlier == (EARLIER,)

    def test_who_did_the_job_before_grants_nothing_of_it_either(self) -> None:
        taken = (*self.FACTS, opened(FORM), *TAKEN[2:], fees.ASKED)
        asked = asks("A-ZHAOLEI", SECOND)
        grant = ApproveFees((fees.TEST,))
        given(work_order, *taken).when(grant, replace(asked, actor=CHEN)).then(
            replace(fees.GRANTED, by=CHEN)
        )
        chen = replace(EARLIER, technicians=(CHEN,))
        after = (NOTED_2, replace(AFTER, earlier=(chen,)), *taken[2:])
        given(work_order, *after).when(grant, replace(asked, actor=CHEN)).refused("own-request")

    def test_who_approved_an_earlier_version_is_not_sent_on_it(self) -> None:
        first = replace(NOTED, approved=replace(REPORT, approved_by=(LIU,)))
        reads = {HOME: order_of(first, *PAST, CONTINUED)}
        asked = by(CLERK, SECOND, reads)
        given(work_order, *self.FACTS, opened(FORM)).when(ASSIGN, asked).refused("approver-goes")

    def test_nobody_makes_it_out_before_the_first_is_continued(self) -> None:
        asked = by(CLERK, SECOND, self.reads(*PAST))
        given(work_order).when(OPEN, asked).refused("not-continued", "order-open")


class TestWhatIsHeardLater:
    """Reports know the first order of their ticket; the newest one is told."""

    ORDERS = f"work_order-{TICKET}-W"

    def heard(self, command: Any, *second: WorkOrderFact) -> list[tuple[str, Any]]:
        state = reduce(work_order.evolve, second, work_order.initial)
        asked = asks("reaction:note-approval", reads={SECOND: state})
        asked = replace(asked, series={self.ORDERS: (SECOND,)})
        return list(work_order.decide(command, order_of(*PAST, CONTINUED), asked))

    def test_a_newer_approval_reaches_the_order_that_goes_on(self) -> None:
        newer = replace(NOTED, version=9, approved=replace(REPORT, content="b" * 64))
        assert self.heard(NoteApproval(newer), NOTED_2, AFTER) == [
            (HOME, newer),
            (SECOND, replace(newer, number=W2)),
        ]
        assert self.heard(NoteApproval(NOTED), NOTED_2, AFTER) == []

    def test_so_does_a_change_that_waits(self) -> None:
        waits = AmendmentNoted(f"report-{TICKET}", 9)
        assert self.heard(NoteAmendment(waits), NOTED_2, AFTER) == [(HOME, waits), (SECOND, waits)]
        assert self.heard(NoteAmendment(replace(waits, version=7)), NOTED_2, AFTER) == []


def test_a_recalled_order_is_continued_too() -> None:
    past = (*TAKEN, VOID, WorkOrderRecalled(LIU, "换人去"))
    story = given(work_order, *past).when(replace(GO_ON, papers_checked=()), clerk())
    assert len(list(story.decision())) == 3
