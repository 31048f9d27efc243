"""A body of the wrong shape is told in words: codes as they are sent, examples, figures, no regex.

Every field of every body of every room is tried: misspelt, left out, with a wrong value; of every
list of codes each value is sent as well.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from shared.http.written import written
from shared.texts import Texts, load
from tests.fuzz.round import ROOMS
from tests.house.test_strange_requests import ask, changed
from tests.operations import Json, Operation, operations
from tests.shared.http_desk import WebDesk, web_desk

SHAPE = {
    *("field-missing", "field-unknown", "wrong-type", "not-one-of", "too-long", "too-many"),
    *("too-short", "out-of-range", "wrong-form", "zone-needed"),
}
OF_MACHINES = re.compile(r"\[[^\]…]*\]|\\[a-z]|\^|\$|[0-9a-f]{32}|written-|\{")
"""What stands in patterns and hashes, and not in what people are told."""
Steps = tuple[Any, ...]


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, WebDesk]]:
    with ExitStack() as stack:
        yield {
            room.name: stack.enter_context(web_desk(room, tmp_path_factory.mktemp(room.name)))
            for room in ROOMS
        }


@pytest.fixture(scope="module")
def every(desks: Mapping[str, WebDesk]) -> list[tuple[WebDesk, Operation]]:
    """Every operation that takes a body."""
    return [(desk, each) for desk in desks.values() for each in operations(desk) if each.schema]


@pytest.fixture(scope="module")
def labelled(desks: Mapping[str, WebDesk]) -> list[tuple[Texts, Operation]]:
    """The same, each with the texts of its room."""
    return [
        (load(room.texts, room=room.name), each)
        for room in ROOMS
        for each in operations(desks[room.name])
        if each.schema
    ]


def told(desk: WebDesk, each: Operation, body: Any) -> list[Mapping[str, Any]]:
    """The complaints about the shape; each is whole, for people and for machines."""
    answer = ask(desk, each, each.address(), body).json()
    of_shape = [reason for reason in answer.get("reasons", ()) if reason["code"] in SHAPE]
    for reason in of_shape:
        assert reason["field"], reason
        assert reason["expected"] is not None, reason
        for language in ("zh", "en"):
            assert reason["form"][language] in reason[language], reason
            assert not OF_MACHINES.search(reason[language].replace(reason["field"], "")), reason
    return of_shape


def of_place(told_of: list[Mapping[str, Any]], steps: Steps) -> Mapping[str, Any]:
    (only,) = [each for each in told_of if each["field"] == named(steps)]
    return only


def named(steps: Steps) -> str:
    return ".".join(map(str, steps)) or "body"


def objects(schema: Any, each: Operation, steps: Steps = ()) -> Iterator[tuple[Steps, Json]]:
    """Every object of a body, with its place."""
    match schema:
        case {"$ref": where}:
            yield from objects(each.schemas[where.rpartition("/")[2]], each, steps)
        case {"anyOf": [first, *_]}:
            yield from objects(first, each, steps)
        case {"type": "object"}:
            yield steps, schema
            for name, inner in schema.get("properties", {}).items():
                yield from objects(inner, each, (*steps, name))
        case {"type": "array", "items": items}:
            yield from objects(items, each, (*steps, 0))
        case _:
            return


def plain(schema: Any, each: Operation) -> Json:
    """The schema without what may be left out and where it stands."""
    match schema:
        case {"$ref": where}:
            return plain(each.schemas[where.rpartition("/")[2]], each)
        case {"anyOf": [first, *_]}:
            return plain(first, each)
        case _:
            found: Json = schema
            return found


def fields(each: Operation) -> Iterator[tuple[Steps, Json]]:
    for steps, schema in objects(each.schema, each):
        for name, inner in schema.get("properties", {}).items():
            yield (*steps, name), plain(inner, each)


def inside(body: Any, steps: Steps) -> Any:
    for step in steps:
        body = body[step]
    return body


def test_every_field_and_every_code_of_a_list_has_its_label(
    labelled: list[tuple[Texts, Operation]],
) -> None:
    for texts, each in labelled:
        for steps, schema in fields(each):
            last = next(step for step in reversed(steps) if isinstance(step, str))
            for name in (last, *schema.get("enum", ())):
                said = texts.label(name)
                assert not said.zh.isascii(), (each.path, steps, name)
                assert said.en.isascii(), (each.path, steps, name)


def test_every_pattern_of_a_body_has_a_name_and_an_example(
    labelled: list[tuple[Texts, Operation]],
) -> None:
    for texts, each in labelled:
        for steps, schema in fields(each):
            if "pattern" in schema:
                said = texts.label(written(schema["pattern"]))
                assert "如" in said.zh, (each.path, steps)


def test_an_unknown_name_is_told_as_it_was_sent_and_what_is_near(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    for desk, each in every:
        for steps, schema in objects(each.schema, each):
            body, names = each.body(), list(schema.get("properties", {}))
            outer = inside(body, steps)
            strange = {**outer, "zzzzzzzz": 1, "编号-X": 1}
            wanted = {name: f"{name}_x" for name in names}
            whole = changed(body, steps, strange)
            for name in ("zzzzzzzz", "编号-X"):
                reason = of_place(told(desk, each, whole), (*steps, name))
                assert reason["code"] == "field-unknown"
                assert name in reason["zh"]
                assert name in reason["en"]
                assert set(reason["expected"]) <= set(names)
            for name, misspelt in wanted.items():
                body = changed(each.body(), steps, {**outer, misspelt: 1})
                reason = of_place(told(desk, each, body), (*steps, misspelt))
                assert name in reason["expected"], reason
                assert all(near in reason["zh"] for near in reason["expected"]), reason


def test_a_field_that_is_left_out_is_told_with_what_belongs_there(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    for desk, each in every:
        for steps, schema in objects(each.schema, each):
            for name in schema.get("required", ()):
                outer = {k: v for k, v in inside(each.body(), steps).items() if k != name}
                body = changed(each.body(), steps, outer)
                reason = of_place(told(desk, each, body), (*steps, name))
                assert reason["code"] == "field-missing"
                if "enum" in (of := plain(schema["properties"][name], each)):
                    assert reason["expected"] == of["enum"]


def test_a_value_of_no_list_is_told_by_the_codes_that_the_wire_wants(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    tried = 0
    for desk, each in every:
        for steps, schema in fields(each):
            if "enum" not in schema:
                continue
            reason = of_place(told(desk, each, changed(each.body(), steps, "?")), steps)
            assert (reason["code"], reason["expected"]) == ("not-one-of", schema["enum"])
            for code in schema["enum"]:
                assert code in reason["zh"], reason
                assert code in reason["en"], reason
                named_so = told(desk, each, changed(each.body(), steps, code))
                assert named(steps) not in [other["field"] for other in named_so]
                tried += 1
    assert tried


def wrong(schema: Json) -> Iterator[tuple[Any, str, str]]:
    """Values that do not fit, each with its code and with what its sentence must say."""
    match schema:
        case {"type": "string", "format": "date"}:
            yield "23.11.2026", "wrong-type", "2026-11-23"
            yield "1700-01-01", "out-of-range", "1900-01-01"
        case {"type": "string", "format": "date-time"}:
            yield "23.11.2026", "wrong-type", "2026-11-23T09:30:00+08:00"
            yield "2026-11-23T09:30:00", "zone-needed", "2026-11-23T09:30:00+08:00"
            yield "1999-11-23T09:30:00Z", "wrong-form", "2001"
        case {"type": "string", "pattern": _}:
            yield "\x01", "wrong-form", "如 "
        case {"type": "string", "maxLength": most}:
            yield "长" * (most + 1), "too-long", str(most)
            yield "", "too-short", "1"
        case {"type": "integer"}:
            yield "3", "wrong-type", "3"
            for bound, past in (("minimum", -1), ("maximum", 1)):
                if bound in schema:
                    figure = int(schema[bound])
                    yield figure + past, "out-of-range", str(figure)
        case {"type": "boolean"}:
            yield "yes", "wrong-type", "true"
        case {"type": "array"}:
            yield {}, "wrong-type", "列表"
        case _:
            pass


def test_a_value_of_the_wrong_form_is_told_with_an_example_or_its_figures(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    tried = set[str]()
    for desk, each in every:
        for steps, schema in fields(each):
            for value, code, said in wrong(schema):
                answer = told(desk, each, changed(each.body(), steps, value))
                found = [one for one in answer if one["field"] == named(steps)]
                codes = [one["code"] for one in found]
                if value == "" and not found:
                    continue  # some texts may be empty
                assert code in codes, (steps, answer)
                assert any(said in one["zh"] for one in found), (steps, found)
                tried.add(code)
    assert tried == SHAPE - {"field-missing", "field-unknown", "not-one-of", "too-many"}
