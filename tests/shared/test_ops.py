"""运维口: it reports on the main loop, not on its own thread."""

import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import Counter

from shared import ops as ops_module
from shared.ops import Ops


@pytest.fixture
def ops() -> Iterator[Ops]:
    made = Ops(0)
    made.start()
    yield made
    made.stop()


def ask(ops: Ops, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{ops.port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_a_beating_loop_is_well(ops: Ops) -> None:
    ops.beat()
    assert ask(ops, "/healthz") == (200, "ok\n")
    assert ask(ops, "/readyz") == (200, "ok\n")


def test_a_silent_loop_is_not(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops_module, "SILENCE", 0.0)
    assert ask(ops, "/healthz")[0] == 503
    assert ask(ops, "/readyz")[0] == 503


def test_every_reason_for_not_being_ready_is_said(ops: Ops) -> None:
    ops.ready(lambda: ["no broker"])
    ops.ready(list)
    ops.ready(lambda: [str(1 // 0)])
    status, text = ask(ops, "/readyz")
    assert status == 503
    assert text.splitlines() == [
        "no broker",
        "ZeroDivisionError while asking; 查问时出错：ZeroDivisionError",
    ]
    assert ask(ops, "/healthz")[0] == 200


def test_a_note_changes_the_body_alone(ops: Ops) -> None:
    ops.note(lambda: ["partition 3 waits"])
    assert ask(ops, "/readyz") == (200, "ok\npartition 3 waits\n")
    ops.ready(lambda: ["no broker"])
    assert ask(ops, "/readyz") == (503, "no broker\npartition 3 waits\n")


def test_metrics_are_shown(ops: Ops) -> None:
    Counter("facts_sent", "sent", registry=ops.registry).inc(3)
    status, text = ask(ops, "/metrics")
    assert status == 200
    assert "facts_sent_total 3.0" in text
    assert "guiyi_loop_silence_seconds" in text


def test_nothing_else_is_served(ops: Ops) -> None:
    assert ask(ops, "/")[0] == 404
