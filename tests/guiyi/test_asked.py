"""The status says what each part says of itself now, not what was written of it."""

import socket
from collections.abc import Iterator

import pytest

from guiyi.stack import asked
from guiyi.stack.asked import as_they_say
from guiyi.stack.status import PartStatus, Status
from shared.ops import Ops


@pytest.fixture
def ops() -> Iterator[Ops]:
    made = Ops(0)
    made.start()
    yield made
    made.stop()


def told(port: int | None, state: str = "up", pid: int | None = 1) -> Status:
    part: PartStatus = {
        "name": "intake-worker",
        "state": state,
        "pid": pid,
        "created": 0.0,
        "port": port,
        "restarts": 0,
        "reason": "",
        "since": 0.0,
        "log": None,
    }
    return {"state": "ready", "parts": [part]}


def said(status: Status) -> tuple[str, str, list[str]]:
    (part,) = status["parts"]
    return status["state"], part["state"], part["notes"]


def test_a_part_that_does_its_work_names_what_waits_for_a_person(ops: Ops) -> None:
    assert said(as_they_say(told(ops.port))) == ("ready", "up", [])
    ops.note(lambda: ["one key is parked"])
    assert said(as_they_say(told(ops.port))) == ("ready", "up", ["one key is parked"])


def test_a_part_that_cannot_do_its_work_says_why(ops: Ops) -> None:
    ops.ready(lambda: ["the database does not answer"])
    shown = said(as_they_say(told(ops.port)))
    assert shown == ("degraded", "unready", ["the database does not answer; 数据库没有应答"])
    assert said(as_they_say(told(ops.port, "starting")))[:2] == ("ready", "starting")


@pytest.mark.parametrize("told_state", ["unready", "starting", "silent"])
def test_a_part_that_is_up_by_now_says_so(ops: Ops, told_state: str) -> None:
    before: Status = {**told(ops.port, told_state), "state": "degraded"}
    assert said(as_they_say(before))[:2] == ("ready", "up")


def test_a_part_that_was_told_unready_and_is_silent_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(asked, "LIMIT_S", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        port = deaf.getsockname()[1]
        assert said(as_they_say(told(port, "unready")))[1] == "silent"
        assert said(as_they_say(told(port, "stopping")))[1] == "stopping"


def test_a_part_that_does_not_answer_is_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "LIMIT_S", 0.3)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        shown = said(as_they_say(told(deaf.getsockname()[1])))
    assert shown == ("degraded", "silent", [asked.SILENT])


def test_a_part_without_a_process_is_not_asked() -> None:
    assert said(as_they_say(told(1, "restarting", None))) == ("ready", "restarting", [])
