"""Files of an installation that somebody wrote over: every verb ends with a sentence."""

import fcntl
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from guiyi.cli import app

VERBS = (["status"], ["lag"], ["relay", "status", "intake"], ["ticket", "history", "BX-HZ01-1"])
WHY = ("--because", "why")


@pytest.fixture(autouse=True)
def _no_other_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith(("KAFKA_", "INTAKE_", "GUIYI_"))]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize("verb", VERBS, ids=[" ".join(verb) for verb in VERBS])
@pytest.mark.parametrize("garbage", ["", "abc", "[1]", '{"a": 1}'])
def test_garbage_in_every_file_is_no_traceback(
    tmp_path: Path, verb: list[str], garbage: str
) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("status.json", "ports.json", "supervisor.pid", "secrets/environment.json"):
        (tmp_path / name).write_text(garbage)
    with (tmp_path / "supervisor.pid").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # as if a supervisor ran
        ended(verb, tmp_path)


@pytest.mark.parametrize("verb", VERBS, ids=[" ".join(verb) for verb in VERBS])
def test_a_state_that_is_a_file_is_no_traceback(tmp_path: Path, verb: list[str]) -> None:
    file = tmp_path / "state"
    file.write_text("")
    ended(verb, file)


@pytest.mark.parametrize(
    "words",
    [
        ["relay", "rewind", "intake", "--topic", "t", "--partition", "0", "--to", "9" * 23, *WHY],
        ["relay", "rewind", "intake", "--topic", "t", "--partition", "9" * 20, "--to", "1", *WHY],
        ["retired", "intake", "--hours", "9" * 14],
    ],
)
def test_a_number_that_nothing_has_is_refused(tmp_path: Path, words: list[str]) -> None:
    ended(words, tmp_path)


def ended(words: list[str], state: Path) -> None:
    """The verb ended with a status of its own, not with an error of ours."""
    told = CliRunner().invoke(app, [*words, "--state", str(state)])
    assert told.exit_code != 0
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
