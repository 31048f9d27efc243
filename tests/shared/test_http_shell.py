"""Stories of the shell around the routes: what is watched, noted, described, and how it ends."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from structlog.testing import capture_logs

from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.entrypoint import server
from shared.http.query import Shown
from shared.http.route import Guarded
from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import CLOSE, NOTE, OPEN, READERS, routes, toy_desk

SECRET = "王小明 0571-88"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[WebDesk]:
    with toy_desk(tmp_path, routes=with_a_fault) as made:
        yield made


def with_a_fault(api: RoomApi) -> APIRouter:
    """The toy room's routes, and one that fails in a way nobody foresaw."""
    router = routes(api)

    @api.query(router, "/faults", reads=READERS, shows=str)
    def fault(context: RequestContext) -> Shown:
        """出错: fails."""
        raise ValueError(f"{SECRET} of {context.caller.actor}")

    return router


def test_every_route_stands_behind_the_door(desk: WebDesk) -> None:
    open_to_all = {"/healthz", "/readyz", "/metrics", "/openapi.json"}
    found = {
        route.path: route.original_route for route in iter_route_contexts(desk.client.app.routes)
    }
    behind = {str(path) for path, route in found.items() if isinstance(route, Guarded)}
    assert found.keys() - behind == open_to_all
    assert "/v1/tickets/{ticket:path}/history" in behind
    for path in behind:
        for method in ("GET", "POST"):
            told = desk.client.request(method, path)
            assert told.status_code in (401, 405)


def test_a_route_beside_the_door_is_not_served(tmp_path: Path) -> None:
    def beside(api: RoomApi) -> APIRouter:
        router = routes(api)
        router.get("/v1/back-door")(lambda: "come in")
        return router

    with (
        pytest.raises(TypeError, match="not behind the door"),
        toy_desk(tmp_path, routes=beside),
    ):
        raise AssertionError


def test_health_and_readiness(desk: WebDesk, tmp_path: Path) -> None:
    assert desk.client.request("GET", "/healthz").text == "ok\n"
    assert desk.client.request("GET", "/readyz").status_code == 200
    reasons = ["the gate is closed"]
    with toy_desk(tmp_path, reasons=(lambda: reasons, broken)) as closed:
        told = closed.client.request("GET", "/readyz")
        assert told.status_code == 503
        fault = "RuntimeError while asking; 查问时出错：RuntimeError"
        assert told.text == f"the gate is closed\n{fault}\n"
        assert closed.client.request("GET", "/healthz").status_code == 200


def broken() -> list[str]:
    raise RuntimeError(SECRET)


def test_commands_are_counted_by_route_and_result(desk: WebDesk) -> None:
    taken = desk.post("/v1/toys", OPEN, Idempotency_Key="one")
    desk.post("/v1/toys", OPEN, Idempotency_Key="one")
    desk.post("/v1/toys", {})
    path = taken.headers["location"]
    desk.post(f"{path}/closings", CLOSE)
    desk.post(f"{path}/closings", CLOSE)
    desk.get("/v1/toys")
    told = desk.client.request("GET", "/metrics").text
    for line in (
        'guiyi_commands_total{result="accepted",route="/v1/toys"} 1.0',
        'guiyi_commands_total{result="repeated",route="/v1/toys"} 1.0',
        'guiyi_commands_total{result="invalid",route="/v1/toys"} 1.0',
        'guiyi_commands_total{result="accepted",route="/v1/toys/{ticket}/closings"} 1.0',
        'guiyi_commands_total{result="toy-closed",route="/v1/toys/{ticket}/closings"} 1.0',
        'guiyi_http_seconds_count{method="GET",route="/v1/toys",status="200"} 1.0',
    ):
        assert line in told.splitlines()


