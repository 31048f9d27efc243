"""督促报销 as stories: who travelled is reminded to claim, once, and then an approver is told."""

from dataclasses import replace
from datetime import timedelta

from services.dispatch import work_order
from services.dispatch.claim.state import Claim
from services.dispatch.rules import claim_due
from services.dispatch.views import claims_due
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.claiming import UrgeClaim
from services.dispatch.work_order.closing import HandInTask
from shared.decider import Asked
from shared.events.dispatch import (
    BaseTechnicianSent,
    ClaimOverdue,
    ClaimUrged,
    HandInReturned,
)
from shared.events.order_sheet import ClaimDue
from shared.events.travel_claims import ClaimSubmitted
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.dispatch.claim.example import SUBMITTED, claim_of
from tests.dispatch.example import CHEN, CLERK, HOME, LIU, NOTED, NUMBER, REPORT, TICKET
from tests.dispatch.job import (
    CLOSED,
    CONFIRMED,
    DONE,
    DRAWN,
    HANDED_IN,
    LATER,
    PLANNED,
    SEEN_DONE,
    SETTLED,
    asks,
    visit_of,
)
from tests.dispatch.seen import recorded
from tests.seen import fold_view
from tests.shared.http_desk import POLICIES
from tests.spec import given

WEEK, FORTNIGHT = LATER + timedelta(days=7), LATER + timedelta(days=14)
HAND_IN = HandInTask(WEEK, FORTNIGHT)
TERMS = ClaimDue((LIU,), WEEK, FORTNIGHT)
BROUGHT = replace(HANDED_IN, claim=TERMS)
HOME_AGAIN = (*DONE, SETTLED, BROUGHT)
URGED = ClaimUrged((LIU,), WEEK)
OVERDUE = ClaimOverdue((LIU,), FORTNIGHT, ())
URGE, TELL = UrgeClaim(WEEK), UrgeClaim(FORTNIGHT)
CLAIMS = f"claim-{TICKET}-L"


def seeing(*claims: Claim, visits: tuple[Visit, ...] = SEEN_DONE, person: str = LIU) -> Asked:
    """Asked with the visits of the ticket, and what was claimed for them."""
    asked = asks(person, visits=visits)
    beside = {f"{CLAIMS}{n}": each for n, each in enumerate(claims, start=1)}
    series = {**asked.series, CLAIMS: tuple(beside)}
    return replace(asked, reads={**asked.reads, **beside}, series=series)


class TestHandingIn:
    def test_names_who_travelled_and_by_when_they_claim(self) -> None:
        given(work_order, *DONE, SETTLED).when(HAND_IN, seeing()).then(BROUGHT)

    def test_whom_base_sent_as_well(self) -> None:
        sent = BaseTechnicianSent("B-1", CHEN, "远程无法解决")
        past = (*DRAWN, sent, *DONE[len(DRAWN) :], SETTLED)
        both = replace(TERMS, travellers=(LIU, CHEN))
        told = given(work_order, *past).when(HAND_IN, seeing())
        told.then(replace(HANDED_IN, claim=both))

    def test_nobody_where_nobody_set_out_or_all_have_claimed(self) -> None:
        past = given(work_order, *DONE, SETTLED)
        past.when(HAND_IN, seeing(visits=(visit_of(PLANNED, CONFIRMED),))).then(HANDED_IN)
        past.when(HAND_IN, seeing(claim_of(SUBMITTED))).then(HANDED_IN)
        past.when(HandInTask(), seeing()).then(HANDED_IN)


