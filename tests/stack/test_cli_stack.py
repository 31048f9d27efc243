"""`guiyi up`, `status` and `down` as a user types them, over the real rooms."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from guiyi.stack.installation import PROJECT, Installation
from guiyi.verbs.stack import NOT_RUNNING
from tests.servers import Servers
from tests.stack.conftest import until

pytestmark = pytest.mark.stack


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder; what still runs there after the story is ended."""
    folder = Path(tempfile.mkdtemp(prefix="guiyi-test-"))
    yield folder
    guiyi("down", folder)
    shutil.rmtree(folder, ignore_errors=True)


def guiyi(
    verb: str, state: Path, *options: str, **environ: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from guiyi.cli import main; main()",
            verb,
            "--state",
            state,
            *options,
        ],
        env={**os.environ, "LC_ALL": "C.UTF-8", **environ},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def children(installation: Installation) -> list[psutil.Process]:
    pid = installation.supervisor()
    assert pid is not None
    return psutil.Process(pid).children(recursive=True)


def told(state: Path) -> tuple[int, dict[str, Any]]:
    answer = guiyi("status", state, "--json")
    return answer.returncode, json.loads(answer.stdout)


def test_up_status_and_down_leave_no_process(state: Path) -> None:
    assert told(state)[0] == NOT_RUNNING
    started = guiyi("up", state, "--detach", "--timeout", "100")
    assert started.returncode == 0, started.stderr + started.stdout
    assert "intake: http://127.0.0.1:" in started.stdout
    code, status = told(state)
    assert code == 0
    assert {part["state"] for part in status["parts"]} == {"up"}
    again = guiyi("up", state, "--detach")
    assert (again.returncode, "Running already" in again.stdout) == (0, True)

    left = children(Installation(state))
    ended = guiyi("down", state, "--json")
    assert ended.returncode == 0
    assert set(json.loads(ended.stdout)["ended"]) >= {"kafka", "postgres", "supervisor"}
    assert [one for one in left if one.is_running()] == []
    assert guiyi("down", state).stdout == "Nothing runs.\n"


def test_down_ends_a_supervisor_that_was_stopped(state: Path) -> None:
    installation = begun(state)
    left = children(installation)
    pid = installation.supervisor()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert guiyi("down", state).returncode == 0
    assert [one for one in left if one.is_running()] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_runs_in_the_foreground_ends_with_it(state: Path, number: signal.Signals) -> None:
    line = [sys.executable, "-c", "from guiyi.cli import main; main()", "up", "--state", str(state)]
    foreground = subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.DEVNULL)
    installation = Installation(state)
    until(lambda: up_parts(installation) >= {"kafka", "postgres"}, "the servers are up")
    left = children(installation)
    foreground.send_signal(number)
    code = foreground.wait(60)
    assert code == (0 if number is signal.SIGINT else -signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=30)
    assert alive == []
    assert installation.supervisor() is None


def test_a_server_that_cannot_be_prepared_is_told(state: Path) -> None:
    (state / "postgres").write_text("in the way")
    answer = guiyi("up", state, "--detach")
    assert answer.returncode == 1
    assert "Could not start: FileExistsError" in answer.stderr
    (state / "postgres").unlink()


def test_servers_named_in_the_environment_replace_the_embedded(
    state: Path, servers: Servers
) -> None:
    intake, dispatch = servers.make_database("intake"), servers.make_database("dispatch")
    assert intake.owner_url is not None
    environ = {
        "KAFKA_BOOTSTRAP": servers.bootstrap,
        "KEYS_URL": intake.keys_url,
        "KEYS_MASTER_FILE": str(intake.master_key_file),
    }
    for settings in (intake, dispatch):
        environ[f"{settings.room.upper()}_RUNTIME_URL"] = settings.runtime_url
        environ[f"{settings.room.upper()}_WORKER_URL"] = settings.worker_url
    answer = guiyi("up", state, "--detach", "--timeout", "100", **environ)
    assert answer.returncode == 0, answer.stderr + answer.stdout
    _, status = told(state)
    assert status["kafka"] == servers.bootstrap
    assert not {"kafka", "postgres"} & {part["name"] for part in status["parts"]}


def begun(state: Path) -> Installation:
    """A stack in the foreground whose servers are up; its rooms may still be on their way."""
    installation = Installation(state)
    guiyi("up", state, "--detach", "--timeout", "1")
    until(lambda: up_parts(installation) >= {"kafka", "postgres"}, "the servers are up")
    return installation


def up_parts(installation: Installation) -> set[str]:
    parts = (installation.status() or {"parts": []})["parts"]
    return {part["name"] for part in parts if part["state"] == "up"}
