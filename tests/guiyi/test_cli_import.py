"""`guiyi import` as a user types it: its output and its exit codes."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.refusal import WRONG
from guiyi.verbs.imports import DONE, REJECTED
from shared.config import Settings
from tests.guiyi.legacy_desk import environment
from tests.shared.recording import open_gate

MAPPING = """
source = "old"
branch = "HZ01"
[columns]
case = "id"
activity = "step"
time = "at"
[time]
zone = "UTC"
[states]
open = ["open"]
"""
GOOD = "id,step,at\n1,open,2012-05-01T08:30:00\n1,closed,2012-05-01T09:30:00\n"
BAD = "2,open,yesterday\n"


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs `guiyi import` in a folder where no stack runs."""
    for name in ("KAFKA_BOOTSTRAP", "INTAKE_RUNTIME_URL", "KEYS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GUIYI_LANG", "en")
    monkeypatch.setenv("GUIYI_STATE", str(tmp_path / "state"))
    mapping = tmp_path / "map.toml"
    mapping.write_text(MAPPING, "utf-8")

    def ask(content: str, *options: str, **environ: str) -> Any:
        file = tmp_path / "old.csv"
        file.write_text(content, "utf-8")
        line = ["import", str(file), "--mapping", str(mapping), *options]
        return CliRunner().invoke(app, line, env=environ, catch_exceptions=False)

    return ask


def told(result: Any) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_looking_needs_no_stack(asked: Callable[..., Any], tmp_path: Path) -> None:
    result = asked(GOOD + BAD, "--dry-run")
    assert result.exit_code == REJECTED
    assert "nothing was written" in result.stdout
    assert "time-unreadable" in result.stdout
    counts = told(asked(GOOD, "--dry-run", "--json"))
    assert (counts["tickets"], counts["rows"], counts["added"], counts["rejected"]) == (1, 2, 2, 0)
    assert (counts["states"], counts["open_states"]) == ({"open": 1, "closed": 1}, ["open"])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["map.toml", "old.csv"]


def test_importing_needs_a_stack(asked: Callable[..., Any]) -> None:
    result = asked(GOOD)
    assert result.exit_code == WRONG
    assert "guiyi up" in result.output
    result = asked(GOOD, "--json")
    assert (result.exit_code, result.stdout) == (WRONG, "")
    line = json.loads(result.stderr)
    assert line["code"] == "import-wrong"
    assert "nothing runs" in line["en"]
    assert "没有运行" in line["zh"]


def test_what_is_wrong_with_the_map_is_said_with_its_mend(
    asked: Callable[..., Any], tmp_path: Path
) -> None:
    result = asked("number,step,at\n", "--dry-run")
    assert result.exit_code == WRONG
    assert "has no column id" in result.output
    broken = tmp_path / "broken.toml"
    broken.write_text(MAPPING.replace('"UTC"', '"Mars"'), "utf-8")
    result = asked(GOOD, "--dry-run", "--mapping", str(broken))
    assert result.exit_code == WRONG
    assert "time.zone" in result.output


def test_it_is_told_in_the_users_language(asked: Callable[..., Any]) -> None:
    assert "没有写入任何内容" in asked(GOOD, "--dry-run", GUIYI_LANG="zh").stdout


def test_it_imports_and_says_how_it_ended(
    asked: Callable[..., Any], make_database: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_database("intake")
    open_gate(settings)
    environ = environment(settings)
    done = asked(GOOD, **environ)
    assert done.exit_code == DONE
    assert "Imported in" in done.stdout
    rejected = asked(GOOD + BAD, "--json", **environ)
    assert rejected.exit_code == REJECTED
    counts = told(rejected)
    assert (counts["added"], counts["known"], counts["rejected"]) == (0, 2, 1)
    assert counts["rejects"] == str(tmp_path / "old.csv.rejects.csv")
    assert Path(counts["rejects"]).exists()


def test_it_imports_nothing_into_a_record_of_other_partitions(
    asked: Callable[..., Any], make_database: Callable[..., Settings]
) -> None:
    settings = make_database("intake")
    open_gate(settings)
    result = asked(GOOD, **(environment(settings) | {"PARTITIONS": "24"}))
    assert result.exit_code == WRONG
    assert "set PARTITIONS=6" in result.output
    assert "Traceback" not in result.output


def test_whoever_imports_is_an_operator_of_the_register(
    asked: Callable[..., Any], make_database: Callable[..., Settings]
) -> None:
    settings = make_database("intake")
    open_gate(settings)
    environ = environment(settings)
    nobody = asked(GOOD, "--json", **(environ | {"GUIYI_ACTOR": ""}))
    assert (nobody.exit_code, json.loads(nobody.stderr)["code"]) == (WRONG, "acting-nobody")
    stranger = asked(GOOD, "--json", "--actor", "X-NOBODY", **environ)
    assert json.loads(stranger.stderr)["code"] == "acting-not-registered"
    assert (stranger.exit_code, "X-NOBODY" in stranger.stderr) == (WRONG, True)
    assert told(asked(GOOD, "--json", **environ))["added"] == 2
