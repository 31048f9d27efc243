"""筛选: a list that is asked by what it does not know says so, and shows nothing."""

from collections.abc import Iterator

import pytest

from guiyi.rooms import ROOMS
from tests.shared.http_desk import codes
from tests.world.cases import enter
from tests.world.people import ANY_CUSTOMER, ANYBODY
from tests.world.test_examples import filled
from tests.world.world import World


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as made:
        enter(made)
        made.post.deliver_all()
        yield made


@pytest.mark.parametrize("room", ROOMS)
def test_a_filter_that_is_not_there_is_refused_in_every_list(world: World, room: str) -> None:
    paths = world.asks(ANYBODY, room, "/openapi.json").json()["paths"]
    asked = [path for path, methods in paths.items() if "get" in methods and "/v1/" in path]
    assert len(asked) > 3
    for path in asked:
        known = "/".join(map(filled(path), path.split("/")))
        who = ANY_CUSTOMER if path.startswith("/v1/my-") else ANYBODY
        told = world.asks(who, room, f"{known}?no_such_filter=X")
        assert told.status_code == 422, (path, told.status_code, told.text)
        assert codes(told) == ["field-unknown"], path
