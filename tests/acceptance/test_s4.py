"""S4 配额核销制 (part store with quota): each check of it, over HTTP, by its id."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from guiyi.play.people import APPROVER, KEEPER, OPERATOR, Person
from shared.events.values import ALL_BRANCHES
from tests.acceptance.checks import Hearing, Seen
from tests.shared.http_desk import codes
from tests.world.cases import enter
from tests.world.people import BRANCH, EVERYBODY


class Everywhere(Person):
    """各店之人: of all branches, and no operator."""

    def branches(self, _branch: str) -> list[str]:
        """As Person.branches."""
        return [ALL_BRANCHES]


BUYER = Everywhere("B-LIMING", "李明", ("base",))
MANAGER = Everywhere("G-ZHOU", "周总", ("general_manager",))
BASE = "JD01"
REQUESTS = "/v1/replenishments"
SEAL = "SEAL-32"
TO_FRIDAY, A_WEEK = timedelta(days=4), timedelta(days=7)
"""The world begins on a Monday."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Hearing]:
    with Hearing() as made:
        made.tokens |= {each.id: each for each in (BUYER, MANAGER)}
        enter(made, (*EVERYBODY, BUYER, MANAGER))
        card = {"code": BASE, "name": "生产基地", "is_base": True}
        facts(made.does(OPERATOR, "intake", "/v1/branches", card))
        made.begin_here()
        yield made


@pytest.fixture
def world(desk: Hearing) -> Hearing:
    desk.seen = Seen()
    return desk.blank()


def facts(answer: httpx.Response) -> list[str]:
    """What became true, as the answer says."""
    assert answer.is_success, answer.text
    said: list[str] = answer.json()["facts"]
    return said


def asking(pieces: int, **more: Any) -> Mapping[str, Any]:
    """A request for so many seals."""
    return {"lines": [{"part": SEAL, "asked": pieces, **more}]}


def quota(world: Hearing, pieces: int) -> None:
    """How many seals the store should have."""
    path = f"/v1/stock/{BRANCH}/{SEAL}/quotas"
    assert facts(world.does(APPROVER, "inventory", path, {"quota": pieces})) == ["QuotaSet"]


def test_s4_1_on_friday_a_store_asks_up_to_its_quota(world: Hearing) -> None:
    quota(world, 20)
    monday = world.does(KEEPER, "inventory", REQUESTS, asking(8))
    assert codes(monday) == ["outside-the-day"]
    world.clock.pass_on(TO_FRIDAY)
    more = world.does(KEEPER, "inventory", REQUESTS, asking(9))
    assert codes(more) == ["figure-unexplained"]
    assert "ReplenishmentAsked" in facts(world.does(KEEPER, "inventory", REQUESTS, asking(8)))
    (row,) = world.asks(KEEPER, "inventory", REQUESTS).json()["rows"]
    assert [(each["part"], each["asked"]) for each in row["lines"]] == [(SEAL, 8)]
    world.seen.expect("S4.1")


def asked(world: Hearing) -> str:
    """A store lacks eight seals on a Friday, and base is to send them."""
    quota(world, 20)
    world.clock.pass_on(TO_FRIDAY)
    answer = world.does(KEEPER, "inventory", REQUESTS, asking(8))
    number = answer.headers["Location"].rpartition("/")[2]
    agreed = {"base": BASE, "lines": [{"part": SEAL, "agreed": 8}]}
    facts(world.does(BUYER, "inventory", f"{REQUESTS}/{number}/checks", agreed))
    return number


def test_s4_2_what_base_lacks_is_bought_in_time_or_stands_late(world: Hearing) -> None:
    number = asked(world)
    bought = {
        "branch": BASE,
        "supplier": "上海密封件厂",
        "lines": [{"part": SEAL, "quantity": 10, "fen": 38_000}],
        "serves": [{"request": number, "part": SEAL, "quantity": 8}],
    }
    late = world.does(BUYER, "inventory", "/v1/purchases", {**bought, "due_on": "2026-12-05"})
    (why,) = late.json()["reasons"]
    assert (why["code"], why["numbers"]["within"]) == ("bought-too-late", "P7D")
    answer = world.does(BUYER, "inventory", "/v1/purchases", {**bought, "due_on": "2026-12-04"})
    assert "PurchaseAsked" in facts(answer)
    approval = f"{REQUESTS}/{number}/lateness-approvals", {"because": "厂家停产"}
    assert codes(world.does(MANAGER, "inventory", *approval)) == ["not-late"]
    world.clock.pass_on(A_WEEK)
    world.fire()
    (row,) = world.asks(KEEPER, "inventory", f"{REQUESTS}?late=true").json()["rows"]
    assert (row["number"], row["within"]) == (number, "P7D")
    assert [(each["bought"], each["arrived"]) for each in row["lines"]] == [(8, 0)]
    assert codes(world.does(APPROVER, "inventory", *approval)) == ["role"]
    assert facts(world.does(MANAGER, "inventory", *approval)) == ["LatenessApproved"]
    assert world.asks(KEEPER, "inventory", f"{REQUESTS}?late=true").json()["rows"] == []
    shown = world.asks(KEEPER, "inventory", f"{REQUESTS}/{number}").json()["replenishment"]
    assert shown["late"]["lines"] == [{"part": SEAL, "quantity": 8}]
    world.fire()
    stream = f"replenishment-{number}"
    told = world.desks["inventory"].store.read([stream]).streams[stream].facts
    lates = [each.type for each in told if each.type == "ReplenishmentLate"]
    assert lates == ["ReplenishmentLate"], "once, however often it is looked"
    world.seen.said |= {row["within"], *lates}
    world.seen.expect("S4.2")
