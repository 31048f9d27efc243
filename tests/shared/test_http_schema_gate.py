"""安装核对: nothing is let in before the database is known as the one this program is made for."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from guiyi.serve import DIFFERS
from guiyi.stack.installation import PROJECT
from shared.config import Settings
from shared.http.schema_gate import SchemaGate
from shared.record.schema import SchemaDiffers
from shared.record.store import Unavailable
from shared.worker.retry import dead_letter_queue
from tests.guiyi.legacy_desk import environment
from tests.shared.http_desk import codes
from tests.shared.http_toy import OPEN, toy_desk


def nobody() -> None:
    raise AssertionError


def test_commands_wait_for_the_comparison_and_probes_do_not(tmp_path: Path) -> None:
    known: list[bool] = []
    with toy_desk(tmp_path, is_installed=lambda: bool(known)) as desk:
        told = desk.post("/v1/toys", OPEN)
        assert (told.status_code, codes(told)) == (503, ["unavailable"])
        assert desk.client.request("GET", "/healthz").status_code == 200
        known.append(True)
        assert desk.post("/v1/toys", OPEN).status_code == 201


def test_it_goes_on_asking_while_the_database_is_away() -> None:
    asked: list[None] = []
    answered = threading.Event()

    def check() -> None:
        asked.append(None)
        if len(asked) < 3:
            raise Unavailable("away")
        answered.set()

    installed = SchemaGate(check, nobody, pause=0.01)
    installed.begin()
    assert answered.wait(30)
    installed.close()
    assert (installed.is_known, installed.unready()) == (True, [])


def test_a_database_that_turns_out_to_be_another_ends_the_process() -> None:
    answers = iter([Unavailable("away"), SchemaDiffers("of another room")])
    ended = threading.Event()

    def check() -> None:
        raise next(answers)

    installed = SchemaGate(check, ended.set, pause=0.01)
    installed.begin()
    assert not installed.is_known
    assert ended.wait(30)
    installed.close()
    assert isinstance(installed.differs, SchemaDiffers)
    assert installed.unready()


def test_one_that_is_another_from_the_start_is_refused_at_once() -> None:
    def check() -> None:
        raise SchemaDiffers("of another room")

    with pytest.raises(SchemaDiffers):
        SchemaGate(check, nobody).begin()


def test_a_web_process_does_not_start_on_other_partitions(
    make_database: Callable[..., Settings],
) -> None:
    settings = make_database("intake")
    ended = subprocess.run(
        [sys.executable, "-m", "guiyi.serve", "intake", "web"],
        env={**os.environ, **environment(settings), "PARTITIONS": "24"},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == DIFFERS, ended.stderr
    assert "set PARTITIONS=6" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_nothing_is_healed_on_other_partitions(make_database: Callable[..., Settings]) -> None:
    from services.intake.app import room

    settings = replace(make_database("intake"), partitions=24)
    with pytest.raises(SchemaDiffers, match="PARTITIONS=6"), dead_letter_queue(room, settings):
        raise AssertionError
