"""S4 配额核销制 (part store with quota): each check of it, over HTTP, by its id."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import httpx
import pytest

from guiyi.play.people import APPROVER, KEEPER
from tests.acceptance.checks import Hearing, Seen
from tests.shared.http_desk import codes
from tests.world.cases import enter
from tests.world.people import BRANCH

REQUESTS = "/v1/replenishments"
SEAL = "SEAL-32"
TO_FRIDAY = timedelta(days=4)
"""The world begins on a Monday."""


@pytest.fixture(scope="module")
def desk() -> Iterator[Hearing]:
    with Hearing() as made:
        enter(made)
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
