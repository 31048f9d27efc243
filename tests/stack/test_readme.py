"""The walk-through of the README, run in a shell: from the call to the filed dossier."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from guiyi.play import registers
from guiyi.play.cast import cast
from guiyi.stack.installation import PROJECT
from tests.stack.walk import OF_A_REPAIR, Sent, commands, says, sent, straight_repair
from tests.state_folder import state_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(450)]

README = (PROJECT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```bash\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)


CURL = """#!{python}
import json, os, sys
with open({log!r}, "a") as file:
    print(json.dumps(sys.argv[1:]), file=file)
os.execv({curl!r}, [{curl!r}, *sys.argv[1:]])
"""
"""Writes down what it is asked to send, and sends it."""


@dataclass(frozen=True)
class Walk:
    """The output of the walk-through, and every command that it sent."""

    said: str
    sent: Sequence[Sent]


@pytest.fixture(scope="module")
def walk() -> Iterator[Walk]:
    """Run every block in one shell, which stops at the first failure."""
    with state_folder() as folder:
        log = folder / "sent"
        environ = {
            **os.environ,
            "PATH": f"{programs(folder / 'bin', log)}:{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
            "GUIYI_STATE": str(folder / "state"),
            "LC_ALL": "C.UTF-8",
        }
        try:
            said = shell(*BLOCKS, environ=environ)
            asked = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
            yield Walk(said, list(commands(asked)))
        finally:
            shell("guiyi down", environ=environ)


def programs(made: Path, log: Path) -> Path:
    """A folder with the programs of the walk: `guiyi`, and a `curl` that logs what it sends."""
    made.mkdir()
    guiyi = made / "guiyi"
    line = f"exec {sys.executable} -c 'from guiyi.cli import main; main()' \"$@\""
    guiyi.write_text(f"#!/bin/sh\n{line}\n", "utf-8")
    curl = shutil.which("curl")
    assert curl is not None
    asking = made / "curl"
    asking.write_text(CURL.format(python=sys.executable, log=str(log), curl=curl), "utf-8")
    for program in (guiyi, asking):
        program.chmod(0o755)
    return made


@pytest.fixture(scope="module")
def walked(walk: Walk) -> str:
    return walk.said


def shell(*blocks: str, environ: dict[str, str]) -> str:
    script = "\n".join(["set -euo pipefail", *blocks])
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=PROJECT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr + ended.stdout[-4000:]
    return ended.stdout


def test_every_command_on_the_way_is_accepted(walked: str) -> None:
    facts = [fact for answer in accepted(walked) for fact in answer["facts"]]
    assert [fact for fact in facts if not fact.startswith("TravelChange")] == [
        "BranchRegistered",
        *["PersonRegistered"] * 5,
        "CustomerRegistered",
        "MachineRegistered",
        "SerialTaken",
        "PartRegistered",
        "StockMoved",
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
        "VisitPlanned",
        "AppointmentConfirmed",
        "PartIssued",
        "StockMoved",
        "Departed",
        "Arrived",
        "WorkRecorded",
        "VisitEnded",
        "CustomerSigned",
        "PartReconciled",
        *["StockMoved"] * 2,
        "TaskHandedIn",
        "RepairClosed",
        "SurveyAnswered",
        "DossierFiled",
    ]


def test_at_every_gate_somebody_comes_too_early(walked: str) -> None:
    told = re.findall(r"^refused: ([a-z-]+) · \S", walked, re.MULTILINE)
    refused = [code for code in told if code != "travel-not-approved"]  # past midnight
    assert [code for n, code in enumerate(refused) if code not in refused[:n]] == [
        "differs-from-approved",
        "parts-not-in-hand",
        "beyond-note",
        "no-work-recorded",
        "visit-not-done",
        "no-customer-signature",
        "not-reconciled",
        "papers-unchecked",
        "questions-unanswered",
        "papers-missing",
    ]


def test_what_has_to_be_known_is_entered_as_in_the_play(walk: Walk) -> None:
    told = cast()
    entries = (
        *(*registers.people(told, "HZ01"), *registers.customers(told)),
        *(*registers.catalogue(told, "HZ01"), *registers.stock(told, "HZ01")),
    )
    played = [sent(each.who.id, urlsplit(each.path).path, each.body) for each in entries]
    entered = [each for each in walk.sent if each.path.split("/")[2] not in OF_A_REPAIR]
    assert len(entered) == 10
    assert [each for each in entered if not any(says(each, other) for other in played)] == []


def test_the_repair_is_the_one_of_the_play(walk: Walk) -> None:
    """The walk-through takes the steps of the straight repair. Its bodies may say less.

    Past the midnight of the branch it asks for another day, as the play does.
    """
    repaired = [each for each in walk.sent if each.path.split("/")[2] in OF_A_REPAIR]
    played = straight_repair()
    assert [(each.who, each.path) for each in repaired] == [(e.who, e.path) for e in played]
    pairs = zip(repaired, played, strict=True)
    assert [(said, acted) for said, acted in pairs if not says(said, acted)] == []


def test_the_step_too_early_is_refused_as_the_readme_says(walked: str) -> None:
    refused = json.loads(walked[(at := walked.index("{\n")) : walked.index("\n}", at) + 2])
    shown = re.findall(r"^```json\n(\{\n.*?)^```$", README, re.DOTALL | re.MULTILINE)
    printed = json.loads(shown[0])
    assert refused["status"] == printed["status"] == 422
    for told, said in zip(refused["reasons"], printed["reasons"], strict=True):
        assert {name: told[name] for name in said} == said


def test_the_history_is_the_one_in_the_readme(walked: str) -> None:
    line = re.compile(r"^\d\d-\d\d-\d\d \d\d:\d\d  (\w+) +([a-z' -]+?)  ", re.MULTILINE)
    printed, told = line.findall(README), iter(line.findall(walked))
    assert len(printed) > 15
    assert all(step in told for step in printed), "in this order, others between them"


def test_the_page_of_the_ticket_says_what_is_next_and_why_not(walked: str) -> None:
    printed = re.search(r"^```\n(visit BX-.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert printed is not None
    told = anyhow(walked)
    for part in printed[1].split("…"):
        assert anyhow(part) in told


def anyhow(text: str) -> str:
    """A pattern of the text, with any ticket numbers and any line breaks."""
    return " ".join(re.sub(r"BX-HZ01-\d{8}-\d{4}", "BX", text).split())


def test_the_view_is_rebuilt_and_nothing_runs_on(walked: str) -> None:
    assert "equal to the live ones" in walked
    assert walked.splitlines()[-1].startswith("Stopped: ")


def accepted(walked: str) -> list[dict[str, list[str]]]:
    """The answers to the commands, in the order of the commands."""
    return [json.loads(line) for line in walked.splitlines() if line.startswith('{"stream":')]
