"""A verb that refuses says a sentence; with `--json` it writes one line to standard error."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from guiyi.cli import app

NOTHING_RUNS = [
    (["lag"], 3, "reach-nothing-runs"),
    (["ticket", "list"], 3, "reach-nothing-runs"),
    (["ticket", "history", "BX-HZ01-20260101-0001"], 3, "reach-nothing-runs"),
    (["relay", "status", "intake"], 3, "reach-nothing-runs"),
    (["parked", "list", "intake"], 3, "reach-nothing-runs"),
    (["restore", "intake", "--from-journal"], 3, "reach-nothing-runs"),
    (["erasures", "apply", "none.json", "--because", "b"], 2, "erasures-unreadable"),
    (["parked", "discard", "intake", "1", "--because", "b"], 1, "guiyi-aborted"),
    (["lag", "kitchen"], 2, "reach-no-room"),
    (["rebuild", "intake", "nothing"], 2, "rebuild-no-view"),
    (["rebuild", "intake"], 2, "guiyi-wrong-words"),
    (["parked", "show", "intake", "first"], 2, "guiyi-wrong-words"),
    (["lag", "--whatever"], 2, "guiyi-wrong-words"),
    (["restore", "intake", "--from-journal", "--because", "\udcff"], 2, "guiyi-not-text"),
    (["\udcfe"], 2, "guiyi-not-text"),
    (["parked", "list", "intake", "--after", "-1"], 2, "guiyi-wrong-words"),
    (["token", "--actor", "a", "--role", "king", "--branch", "*"], 2, "token-unknown-role"),
    (["token", "--actor", "a", "--role", "clerk", "--branch", "*"], 1, "token-no-key"),
    (["import", "none.csv", "--mapping", "none.toml"], 2, "import-wrong"),
    (["demo", "--legacy", "none.csv"], 2, "demo-no-log"),
]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a verb where no stack runs."""
    for name in ("KAFKA_BOOTSTRAP", "INTAKE_WEB_URL", "INTAKE_RUNTIME_URL", "GUIYI_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GUIYI_LANG", "en")
    monkeypatch.setenv("GUIYI_STATE", str(tmp_path / "state"))
    return lambda words: CliRunner().invoke(app, words, catch_exceptions=False)


@pytest.mark.parametrize(("words", "code", "name"), NOTHING_RUNS)
def test_a_program_is_told_in_one_line(ask: Any, words: list[str], code: int, name: str) -> None:
    result = ask([*words, "--json"])
    assert result.exit_code == code, result.output
    told = json.loads(result.stderr.splitlines()[-1])
    assert told["code"] == name
    assert told["zh"] != told["en"]
    assert not result.stdout.startswith("{")


def test_an_actor_in_the_environment_that_is_no_text_is_told(
    ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GUIYI_ACTOR", "\udcff")
    result = ask(["parked", "list", "intake", "--json"])
    assert (result.exit_code, json.loads(result.stderr)["code"]) == (2, "guiyi-not-text")


@pytest.mark.parametrize(("words", "code", "name"), NOTHING_RUNS)
def test_a_person_is_told_in_a_sentence(ask: Any, words: list[str], code: int, name: str) -> None:
    result = ask(words)
    assert result.exit_code == code, result.output
    assert result.stderr.strip(), name
    assert not result.stderr.startswith("{")
    assert "Traceback" not in result.output


def test_help_is_no_refusal(ask: Any) -> None:
    assert ask(["lag", "--json", "--help"]).exit_code == 0
