"""What the demo checks before it starts anything, and what it shows."""

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.demo import ending, legacy, run, screen, stage, tickets
from guiyi.history import detail
from guiyi.legacy.mapping import read_map
from guiyi.play.cast import cast
from guiyi.refusal import WRONG
from guiyi.rooms import ROOMS
from guiyi.tables.faults import Unusable
from shared.events.values import Role
from shared.personal.seal import HIDDEN

BPI = "caseid,task,user,end_timestamp\n0,Accepted+In Progress,Frederic,2010-03-31T14:59:42\n"


def test_a_log_is_read_by_the_map_that_has_its_columns(tmp_path: Path) -> None:
    assert legacy.fitting_map(legacy.SAMPLE).name == "sample.toml"
    log = tmp_path / "log.csv.gz"
    log.write_bytes(gzip.compress(BPI.encode()))
    assert legacy.fitting_map(log).name == "bpi2013.toml"


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", "\x00\x1f garbage"])
def test_a_log_no_map_fits_is_refused(tmp_path: Path, content: str) -> None:
    log = tmp_path / "log.csv"
    log.write_text(content, "utf-8")
    with pytest.raises(Unusable, match="--mapping"):
        legacy.fitting_map(log)


def test_a_map_that_was_given_is_the_one(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text(BPI, "utf-8")
    with pytest.raises(Unusable, match="has no column"):
        legacy.fitting_map(log, legacy.MAPS / "sample.toml")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--legacy", "no-such-file.csv"], "no-such-file.csv"),
        (["--state", "."], "is not empty"),
    ],
)
def test_wrong_words_end_it_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], sentence: str
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("GUIYI_LANG", "en")
    ended = CliRunner().invoke(app, ["demo", *options])
    assert ended.exit_code == WRONG
    assert sentence in ended.output
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    stage.check_folder(None)
    stage.check_folder(tmp_path)
    stage.check_folder(tmp_path / "new")
    (tmp_path / "work").touch()
    for taken in (tmp_path, tmp_path / "work"):
        with pytest.raises(stage.StateInUse):
            stage.check_folder(taken)


def test_the_cast_can_play_its_parts() -> None:
    played = cast()
    roles = {role for person in played.people for role in person.roles}
    assert roles <= {role.value for role in Role}
    assert len({person.id for person in played.people}) == len(played.people)
    named = {run.VICTIM.partition("-")[0], *(room for room, _ in ending.REBUILT)}
    assert named <= {*ROOMS}
    stocked = {each["part"] for each in played["stock"]}
    assert stocked == {card["id"] for card in played["parts"]}
    assert read_map(legacy.MAPS / "sample.toml").branch == "HZ01"


def test_the_result_is_one_line() -> None:
    papers = [{"kind": "report", "number": "BX-HZ01-20261123-0001"}]
    told = [tickets.Told("BX-HZ01-20261123-0001", "straight", "closed", 53, papers)]
    outcome = run.Result(told, {"tickets": 1, "facts": 2}, parts_balanced=True)
    outcome.rebuilt_equal, outcome.lag, outcome.story_ahead = True, 0, "P31D"
    line = outcome.line()
    assert "\n" not in line
    assert json.loads(line) == {
        "tickets": [
            {
                "ticket": "BX-HZ01-20261123-0001",
                "story": "straight",
                "state": "closed",
                "facts": 53,
                "papers": papers,
            }
        ],
        "imported": {"tickets": 1, "facts": 2},
        "parts_balanced": True,
        "rebuilt_equal": True,
        "lag": 0,
        "story_ahead": "P31D",
        "month": None,
        "warranty": {},
        "repeated": "",
        "complaint": "",
    }


def test_states_and_facts_are_called_as_their_rooms_call_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = screen.screen(as_json=True)
    monkeypatch.setenv("GUIYI_LANG", "zh")
    assert (shown.state("accepted"), shown.state("closed")) == ("已接单", "已结案")
    assert shown.label("WorkOrderSigned").en == "work order signed"
    assert shown.label("of-nobody").zh == "of-nobody"


def test_a_history_says_of_a_fact_what_no_other_column_says() -> None:
    step = {
        "actor": "A-QIANFENG",
        "branch": "HZ01",
        "data": {
            "round": 1,
            "branch": "HZ01",
            "by": "A-QIANFENG",
            "content": "9f" * 32,
            "at": "2026-11-23T02:00:00Z",
            "order": "BX-HZ01-20261123-0001-W1",
            "name": HIDDEN,
            "as_what": "approver",
            "reasons": ["偏高", "偏高"],
        },
    }
    assert detail(step, "BX-HZ01-20261123-0001") == "approver, 偏高"
    row = {"actor": "import:old", "branch": "HZ01", "data": {"source": "old", "state": "派工"}}
    assert detail(row, "old-17") == "派工"
