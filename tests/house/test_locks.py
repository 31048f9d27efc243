"""The two locks agree, and every package in them has a hash."""

import re
import tomllib
from pathlib import Path

from guiyi.stack.jars import LOCK, SPEC, locked

PROJECT = Path(__file__).parents[2]
PINNED = re.compile(r"^([a-z0-9-]+)==(\S+)", re.MULTILINE)
WANTED = re.compile(r"[a-z0-9-]+")


def pins(name: str) -> dict[str, str]:
    return dict(PINNED.findall((PROJECT / name).read_text("utf-8")))


def test_the_developers_lock_holds_what_runs_in_the_same_versions() -> None:
    runs, develops = pins("requirements.lock"), pins("requirements-dev.lock")
    assert runs.items() <= develops.items()


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))
    runs, develops = pins("requirements.lock"), pins("requirements-dev.lock")
    for asked, lock in (
        (project["project"]["dependencies"], runs),
        (project["dependency-groups"]["dev"], develops),
    ):
        assert {WANTED.match(line)[0] for line in asked} <= lock.keys()  # type: ignore[index]


def test_every_package_is_named_by_its_hash_and_none_by_an_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (PROJECT / name).read_text("utf-8")
        packages = re.split(r"^(?=[a-z0-9-]+==)", text, flags=re.MULTILINE)[1:]
        assert len(packages) == len(pins(name))
        assert [each for each in packages if "--hash=sha256:" not in each] == []
        assert "://" not in text


def test_the_broker_is_the_one_that_is_asked_for() -> None:
    asked = tomllib.loads(SPEC.read_text("utf-8"))["dependencies"]["coordinates"]
    found = {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in locked()}
    assert set(asked) <= found
    kafka = {jar.version for jar in locked() if jar.group == "org.apache.kafka"}
    assert len(kafka) == 1, f"one Kafka in {LOCK.name}"
