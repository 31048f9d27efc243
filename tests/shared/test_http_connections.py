"""Stories of connections that take their time, or are very many: others are still answered."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from threading import Thread

import pytest

from shared.http.callers import Callers
from shared.http.entrypoint import server
from shared.http.problem import Problem
from shared.limits import DEFAULT, Limits, read
from shared.rate import Rates
from tests.shared.http_desk import WebDesk
from tests.shared.http_toy import toy_desk

HALF = b"GET /v1/toys HTTP/1.1\r\nHost: x\r\nX-A: "
POST = b"POST /v1/toys HTTP/1.1\r\nHost: x\r\n"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
QUICK = replace(DEFAULT, headers_s=0.4, answer_s=0.4, connections=40, connections_per_address=20)


@contextmanager
def served(folder: Path, limits: Limits) -> Iterator[tuple[WebDesk, int]]:
    with toy_desk(folder, limits=limits) as desk:
        running = server(desk.client.app, "127.0.0.1", 0, limits)
        thread = Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started:
            thread.join(0.01)
        try:
            yield desk, running.servers[0].sockets[0].getsockname()[1]
        finally:
            running.should_exit = True
            thread.join(timeout=30)


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with served(tmp_path, QUICK) as (_, port):
        yield port


def connect(port: int, sent: bytes = b"", source: str = "127.0.0.1") -> socket.socket:
    wire = socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0))
    wire.sendall(sent)
    return wire


def answered(wire: socket.socket) -> bytes:
    """Everything until the other side closes."""
    found = b""
    with suppress(ConnectionResetError):
        while part := wire.recv(65536):
            found += part
    return found


def is_alive(port: int, source: str = "127.0.0.1") -> bool:
    with connect(port, WHOLE, source) as wire:
        return is_well(wire)


def is_well(wire: socket.socket) -> bool:
    found = b""
    while not found.endswith(b"ok\n") and (part := wire.recv(1000)):
        found += part
    return found.startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("sent", [b"", HALF, WHOLE + HALF])
def test_headers_that_do_not_come_are_not_waited_for(port: int, sent: bytes) -> None:
    began = time.monotonic()
    with connect(port, sent) as wire:
        told = answered(wire)
    assert time.monotonic() - began < 5
    assert b" 408 " in told
    assert b"application/problem+json" in told
    assert b"headers-too-slow" in told


def test_what_is_left_of_a_refused_body_is_not_waited_for(port: int) -> None:
    claims = b"POST /v1/toys HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
    with connect(port, claims) as wire:
        assert wire.recv(65536).startswith(b"HTTP/1.1 401")
        began = time.monotonic()
        for _ in range(20):
            try:
                wire.sendall(b"x")
            except OSError:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the rest of the body was waited for")
        assert time.monotonic() - began < 5


def test_many_connections_of_one_address_leave_room_for_a_probe(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(100):
            stack.enter_context(connect(port, HALF))
            assert is_alive(port)


def test_very_many_addresses_leave_room_for_a_probe(port: int) -> None:
    with ExitStack() as stack:
        for number in range(100):
            stack.enter_context(connect(port, HALF, f"127.0.0.{2 + number % 10}"))
        assert is_alive(port)


def test_a_flood_takes_no_connection_of_another_address(port: int) -> None:
    with connect(port, WHOLE, "127.0.0.9") as other, ExitStack() as stack:
        assert is_well(other)
        for number in range(100):
            stack.enter_context(connect(port, HALF, f"127.0.0.{2 + number % 2}"))
        other.sendall(WHOLE)
        assert is_well(other)


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /v1/toys HTTP/1.1\r\n\r\n",
        b"GET /healthz HTTP/1.1\nHost: x\n\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\nX-A: b\r\n\r\n",
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
    ],
    ids=[
        "no HTTP",
        "another HTTP",
        "no host",
        "bare lines",
        "a bare line",
        "two lengths",
        "two numbers",
    ],
)
def test_what_is_no_proper_http_is_refused_as_a_problem(port: int, sent: bytes) -> None:
    with connect(port) as wire:
        with suppress(OSError):  # it may be refused before its end
            wire.sendall(sent)
        told = answered(wire)
    assert told.startswith(b"HTTP/1.1 400")
    assert b"application/problem+json" in told
    assert b"not-http" in told
    assert b"connection: close" in told.lower()


def test_a_body_may_have_lines_as_it_likes(port: int) -> None:
    with connect(port, POST + b"Content-Length: 4\r\n\r\n{\n}\n") as wire:
        assert wire.recv(100).startswith(b"HTTP/1.1 401")


def test_a_proxy_that_is_trusted_has_no_bound_of_its_own_and_speaks_for_others(
    tmp_path: Path,
) -> None:
    trusting = replace(QUICK, proxies=(ip_network("127.0.0.0/8"),), headers_s=10)
    with served(tmp_path, trusting) as (_, port), ExitStack() as stack:
        held = [stack.enter_context(connect(port, HALF)) for _ in range(30)]
        assert is_alive(port)
        for wire in held:
            wire.setblocking(False)
            with pytest.raises(BlockingIOError):
                wire.recv(1)


def test_no_caller_takes_every_place_or_asks_without_end() -> None:
    callers = Callers(replace(DEFAULT, caller_at_once=2, caller_per_s=1))
    for _ in range(2):
        callers.enter("K1")
    with pytest.raises(Problem, match="too-many-at-once"):
        callers.enter("K1")
    callers.enter("K2")
    callers.leave("K1")
    with pytest.raises(Problem, match="too-often"):
        _comes_again(callers, "K1")


def _comes_again(callers: Callers, who: str) -> None:
    """Far more often than a slow machine gives back."""
    for _ in range(10_000):
        callers.enter(who)
        callers.leave(who)


def test_what_was_taken_comes_back_with_time() -> None:
    now = 0.0
    rates = Rates(2, 3, lambda: now)
    assert [rates.take("a") for _ in range(4)] == [True, True, True, False]
    assert rates.take("b")
    now = 1.0
    assert [rates.take("a") for _ in range(3)] == [True, True, False]


def test_the_limits_are_settings() -> None:
    told = read(
        {"CONNECTIONS": "9", "HEADERS_SECONDS": "2.5", "TRUSTED_PROXIES": "10.0.0.0/8, ::1"}
    )
    assert (told.connections, told.headers_s, told.caller_at_once) == (9, 2.5, 64)
    assert told.is_proxy("10.1.2.3")
    assert told.is_proxy("::1")
    assert not told.is_proxy("127.0.0.1")
    assert not told.is_proxy("")


def test_of_several_processes_each_gives_a_share() -> None:
    limits = read({"WEB_PROCESSES": "3", "CALLER_PER_SECOND": "90", "CONNECTIONS": "100"})
    assert (limits.connections_per_address, limits.caller_at_once) == (171, 22)
    assert (limits.caller_per_s, limits.connections) == (30, 100)
    assert read({"WEB_PROCESSES": "0"}) == read({"WEB_PROCESSES": "1"}) == DEFAULT
