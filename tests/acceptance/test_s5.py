"""S5 差旅费用: claimed after the hand-in by who travelled, by three people, and paid once."""

import itertools
from collections.abc import Iterator

import httpx
import pytest

from guiyi.play import after, claim, order
from guiyi.play.case import Case
from guiyi.play.people import APPROVER, CLERK, FINANCE, LIU, SUN, Person
from guiyi.play.player import Turn, play
from guiyi.play.repairs import CALLED_BACK
from tests.acceptance.checks import Seen
from tests.acceptance.test_s6 import facts_of, refused, taken
from tests.world.cases import case_of, enter
from tests.world.people import ANYBODY, HANDY
from tests.world.world import World

NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.begin_here()
        yield made


def handed_in(world: World, seen: Seen, who: Person = LIU) -> Case:
    """A repair whose task came home."""
    case = case_of(world, next(NUMBERS), parts={"SEAL-32": 1}, technician=who)
    play(case, taken(who), seen)
    return case


def test_s5_1_after_the_hand_in_by_the_traveller_with_the_report(world: World) -> None:
    seen, rooms = Seen(), world.blank()
    case = case_of(rooms, next(NUMBERS), parts={"SEAL-32": 1})
    *before, home = taken(LIU)
    play(case, before, seen)
    assert refused(case, seen, claim.submit, LIU) == ["not-handed-in"]
    play(case, (home,), seen)
    assert refused(case, seen, claim.submit, SUN) == ["not-your-journey"]
    assert refused(case, seen, claim.submit, LIU) == []
    seen.expect("S5.1")
    shown = case.seen("dispatch", f"/v1/claims/{case.ticket}-L1")
    assert shown is not None
    submitted = shown["claim"]["submitted"]
    assert submitted["claimant"] == LIU.id
    assert submitted["total_fen"] == claim.FARE + claim.NIGHT
    assert submitted["report"]["report"] == case.ticket
    order_ = case.ordered()
    assert order_ is not None
    assert submitted["report"]["content"] == order_["approved"]["content"]


def test_s5_2_a_voucher_of_any_other_claim_is_refused(world: World) -> None:
    seen, rooms = Seen(), world.blank()
    first, second = handed_in(rooms, seen), handed_in(rooms, seen, HANDY)
    assert refused(first, seen, claim.submit, LIU) == []
    theirs = claim.expenses(second)
    voucher = claim.expenses(first)["lines"][0]["voucher_no"]
    theirs["lines"][0]["voucher_no"] = voucher.lower().replace("-", ".")

    def again(case: Case, who: Person) -> httpx.Response:
        return case.does(who, "dispatch", claim.CLAIMS, theirs)

    assert refused(second, seen, again, HANDY) == ["voucher-twice"]
    seen.expect("S5.2")


def test_s5_3_nothing_is_filed_while_the_claim_has_the_report(world: World) -> None:
    seen, rooms = Seen(), world.blank()
    case = handed_in(rooms, seen)
    assert refused(case, seen, claim.submit, LIU) == []
    play(case, (Turn(order.close, CLERK), CALLED_BACK), seen)
    rooms.post.deliver_all()
    assert refused(case, seen, after.file, CLERK) == ["report-out"]
    assert refused(case, seen, claim.review, FINANCE) == []
    assert refused(case, seen, claim.approve, APPROVER) == []
    (back,) = facts_of(case, "PaperReturned")
    seen.said.add(back["type"])
    assert refused(case, seen, after.file, CLERK) == []
    seen.expect("S5.3")


def test_s5_4_claimant_reviewer_and_approver_are_three_people(world: World) -> None:
    seen = Seen()
    case = handed_in(world.blank(), seen, HANDY)
    assert refused(case, seen, claim.submit, HANDY) == []
    assert refused(case, seen, claim.review_whole, ANYBODY) == ["beyond-rate"]
    assert refused(case, seen, claim.review, ANYBODY) == []
    for who in (HANDY, ANYBODY):
        assert refused(case, seen, claim.approve, who) == ["self-approval"]
    assert refused(case, seen, claim.approve, APPROVER) == []
    assert refused(case, seen, claim.pay, FINANCE) == []
    seen.expect("S5.4")
    shown = case.seen("dispatch", f"/v1/claims/{case.ticket}-L1")
    assert shown is not None
    told = shown["claim"]
    people = {
        told["submitted"]["claimant"],
        told["reviewed"]["reviewed_by"],
        told["approved"]["approved_by"],
    }
    assert len(people) == 3
    assert told["paid"]["fen"] == sum(each["allowed_fen"] for each in told["reviewed"]["lines"])