def test_what_nobody_foresaw_is_told_by_number_and_shows_nothing(desk: WebDesk) -> None:
    with capture_logs() as lines:
        told = desk.get("/v1/faults")
    assert (told.status_code, codes(told)) == (500, ["unexpected"])
    assert told.json()["request"] == told.headers["x-request-id"]
    assert told.json()["request"] in told.json()["detail"]
    (noted,) = [line for line in lines if line["event"] == "unexpected"]
    assert noted["kinds"] == ["ValueError"]
    assert noted["request"] == told.headers["x-request-id"]
    assert any("fault" in frame for frame in noted["frames"])
    assert "王小明" not in told.text + json.dumps(lines, ensure_ascii=False)


def test_the_log_names_routes_and_results_and_nobody(desk: WebDesk) -> None:
    with capture_logs() as lines:
        taken = desk.post("/v1/toys", OPEN)
        desk.post("/v1/toys", {**OPEN, "phone": "ring me"})
        desk.get("/v1/toys?open=true&because=x")
    requests = [(line["route"], line["status"], line["result"]) for line in lines]
    assert requests == [
        ("/v1/toys", 201, "accepted"),
        ("/v1/toys", 422, "wrong-form"),
        ("/v1/toys", 200, ""),
    ]
    assert {(line["actor"], line["address"]) for line in lines} == {("clerk-1", "127.0.0.1")}
    assert all(line["ms"] >= 0 and line["request"] and line["trace"] for line in lines)
    written = json.dumps(lines, ensure_ascii=False)
    for personal in ("王小明", "0571", "ring me", taken.json()["ticket"]):
        assert personal not in written


def test_an_auditor_who_opens_personal_texts_is_noted(desk: WebDesk) -> None:
    auditor = desk.staff("auditor-7", ["auditor"], ["HZ"])
    ticket = desk.post("/v1/toys", OPEN).json()["ticket"]
    with capture_logs() as lines:
        desk.get("/v1/toys?open=true&because=x", auditor)
        desk.get("/v1/toys", auditor)
    (noted,) = [line for line in lines if line["event"] == "opened"]
    assert (noted["actor"], noted["because"]) == ("auditor-7", "x")
    assert f"toy-{ticket}" in noted["whom"]
    assert "王小明" not in json.dumps(lines, ensure_ascii=False)
    (kept,) = desk.openings.kept
    assert (kept.actor, kept.reason, kept.request) == ("auditor-7", "x", noted["request"])
    assert f"toy-{ticket}" in kept.whom
    desk.openings.is_away = True
    told = desk.get("/v1/toys?open=true&because=x", auditor)
    assert (told.status_code, codes(told)) == (503, ["unavailable"])
    for query in ("open=true", "open=true&because=", f"open=true&because={'x' * 201}"):
        told = desk.get(f"/v1/toys?{query}", auditor)
        assert (told.status_code, codes(told)) == (422, ["reason-needed"])


def test_a_trace_goes_through(desk: WebDesk) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    taken = desk.post("/v1/toys", OPEN, traceparent=f"00-{trace}-b7ad6b7169203331-01")
    parent = taken.headers["traceparent"]
    assert parent.startswith(f"00-{trace}-")
    assert parent.split("-")[2] == taken.headers["x-request-id"]
    (stored,) = desk.store.ticket_facts(taken.json()["ticket"], None)
    assert json.loads(stored.body)["traceparent"] == parent
    for broken_one in ("", "00-zz-1-01", f"00-{'0' * 32}-b7ad6b7169203331-01"):
        told = desk.get("/v1/toys", traceparent=broken_one)
        assert trace not in told.headers["traceparent"]


