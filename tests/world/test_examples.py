"""示例: the body that each step shows in the interface is one that its route takes."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from guiyi.rooms import ROOMS
from tests.world.cases import enter
from tests.world.people import ANY_CUSTOMER, ANYBODY
from tests.world.world import World

TICKET = "BX-HZ01-20261123-0001"
NUMBERS = {
    "work-orders": "-W1",
    "visits": "-V1",
    "issue-notes": "-C1",
    "surveys": "-H1",
    "claims": "-L1",
}
WHOLE = {
    "purchases": "CG-HZ01-2026-0001",
    "transfers": "DB-HZ01-2026-0001",
    "stocktakes": "PD-HZ01-2026-0001",
    "complaints": "TS-HZ01-2026-0001",
    "own-uses": "LY-HZ01-2026-0001",
    "old-parts": "JJ-HZ01-2026-0001",
    "replenishments": "BK-HZ01-2026-0001",
}
"""Numbers of papers that belong to no ticket."""
PLACES = {"store": "HZ01", "part": "SEAL-32", "which": "1"}
ODD = {"no-such-field": 1}


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.post.deliver_all()
        yield made


@pytest.mark.parametrize("room", ROOMS)
def test_every_documented_example_fits_its_route(world: World, room: str) -> None:
    """Whatever is said of it where nothing has happened, it is not that its form is wrong."""
    shown = list(examples(world, room))
    assert shown
    assert [path for path, example in shown if does_not_fit(world, room, path, example)] == []
    odd = [path for path, example in shown if does_not_fit(world, room, path, {**example, **ODD})]
    assert odd == [path for path, _ in shown], "every form is looked at"


def does_not_fit(world: World, room: str, path: str, body: Mapping[str, Any]) -> bool:
    who = ANY_CUSTOMER if path.startswith("/v1/my-") else ANYBODY
    told = world.does(who, room, path, body)
    assert told.status_code != 403, told.text
    return bool(told.json().get("type") == "urn:guiyi:problem:invalid")


def examples(world: World, room: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    spec = world.asks(ANYBODY, room, "/openapi.json").json()
    for path, methods in spec["paths"].items():
        body = methods.get("post", {}).get("requestBody", {}).get("content", {})
        if (content := body.get("application/json")) is not None:
            yield "/".join(map(filled(path), path.split("/"))), content["example"]


def filled(path: str) -> Callable[[str], str]:
    """A part of the path, with something that looks like what is named in braces."""
    kind = path.split("/")[2]
    number = WHOLE.get(kind, TICKET + NUMBERS.get(kind, ""))
    return lambda part: PLACES.get(part.strip("{}"), number) if part.startswith("{") else part
