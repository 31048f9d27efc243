"""报销的出路 (exits of a claim): how a travel claim is brought to its end, and what is a lie of it.

What was spent is due, as far as the table of policy allows it, to who travelled and wants it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from msgspec import to_builtins

from guiyi.play.case import Act, Case
from guiyi.play.claim import CLAIMS, RATE
from guiyi.play.people import Person
from shared.events.travel_claims import (
    ClaimApproved,
    ClaimPaid,
    ClaimRejected,
    ClaimReturned,
    ClaimReviewed,
    ClaimStage,
    ClaimSubmitted,
    ClaimWithdrawn,
    ExpenseKind,
    ExpenseLine,
)
from shared.view import Recorded
from tests.world import detours
from tests.world.honest import Papers, Told
from tests.world.present import able
from tests.world.states import Claim, Visit
from tests.world.table import Chance, Table
from tests.world.truth import Claimed, Truth

ANEW = 5
"""How many steps a claim is from its end that is made anew."""
STILL: Mapping[ClaimStage, int] = {
    ClaimStage.RETURNED: 4,
    ClaimStage.SUBMITTED: 3,
    ClaimStage.REVIEWED: 2,
    ClaimStage.APPROVED: 1,
}
"""How many steps a claim is from its end; none: it is over."""
UNDECIDED = (ClaimStage.SUBMITTED, ClaimStage.RETURNED, ClaimStage.REVIEWED)


def still(papers: Papers, truth: Truth) -> int:
    """How much is to be done until nobody is owed anything for their journey."""
    left = sum(_still(each, truth) for each in papers.claims.values())
    return left or ANEW * _is_owed(papers, truth)


def _still(claim: Claim, truth: Truth) -> int:
    """What is wrong is sent back, or withdrawn where that is too late."""
    if claim.stage in UNDECIDED and not is_right(claim, truth):
        return STILL[ClaimStage.RETURNED] + (claim.stage is not ClaimStage.RETURNED) * 2
    return STILL.get(claim.stage, 0)


def _is_owed(papers: Papers, truth: Truth) -> bool:
    """Whether who is there was paid nothing of what they have spent."""
    if not papers.claims or truth.claimed is not Claimed.DUE:
        return False
    over = [each.stage for each in papers.claims.values()]
    there = any(each.claimant != truth.away for each in papers.claims.values())
    return there and ClaimStage.PAID not in over


def chances(table: Table) -> Iterator[Chance]:
    """Whatever is next in each claim."""
    for number, claim in table.papers.claims.items():
        yield from _of_claim(table, number, claim)
    if not any(each.stage in STILL for each in table.papers.claims.values()):
        yield from _anew(table)


def _of_claim(table: Table, number: str, claim: Claim) -> Iterator[Chance]:
    truth = table.truth
    if claim.stage in UNDECIDED and may_withdraw(claim, truth):
        yield from _withdrawing(table, number, claim)
    if truth.claimed is Claimed.UNWANTED:
        return
    match claim.stage:
        case ClaimStage.SUBMITTED if not is_right(claim, truth):
            yield from table.by_finance(_step(number, "returns", WRONG), "returned claim")
        case ClaimStage.SUBMITTED:
            yield from table.by_finance(_review(number, claim), _cut(claim))
        case ClaimStage.RETURNED:
            yield from _by_claimant(table, claim, _again(number, claim, truth), "returned claim")
        case ClaimStage.REVIEWED:
            yield from _deciding(table, number, claim)
        case ClaimStage.APPROVED:
            paid = {"reference": f"FK-{number}", "fen": claim.allowed_fen}
            yield from table.by_finance(_step(number, "payments", paid))
        case _:
            pass


def _deciding(table: Table, number: str, claim: Claim) -> Iterator[Chance]:
    if table.truth.claimed is Claimed.UNJUST:
        rejected = _step(number, "rejections", {"because": "不是本次差旅"})
        yield from table.by_approver(rejected, "rejected claim")
        return
    allowed = {"allowed_fen": claim.allowed_fen}
    if is_marked(table.papers.visits):
        spite = {**allowed, "in_spite_of": sorted(claim.lines)}
        yield from table.by_approver(detours.grant_deviation, "marked line")
        yield from table.by_approver(_step(number, "approvals", spite), "marked line")
    yield from table.by_approver(_step(number, "approvals", allowed))


def _withdrawing(table: Table, number: str, claim: Claim) -> Iterator[Chance]:
    act = _step(number, "withdrawals", {"because": "不再报销"})
    yield from _by_claimant(table, claim, act, "withdrawn claim")
    if claim.claimant == table.truth.away:
        yield from table.by_approver(act, "withdrawn claim")


def _anew(table: Table) -> Iterator[Chance]:
    """What was withdrawn because it was wrong is claimed anew, as it is."""
    if not _is_owed(table.papers, table.truth):
        return
    for claim in table.papers.claims.values():
        assert claim.submitted is not None
        body = {"order": claim.submitted.order, **_expenses(claim, table.truth)}
        yield from _by_claimant(table, claim, _claims(body), "claimed anew")


def _by_claimant(table: Table, claim: Claim, act: Act, exit_: str) -> Iterator[Chance]:
    for who in able("technician", table.truth.away):
        if who.id == claim.claimant:
            yield Chance(act, who, exit_)


def waits_for_finance(papers: Papers) -> bool:
    """Whether nobody else can do what is next."""
    now = (each.stage for each in papers.claims.values())
    return any(each in (ClaimStage.SUBMITTED, ClaimStage.APPROVED) for each in now)


def waits_for_approver(papers: Papers, truth: Truth) -> bool:
    """Whether a claim is to be decided, or its claimant cannot withdraw it."""
    return any(
        each.stage is ClaimStage.REVIEWED
        or (each.stage in UNDECIDED and each.claimant == truth.away and may_withdraw(each, truth))
        for each in papers.claims.values()
    )


def without(papers: Papers, truth: Truth) -> list[str]:
    """The claims whose claimant is away: others do for them what is theirs to do."""
    return [n for n, each in papers.claims.items() if each.claimant == truth.away]


def of_claim(said: Recorded, truth: Truth, before: Papers) -> Iterator[str]:
    """What in a fact of a claim is not so."""
    claim = before.claims.get(said.stream.removeprefix("claim-"), Claim())
    match said.fact:
        case ClaimSubmitted(lines=lines) if _costs(lines) != (truth.spent or _costs(lines)):
            yield "it cost otherwise"
        case ClaimReturned() if is_right(claim, truth):
            yield "nothing is wrong with it"
        case ClaimReviewed(lines=lines):
            if [each.allowed_fen for each in lines] != _due(claim, truth):
                yield "something else is due"
        case ClaimApproved() | ClaimPaid() if truth.claimed is not Claimed.DUE:
            yield f"nothing is due: {truth.claimed.value}"
        case ClaimApproved() if not is_right(claim, truth):
            yield "something else is due"
        case ClaimRejected() if truth.claimed is not Claimed.UNJUST:
            yield "it is due"
        case ClaimWithdrawn() if not may_withdraw(claim, truth):
            yield "the traveller wants it still"
        case _:
            pass


def is_right(claim: Claim, truth: Truth) -> bool:
    """Whether it says what was spent."""
    return not truth.spent or _costs(tuple(claim.lines.values())) == truth.spent


def may_withdraw(claim: Claim, truth: Truth) -> bool:
    """Whether it is not wanted, cannot be returned any more, or waits for who is away."""
    stuck = claim.claimant == truth.away and claim.stage is ClaimStage.RETURNED
    late = claim.stage is ClaimStage.REVIEWED and not is_right(claim, truth)
    return truth.claimed is Claimed.UNWANTED or stuck or late


def _costs(lines: Sequence[ExpenseLine]) -> tuple[int, ...]:
    return tuple(each.fen for each in lines)


def _due(claim: Claim, truth: Truth) -> list[int]:
    """What is due of each line: as it was spent, no more than the table says."""
    lines = tuple(claim.lines.values())
    spent = zip(lines, truth.spent or _costs(lines), strict=True)
    return [_allowed(replace(each, fen=fen)) for each, fen in spent]


def _allowed(line: ExpenseLine) -> int:
    return min(line.fen, RATE) if line.kind is ExpenseKind.LODGING else line.fen


def _cut(claim: Claim) -> str | None:
    return "cut line" if any(_allowed(e) < e.fen for e in claim.lines.values()) else None


WRONG: Mapping[str, Any] = {"reasons": ["金额与票据不符"]}


def _review(number: str, claim: Claim) -> Act:
    """报销审核: each line as the table allows it."""
    lines: list[Mapping[str, Any]] = []
    for n, line in claim.lines.items():
        said = {"line": n, "allowed_fen": _allowed(line)}
        lines.append({**said, "because": "超过标准"} if _allowed(line) < line.fen else said)
    return _step(number, "reviews", {"lines": lines})


def _again(number: str, claim: Claim, truth: Truth) -> Act:
    """报销重报: as it was spent."""
    return _step(number, "resubmissions", _expenses(claim, truth))


def _expenses(claim: Claim, truth: Truth) -> Mapping[str, Any]:
    """The journeys as they were told, and the lines as they were spent."""
    assert claim.submitted is not None
    told = ("visit", "from_place", "to_place", "back_at")
    trips = [to_builtins(each) for each in claim.submitted.trips]
    lines = claim.submitted.lines
    costs = truth.spent or _costs(lines)
    return {
        "trips": [{name: each[name] for name in told} for each in trips],
        "lines": [to_builtins(replace(e, fen=n)) for e, n in zip(lines, costs, strict=True)],
    }


def _claims(body: Mapping[str, Any]) -> Act:
    def act(case: Case, who: Person) -> Told:
        return case.does(who, "dispatch", CLAIMS, dict(body))

    return act


def _step(number: str, step: str, body: Mapping[str, Any]) -> Act:
    def act(case: Case, who: Person) -> Told:
        return case.does(who, "dispatch", f"{CLAIMS}/{number}/{step}", dict(body))

    return act


def is_marked(visits: Sequence[Visit]) -> bool:
    """Whether a journey was left otherwise than approved."""
    return any(each.departed and each.departed.deviation for each in visits)
