"""A person at the command line: runs `guiyi` as they do, and looks at how it ended."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from guiyi.cli import main
from guiyi.rooms import FIRST_OPERATOR
from shared.config import Settings
from tests.forked import forked
from tests.relaying import environ


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
    told = {**environ(settings), **_administering(settings), **named}
    return called(*words, environ=told, answer=answer)


def called(*words: str, environ: Mapping[str, str], answer: str = "", seconds: float = 100) -> Told:
    """Run the command with this beside our own environment, and wait for its end."""
    with TemporaryDirectory() as folder:
        told, out, err = (Path(folder) / name for name in ("told", "out", "err"))
        told.write_text(answer, "utf-8")
        running = forked(_guiyi, *words, environ=environ, told=told, out=out, err=err)
        try:
            code = running.wait(seconds)
        finally:
            running.kill()
        ended = Told(code, out.read_text("utf-8"), err.read_text("utf-8"))
    assert "Traceback" not in ended.err, ended.err
    return ended


def _guiyi(*words: str) -> None:
    sys.argv = ["guiyi", *words]
    main()


def _administering(settings: Settings) -> Mapping[str, str]:
    """The login that cuts topics, which no process of a room is told."""
    return settings.kafka_admin.environment("KAFKA_ADMIN") if settings.kafka.has_login else {}
