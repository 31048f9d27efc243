"""Bad luck on the whole stack: whatever dies or falls silent while people work, nothing is lost."""

import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from guiyi.demo.desk import ANSWER_SECONDS, cast
from guiyi.demo.story import solved_remotely, way_a, way_b
from tests.stack.conftest import until
from tests.stack.whole import (
    LONG,
    STORIES,
    Storytellers,
    Whole,
    begin,
    desk_of,
    facts_of,
    settled,
    wait_for_stories,
    whole,
)

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1500)]

AWAY_S = 60.0
FAULTS = (
    ("intake-web", signal.SIGKILL),
    ("dispatch-relay", signal.SIGKILL),
    ("intake-worker", signal.SIGKILL),
    ("kafka", signal.SIGKILL),
    ("postgres", signal.SIGKILL),
    ("dispatch-web", signal.SIGSTOP),
    ("intake-relay", signal.SIGSTOP),
    ("dispatch-worker", signal.SIGSTOP),
    ("kafka", signal.SIGSTOP),
    ("postgres", signal.SIGSTOP),
)


@pytest.fixture(scope="module")
def stack() -> Iterator[Whole]:
    with whole() as made:
        begin(made)
        yield made


def test_every_accepted_command_has_its_effect_once_whatever_falls(stack: Whole) -> None:
    with desk_of(stack) as desk:
        calm = {story.__name__: facts_of(stack, story(desk, cast())) for story in STORIES}
    with Storytellers(stack) as tellers:
        wait_for_stories(tellers, 1)
        for name, number in FAULTS:
            before = stack.part(name)["restarts"]
            stack.signal_family(name, number)
            until(lambda: stack.part(name)["restarts"] > before, f"{name} restarted", LONG)  # noqa: B023
            until(lambda: stack.state() == "ready", f"all is up after {name}", LONG)
            wait_for_stories(tellers, 1)
        stack.send(signal.SIGKILL)
        stack.up()
        wait_for_stories(tellers, 2)
    assert not tellers.failed, tellers.failed
    settled(stack)
    for story, ticket in tellers.told:
        assert facts_of(stack, ticket) == calm[story], (story, ticket)


def test_without_kafka_work_is_taken_and_carried_later(stack: Whole) -> None:
    with away(stack, "kafka"), desk_of(stack) as desk:
        tickets = [solved_remotely(desk, cast()) for _ in range(3)]
    settled(stack)
    for ticket in tickets:
        assert facts_of(stack, ticket)["intake", "RepairClosed"] == 1


def test_without_postgresql_work_is_put_off_in_plain_words_and_nothing_is_half_done(
    stack: Whole,
) -> None:
    played = cast()
    with desk_of(stack) as desk:
        clerk = played.people["clerk"]
        headers = {"Authorization": f"Bearer {desk._token(clerk)}", "Idempotency-Key": "while-away"}
        report = {"url": "/v1/reports", "json": played["leaking"]["report"], "headers": headers}
        with away(stack, "postgres"):
            began = time.monotonic()
            answer = desk._rooms["intake"].post(**report)
            assert time.monotonic() - began < ANSWER_SECONDS
            assert answer.status_code == 503, answer.text
            assert answer.headers["Retry-After"]
            assert all(each["zh"] and each["en"] for each in answer.json()["reasons"])
        first, again = (desk._rooms["intake"].post(**report) for _ in range(2))
        assert first.status_code == 201, first.text
        assert again.json()["ticket"] == first.json()["ticket"]
        tickets = [way_a(desk, played), way_b(desk, played)]
    settled(stack)
    assert facts_of(stack, first.json()["ticket"])["intake", "RepairReported"] == 1
    for ticket in tickets:
        assert facts_of(stack, ticket)["dispatch", "WorkOrderSigned"] == 1


@contextmanager
def away(stack: Whole, name: str) -> Iterator[None]:
    """A server dies and cannot come back for a minute: its port hangs up on everybody."""
    port = stack.part(name)["port"]
    until_back = time.monotonic() + AWAY_S
    stack.signal_family(name, signal.SIGKILL)
    with hanging_up(port):
        yield
        time.sleep(max(0.0, until_back - time.monotonic()))  # the minute is the story
    until(lambda: stack.state() == "ready", f"{name} is back", LONG)


@contextmanager
def hanging_up(port: int) -> Iterator[None]:
    """Listen in a server's stead and end every call at once."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until(lambda: bound(listening, port), f"port {port} is free")
        listening.listen(64)
        listening.settimeout(0.2)
        over = threading.Event()

        def answer() -> None:
            while not over.is_set():
                with suppress(OSError):
                    listening.accept()[0].close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def bound(listening: socket.socket, port: int) -> bool:
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True
