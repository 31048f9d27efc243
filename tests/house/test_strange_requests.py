"""Whatever is sent to any route of any room is answered by name, and never with a 5xx."""

import json
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.http.query import bookmark
from shared.http.strictness import FIRST, LAST, is_visible
from tests.fuzz.round import ROOMS
from tests.fuzz.served import on_postgres
from tests.operations import Operation, operations
from tests.shared.http_desk import WebDesk, codes, web_desk
from tests.tries import tries

INVISIBLE = ("\u200b", "\u2060\u2800", "\u3164", "\u00ad\u200e", "\U000e0041", "\u0301", "\ufe0f")
FAR = ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59+00:00")
WRONG: Mapping[str, tuple[Any, ...]] = {
    "boolean": ("yes", "true", "1", 1, 0, None, [], {}),
    "integer": ("1", True, 1.0, 2.5, 10**30, -(10**30), 2**63, None, [], "٣"),
    "date": (20261123, 0, "20261123", "2026-11-23T00:00:00Z", "0001-01-01", "9999-12-31", "today"),
    "date-time": (
        *FAR,
        1796000000,
        "1796000000",
        "2026-11-23",
        "2026-11-23T09:30:00",
        "2026-11-23T24:61:00Z",
        True,
    ),
    "string": (
        7,
        True,
        [],
        {"subject": "customer-C-1", "field": "name", "cipher": "x"},
        "长" * 5_000,
        *INVISIBLE,
    ),
    "array": ({}, "x", 7, None),
}
"""What no value of the kind may be, by kind."""
UNFIT = ("a\0b", "a" + "\u0345" * 31)
"""Texts that no body may hold: it is refused at the first of them."""
TOGETHER = 8
"""Fields that are wrong at once: all of them have to be named."""
PARTS = ("%00", "%25%00", "a%00b", "x" * 500, "%F0%9F%94%A7", "..%2F..%2Fetc", "a%2Fb", "%27--")
NOT_UTF8 = ("%FF", "%C0%80", "%ED%A0%80", "a%E4")
BOOKMARKS = [
    bookmark(place)
    for width in (1, 2, 3, 4, 5)
    for place in (
        ["a", 2**40][-width:],
        ["a"] * (width - 1) + [2**70],
        ["a\0"] * (width - 1) + [0],
        ["HZ01"] * (width - 1) + [True],
        [2**40] * width,
        [-1] * width,
        [None] * width,
        [["a"]] * width,
    )
]


in_memory = pytest.mark.parametrize("desks", ["memory"], indirect=True)
"""Where a request is refused before any record is read."""


@pytest.fixture(scope="module", params=["memory", pytest.param("real", marks=pytest.mark.stack)])
def desks(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, WebDesk]]:
    """A desk of every room, in memory and on PostgreSQL."""
    with ExitStack() as stack:
        made: dict[str, WebDesk] = {}
        for room in ROOMS:
            more: Mapping[str, Any] = {}
            if request.param == "real":
                more = on_postgres(request.getfixturevalue("servers"), stack, room)
            folder = tmp_path_factory.mktemp(room.name)
            made[room.name] = stack.enter_context(web_desk(room, folder, **more))
        yield made


@pytest.fixture(scope="module")
def every(desks: Mapping[str, WebDesk]) -> list[tuple[WebDesk, Operation]]:
    return [(desk, each) for desk in desks.values() for each in operations(desk)]


def ask(desk: WebDesk, each: Operation, path: str, body: Any = None, **more: str) -> httpx.Response:
    token = desk.caller([each.role])
    named = desk.headers(token, Idempotency_Key="k", Content_Type="application/json", **more)
    if each.schema is None:
        return desk.client.request(each.method, path, headers=named)
    sent = json.dumps(each.body() if body is None else body)
    return desk.client.request(each.method, path, content=sent, headers=named)


def refused(told: httpx.Response, *codes_wanted: str) -> None:
    """A 4xx; one of its reasons is one of these."""
    assert 400 <= told.status_code < 500, told.text
    assert set(codes(told)) & set(codes_wanted), told.text


