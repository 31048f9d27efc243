"""`guiyi up` run twice: there is one stack, and both commands end when it is ready."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from guiyi.stack.installation import PROJECT, Installation
from tests.state_folder import state_folder

pytestmark = pytest.mark.stack

LINE = (sys.executable, "-c", "from guiyi.cli import main; main()")
READY_S = "200"


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder. Processes that still run there at the end are ended."""
    with state_folder() as made:
        yield made
        typed(made, "down")


def typed(state: Path, verb: str, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*LINE, verb, "--state", str(state), *options],
        env={**os.environ, "LC_ALL": "C.UTF-8", "GUIYI_ROOMS": "intake"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_second_up_waits_for_the_first(state: Path) -> None:
    assert typed(state, "up", "--detach", "--timeout", "1").returncode == 1
    impatient = typed(state, "up", "--json", "--timeout", "1")
    assert (impatient.returncode, impatient.stdout) == (1, "")
    assert json.loads(impatient.stderr.splitlines()[-1])["code"] == "up-late"
    second = typed(state, "up", "--timeout", READY_S)
    assert second.returncode == 0, second.stderr + second.stdout
    assert "Another guiyi up is starting it" in second.stdout
    assert "Running already" in second.stdout
    assert (Installation(state).status() or {})["state"] == "ready"


def test_two_at_once_are_one_start(state: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(typed, state, "up", "--detach", "--timeout", READY_S) for _ in "ab"]
        both = [answer.result(250) for answer in asked]
    for answer in both:
        assert answer.returncode == 0, answer.stderr + answer.stdout
    assert (Installation(state).status() or {})["state"] == "ready"