class TestUrging:
    def test_who_has_not_claimed_is_reminded_once(self) -> None:
        timer = seeing(person="timer:urge-claim")
        given(work_order, *HOME_AGAIN).when(URGE, timer).then(URGED)
        given(work_order, *HOME_AGAIN, URGED).when(URGE, timer).then()
        given(work_order, *HOME_AGAIN, CLOSED).when(URGE, timer).then(URGED)

    def test_then_those_who_approved_the_job_are_told_once(self) -> None:
        timer = seeing(person="timer:urge-claim")
        approved = replace(NOTED, approved=replace(REPORT, approved_by=("A-ZHAOLEI",)))
        past = (approved, *HOME_AGAIN[1:], URGED)
        told = replace(OVERDUE, told=("A-ZHAOLEI",))
        given(work_order, *past).when(TELL, timer).then(told)
        given(work_order, *HOME_AGAIN, URGED, CLOSED).when(TELL, timer).then(OVERDUE)
        given(work_order, *HOME_AGAIN, URGED, OVERDUE).when(TELL, timer).then()

    def test_not_who_has_claimed_for_this_order(self) -> None:
        mine = claim_of(SUBMITTED)
        theirs = claim_of(replace(SUBMITTED, claimant=CHEN))
        other = claim_of(replace(SUBMITTED, order=f"{TICKET}-W2"))
        told = given(work_order, *HOME_AGAIN)
        told.when(URGE, seeing(mine)).then()
        told.when(URGE, seeing(theirs, other)).then(URGED)
        given(work_order, *HOME_AGAIN, URGED).when(TELL, seeing(mine)).then()

    def test_not_of_a_task_that_went_back_nor_of_another_time(self) -> None:
        back = HandInReturned(CLERK, ("少一只旧件",))
        given(work_order, *HOME_AGAIN, back).when(URGE, seeing()).then()
        other = UrgeClaim(WEEK + timedelta(hours=1))
        given(work_order, *HOME_AGAIN).when(other, seeing()).then()

    def test_a_task_that_is_brought_again_has_a_time_of_its_own(self) -> None:
        back, again = HandInReturned(CLERK, ("少一只旧件",)), replace(TERMS, due_at=FORTNIGHT)
        past = (*HOME_AGAIN, URGED, back, replace(HANDED_IN, claim=again))
        told = given(work_order, *past).when(UrgeClaim(FORTNIGHT), seeing())
        told.then(replace(URGED, due_at=FORTNIGHT))

    def test_an_earlier_time_counts_no_more(self) -> None:
        day = timedelta(days=1)
        again = replace(HANDED_IN, claim=ClaimDue((LIU,), WEEK + day, FORTNIGHT + day))
        past = (*HOME_AGAIN, HandInReturned(CLERK, ("少一只旧件",)), again)
        reminded = (*past, replace(URGED, due_at=WEEK + day))
        given(work_order, *reminded).when(URGE, seeing()).then()
        told = (*HOME_AGAIN, URGED, *past[len(HOME_AGAIN) :], reminded[-1])
        told = (*told, replace(OVERDUE, due_at=FORTNIGHT + day))
        given(work_order, *told).when(TELL, seeing()).then()


def rows_after(*facts: object) -> list[claims_due.Row]:
    """Of an order and of the claims for it."""
    told = [
        recorded(fact, n, f"{CLAIMS}1" if isinstance(fact, ClaimSubmitted) else HOME)
        for n, fact in enumerate(facts, start=1)
    ]
    return [*fold_view(claims_due, told).values()]


def test_the_list_names_who_has_not_claimed_until_they_do() -> None:
    (row,) = rows_after(BROUGHT)
    assert (row.order, row.travellers, row.due, row.urged) == (NUMBER, (LIU,), WEEK, False)
    (row,) = rows_after(BROUGHT, URGED)
    assert (row.due, row.due_at, row.urged, row.told) == (FORTNIGHT, WEEK, True, ())
    (row,) = rows_after(BROUGHT, URGED, replace(OVERDUE, told=("A-ZHAOLEI",)))
    assert (row.due, row.told) == (None, ("A-ZHAOLEI",))
    both = replace(BROUGHT, claim=replace(TERMS, travellers=(LIU, CHEN)))
    (row,) = rows_after(both, SUBMITTED)
    assert row.travellers == (CHEN,)
    assert rows_after(both, SUBMITTED, replace(SUBMITTED, claimant=CHEN)) == []
    assert rows_after(BROUGHT, HandInReturned(CLERK, ("少一只旧件",))) == []
    assert rows_after(HANDED_IN) == []


def test_policy_says_when() -> None:
    assert claim_due(read(POLICIES / CORE, Core), LATER) == (WEEK, FORTNIGHT)
