"""钱数相符 as properties: what is paid is what was allowed, and what is charged has its receipt."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.dispatch import claim, work_order
from services.dispatch.claim.correcting import CorrectClaim
from services.dispatch.claim.deciding import ApproveClaim, PayClaim
from services.dispatch.claim.reviewing import LineRule, LineSaid, ReviewClaim
from services.dispatch.work_order.work import work_content_of
from shared.decider import Refused
from shared.events.dispatch import CustomerSigned, FeesApproved, WorkRecorded
from shared.events.order_sheet import Fee, FeeDue
from shared.events.travel_claims import (
    ClaimCorrected,
    ClaimPaid,
    ClaimReviewed,
    ExpenseKind,
    ExpenseLine,
)
from tests.dispatch.claim.example import BOSS, CHIEF, FARE, MONEY, NIGHT, again, claim_of, on
from tests.dispatch.example import LIU, NUMBER, OPENED
from tests.dispatch.job import CUSTOMER_SIGNS, PAID, SEEN_DONE, WORK, asks
from tests.spec import given
from tests.tries import tries

MOST = 35_000
FEN = st.integers(1, 2 * MOST)
LINES = st.lists(st.tuples(st.sampled_from((FARE, NIGHT)), FEN, FEN), min_size=1, max_size=6)
MAYBE = st.one_of(st.none(), st.text("SJ-0123456789", min_size=1, max_size=6))
FEES = st.lists(
    st.builds(
        Fee,
        kind=st.sampled_from(("labour", "travel", "parts")),
        fen=st.integers(0, 3),
        quoted_fen=st.one_of(st.none(), st.integers(0, 3)),
        paid_how=MAYBE,
        receipt_no=MAYBE,
    ),
    max_size=3,
    unique_by=lambda fee: fee.kind,
)


@tries(200)
@for_all(LINES, st.integers(0, 6 * 2 * MOST))
def test_a_claim_is_paid_what_its_lines_were_allowed_and_nothing_else(
    lines: Sequence[tuple[ExpenseLine, int, int]], otherwise: int
) -> None:
    claimed = again(
        *(replace(line, fen=fen, voucher_no=f"N-{n}") for n, (line, fen, _) in enumerate(lines))
    )
    said = tuple(LineSaid(n, allowed, "核减") for n, (*_, allowed) in enumerate(lines, start=1))
    most = {ExpenseKind.FARE: None, ExpenseKind.LODGING: MOST}
    held = tuple(
        LineRule(n, line.kind.value, most[line.kind]) for n, (line, *_) in enumerate(lines, start=1)
    )
    review = decided(claim, ReviewClaim(said, rules=held, policy="core@1"), on(MONEY), claimed)
    nights = sum(allowed for line, _, allowed in lines if line is NIGHT)
    fits = all(allowed <= fen for _, fen, allowed in lines) and nights <= MOST
    assert (review is not None) is fits
    if not isinstance(review, ClaimReviewed):
        return
    allowed = sum(each.allowed_fen for each in review.lines)
    assert allowed <= claimed.total_fen
    roles = ("approver", "general_manager")
    approved = decided(claim, ApproveClaim(allowed, needed=roles), on(BOSS), claimed, review)
    past = (claimed, review, approved)
    paid = decided(claim, PayClaim("FK-1", allowed), on(MONEY), *past)
    assert isinstance(paid, ClaimPaid)
    assert paid.fen == allowed
    if otherwise != allowed:
        assert decided(claim, PayClaim("FK-1", otherwise), on(MONEY), *past) is None
    assert decided(claim, PayClaim("FK-2", allowed), on(MONEY), *past, paid) is None
    moved = otherwise - allowed
    correct = CorrectClaim("K", moved, "错", rules=held, needed=roles)
    corrected = decided(claim, correct, on(CHIEF), *past, paid)
    beyond = max(0, sum(fen for line, fen, _ in lines if line is NIGHT) - MOST)
    payable = max(allowed, claimed.total_fen - beyond)
    assert (corrected is not None) is (moved != 0 and otherwise <= payable)
    if isinstance(corrected, ClaimCorrected):
        assert claim_of(*past, paid, corrected).paid_fen == allowed + moved == otherwise


@tries(200)
@for_all(FEES, st.booleans())
def test_what_a_customer_signs_to_pay_has_receipts_for_all_of_it(
    fees: Sequence[Fee], is_granted: bool
) -> None:
    work = replace(WORK, fees=tuple(fees), no_fees=not fees)
    recorded = WorkRecorded(work, work_content_of(NUMBER, OPENED.content, work))
    due = tuple(FeeDue(fee.kind, fee.fen) for fee in fees)
    granted = [FeesApproved("A-LIMING", due, "说明")] if is_granted else []
    signs = replace(CUSTOMER_SIGNS, content=recorded.content)
    past = (*PAID, *granted, recorded)
    signed = decided(work_order, signs, asks(LIU, visits=SEEN_DONE), *past)
    if not isinstance(signed, CustomerSigned):
        return
    receipted = sum(fee.fen for fee in fees if fee.paid_how and fee.receipt_no)
    assert receipted == sum(fee.fen for fee in fees)
    quoted = all(fee.quoted_fen is not None and fee.fen <= fee.quoted_fen for fee in fees)
    assert is_granted or quoted


def decided(paper: Any, command: object, asked: Any, *past: Any) -> Any:
    """What comes of it; None: it is refused."""
    try:
        ((_, fact), *_) = given(paper, *past).when(command, asked).decision()
    except Refused:
        return None
    return fact
