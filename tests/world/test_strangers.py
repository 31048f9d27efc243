"""外人 (strangers): who is on no card, or claims more than it says, comes through no route."""

from collections.abc import Iterator

import pytest

from guiyi.play.people import CLERK, Person
from guiyi.rooms import ROOMS
from shared.events.values import Role
from tests.world.cases import enter
from tests.world.world import World

ROLES = tuple(role for role in Role if role is not Role.CUSTOMER)
CASES = (
    (Person("X-NOBODY", "外人", ROLES), "person-unregistered"),
    (Person("X-NOBODY", "外人", (Role.CUSTOMER,)), "person-unregistered"),
    (Person(CLERK.id, CLERK.name, ROLES), "role-not-on-card"),
    (Person(CLERK.id, CLERK.name, (Role.CUSTOMER,)), "person-unregistered"),
    (Person("C-1001", "西湖宾馆", ("clerk",)), "person-unregistered"),
)
BY_WORD = {
    "dispatch": {"/v1/appointment-links/looks", "/v1/appointment-links/answers"},
    "followup": {"/v1/survey-links/looks", "/v1/survey-links/answers"},
}
"""Routes that no token opens, but the word of a link: they know nobody."""


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.post.deliver_all()
        yield made


@pytest.mark.parametrize(("who", "code"), CASES)
@pytest.mark.parametrize("room", ROOMS)
def test_no_route_lets_them_in(
    world: World, room: str, who: Person, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(world.tokens, who.id, who)
    paths = world.asks(who, room, "/openapi.json").json()["paths"]
    asked = [(way, path, said) for path, ways in paths.items() for way, said in ways.items()]
    behind = [
        (way, path) for way, path, said in asked if path.startswith("/v1/") and said["security"]
    ]
    without = {path for _, path, said in asked if path.startswith("/v1/") and not said["security"]}
    assert len(behind) > 10
    assert without == BY_WORD.get(room, set())
    for method, path in behind:
        filled = path.replace("{", "").replace("}", "")
        told = world.call(who, room, method.upper(), filled, {} if method == "post" else None)
        assert told.status_code == 403, (method, path, told.text)
        assert told.json()["reasons"][0]["code"] == code, (method, path)