def test_the_description_is_whole_and_its_examples_are_accepted(desk: WebDesk) -> None:
    told = desk.client.request("GET", "/openapi.json").json()
    assert told["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    names = told["components"]["schemas"].keys()
    assert {"Accepted", "Told", "Broken", "Open", "http_toy_Row_page"} <= names
    for path, methods in told["paths"].items():
        for method, route in methods.items():
            assert route["security"] == [{"bearer": []}], path
            assert all(each["zh"] and each["en"] for each in route["x-roles"])
            assert ":" in route["description"]
            refused = route["responses"]["422"]["content"]
            assert list(refused) == ["application/problem+json"]
            headers = {p["name"] for p in route["parameters"] if p["in"] == "header"}
            asks_only = method == "get" or path in ("/v1/lookups", "/v1/files")
            assert ("Idempotency-Key" in headers) != asks_only
    ticket = desk.post("/v1/toys", example(told, "/v1/toys")).json()["ticket"]
    for path in ("/v1/toys/{ticket}/notes", "/v1/toys/{ticket}/closings"):
        assert desk.post(path.format(ticket=ticket), example(told, path)).status_code == 200


def example(told: Any, path: str) -> Any:
    return told["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]


class Served:
    """An application on a port of its own, as in production."""

    def __init__(self, desk: WebDesk) -> None:
        self.running = server(desk.client.app, "127.0.0.1", 0)
        self._thread = Thread(target=self.running.run, daemon=True)
        self._thread.start()
        for _ in range(2000):
            if self.running.started:
                break
            self._thread.join(0.01)
        self.port = self.running.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def end(self) -> None:
        self.running.should_exit = True

    def wait(self) -> None:
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()


def test_a_command_on_its_way_is_finished_before_the_end(tmp_path: Path) -> None:
    begun, go = Event(), Event()

    def wake() -> None:
        begun.set()
        assert go.wait(timeout=30)

    with toy_desk(tmp_path, wake=wake) as desk:
        served = Served(desk)
        answers: list[httpx.Response] = []

        def ask() -> None:
            headers = desk.headers(Idempotency_Key="k")
            answers.append(httpx.post(f"{served.url}/v1/toys", json=OPEN, headers=headers))

        asking = Thread(target=ask)
        asking.start()
        assert begun.wait(timeout=30)
        served.end()
        wait_until_closed(served.port)
        go.set()
        asking.join(timeout=30)
        served.wait()
        assert [each.status_code for each in answers] == [201]


def test_too_many_at_once_are_asked_to_come_back(tmp_path: Path) -> None:
    begun, go = Event(), Event()

    def wake() -> None:
        begun.set()
        assert go.wait(timeout=30)

    with toy_desk(tmp_path, wake=wake, at_once=1) as desk:
        answers: list[httpx.Response] = []
        asking = Thread(target=lambda: answers.append(desk.post("/v1/toys", OPEN)))
        asking.start()
        assert begun.wait(timeout=30)
        told = desk.get("/v1/toys")
        assert (told.status_code, codes(told)) == (503, ["busy"])
        assert told.headers["retry-after"]
        assert desk.client.request("GET", "/healthz").status_code == 200
        go.set()
        asking.join(timeout=30)
        assert [each.status_code for each in answers] == [201]
        assert desk.get("/v1/toys").status_code == 200


def wait_until_closed(port: int) -> None:
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"port {port} still takes connections")


def test_a_body_that_is_too_large_is_refused_on_the_wire(desk: WebDesk) -> None:
    served = Served(desk)
    try:
        headers = desk.headers(Idempotency_Key="k", Content_Type="application/json")
        claimed = {**headers, "Content-Length": str(10 * 1024 * 1024)}
        lines = "".join(f"{name}: {value}\r\n" for name, value in claimed.items())
        with socket.create_connection(("127.0.0.1", served.port), timeout=30) as wire:
            wire.sendall(f"POST /v1/toys HTTP/1.1\r\nHost: x\r\n{lines}\r\n{{".encode())
            told = wire.makefile("rb").readline()
        assert told.split()[1] == b"413"
        chunked = httpx.post(
            f"{served.url}/v1/toys", content=(b" " * 65536 for _ in range(32)), headers=headers
        )
        assert chunked.status_code == 413
        noted = httpx.post(f"{served.url}/v1/toys", json=NOTE, headers=desk.headers())
        assert noted.status_code == 400
    finally:
        served.end()
        served.wait()
