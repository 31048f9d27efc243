"""Processes of ours that a test starts and kills, forked from one that has imported what they need.

A Python process imports our code for more than a second, and tests start hundreds. A forked one is
a process like any other: it has its own environment, its own end, and its own files for what it
says.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path

IMPORTED = (
    *("tests.worker_child", "tests.relay_child", "guiyi.cli", "guiyi.reach", "guiyi.erasures"),
    *("shared.worker.entrypoint", "shared.relay.entrypoint", "shared.relay.operations"),
    *("shared.relay.restore", "shared.relay.skip"),
)
"""What the process imports from which they are forked. It does nothing else."""
PROJECT = Path(__file__).parents[1]
NOTHING = Path(os.devnull)
_made = multiprocessing.get_context("forkserver")
_made.set_forkserver_preload([*IMPORTED])


class Forked:
    """A process that was forked. Its methods are those of `subprocess.Popen`."""

    def __init__(self, process: ForkServerProcess) -> None:
        assert process.pid is not None
        self._process, self.pid = process, process.pid

    def poll(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int:
        """Wait for its end; its exit status. Raises TimeoutError."""
        self._process.join(seconds)
        if (code := self.poll()) is None:
            raise TimeoutError(f"it runs on after {seconds} s")
        return code

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def forked(
    main: Callable[..., None],
    *words: str,
    environ: Mapping[str, str],
    out: Path,
    err: Path | None = None,
    told: Path = NOTHING,
) -> Forked:
    """Start a process that calls `main` with these words and ends.

    It reads `told`, and writes to `out` and `err`. Without `err` it writes both to `out`.
    """
    for file in filter(None, (out, err)):
        file.touch()  # whoever waits for what it says reads it from now on
    process = _made.Process(
        target=_run, args=(main, words, {**os.environ, **environ}, told, out, err), daemon=True
    )
    process.start()
    return Forked(process)


def _run(
    main: Callable[..., None],
    words: tuple[str, ...],
    environ: Mapping[str, str],
    told: Path,
    out: Path,
    err: Path | None,
) -> None:
    os.chdir(PROJECT)
    os.environ.clear()
    os.environ.update(environ)
    with told.open("rb") as said, out.open("wb") as spoken:
        os.dup2(said.fileno(), 0)
        os.dup2(spoken.fileno(), 1)
        os.dup2(spoken.fileno(), 2)
    if err is not None:
        with err.open("wb") as complained:
            os.dup2(complained.fileno(), 2)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - for its life
    main(*words)
