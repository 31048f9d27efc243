"""A program that the local stack runs as a child: how it is started, asked and ended.

Every child is launched so that the operating system kills it when its parent dies (see launch.py).
It has a session of its own, so that Ctrl-C reaches only the supervisor, and it writes one log file.
"""

import asyncio
import contextlib
import logging
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO, TypeVar

import psutil

LAUNCH = Path(__file__).with_name("launch.py")
LOG_LIMIT = 16 * 1024 * 1024
PROBE_SECONDS = 2.0
LOOK = 0.05
UNPRIVILEGED = ("nobody", "daemon")
ROOMS = 61_000
"""The number of the user of the rooms if we are root. It is given to nobody, and to no server."""

T = TypeVar("T")

logger = logging.getLogger("supervisor")


class Pulse(Enum):
    """What a probe found: no answer, a program that is not ready yet, or one that serves."""

    SILENT = "silent"
    BUSY = "busy"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class User:
    """A user of the machine, by numbers."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Program:
    """What is started, and how to tell that it is alive."""

    name: str
    argv: Sequence[str]
    port: int
    log: Path
    probe: Callable[[], Awaitable[Pulse]]
    environ: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    is_server: bool = False
    """A database or a broker: it may need long to recover, and ends last."""
    user: User | None = None
    """As whom it runs. None: as we do."""
    reads: Sequence[Path] = ()
    """Files that it needs beside itself and its folder."""
    farewells: Sequence[tuple[signal.Signals, float]] = ((signal.SIGTERM, 10.0),)
    """The signals that ask it to end, each with its seconds; after them comes SIGKILL."""
    start_seconds: float = 30.0
    ready: Callable[[], Awaitable[bool]] | None = None
    """Asked once it is alive: whether it can do its work. None: if it is alive, it can."""
    before: Callable[[], None] | None = None
    """Called before each start: ends processes of an earlier run on the same files."""


class ChildFailed(Exception):
    """A program did not come up; the message has its last words."""

    def __init__(self, log: Path, reason: str) -> None:
        lines = log.read_text("utf-8", "replace").splitlines()[-12:]
        super().__init__("\n".join([f"{log.stem} {reason} ({log})", *lines]))


def server_user() -> User | None:
    """The user who runs the servers if we are root (PostgreSQL refuses root), else None."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return User(entry.pw_uid, entry.pw_gid)
    raise LookupError(f"root needs a user without rights to run the servers as: {UNPRIVILEGED}")


def room_user() -> User | None:
    """The user who runs the rooms if we are root, else None."""
    return User(ROOMS, ROOMS) if os.geteuid() == 0 else None


def is_closed(folder: Path) -> bool:
    """Whether we are root and others cannot come to our Python, or to this folder."""
    ways = (Path(sys.executable), Path(sys.executable).resolve(), folder.resolve() / "any")
    above = {each for way in ways for each in way.parents}
    return os.geteuid() == 0 and not all(each.stat().st_mode & stat.S_IXOTH for each in above)


def own_folder(folder: Path) -> Path:
    """A folder that only the user who runs the servers may use."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    user = server_user()
    if user is not None and folder.stat().st_uid != user.uid:
        os.chown(folder, user.uid, user.gid)
    return folder


def hand_over(file: Path, user: User | None) -> None:
    """Let this user, and nobody else but root, read a file of ours."""
    file.chmod(0o600)
    if user is not None:
        os.chown(file, user.uid, user.gid)


def launch_line(
    argv: Sequence[str], user: User | None, paths: Iterable[Path | None] = ()
) -> list[str]:
    """The command line that starts `argv` as a child that cannot outlive this process.

    It runs as the user, who has to come to the program and to these paths.
    """
    name = f"{user.uid}:{user.gid}" if user is not None else "-"
    wanted = ":".join([argv[0], *(str(path) for path in paths if path)])
    return [sys.executable, "-SE", str(LAUNCH), str(os.getpid()), name, wanted, *argv]


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start it. Call this from the main thread: the system ties the child to the thread."""
    if program.before is not None:
        program.before()
    line = launch_line(program.argv, program.user, (program.cwd, *program.reads))
    return spawn(line, program.log, program.cwd, program.environ)


