"""No body costs much: the largest that fits and the largest that does not, of every route.

What is counted is the time of the processor, of the process and of the thread with the event loop,
so that the load of the machine says nothing.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from shared.http.body import LIMIT, VALUES
from shared.room import Room
from tests.fuzz.round import ROOMS
from tests.operations import Operation, operations
from tests.shared.http_desk import WebDesk, web_desk

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("as_a_web_process")]
CPU_S, LOOP_S = 0.5, 0.2
ALL = 10_000
"""More than any list may have."""


@pytest.fixture(params=ROOMS, ids=lambda room: room.name)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[WebDesk]:
    room: Room = request.param
    with web_desk(room, tmp_path) as made:
        yield made


def invalid(each: Operation) -> Iterator[tuple[str, bytes]]:
    """Bodies of the greatest length that do not fit, each made to cost time in another way."""
    fitting = each.body(ALL)
    names = list(fitting) or ["k"]
    yield "unknown members", encoded({**fitting, **{f"k{n}": n for n in range(VALUES - 500)}})
    yield "wrong members", encoded(wrong(fitting))
    yield "long lists", encoded(longer(fitting))
    yield "entries", encoded({names[0]: [{}] * (VALUES - 500)})
    yield "a long text", encoded(dict.fromkeys(names, "修" * (LIMIT // 4 // len(names))))
    marks = ("a" + "\u0345" * 15 + "\u0334" * 15) * (LIMIT // 70 // len(names))
    yield "marks", encoded(dict.fromkeys(names, marks))
    yield (
        "spaces",
        encoded(dict.fromkeys(names, " \u200b" * (LIMIT // 5 // len(names)))),
    )
    yield "many digits", b'{"k":' + b"9" * (LIMIT - 10) + b"}"
    yield "brackets", b"[" * LIMIT


def wrong(value: Any) -> Any:
    """The same shape with nothing in it that fits."""
    match value:
        case dict():
            return {name: wrong(each) for name, each in value.items()}
        case list():
            return [wrong(each) for each in value]
        case _:
            return {"strange": [value]}


def longer(value: Any) -> Any:
    """The same with lists of too many entries, but not more values than a body may have."""
    match value:
        case dict():
            return {name: longer(each) for name, each in value.items()}
        case list():
            return value * (1 + 400 // (1 + len(str(value)) // 10))
        case _:
            return value


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()[:LIMIT]


def measured(desk: WebDesk, each: Operation, content: bytes) -> tuple[httpx.Response, float, float]:
    """The answer, and the seconds that the process and its event loop worked for it."""
    token = desk.caller([each.role])
    named = desk.headers(token, Idempotency_Key=f"k{time.monotonic_ns()}")
    named["Content-Type"] = "application/json"
    loop, process = desk.client.loop_cpu(), time.process_time()
    told = desk.client.request(each.method, each.address(), content=content, headers=named)
    return told, time.process_time() - process, desk.client.loop_cpu() - loop


def test_no_body_of_any_route_costs_much(desk: WebDesk) -> None:
    for each in operations(desk):
        if each.schema is None:
            continue
        told, process, loop = measured(desk, each, encoded(each.body(ALL)))
        assert (process < CPU_S, loop < LOOP_S) == (True, True), (each.path, process, loop)
        assert told.status_code < 500, told.text
        for how, content in invalid(each):
            told, process, loop = measured(desk, each, content)
            assert told.status_code in (200, 201, 404, 410, 413, 422), (
                each.path,
                how,
                told.text[:300],
            )
            assert (process < CPU_S, loop < LOOP_S) == (True, True), (
                each.path,
                how,
                process,
                loop,
            )
