"""The README's walk-through, as whoever copies it into a shell: to the signed work order."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from guiyi.stack.installation import PROJECT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]

README = (PROJECT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def walked() -> Iterator[str]:
    """What the walk-through says; every block in one shell that stops at the first failure."""
    folder = Path(tempfile.mkdtemp(prefix="guiyi-test-"))
    programs = folder / "bin"
    programs.mkdir()
    guiyi = programs / "guiyi"
    line = f"exec {sys.executable} -c 'from guiyi.cli import main; main()' \"$@\""
    guiyi.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    guiyi.chmod(0o755)
    environ = {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(PROJECT),
        "GUIYI_STATE": str(folder / "state"),
        "LC_ALL": "C.UTF-8",
    }
    try:
        yield shell(*BLOCKS, environ=environ)
    finally:
        shell("guiyi down", environ=environ)
        shutil.rmtree(folder, ignore_errors=True)


def shell(*blocks: str, environ: dict[str, str]) -> str:
    script = "\n".join(["set -euo pipefail", *blocks])
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout[-4000:]
    return ended.stdout


def test_every_command_on_the_way_is_accepted(walked: str) -> None:
    facts = [fact for answer in accepted(walked) for fact in answer["facts"]]
    assert facts == [
        "BranchRegistered",
        *["PersonRegistered"] * 3,
        "CustomerRegistered",
        "MachineRegistered",
        "FaultDiagnosed",
        "RemoteGuidanceGiven",
        "FaultDiagnosed",
        "BasicsCompleted",
        "ReportSigned",
        "ReportSubmitted",
        "ApprovalGiven",
        "RepairApproved",
        "WorkOrderOpened",
        "TechnicianAssigned",
        "WorkOrderSigned",
    ]


def test_the_step_too_early_is_refused_as_the_readme_says(walked: str) -> None:
    refused = json.loads(walked[(at := walked.index("{\n")) : walked.index("\n}", at) + 2])
    shown = re.findall(r"^```json\n(\{\n.*?)^```$", README, re.DOTALL | re.MULTILINE)
    printed = json.loads(shown[0])
    assert refused["status"] == printed["status"] == 422
    for told, said in zip(refused["reasons"], printed["reasons"], strict=True):
        assert {name: told[name] for name in said} == said


def test_the_history_is_the_one_in_the_readme(walked: str) -> None:
    printed = re.findall(r"^\d\d-\d\d-\d\d \d\d:\d\d  (\w+) +([a-z ]+?)  ", README, re.MULTILINE)
    told = re.findall(r"^\d\d-\d\d-\d\d \d\d:\d\d  (\w+) +([a-z ]+?)  ", walked, re.MULTILINE)
    assert len(told) == 13
    assert told == printed


def test_the_view_is_rebuilt_and_nothing_runs_on(walked: str) -> None:
    assert "equal to the live ones" in walked
    assert walked.splitlines()[-1].startswith("Stopped: ")


def accepted(walked: str) -> list[dict[str, list[str]]]:
    """The answers to the commands, in their order."""
    return [json.loads(line) for line in walked.splitlines() if line.startswith('{"stream":')]
