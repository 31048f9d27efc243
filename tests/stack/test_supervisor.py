"""The supervisor restarts what ends, and leaves no process behind."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg2
import pytest

from guiyi.rooms import ROOMS
from guiyi.stack.installation import AlreadyRunning, Installation
from shared.config import ROLES
from tests.stack.away import hanging_up
from tests.stack.conftest import LONG, Standing, standing, until

EVERY = ["postgres", "kafka", *(f"{room}-{role}" for room in ROOMS for role in ROLES)]

ASLEEP_S = 8

pytestmark = pytest.mark.stack


def test_every_part_is_up_and_shown(stack: Standing) -> None:
    assert list(stack.pids()) == EVERY
    for name in EVERY:
        part = stack.part(name)
        assert part["state"] == "up"
        assert part["pid"] in psutil.pids()
        assert str(part["log"]).endswith(f"{name}.log")


def test_a_room_is_told_its_own_logins_and_nobody_elses(stack: Standing) -> None:
    told = stack.told("intake-relay")
    assert told["KAFKA_BOOTSTRAP"] == f"127.0.0.1:{stack.part('kafka')['port']}"
    assert told["PARTITIONS"] == "6"
    assert told["INTAKE_WEB_URL"].endswith(str(stack.part("intake-web")["port"]))
    for role, login, keys in (
        ("web", "runtime", "KEYS_URL"),
        ("relay", "relay", "KEYS_RELAY_URL"),
        ("worker", "worker", "KEYS_WORKER_URL"),
    ):
        every = {k: v for k, v in stack.told(f"intake-{role}").items() if k.endswith("_URL") and v}
        urls = {k: v for k, v in every.items() if not k.endswith("_WEB_URL")}
        assert sorted(urls) == [f"INTAKE_{login.upper()}_URL", keys]
        assert f"//intake_{login}:" in urls[f"INTAKE_{login.upper()}_URL"]
        assert f"//keys_{login}:" in urls[keys]
    assert told["INTAKE_KAFKA_USERNAME"] == "intake"
    assert told["KAFKA_SECURITY_PROTOCOL"] == "SASL_PLAINTEXT"
    secret = {"DISPATCH_RUNTIME_URL", "INTAKE_OWNER_URL", "POSTGRES_ADMIN_URL"}
    secret |= {"DISPATCH_KAFKA_PASSWORD", "KAFKA_ADMIN_PASSWORD"}
    assert not secret & told.keys()
    assert {name for name in stack.told("intake-web") if "KAFKA" in name} == {"KAFKA_BOOTSTRAP"}


def test_secrets_are_read_by_their_owner_only(stack: Standing) -> None:
    folder = stack.installation.secrets
    # The rooms' user, if root runs the stack, passes through to the one file that it owns.
    assert folder.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)
    secret = {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}
    assert secret.pop("token-public.pem")
    assert set(secret.values()) == {0o600}


@pytest.mark.parametrize("name", ["intake-web", "kafka", "postgres"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_a_part_that_dies_or_falls_silent_is_started_again(
    stack: Standing, name: str, number: signal.Signals
) -> None:
    before = stack.part(name)
    for one in [psutil.Process(before["pid"]), *psutil.Process(before["pid"]).children()]:
        one.send_signal(number)
    until(lambda: stack.part(name)["restarts"] > before["restarts"], f"{name} restarted")
    until(lambda: stack.state() == "ready", "all is up again")
    after = stack.part(name)
    assert after["pid"] != before["pid"]
    assert after["port"] == before["port"]
    assert before["pid"] not in psutil.pids()


def test_what_a_part_has_started_goes_with_it(stack: Standing) -> None:
    before = stack.part("dispatch-web")
    grandchild = psutil.Process(int(stack.get("dispatch-web", "/grandchild")))
    psutil.Process(before["pid"]).kill()
    until(lambda: stack.part("dispatch-web")["restarts"] > before["restarts"], "restarted")
    assert not grandchild.is_running()
    until(lambda: stack.state() == "ready", "all is up again")


def test_a_supervisor_that_was_stopped_does_not_blame_its_children(stack: Standing) -> None:
    before, dead = stack.pids(), "dispatch-relay"
    stack.send(signal.SIGSTOP, wait=False)
    time.sleep(ASLEEP_S)  # longer than any child may be silent: that is the story
    psutil.Process(before[dead]).kill()
    stack.send(signal.SIGCONT, wait=False)
    until(lambda: stack.pids()[dead] not in (None, before[dead]), "it looks around again")
    until(lambda: stack.state() == "ready", "all is up again")
    assert {name for name, pid in stack.pids().items() if pid != before[name]} == {dead}


@contextmanager
def port_taken(stack: Standing, name: str) -> Iterator[None]:
    """A part dies while the supervisor sleeps, and a stranger listens on its port."""
    before = stack.part(name)
    stack.send(signal.SIGSTOP, wait=False)
    try:
        family = [psutil.Process(before["pid"])]
        family += family[0].children(recursive=True)
        for one in family:
            one.kill()
        psutil.wait_procs(family, timeout=LONG)
        port = before["port"]
        assert port is not None
        with hanging_up(port):
            stack.send(signal.SIGCONT, wait=False)
            until(lambda: stack.part(name)["port"] != port, f"{name} takes another port")
            until(lambda: stack.state() == "ready", "all is up")
            yield
    finally:
        stack.send(signal.SIGCONT, wait=False)


def test_a_part_whose_port_is_taken_by_a_stranger_takes_another(stack: Standing) -> None:
    before = stack.pids()
    with port_taken(stack, "dispatch-relay"):
        now = stack.pids()
    assert {name for name, pid in now.items() if pid != before[name]} == {"dispatch-relay"}


def test_who_is_told_of_a_server_hears_of_its_new_port(stack: Standing) -> None:
    before = stack.pids()
    with port_taken(stack, "kafka"):
        port = stack.part("kafka")["port"]
        assert stack.told("intake-web")["KAFKA_BOOTSTRAP"] == f"127.0.0.1:{port}"
        assert stack.installation.environment()["KAFKA_BOOTSTRAP"] == f"127.0.0.1:{port}"
        assert stack.pids()["postgres"] == before["postgres"]


def test_a_second_supervisor_is_refused(stack: Standing) -> None:
    assert stack.supervisor is not None
    with pytest.raises(AlreadyRunning) as refused, stack.installation.alone():
        pass
    assert refused.value.pid == stack.supervisor.pid


def test_nothing_outlives_a_killed_supervisor_and_the_next_resumes(fresh: Standing) -> None:
    fresh.up()
    ports = {name: fresh.part(name)["port"] for name in EVERY}
    keep_a_row(fresh.installation, 41)
    left = fresh.everybody()
    assert len(left) > len(EVERY)
    orphan = psutil.Process(int(fresh.get("intake-web", "/grandchild")))
    fresh.send(signal.SIGKILL)
    _, alive = psutil.wait_procs(left, timeout=30)
    assert alive == []

    fresh.up()
    assert not orphan.is_running()
    assert {name: fresh.part(name)["port"] for name in EVERY} == ports
    assert kept_rows(fresh.installation) == [41]
    left = fresh.everybody()
    assert fresh.send(signal.SIGTERM) == 0
    assert [one for one in left if one.is_running()] == []
    assert (fresh.installation.status() or {})["state"] == "stopped"


def test_two_stacks_run_side_by_side(stack: Standing) -> None:
    with standing() as other:
        other.up()
        ports = [s.part(name)["port"] for s in (stack, other) for name in EVERY]
        assert len(set(ports)) == 2 * len(EVERY)
        assert other.send(signal.SIGINT) == 0
    assert stack.state() == "ready"


def keep_a_row(installation: Installation, number: int) -> None:
    connection = as_owner(installation)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (n int)")
        cursor.execute("INSERT INTO kept VALUES (%s)", (number,))
    connection.close()


def kept_rows(installation: Installation) -> list[int]:
    connection = as_owner(installation)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT n FROM kept")
        found = [n for (n,) in cursor]
    connection.close()
    return found


def as_owner(installation: Installation) -> "psycopg2.extensions.connection":
    url = installation.environment()["INTAKE_OWNER_URL"]
    return psycopg2.connect(url.replace("+psycopg2", ""), connect_timeout=10)
