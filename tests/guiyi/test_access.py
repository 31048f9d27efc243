"""进入 (access): which settings a command reads, with a running stack and without one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from guiyi.access import OutOfReach, access, surroundings
from guiyi.rooms import ROOMS
from guiyi.stack.installation import Installation, replace
from guiyi.verbs.imports import _settings as import_settings

WRITTEN = {
    "KAFKA_BOOTSTRAP": "127.0.0.1:20001",
    "PARTITIONS": "6",
    "INTAKE_RUNTIME_URL": "postgresql://intake_runtime:x@127.0.0.1:20002/intake",
    "INTAKE_RELAY_URL": "postgresql://intake_relay:x@127.0.0.1:20002/intake",
    "INTAKE_WORKER_URL": "postgresql://intake_worker:x@127.0.0.1:20002/intake",
    "INTAKE_WEB_URL": "http://127.0.0.1:20003",
    "KEYS_URL": "postgresql://keys_runtime:x@127.0.0.1:20002/keys",
    "KEYS_RELAY_URL": "postgresql://keys_relay:x@127.0.0.1:20002/keys",
    "KEYS_WORKER_URL": "postgresql://keys_worker:x@127.0.0.1:20002/keys",
    "KEYS_MASTER_FILE": "/k",
    "TOKEN_PUBLIC_KEY_FILE": "/t",
}


@pytest.fixture
def stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """An installation that was started once. The environment names nothing of it."""
    for name in WRITTEN:
        monkeypatch.delenv(name, raising=False)
    installation = Installation(tmp_path / "state")
    installation.make(ROOMS)
    replace(installation.environment_file, WRITTEN)
    return installation


@pytest.fixture
def runs(stands: Installation) -> Iterator[Installation]:
    """The same installation with a supervisor that runs."""
    with stands.alone():
        yield stands


def test_a_running_stacks_settings_hold(
    runs: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert access(runs.folder).settings("intake").partitions == 6
    monkeypatch.setenv("PARTITIONS", "24")
    monkeypatch.setenv("KAFKA_BOOTSTRAP", WRITTEN["KAFKA_BOOTSTRAP"])
    assert access(runs.folder).settings("intake").partitions == 6
    settings = import_settings(runs.folder)
    assert settings is not None
    assert settings.partitions == 6


def test_environment_that_names_all_of_the_running_stack_leaves_it_its_partitions(
    runs: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in WRITTEN.items():
        if name != "PARTITIONS":
            monkeypatch.setenv(name, value)
    assert access(runs.folder).settings("intake").partitions == 6
    settings = import_settings(runs.folder)
    assert settings is not None
    assert settings.partitions == 6


def test_another_installation_is_never_mixed_with_the_running_one(
    runs: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "kafka-1:9092")
    assert "INTAKE_RUNTIME_URL" not in surroundings(runs)
    assert import_settings(runs.folder) is None
    with pytest.raises(OutOfReach):
        access(runs.folder)


def test_where_nothing_runs_the_environment_alone_counts(
    stands: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(OutOfReach):
        access(stands.folder)
    for name, value in (WRITTEN | {"PARTITIONS": "12"}).items():
        monkeypatch.setenv(name, value)
    assert access(stands.folder).settings("intake").partitions == 12


def test_a_first_start_that_has_written_nothing_is_out_of_reach(runs: Installation) -> None:
    runs.environment_file.unlink()
    with pytest.raises(OutOfReach):
        access(runs.folder)
