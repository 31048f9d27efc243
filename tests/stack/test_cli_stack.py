"""`guiyi` as a user types it, with the real rooms: up, status, import, ticket, down."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import psutil
import pytest

from guiyi.access import Access
from guiyi.play.cast import cast
from guiyi.play.desk import Desk
from guiyi.play.registers import enter_registers
from guiyi.play.repairs import continued
from guiyi.rooms import FIRST_OPERATOR
from guiyi.stack.installation import PROJECT, Installation
from guiyi.stack.launch import READ
from guiyi.verbs.stack import NOT_RUNNING
from shared.kafka_access import KafkaAccess
from tests.servers import Servers
from tests.stack.conftest import until
from tests.state_folder import state_folder

pytestmark = [pytest.mark.stack, pytest.mark.timeout(300)]


READY_S = 100
"""Generous: this tells whether it gets ready. How fast it is, `make bench` measures."""
GUIYI = (sys.executable, "-c", "from guiyi.cli import main; main()")
Ran: TypeAlias = "subprocess.CompletedProcess[str]"

NUMBER = "甲 7/2#3?x=1&y=50%+é"
"""A ticket's number of another desk, with all that means something in a URL."""
LEGACY = f"""no,step,who,at
{NUMBER},open,Anne,2012-05-01T08:30:00
8,closed,Ben,2012-05-01T08:40:00
{NUMBER},open again,Anne,2012-05-01T09:30:00
"""
MAPPING = """
source = "old"
branch = "HZ01"
personal = ["who"]
[columns]
case = "no"
activity = "step"
time = "at"
person = "who"
[time]
zone = "UTC"
[states]
open = ["open*"]
closed = ["closed"]
"""


@contextmanager
def folder() -> Iterator[Path]:
    """A state folder. Processes that still run there at the end are ended."""
    with state_folder() as made:
        yield made
        guiyi("down", made)


@pytest.fixture
def state() -> Iterator[Path]:
    """A state folder for this test alone."""
    with folder() as made:
        yield made


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Path, Ran]]:
    """A stack for the tests that leave it running, and the output of `guiyi up`."""
    with folder() as made:
        yield made, guiyi("up", made, "--detach", "--timeout", str(READY_S))


ACTING = {"GUIYI_ACTOR": FIRST_OPERATOR}


def guiyi(verb: str, state: Path, *options: str, answer: str = "", **environ: str) -> Ran:
    return subprocess.run(
        [*GUIYI, *verb.split(), "--state", state, *options],
        env={**os.environ, "LC_ALL": "C.UTF-8", "GUIYI_ROOMS": "intake", **ACTING, **environ},
        cwd=PROJECT,
        input=answer,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )


def children(installation: Installation) -> list[psutil.Process]:
    pid = installation.supervisor()
    assert pid is not None
    return psutil.Process(pid).children(recursive=True)


def told(state: Path) -> tuple[int, dict[str, Any]]:
    answer = guiyi("status", state, "--json")
    return answer.returncode, json.loads(answer.stdout)


