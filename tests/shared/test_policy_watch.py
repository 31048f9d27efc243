"""The policy of a process that runs: kept as it was read, and named when its file is another."""

import shutil
from pathlib import Path

import pytest

from shared.policy import CORE, Core
from shared.policy.source import read
from shared.policy.watch import PolicyWatch

TRUE = Path("deploy/policies") / CORE


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / CORE
    made.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(TRUE, made)
    return made


def test_a_policy_that_goes_breaks_or_changes_is_named_until_it_is_back(file: Path) -> None:
    kept = read(file, Core)
    watch, text = PolicyWatch(file, Core, lambda: kept), file.read_text("utf-8")
    assert watch.notes() == []
    for bad in ("no = [", "unheard_of = 1"):
        file.write_text(bad, "utf-8")
        (said,) = watch.notes()
        assert said.startswith(f"the policy cannot be read: {file}")
        assert "keeps what it read at its start" in said
    file.unlink()
    assert "No such file" in watch.notes()[0]
    file.write_text(text.replace(f'name = "{kept.name}"', 'name = "other"'), "utf-8")
    assert watch.notes() == [
        f"{file} was changed; it counts from the next start of this process on"
    ]
    file.write_text(text, "utf-8")
    assert watch.notes() == []
