"""`guiyi demo` as a user starts it: what it shows, its result, and that it leaves nothing."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest

from guiyi.demo.stage import PREFIX
from guiyi.play.complaints import UNHAPPY
from guiyi.play.days import Weekday
from guiyi.play.hard_days import HARD_DAYS
from guiyi.play.repairs import STORIES
from guiyi.stack.installation import PROJECT
from tests.stack.conftest import until
from tests.state_folder import state_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(400)]

COMMAND = (sys.executable, "-c", "from guiyi.cli import main; main()", "demo")
ELSEWHERE = {"KAFKA_BOOTSTRAP": "127.0.0.1:1", "INTAKE_WEB_PORT": "1", "GUIYI_TOKEN": "none"}
"""What the shell of somebody who works with another installation exports."""


@dataclass(frozen=True)
class Shown:
    """A demo that has ended."""

    code: int
    out: str
    err: str
    room: Path
    """Where it could make temporary files."""

    @property
    def result(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def environment(folder: Path, **more: str) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("LEGACY", "KEEP")}
    return {**kept, "LC_ALL": "C.UTF-8", "TMPDIR": str(folder), **more}


@contextmanager
def begun(folder: Path, *options: str) -> Iterator["subprocess.Popen[str]"]:
    """A demo that runs. It is ended at the end of the block in any case."""
    child = subprocess.Popen(
        [*COMMAND, *options],
        cwd=PROJECT,
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        child.kill()
        child.communicate(timeout=60)


def processes(folder: Path) -> list[psutil.Process]:
    """Every process that belongs to a stack below the folder."""
    found = []
    for one in psutil.process_iter():
        try:
            state = one.environ().get("GUIYI_STATE", "")
        except (psutil.Error, OSError):
            continue
        if state.startswith(str(folder)) and one.status() != psutil.STATUS_ZOMBIE:
            found.append(one)
    return found


def servers(folder: Path) -> set[str]:
    """The parts that are up, of the stack that a running demo has below the folder."""
    for state in folder.glob(f"{PREFIX}*/status.json"):
        parts = json.loads(state.read_text("utf-8"))["parts"]
        return {part["name"] for part in parts if part["state"] == "up"}
    return set()


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    """The demo with the sample log, run once for all tests of this file."""
    with state_folder() as room:
        room.chmod(0o711)
        yield demo(room)


def demo(room: Path) -> Shown:
    """The demo, with its temporary files in that folder."""
    ended = subprocess.run(
        [*COMMAND, "--json"],
        cwd=PROJECT,
        env=environment(room, **ELSEWHERE),
        capture_output=True,
        text=True,
        timeout=380,
        check=False,
    )
    return Shown(ended.returncode, ended.stdout, ended.stderr, room)


AFAR = ["report", "follow_up", "no_parts", "no_visit"]


def test_it_ends_with_one_line_of_what_came_of_it(shown: Shown) -> None:
    assert shown.code == 0, shown.err[-4000:]
    assert shown.out.count("\n") == 1
    result = shown.result
    ended = len(STORIES) + len(HARD_DAYS) + len(UNHAPPY) + 2  # a new machine, one in the month
    assert [each["state"] for each in result["tickets"]] == ["closed"] * ended + ["diagnosed"]
    facts = {ticket["story"]: ticket["facts"] for ticket in result["tickets"]}
    assert (facts["remote"], facts["continued"]) == (12, 3)
    assert result["parts_balanced"] is True
    assert re.fullmatch(r"BX-HZ01-\d{8}-\d{4}", result["repeated"])
    assert re.fullmatch(r"TS-HZ01-\d{4}-\d+", result["complaint"])
    assert all(re.fullmatch(r"BX-HZ01-\d{8}-\d{4}", each["ticket"]) for each in result["tickets"])
    assert result["imported"]["tickets"] == 200
    assert result["imported"]["facts"] > 1000
    assert (result["rebuilt_equal"], result["lag"]) == (True, 0)
    assert re.fullmatch(r"P\d+D.*", result["story_ahead"])
    assert f"its clock is ahead by {result['story_ahead']}, and no moment" in shown.err


def test_each_repair_is_filed_with_its_papers(shown: Shown) -> None:
    filed = {
        each["story"]: sorted(paper["kind"] for paper in each["papers"])
        for each in shown.result["tickets"]
    }
    repaired = sorted(["report", "work_order", "issue_note", "follow_up"])
    assert filed == dict.fromkeys(filed, repaired) | {
        **dict.fromkeys(("remote", "came_back", "of_manner"), sorted(AFAR)),
        "piece_missing": sorted([*repaired, "issue_note"]),
        "withdrawn": sorted(["report", "work_order", "issue_note"]),
        "commissioned": sorted(["report", "work_order", "follow_up", "no_parts"]),
        "continued": [],
    }
    ticket = shown.result["tickets"][0]["ticket"]
    _, _, dossier = shown.err.partition(f"The filed dossier of {ticket}")
    for number in (f"{ticket}-W1", f"{ticket}-C1", f"{ticket}-H1"):
        assert number in dossier.partition("digest ")[0]


def test_the_parts_add_up(shown: Shown) -> None:
    _, _, balance = shown.err.partition("The balance of parts")
    lines = [line.split() for line in balance.splitlines()[2:6]]
    assert [line[0] for line in lines] == ["BELT-90", "HEAD-350", "RING-32", "SEAL-32"]
    for _, *pieces, total in lines:
        assert sum(map(int, pieces)) == int(total) == 0


def test_a_month_of_the_store_is_closed_with_a_difference(shown: Shown) -> None:
    """The same whenever it is run: only the days are others."""
    month = shown.result["month"]
    assert (month["pieces"], month["fen"], month["differing"]) == (28, 320_031, 1)
    assert month["report"] == f"XH-HZ01-{month['period']}"
    _, _, told = shown.err.partition("A month of the store")
    days = re.findall(r"^▸ (\d{4}-\d\d-\d\d) \d\d:\d\d: ", told, re.MULTILINE)
    assert len(days) == 6
    assert days == sorted(days)
    assert [date.fromisoformat(day).weekday() for day in days[:2]] == [Weekday.THU, Weekday.FRI]
    assert {day[:7] for day in days[:5]} == {month["period"]}
    assert days[-1].endswith("-01")
    for code in ("month-not-over", "figure-unexplained", "second-count-needed", "stocktake-open"):
        assert f"✗ {code}" in told
    _, _, report = told.partition(f"The consumption report {month['report']}")
    lines = [line.split() for line in report.splitlines()[2:6]]
    assert [line[0] for line in lines] == ["BELT-90", "HEAD-350", "RING-32", "SEAL-32"]
    assert sum(int(line[-1].replace(",", "")) for line in lines) == month["fen"]
    assert "agrees to the piece and the fen" in report


def test_somebody_comes_too_early_at_every_gate(shown: Shown) -> None:
    refused = re.findall(r"✗ ([a-z-]+)", shown.err)
    gates = [
        *("report-incomplete", "approval-not-asked", "differs-from-approved", "not-your-order"),
        *("parts-not-in-hand", "beyond-note", "no-work-recorded", "no-customer-signature"),
        *("not-reconciled", "papers-unchecked", "questions-unanswered", "papers-missing"),
        *("not-solved", "outcome-incomplete", "not-let-in", "parcel-not-opened"),
        *("no-customer-signature", "parts-still-held", "visit-open", "not-reconciled"),
        *["not-solved"] * len(UNHAPPY),
    ]
    assert [code for code in refused if code in gates] == gates


def test_it_leaves_no_process_and_no_file(shown: Shown) -> None:
    assert processes(shown.room) == []
    assert list(shown.room.iterdir()) == []


def test_it_shows_every_broken_rule_in_both_languages(shown: Shown) -> None:
    _, _, after = shown.err.partition("submissions: refused (422), 3 rules broken")
    told = after.splitlines()[1:10]
    codes = [line.split()[1] for line in told if "✗" in line]
    assert codes == ["report-incomplete", "remote-not-tried", "unsigned"]
    sentences = [line.strip() for line in told if "✗" not in line]
    assert [each.partition("；")[0].partition(";")[0] for each in sentences[4:]] == [
        "售后人员还没有签字",
        "the technician has not signed",
    ]


def test_it_kills_a_worker_while_facts_are_in_flight(shown: Shown) -> None:
    killed = re.search(r"kill -9 intake-worker .* lag at the kill: ([\d,]+) facts", shown.err)
    assert killed is not None
    assert int(killed[1].replace(",", "")) > 0
    assert "intake-worker is back by itself" in shown.err[killed.end() :]


def test_it_shows_a_live_and_a_legacy_history(shown: Shown) -> None:
    ticket = shown.result["tickets"][0]["ticket"]
    _, _, live = shown.err.partition(f"History of {ticket}, all rooms merged")
    live, _, legacy = live.partition("History of the legacy ticket sample-")
    names = ("repair reported", "work order signed", "part issued", "case closed", "dossier filed")
    places = [live.index(name) for name in names]
    assert places == sorted(places)
    assert "legacy entry imported" in legacy
    assert f"It lives on as {shown.result['tickets'][-1]['ticket']}" in legacy


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_interrupts_it_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    tmp_path.chmod(0o711)
    with begun(tmp_path) as child:
        until(lambda: {"kafka", "postgres"} <= servers(tmp_path), "the servers are up")
        child.send_signal(number)
        _, err = child.communicate(timeout=90)
        assert child.returncode == 130, err
    assert processes(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_demo_leaves_goes_with_the_next(tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    with begun(tmp_path) as child:
        until(lambda: "postgres" in servers(tmp_path), "PostgreSQL is up")
        left = next(tmp_path.iterdir())
        child.kill()
        child.communicate(timeout=60)
    until(lambda: not processes(tmp_path), "its processes died with it")
    with begun(tmp_path) as child:
        until(lambda: not left.exists(), "what the first has left is removed")
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=90)
    assert list(tmp_path.iterdir()) == []