def test_up_says_where_the_rooms_are_and_status_what_runs(running: tuple[Path, Ran]) -> None:
    state, started = running
    assert started.returncode == 0, started.stderr + started.stdout
    assert "intake: http://127.0.0.1:" in started.stdout
    code, status = told(state)
    assert code == 0
    assert {part["state"] for part in status["parts"]} == {"up"}
    rooms = {part["name"].partition("-")[0] for part in status["parts"]}
    assert rooms == {"postgres", "kafka", "intake"}, "the rooms that were asked for"
    assert list(json.loads(guiyi("lag", state, "--json").stdout)) == ["intake"]
    again = guiyi("up", state, "--detach")
    assert (again.returncode, "Running already" in again.stdout) == (0, True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up being root")
def test_no_part_that_root_starts_is_root_and_rooms_and_servers_are_two(
    running: tuple[Path, Ran],
) -> None:
    parts = (Installation(running[0]).status() or {})["parts"]
    uids = {part["name"]: psutil.Process(part["pid"]).uids() for part in parts}
    assert all(uid.real == uid.effective == uid.saved != 0 for uid in uids.values())
    servers = {uids[name].real for name in ("kafka", "postgres")}
    assert servers.isdisjoint(uid.real for name, uid in uids.items() if "-" in name)
    for part in parts:
        status = Path(f"/proc/{part['pid']}/status").read_text("utf-8")
        held = {int(line.split()[1], 16) for line in status.splitlines() if "CapEff" in line}
        assert held <= {0, *(1 << each for each in READ)}


def test_a_room_there_is_not_is_told(state: Path) -> None:
    answer = guiyi("up", state, "--rooms", "intake,cellar")
    assert (answer.returncode, "cellar" in answer.stderr) == (2, True)
    assert list(state.iterdir()) == []


def test_down_leaves_no_process_and_says_so(state: Path) -> None:
    assert told(state)[0] == NOT_RUNNING
    left = children(begun(state))
    ended = guiyi("down", state, "--json")
    assert ended.returncode == 0
    assert set(json.loads(ended.stdout)["ended"]) >= {"kafka", "postgres", "supervisor"}
    assert [one for one in left if one.is_running()] == []
    assert guiyi("down", state).stdout == "Nothing runs.\n"


def test_a_legacy_ticket_of_any_number_is_imported_found_and_continued(
    running: tuple[Path, Ran], tmp_path: Path
) -> None:
    state, _ = running
    file, mapping = tmp_path / "old.csv", tmp_path / "map.toml"
    file.write_text(LEGACY, "utf-8")
    mapping.write_text(MAPPING, "utf-8")
    imported = asked("import", state, str(file), "--mapping", str(mapping))
    assert (imported["added"], imported["rejected"]) == (3, 0)

    until(lambda: shown(state).keys() == {NUMBER, "8"}, "both are on the list")
    until(lambda: shown(state)[NUMBER]["state"] == "open again", "it is shown as it stood last")
    ticket = shown(state)[NUMBER]["ticket"]
    assert asked("ticket show", state, ticket)["facts"] == 2
    steps = asked("ticket history", state, ticket)["steps"]
    assert [step["data"]["state"] for step in steps] == ["open", "open again"]

    access = Access(Installation(state), Installation(state).environment())
    key = access.installation.token_private_key_file
    with Desk(access.peers, key, "HZ01") as desk:
        enter_registers(desk, cast())
        lives_on_as = continued(ticket)(desk, cast())
    until(
        lambda: asked("ticket show", state, ticket)["continued_as"] == lives_on_as,
        "the old ticket says as what it lives on",
    )
    assert kinds(state, ticket) == ["LegacyEntryImported"] * 2 + ["LegacyTicketContinued"]
    # Of one append on two partitions: which of them is told first hangs on the ticket's number.
    assert sorted(kinds(state, lives_on_as)[:2]) == ["LegacyTicketContinued", "RepairReported"]

    gone = asked("withdraw", state, "old", "--because", "the wrong zone")
    assert (gone["tickets"], gone["withdrawn"]) == (2, 2)
    until(lambda: shown(state)["8"]["state"] == "withdrawn", "the list says so")
    assert shown(state)[NUMBER]["continued_as"] == lives_on_as
    assert kinds(state, ticket)[-1] == "LegacyTicketWithdrawn"
    again = guiyi("import", state, str(file), "--mapping", str(mapping), "--json")
    assert (again.returncode, json.loads(again.stdout)["reasons"]) == (4, {"import-withdrawn": 3})


def kinds(state: Path, ticket: str) -> list[str]:
    """The types of a ticket's facts, as its history names them."""
    return [step["type"] for step in asked("ticket history", state, ticket)["steps"]]


def asked(verb: str, state: Path, *options: str) -> dict[str, Any]:
    """The output of a verb with `--json`."""
    answer = guiyi(verb, state, *options, "--json")
    assert answer.returncode == 0, answer.stderr + answer.stdout
    found: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return found


def shown(state: Path) -> dict[str, dict[str, Any]]:
    """The legacy tickets of the list, by the numbers of the old desk."""
    return {row["number"]: row for row in asked("ticket list", state)["rows"] if row["number"]}


def test_down_ends_a_supervisor_that_was_stopped(state: Path) -> None:
    installation = begun(state)
    left = children(installation)
    pid = installation.supervisor()
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert guiyi("down", state).returncode == 0
    assert [one for one in left if one.is_running()] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_what_runs_in_the_foreground_ends_with_it(state: Path, number: signal.Signals) -> None:
    line = [*GUIYI, "up", "--state", str(state)]
    foreground = subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.DEVNULL)
    installation = Installation(state)
    until(lambda: up_parts(installation) >= {"kafka", "postgres"}, "the servers are up")
    left = children(installation)
    foreground.send_signal(number)
    code = foreground.wait(60)
    assert code == (0 if number is signal.SIGINT else -signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=30)
    assert alive == []
    assert installation.supervisor() is None


def test_a_server_that_cannot_be_prepared_is_told(state: Path) -> None:
    (state / "postgres").write_text("in the way")
    answer = guiyi("up", state, "--detach")
    assert answer.returncode == 1
    assert "Could not start: FileExistsError" in answer.stderr
    (state / "postgres").unlink()


def test_servers_named_in_the_environment_replace_the_embedded(
    state: Path, servers: Servers, clean_kafka: KafkaAccess
) -> None:
    intake, dispatch = servers.make_database("intake"), servers.make_database("dispatch")
    assert intake.owner_url is not None
    environ = {
        "GUIYI_ROOMS": "dispatch, intake",
        **clean_kafka.environment("KAFKA_ADMIN"),
        **intake.kafka.environment("INTAKE_KAFKA"),
        **dispatch.kafka.environment("DISPATCH_KAFKA"),
        "KEYS_URL": intake.keys_url,
        "KEYS_RELAY_URL": intake.keys_relay_url,
        "KEYS_WORKER_URL": intake.keys_worker_url,
        "KEYS_MASTER_FILE": str(intake.master_key_file),
    }
    for settings in (intake, dispatch):
        environ[f"{settings.room.upper()}_RUNTIME_URL"] = settings.runtime_url
        environ[f"{settings.room.upper()}_RELAY_URL"] = settings.relay_url
        environ[f"{settings.room.upper()}_WORKER_URL"] = settings.worker_url
    answer = guiyi("up", state, "--detach", "--timeout", str(READY_S), **environ)
    assert answer.returncode == 0, answer.stderr + answer.stdout
    _, status = told(state)
    assert status["kafka"] == clean_kafka.bootstrap
    assert not {"kafka", "postgres"} & {part["name"] for part in status["parts"]}


def begun(state: Path) -> Installation:
    """A stack in the foreground whose servers are up. Its rooms may still be starting."""
    installation = Installation(state)
    guiyi("up", state, "--detach", "--timeout", "1")
    until(lambda: up_parts(installation) >= {"kafka", "postgres"}, "the servers are up")
    return installation


def up_parts(installation: Installation) -> set[str]:
    parts = (installation.status() or {"parts": []})["parts"]
    return {part["name"] for part in parts if part["state"] == "up"}
