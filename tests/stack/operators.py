"""A person at the command line: runs `guiyi` as they do, and looks at how it ended."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from guiyi.rooms import FIRST_OPERATOR
from shared.config import Settings
from tests.relaying import environ

GUIYI = "from guiyi.cli import main; main()"


@dataclass(frozen=True)
class Told:
    """How the command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def outcomes(self) -> list[tuple[str, int, int]]:
        found = self.json["obstacles"]
        return [(each["outcome"], each["partition"], each["seq"]) for each in found]


def guiyi(settings: Settings, *words: str, answer: str = "") -> Told:
    """Run the command as an operator does, whose environment names the installation."""
    owner = settings.owner_url
    assert owner is not None
    named = {"INTAKE_OWNER_URL": owner, "INTAKE_WEB_URL": "http://unused", "GUIYI_LANG": "en"}
    named |= {"GUIYI_ACTOR": FIRST_OPERATOR}
    if not settings.kafka.bootstrap:  # no test of this process has asked for a broker so far
        named["KAFKA_BOOTSTRAP"] = "unused:9092"
    ended = subprocess.run(
        [sys.executable, "-c", GUIYI, *words],
        env={**os.environ, **environ(settings), **_administering(settings), **named},
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    return Told(ended.returncode, ended.stdout, ended.stderr)


def _administering(settings: Settings) -> Mapping[str, str]:
    """The login that cuts topics, which no process of a room is told."""
    return settings.kafka_admin.environment("KAFKA_ADMIN") if settings.kafka.has_login else {}
