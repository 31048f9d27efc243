"""One claim, as its stories tell it: a day in Shaoxing, with a night that costs too much."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from services.dispatch import claim
from services.dispatch.claim.claimed import TripTold
from services.dispatch.claim.reviewing import LineRule, LineSaid, ReviewClaim
from services.dispatch.claim.state import Claim, ClaimFact
from services.dispatch.claim.submitting import SubmitClaim
from services.dispatch.visit.state import Visit
from services.dispatch.vouchers import Voucher
from services.dispatch.work_order.state import WorkOrder
from shared.decider import Asked
from shared.events.travel_claims import (
    ClaimApproved,
    ClaimRejected,
    ClaimReturned,
    ClaimReviewed,
    ClaimSubmitted,
    ClaimWithdrawn,
    ExpenseKind,
    ExpenseLine,
    LineReviewed,
    ReportAttached,
    Trip,
)
from shared.events.values import Role, TravelMode
from tests.dispatch.example import (
    BRANCH,
    CHEN,
    CLERK,
    HOME,
    LIU,
    NUMBER,
    REPORT,
    TICKET,
    TRAVEL_AT,
    VISITS,
)
from tests.dispatch.job import DAY, ENDED, HOME_AGAIN, LATER, THERE, V1, order_of, visit_of
from tests.spec import given

L1 = f"{TICKET}-L1"
CLAIM = f"claim-{L1}"
MONEY, BOSS, CHIEF = "F-QIANWEI", "A-ZHAOLEI", "G-LIN"
BACK = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TRIP = TripTold(V1, "杭州", "绍兴", BACK)
FARE = ExpenseLine(V1, ExpenseKind.FARE, DAY, 4_600, "E3301-088")
NIGHT = ExpenseLine(V1, ExpenseKind.LODGING, DAY, 42_000, "0551-7")
DAILY = ExpenseLine(V1, ExpenseKind.ALLOWANCE, DAY, 10_000)
LINES = (FARE, NIGHT, DAILY)
SUBMIT = SubmitClaim((TRIP,), LINES, NUMBER, "Asia/Shanghai")
SUBMITTED = ClaimSubmitted(
    number=L1,
    ticket=TICKET,
    branch=BRANCH,
    order=NUMBER,
    claimant=LIU,
    trips=(
        Trip(V1, "杭州", "绍兴", TRAVEL_AT, BACK, TravelMode.COMPANY_CAR, TravelMode.COMPANY_CAR),
    ),
    lines=LINES,
    total_fen=56_600,
    report=ReportAttached(TICKET, 7, REPORT.content),
)
CUT = "超过住宿标准"
RULES = (
    LineRule(1, "as-paid", None),
    LineRule(2, "lodging", 35_000),
    LineRule(3, "allowance", 10_000),
)
SAID = (LineSaid(1, 4_600), LineSaid(2, 35_000, CUT), LineSaid(3, 10_000))
DECIDERS = ("approver", "general_manager")
REVIEW = ReviewClaim(SAID, rules=RULES, policy="core@1", needed=DECIDERS)
REVIEWED = ClaimReviewed(
    lines=(
        LineReviewed(1, 4_600, "as-paid"),
        LineReviewed(2, 35_000, "lodging", CUT),
        LineReviewed(3, 10_000, "allowance"),
    ),
    allowed_fen=49_600,
    policy="core@1",
    needed=DECIDERS,
    reviewed_by=MONEY,
)
RETURNED = ClaimReturned(("车票不清",), MONEY)
APPROVED = ClaimApproved(49_600, (), BOSS)
REJECTED = ClaimRejected("不是本次差旅", BOSS)
WITHDRAWN = ClaimWithdrawn("票据拿错了", LIU)
VOUCHERS = ("voucher-E3301088", "voucher-05517")
OF_DAY = f"voucher-day:{LIU}:2026-11-24"
NIGHT_RATE = f"voucher-rate:lodging:{LIU}:2026-11-24"
DAY_RATE = f"voucher-rate:allowance:{LIU}:2026-11-24"
PAYMENT = "voucher-paid:FK7"
TAKEN_UP = (*VOUCHERS, OF_DAY)
ROLES = {
    LIU: Role.TECHNICIAN,
    CHEN: Role.TECHNICIAN,
    MONEY: Role.FINANCE,
    BOSS: Role.APPROVER,
    CHIEF: Role.GENERAL_MANAGER,
    CLERK: Role.CLERK,
}


class Free(dict[str, Any]):
    """Vouchers that nobody has used, but for those that are named."""

    def __missing__(self, stream: str) -> Voucher:
        return Voucher()

    def __contains__(self, stream: object) -> bool:
        return True


def on(
    person: str,
    *,
    order: WorkOrder | None = None,
    visits: tuple[Visit, ...] = (visit_of(*THERE, ENDED),),
    used: Mapping[str, str] | None = None,
    rates: Mapping[str, Voucher] | None = None,
    home: str = CLAIM,
) -> Asked:
    """Asked of the claim, with the order, its visits and the vouchers read beside it."""
    beside = {f"{VISITS}{n}": each for n, each in enumerate(visits, start=1)}
    reads = Free(beside)
    reads[HOME] = order or order_of(*HOME_AGAIN)
    reads |= {stream: Voucher(claim) for stream, claim in (used or {}).items()}
    reads |= rates or {}
    return Asked(
        home,
        person,
        frozenset({ROLES[person]}),
        EVENING,
        BRANCH,
        TICKET,
        reads=reads,
        series={VISITS: tuple(beside)},
    )


def claim_of(*facts: ClaimFact) -> Claim:
    """The claim after these facts."""
    state = given(claim, *facts).state
    assert isinstance(state, Claim)
    return state


def again(*lines: ExpenseLine) -> ClaimSubmitted:
    """Submitted with other lines."""
    return replace(SUBMITTED, lines=lines, total_fen=sum(each.fen for each in lines))


assert TRAVEL_AT < LATER < BACK < EVENING
