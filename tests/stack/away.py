"""缺席 (what is away): a server, a database or the room on the disk, taken away and given back."""

import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import httpx
import psycopg2

from guiyi.plain import JsonObject
from guiyi.play.cast import cast
from guiyi.play.desk import ANSWER_SECONDS, Desk
from guiyi.play.people import CLERK, Person
from tests.stack.conftest import standing_as, until
from tests.stack.whole import LONG, Whole

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
"""Ends all sessions of a database."""


@contextmanager
def server_away(stack: Whole, name: str, seconds: float) -> Iterator[None]:
    """A server dies and cannot start for so long. Its port ends every connection at once."""
    port = stack.part(name)["port"]
    assert port is not None
    until_back = time.monotonic() + seconds
    stack.signal_family(name, signal.SIGKILL)
    with hanging_up(port):
        yield
        time.sleep(max(0.0, until_back - time.monotonic()))  # so long is the story
    until(lambda: stack.part(name)["state"] == "up", f"{name} is back", LONG)


@contextmanager
def hanging_up(port: int) -> Iterator[None]:
    """Listen in place of a server and end every connection at once."""
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        until(lambda: bound(listening, port), f"port {port} is free")
        listening.listen(64)
        listening.settimeout(0.2)
        over = threading.Event()

        def answer() -> None:
            while not over.is_set():
                with suppress(OSError):
                    listening.accept()[0].close()

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def bound(listening: socket.socket, port: int) -> bool:
    try:
        listening.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


@contextmanager
def database_away(stack: Whole, name: str, seconds: float) -> Iterator[None]:
    """One database takes no connection for so long; those it had are cut."""
    until_back = time.monotonic() + seconds
    administer(stack, f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    try:
        administer(stack, CUT, name)
        yield
        time.sleep(max(0.0, until_back - time.monotonic()))  # so long is the story
    finally:
        administer(stack, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def administer(stack: Whole, statement: str, *values: str, database: str = "postgres") -> None:
    """Run a statement as the database's superuser, outside any transaction of ours."""
    url = stack.server.admin_url.replace("+psycopg2", "")
    with closing(psycopg2.connect(url, dbname=database, connect_timeout=10)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values or None)


class MayNotMount(Exception):
    """This user may not mount a file system."""


@contextmanager
def small_disk(folder: Path, mebibytes: int) -> Iterator[None]:
    """The folder is a file system of its own. Raises MayNotMount."""
    words = ["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs", str(folder)]
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=10)
    except (OSError, subprocess.CalledProcessError) as error:
        raise MayNotMount from error
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, timeout=10)
        folder.rmdir()


@contextmanager
def whole_on_small_disk(mebibytes: int) -> Iterator[Whole]:
    """A whole stack whose folder is a file system of its own. Raises MayNotMount."""
    with ExitStack() as disk:

        def made(folder: Path) -> Whole:
            disk.enter_context(small_disk(folder, mebibytes))
            return Whole(folder)

        with standing_as(made) as stack:
            yield stack.up()


@contextmanager
def disk_full(folder: Path, seconds: float) -> Iterator[None]:
    """No byte is free where the folder is, for so long."""
    until_back = time.monotonic() + seconds
    filling = folder / "filling"
    try:
        with suppress(OSError), filling.open("wb", buffering=0) as out:
            while True:
                out.write(b"\0" * 65_536)
        yield
        time.sleep(max(0.0, until_back - time.monotonic()))  # so long is the story
    finally:
        filling.unlink()


def reported(desk: Desk, key: str) -> httpx.Response:
    """Ask for a report, with a client that does not try again."""
    return asked_once(desk, CLERK, "intake", "/v1/reports", cast()["leaking"]["report"], key)


def asked_once(
    desk: Desk, who: Person, room: str, path: str, body: JsonObject, key: str
) -> httpx.Response:
    """Give a command, with a client that does not try again."""
    headers = {"Authorization": f"Bearer {desk.token(who)}", "Idempotency-Key": key}
    return desk._rooms[room].post(path, json=body, headers=headers)


def put_off(ask: Callable[[], httpx.Response]) -> None:
    """Check that the answer says at once, in both languages, that the client should ask again."""
    began = time.monotonic()
    answer = ask()
    assert time.monotonic() - began < ANSWER_SECONDS
    assert answer.status_code == 503, answer.text
    assert answer.headers["Retry-After"]
    assert all(each["zh"] and each["en"] for each in answer.json()["reasons"])
