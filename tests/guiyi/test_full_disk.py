"""A full disk ends neither the supervisor nor a keeper, and the status says what lives."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest

from guiyi.rooms import ROOMS
from guiyi.stack import program
from guiyi.stack.installation import Installation
from guiyi.stack.living import as_it_is
from guiyi.stack.part import Part, State
from guiyi.stack.plan import Plan
from guiyi.stack.program import Program, Pulse
from guiyi.stack.status import PartStatus, Status
from guiyi.stack.supervisor import Supervisor
from shared.disk import Disk, free_mib
from tests.guiyi.keeping import always

LIMIT_S = 30
SLEEP = (sys.executable, "-c", "import time; time.sleep(99)")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own with room for 256 KiB."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)]
    try:
        subprocess.run(mount, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this user may not mount a file system")
    yield tmp_path
    subprocess.run(["umount", "--lazy", str(tmp_path)], check=True, timeout=10)


def fill(folder: Path) -> Path:
    """Leave no byte free; the file that takes the space."""
    file = folder / "filling"
    with suppress(OSError), file.open("wb", buffering=0) as out:
        while True:
            out.write(b"\0" * 4_096)
    return file


async def ready() -> Pulse:
    return Pulse.READY


async def until(supervisor: Supervisor, restarts: int) -> None:
    (part,) = supervisor.parts
    while (part.restarts, part.state) != (restarts, State.UP):  # noqa: ASYNC110 - a limit is around it
        await asyncio.sleep(0.05)


def test_a_keeper_outlives_a_full_disk_and_the_status_is_written_later(small: Path) -> None:
    installation = Installation(small)
    supervisor = Supervisor(Plan(installation, ROOMS, relays=1, workers=1))
    part = Part("child", supervisor._clock, supervisor._changed)
    supervisor.parts = [part]
    kept = Program("child", SLEEP, 0, small / "child.log", ready)

    async def story() -> None:
        await until(supervisor, 0)
        filling = fill(small)
        written = installation.status()
        assert written is not None
        pid = written["parts"][0]["pid"]
        assert pid is not None
        psutil.Process(pid).kill()
        await until(supervisor, 1)
        assert installation.status() == written
        filling.unlink()
        while (installation.status() or written)["parts"][0]["restarts"] != 1:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0.05)

    async def run() -> None:
        running = (
            supervisor._clock.run(),
            part.keep(partial(always, kept)),
            supervisor._write_later(),
        )
        tasks = [asyncio.create_task(each) for each in running]
        try:
            await asyncio.wait_for(story(), LIMIT_S)
            assert not any(task.done() for task in tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await part.end()

    asyncio.run(run())


def test_a_long_log_stays_whole_while_there_is_no_room_for_its_copy(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(program, "LOG_LIMIT", 1_000)
    log = small / "child.log"
    log.write_bytes(b"line\n" * 1_000)
    filling = fill(small)
    program.trim(log)
    assert (log.stat().st_size, [each.name for each in small.glob("*.log")]) == (5_000, [log.name])
    filling.unlink()
    program.trim(log)
    assert log.stat().st_size == 0
    assert (small / "child.1.log").stat().st_size == 5_000


def test_the_status_says_what_lives(tmp_path: Path) -> None:
    environ = {**os.environ, "GUIYI_STATE": str(tmp_path), "GUIYI_PART": "intake-web"}
    child = subprocess.Popen(SLEEP, env=environ)
    try:
        assert seen(tmp_path, child.pid) == ("ready", "up", child.pid)
        assert seen(tmp_path, 1) == ("ready", "up", child.pid)  # started again, not written
    finally:
        child.kill()
        child.wait(10)
    assert seen(tmp_path, child.pid) == ("degraded", "gone", None)


def seen(folder: Path, written: int) -> tuple[str, str, int | None]:
    """The state of all, and that and the pid of one part, where `written` stands in the file."""
    part: PartStatus = {
        "name": "intake-web",
        "state": "up",
        "pid": written,
        "created": 0.0,
        "port": 1,
        "restarts": 0,
        "reason": "",
        "since": 0.0,
        "log": None,
    }
    told: Status = {"state": "ready", "parts": [part]}
    now = as_it_is(Installation(folder), told)
    return now["state"], now["parts"][0]["state"], now["parts"][0]["pid"]


def test_free_space_is_named_before_there_is_none(tmp_path: Path) -> None:
    free = free_mib(tmp_path)
    assert Disk(tmp_path, 1).notes() == []
    (line,) = Disk(tmp_path, free + 10_000).notes()
    assert line.startswith("the disk is nearly full")
