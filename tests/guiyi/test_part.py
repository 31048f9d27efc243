"""One supervised child: it is started again after longer and longer delays."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from guiyi.stack.part import FIRST_DELAY, Part, State, Waking
from guiyi.stack.program import Program, Pulse
from tests.guiyi.keeping import always

LIMIT = 60


async def silent() -> Pulse:
    return Pulse.SILENT


async def ready() -> Pulse:
    return Pulse.READY


def child(
    folder: Path, code: str, probe: Callable[[], Awaitable[Pulse]], seconds: float = 30
) -> Program:
    argv = (sys.executable, "-c", code)
    return Program("child", argv, 0, folder / "child.log", probe, start_seconds=seconds)


async def lived(program: Program, enough: Callable[[Part], bool]) -> list[tuple[State, int]]:
    """Supervise it until `enough`; every state that it had, with the restarts at that time."""
    turns: list[tuple[State, int]] = []
    clock = Waking()
    done = asyncio.Event()

    def turned(part: Part) -> None:
        turns.append((part.state, part.restarts))
        if enough(part):
            done.set()

    part = Part("child", clock, turned)
    tasks = [
        asyncio.create_task(clock.run()),
        asyncio.create_task(part.keep(partial(always, program))),
    ]
    try:
        async with asyncio.timeout(LIMIT):
            await done.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await part.end()
    return turns


def test_a_child_that_ends_is_started_again_later_and_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    failing = child(tmp_path, "raise SystemExit(3)", silent)
    asyncio.run(lived(failing, lambda part: part.restarts == 3))
    said = [record.getMessage() for record in caplog.records]
    assert said == [f"child ended with 3; restart in {FIRST_DELAY * 2**n:.1f} s" for n in range(3)]


def test_a_child_that_serves_is_up(tmp_path: Path) -> None:
    serving = child(tmp_path, "import time; time.sleep(99)", ready)
    turns = asyncio.run(lived(serving, lambda part: part.state is State.UP))
    assert [state for state, _ in turns] == [
        State.STARTING,
        State.UP,
        State.STOPPING,
        State.STOPPED,
    ]


def test_a_child_that_never_speaks_is_killed(tmp_path: Path) -> None:
    mute = child(tmp_path, "import time; time.sleep(99)", silent, seconds=1)
    turns = asyncio.run(lived(mute, lambda part: part.restarts == 1))
    assert turns[:2] == [(State.STARTING, 0), (State.RESTARTING, 1)]


def test_a_program_that_is_not_there_is_told_not_raised(tmp_path: Path) -> None:
    absent = Program("absent", ("/no/such/program",), 0, tmp_path / "absent.log", silent)
    turns = asyncio.run(lived(absent, lambda part: part.restarts == 1))
    assert turns[-1] == (State.STOPPED, 1)
    assert "No such file" in (tmp_path / "absent.log").read_text()


def test_a_log_that_cannot_be_written_is_no_reason_not_to_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    living = child(tmp_path, "import time; time.sleep(99)", ready)
    living.log.mkdir()
    turns = asyncio.run(lived(living, lambda part: part.state is State.UP))
    assert (State.UP, 0) in turns
    assert any("nothing is logged" in record.getMessage() for record in caplog.records)
