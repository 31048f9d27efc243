"""Who sees and does what, cell by cell: `roles.toml`, written by hand, is asked of the rooms."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events.values import Role
from shared.personal.seal import HIDDEN
from tests.examples import examples_of
from tests.house.scenes import ELSEWHERE, SCENES, Scene
from tests.shared.http_desk import codes

TABLE: dict[str, Any] = tomllib.loads(Path(__file__).with_name("roles.toml").read_text("utf-8"))
EMPLOYEES = [role for role in Role if role is not Role.CUSTOMER]
FACET = re.compile(r"(\[?)(\(?)(\w+)")
CELLS = [
    pytest.param(name, route, role, id=f"{name}-{route.replace('/v1/', '')}-{role}")
    for name, group in TABLE["groups"].items()
    for route in group["routes"]
    for role in EMPLOYEES
]
DOES = [
    pytest.param(room, path, id=f"{room}{path}") for room in ROOMS for path in TABLE["do"][room]
]


@pytest.fixture(scope="module")
def scenes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, Scene]]:
    """The rooms, each with one repair; they are only looked at."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(scene(tmp_path_factory.mktemp(name)))
            for name, scene in SCENES.items()
        }


def found(answer: Any, name: str) -> Iterator[Any]:
    """Every value of a field of this name, wherever it stands; the steps of a page left out."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            if key == name:
                yield value
            if key != "next":
                yield from found(value, name)
    elif isinstance(answer, list):
        for part in answer:
            yield from found(part, name)


def expected(cell: str, *, own: bool) -> Mapping[str, str]:
    """What is said of each facet: that it is seen, masked or, left out, not there."""
    said = {}
    for word in cell.split():
        at = FACET.match(word)
        assert at is not None
        if at[1] and own:
            said[at[3]] = "see"
        elif at[2]:
            said[at[3]] = "masked"
        elif not at[1]:
            said[at[3]] = "see"
    return said


def check(group: Mapping[str, Any], cell: str, answer: httpx.Response, *, own: bool) -> None:
    """The answer shows what the cell says, and nothing that it does not."""
    said = expected(cell, own=own)
    if not said:
        assert answer.status_code == 404 or answer.json()["rows"] == [], answer.text
        return
    assert answer.status_code == 200, answer.text
    for facet, names in group["facets"].items():
        for name in names:
            values = [each for each in found(answer.json(), name) if each is not None]
            match said.get(facet):
                case "see":
                    clear = [each for each in values if each != HIDDEN]
                    assert clear, f"{name} is not there"
                    # Of a list the rows of their own work are in clear.
                    assert clear == values or (own and "rows" in answer.json()), name
                case "masked":
                    assert set(values) == {HIDDEN}, f"{name} is not masked"
                case _:
                    assert not list(found(answer.json(), name)), f"{name} is there"


@pytest.mark.parametrize(("name", "route", "role"), CELLS)
def test_a_role_sees_what_the_table_says(
    scenes: Mapping[str, Scene], name: str, route: str, role: Role
) -> None:
    group = TABLE["groups"][name]
    scene, cell = scenes[group["room"]], group.get(role.value)
    path = scene.path(route.removeprefix("GET "))
    answer = scene.desk.get(path, scene.token(role))
    if cell is None or f"{role} {route}" in group.get("refused", ()):
        assert (answer.status_code, codes(answer)) == (403, ["role"])
        return
    check(group, cell, answer, own=False)
    if role is Role.TECHNICIAN:
        own = scene.token(role, person=scene.own)
        check(group, cell, scene.desk.get(path, own), own=True)


@pytest.mark.parametrize(("name", "route", "role"), CELLS)
def test_another_branch_sees_nothing(
    scenes: Mapping[str, Scene], name: str, route: str, role: Role
) -> None:
    group = TABLE["groups"][name]
    scene = scenes[group["room"]]
    path = scene.path(route.removeprefix("GET "))
    answer = scene.desk.get(path, scene.token(role, ELSEWHERE))
    if answer.status_code == 403:
        assert codes(answer) == ["role"]
    elif group.get("all"):
        assert answer.status_code == 200
    elif "{" in route:
        assert (answer.status_code, codes(answer)) == (404, ["unknown"])
    else:
        named = (row.get("branch", row.get("branches")) for row in answer.json()["rows"])
        assert all(each in (ELSEWHERE, [ELSEWHERE]) for each in named)


@pytest.mark.parametrize(("room", "path"), DOES)
def test_a_role_does_what_the_table_says(scenes: Mapping[str, Scene], room: str, path: str) -> None:
    scene = scenes[room]
    for role in EMPLOYEES:
        # No step has such a body: whoever may take it is told so, and nothing is done.
        told = scene.desk.post(scene.path(path), {"nonsense": 1}, scene.token(role))
        refused = (told.status_code, codes(told)) == (403, ["role"])
        assert refused is (role.value not in TABLE["do"][room][path]), f"{role}: {told.text}"


@pytest.mark.parametrize(("room", "path"), DOES)
def test_another_branch_does_nothing(scenes: Mapping[str, Scene], room: str, path: str) -> None:
    """With the body of the documentation, on papers that are there."""
    if "{" not in path or path.startswith("/v1/parts"):
        return
    scene, examples = scenes[room], examples_of(wiring(room))
    kind, step = path.split("/")[2], path.rpartition("/")[2]
    named = kind if step == "changes" else step
    names = (path.removeprefix("/v1/"), f"{kind}/{step}", named)
    body = next((examples[each] for each in names if each in examples), {})
    for role in TABLE["do"][room][path]:
        if role == Role.CUSTOMER:
            continue
        told = scene.desk.post(scene.path(path), body, scene.token(Role(role), ELSEWHERE))
        assert told.status_code == (403 if kind == "branches" else 404), told.text


def test_every_route_stands_in_the_table_and_no_other(scenes: Mapping[str, Scene]) -> None:
    there = set()
    for room, scene in scenes.items():
        document = scene.desk.client.request("GET", "/openapi.json").json()
        there |= {
            f"{room} {method.upper()} {path}"
            for path, methods in document["paths"].items()
            for method in methods
        }
    groups = TABLE["groups"].values()
    said = {f"{group['room']} {route}" for group in groups for route in group["routes"]}
    said |= set(TABLE["own"])
    said |= {f"{room} POST {path}" for room, paths in TABLE["do"].items() for path in paths}
    assert there == said


def test_what_shows_the_callers_own_lets_in_whom_the_table_says(
    scenes: Mapping[str, Scene],
) -> None:
    for said, roles in TABLE["own"].items():
        room, method, path = said.split()
        scene = scenes[room]
        for role in EMPLOYEES:
            sent: dict[str, Any] = {"json": {}} if method == "POST" else {}
            headers = scene.desk.headers(scene.token(role))
            told = scene.desk.client.request(method, scene.path(path), headers=headers, **sent)
            refused = (told.status_code, codes(told) if told.is_error else []) == (403, ["role"])
            assert refused is (role.value not in roles), f"{said} {role}: {told.text}"