def spawn(
    line: Sequence[str], log: Path, cwd: Path | None, environ: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a process with a session of its own, which writes all that it says to one log."""
    with _opened(log) as out:
        return subprocess.Popen(
            line,
            env={**os.environ, **(environ or {})},
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextlib.contextmanager
def _opened(log: Path) -> Iterator[BinaryIO]:
    """The log, or nothing: a log that cannot be written is no reason not to start."""
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        out = log.open("ab")
    except OSError as error:
        logger.error("nothing is logged: %s", error)  # noqa: TRY400 - not an error of ours
        out = Path(os.devnull).open("ab")  # noqa: SIM115 - closed below
    with out:
        yield out


def trim(log: Path) -> None:
    """Move a log aside that has grown too long. Whoever has it open writes on at its new end.

    If there is no room for a copy, the log stays as it is until there is.
    """
    if not log.exists() or log.stat().st_size <= LOG_LIMIT:
        return
    copy = log.with_suffix(".1.log")
    try:
        shutil.copyfile(log, copy)
    except OSError:
        copy.unlink(missing_ok=True)
    else:
        os.truncate(log, 0)


def run_once(argv: Sequence[str], log: Path, cwd: Path, seconds: float = 60) -> None:
    """Run a step that prepares a server, as the user who will run the server, and wait for its end.

    Raises ChildFailed.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out:
        try:
            subprocess.run(
                launch_line(argv, server_user(), (cwd,)),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                check=True,
                timeout=seconds,
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise ChildFailed(log, str(error).rpartition("]' ")[2]) from None


def family(pid: int) -> list[psutil.Process]:
    """The process and all its descendants, as they are now."""
    try:
        first = psutil.Process(pid)
        return [first, *first.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def session(pid: int) -> list[psutil.Process]:
    """Every process of the session that this process began, even if this process is gone."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.getsid(one.pid) == pid:
                found.append(one)
    return found


def kill(processes: Iterable[psutil.Process], seconds: float = 10) -> None:
    """SIGKILL to each, then wait until none of them is left."""
    processes = list(processes)
    for one in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    wait(processes, seconds)


def wait(processes: Sequence[psutil.Process], seconds: float) -> Sequence[psutil.Process]:
    """Wait until none of them is left; those that are left after so many seconds.

    Of a process that is ending just now Linux may answer ENOENT, which psutil passes on.
    """
    limit = time.monotonic() + seconds
    while (left := limit - time.monotonic()) > 0:
        with contextlib.suppress(FileNotFoundError):
            return list(psutil.wait_procs(processes, timeout=left)[1])
        time.sleep(LOOK)
    return [one for one in processes if one.is_running()]


def end(program: Program, child: subprocess.Popen[bytes]) -> None:
    """Ask it to end with each of its signals in turn, then kill it and all that it has started."""
    everybody = [*family(child.pid), *session(child.pid)]
    for farewell, seconds in program.farewells:
        if child.poll() is not None:
            break
        child.send_signal(farewell)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    kill(everybody)
    child.wait(10)


async def heard(program: Program, seconds: float = PROBE_SECONDS) -> Pulse:
    """One probe with a time limit. Any error counts as no answer."""
    return await _answer(program.probe, Pulse.SILENT, seconds)


async def can_work(program: Program) -> bool:
    """Whether a program that is alive can also do its work."""
    return program.ready is None or await _answer(program.ready, False, PROBE_SECONDS)


async def _answer(question: Callable[[], Awaitable[T]], otherwise: T, seconds: float) -> T:
    try:
        async with asyncio.timeout(seconds):
            return await question()
    except (OSError, TimeoutError, EOFError, ValueError):
        return otherwise