def leaves(schema: Any, each: Operation, steps: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Each place of a body with its kind."""
    match schema:
        case None:
            return
        case {"$ref": where}:
            yield from leaves(each.schemas[where.rpartition("/")[2]], each, steps)
        case {"anyOf": kinds}:
            yield from leaves(kinds[0], each, steps)
        case {"type": "object", "properties": fields}:
            for name, inner in fields.items():
                yield from leaves(inner, each, (*steps, name))
        case {"type": "array", "items": items}:
            yield steps, "array"
            yield from leaves(items, each, (*steps, 0))
        case {"enum": _} | {"const": _}:
            pass
        case _:
            yield steps, schema.get("format", schema["type"])


def changed(body: Any, steps: tuple[Any, ...], value: Any) -> Any:
    if not steps:
        return value
    step, *rest = steps
    inner = changed(body[step], tuple(rest), value)
    return [inner, *body[1:]] if isinstance(body, list) else {**body, step: inner}


def wrongly_filled(each: Operation) -> Iterator[tuple[Any, Mapping[str, Any]]]:
    """Bodies in which some fields are wrong, with the place and the value of each of them."""
    places = list(leaves(each.schema, each))
    lists = [steps for steps, kind in places if kind == "array"]
    alone = [(steps, value) for steps in lists for value in WRONG["array"]]
    alone += [(steps, value) for steps, kind in places if kind == "string" for value in UNFIT]
    for steps, value in alone:
        yield changed(each.body(), steps, value), {".".join(map(str, steps)): value}
    others = [(steps, kind) for steps, kind in places if kind != "array"]
    step = TOGETHER if each.described["security"] else 1  # a stranger may send little at once
    for some in (others[at : at + step] for at in range(0, len(others), step)):
        for turn in range(max(len(WRONG[kind]) for _, kind in some)):
            body, wrong = each.body(), {}
            for steps, kind in some:
                value = WRONG[kind][turn % len(WRONG[kind])]
                if value is not None:  # a field that may be left out may be null
                    body = changed(body, steps, value)
                    wrong[".".join(map(str, steps))] = value
            if wrong:
                yield body, wrong


def test_a_body_made_from_the_description_is_understood(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    for desk, each in every:
        told = ask(desk, each, each.asked())
        assert told.status_code < 500
        unfit = {"wrong-type", "field-unknown", "field-missing", "too-long", "wrong-form"}
        unfit |= {"too-short", "out-of-range", "not-one-of"}
        assert told.status_code < 300 or not unfit & set(codes(told)), (each.path, told.text)


@in_memory
def test_every_wrong_value_of_every_field_is_named(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    for desk, each in every:
        for body, wrong in wrongly_filled(each):
            told = ask(desk, each, each.address(), body)
            assert told.status_code in (400, 422), (each.path, wrong, told.text)
            if None in wrong.values():
                continue  # a list that must not be empty may be refused by another name
            named = {str(reason["numbers"].get("field")) for reason in told.json()["reasons"]}
            for place, value in wrong.items():
                assert any(name.startswith(place) for name in named), (each.path, value, named)


def test_every_odd_part_of_every_path_is_refused(every: list[tuple[WebDesk, Operation]]) -> None:
    for desk, each in every:
        for name in each.names("path"):
            for part in (*PARTS, *NOT_UTF8):
                told = ask(desk, each, each.address(**{name: part}))
                assert 400 <= told.status_code < 500, (each.path, part, told.text)
                if part in NOT_UTF8:
                    refused(told, "not-utf8")
                elif "%00" in part:
                    refused(told, "nul")


def test_every_odd_part_of_every_query_is_refused(every: list[tuple[WebDesk, Operation]]) -> None:
    for desk, each in every:
        path = each.address()
        refused(ask(desk, each, f"{path}?ownr=K-1"), "field-unknown")
        refused(ask(desk, each, f"{path}?%00=1&a%2Fb="), "field-unknown")
        for name in each.names("query"):
            refused(ask(desk, each, f"{path}?{name}=a&{name}=b"), "parameter-twice")
            for value in NOT_UTF8:
                refused(ask(desk, each, f"{path}?{name}={value}"), "not-utf8")
            for value in ("%00", "a%00b", "%25%00"):
                told = ask(desk, each, f"{path}?{name}={value}")
                refused(told, "nul", "wrong-type", "wrong-form", "not-one-of", "parameter")
            for value in PARTS:
                assert ask(desk, each, f"{path}?{name}={value}").status_code < 500


def test_every_forged_bookmark_is_refused(every: list[tuple[WebDesk, Operation]]) -> None:
    asked = 0
    for desk, each in every:
        if "after" in each.names("query"):
            for after in (*BOOKMARKS, "abc", "%00", "W10", "9" * 1_400):
                told = ask(desk, each, f"{each.path}?after={after}")
                assert told.status_code in (200, 400), (each.path, after, told.text)
                if told.status_code == 400:
                    refused(told, "parameter")
                asked += told.status_code == 400
    assert asked


@pytest.mark.parametrize("said", [*FAR, "2026-11-23", "1796000000", "", "\xff"])
def test_a_moment_out_of_reach_is_refused_on_every_route(
    every: list[tuple[WebDesk, Operation]], said: str
) -> None:
    for desk, each in every:
        path = each.address()
        told = ask(desk, each, path, X_Occurred_At=said.encode("latin-1"))  # type: ignore[arg-type]
        refused(told, "header")


@given(
    at=st.integers(0, 10_000),
    part=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    query=st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=3),
)
@tries(300)
def test_any_path_and_any_query_are_answered(
    every: list[tuple[WebDesk, Operation]], at: int, part: str, query: dict[str, str]
) -> None:
    desk, each = every[at % len(every)]
    odd = urllib.parse.quote(part, safe="")
    path = each.address(**dict.fromkeys(each.names("path"), odd))
    given = urllib.parse.urlencode(query)
    told = ask(desk, each, f"{path}?{given}" if given else path)
    assert told.status_code < 500, told.text
    if told.status_code >= 300:
        codes(told)


@given(at=st.integers(0, 10_000), moment=st.datetimes(), hours=st.integers(-23, 23))
@tries(200)
def test_any_moment_is_taken_or_refused(
    every: list[tuple[WebDesk, Operation]], at: int, moment: datetime, hours: int
) -> None:
    desk, each = every[at % len(every)]
    said = f"{moment.isoformat(timespec='seconds')}{hours:+03}:00"
    told = ask(desk, each, each.address(), X_Occurred_At=said)
    assert told.status_code < 500, told.text
    if not FIRST < moment.year < LAST + 1 and abs(moment.year - FIRST) > 1:
        refused(told, "header")
    places = [steps for steps, kind in leaves(each.schema, each) if kind == "date-time"]
    for steps in places:
        told = ask(desk, each, each.address(), changed(each.body(), steps, said))
        assert told.status_code < 500, told.text


def test_another_method_is_told_every_one_there_is(
    every: list[tuple[WebDesk, Operation]],
) -> None:
    taken: dict[tuple[int, str], set[str]] = {}
    for desk, each in every:
        taken.setdefault((id(desk), each.address()), set()).add(each.method)
    for desk, each in every:
        told = desk.client.request("DELETE", each.address(), headers=desk.headers())
        refused(told, "method")
        assert taken[id(desk), each.address()] <= set(told.headers["allow"].split(", "))


def test_a_slash_in_a_part_parts_nothing(desks: Mapping[str, WebDesk]) -> None:
    desk = desks["intake"]
    auditor = desk.caller(["auditor"])
    for path in ("/v1/tickets%2FT-1/history", "/v1/reports/T%2Fhistory", "/v1%2Freports"):
        assert desk.get(path, auditor).status_code in (404, 422)
    whole = desk.get("/v1/tickets/a%2Fhistory", auditor)
    assert whole.json()["reasons"][0]["numbers"] == {"what": "a/history"}


def test_what_is_seen_of_a_text() -> None:
    assert not any(map(is_visible, INVISIBLE))
    assert all(map(is_visible, ("王", "\u200fالعربية\u200f", "👩🏽‍🔧", "e\u0301", "-")))
    assert datetime(FIRST, 1, 1, tzinfo=UTC) < datetime.now(UTC)
