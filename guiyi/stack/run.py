"""A supervisor, seen from outside: started, followed, ended. `guiyi up` and `down` use it.

The supervisor is always a process of its own, so that drawing on a terminal never delays it. In the
foreground it is our child process and dies with us, as its own children die with it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import psutil
from rich.console import Console
from rich.table import Table

from guiyi.rooms import ROOMS
from guiyi.speech import say
from guiyi.stack import program
from guiyi.stack.installation import PROJECT, Installation
from guiyi.stack.living import end_leftovers
from guiyi.stack.status import PartStatus, Status

LOOK = 0.1
DOWN_SECONDS = 60.0
COLOURS = {
    "up": "green",
    "unready": "yellow",
    **dict.fromkeys(("restarting", "gone", "silent"), "red"),
}
STARTED = ("ready", "degraded")
WORTH_SAYING = ("up", "restarting")


class Failed(Exception):
    """The supervisor ended instead of getting ready; the message says why."""


class Another(Exception):
    """Another supervisor holds the installation: both were started at the same time."""


class Late(Exception):
    """Not everything was ready in time; the message names what is not."""


def installation_at(state: Path | None) -> Installation:
    """The installation in that folder; without one, in `.state` of the project."""
    return Installation((state or PROJECT / ".state").absolute())


class Run:
    """One supervisor that we started."""

    def __init__(
        self,
        state: Path | None,
        *,
        relays: int,
        workers: int,
        quiet: bool,
        rooms: Sequence[str] = ROOMS,
    ) -> None:
        self.installation = installation_at(state)
        self.console = Console(quiet=quiet, stderr=quiet, highlight=False)
        self._wanted = (str(relays), str(workers), *rooms)
        self._child: subprocess.Popen[bytes] | None = None
        self._seen: dict[str, tuple[str, int]] = {}
        self._asked_to_stop = False

    def begin(self, *, detach: bool, seconds: float) -> float:
        """Start it and wait until everything is ready; returns the seconds it took.

        Raises Another, Failed, Late.
        """
        self.installation.make(ROOMS)
        if program.is_closed(PROJECT):
            self.console.print(say("up.closed"))
        began = time.monotonic()
        self._start(detach=detach)
        with self.console.status("") as spinner:
            while (told := self.status()).get("state") != "ready":
                spinner.update(_progress(told))
                self._show(told)
                self._check_alive()
                if time.monotonic() - began > seconds:
                    raise Late(_not_up(told))
                time.sleep(LOOK)
        self._show(told)
        return time.monotonic() - began

    def join(self, seconds: float) -> Status:
        """Wait until a supervisor that somebody else started is ready; returns its status.

        If it was ready before and has lost a part, this does not wait. Raises Failed, Late.
        """
        began, waits = time.monotonic(), False
        with self.console.status("") as spinner:
            while (pid := self.installation.supervisor()) is not None:
                told = self._said_by(pid)
                if told["state"] in STARTED:
                    return told
                if not waits:
                    self.console.print(say("up.joining", pid=pid))
                    waits = True
                spinner.update(_progress(told))
                if time.monotonic() - began > seconds:
                    raise Late(_not_up(told))
                time.sleep(LOOK)
        raise Failed((self.installation.status() or {}).get("reason") or say("up.gone"))

    def status(self) -> Status:
        """The status of our supervisor; an empty one before it has written any."""
        return self._said_by(self._child.pid if self._child is not None else None)

    def _said_by(self, pid: int | None) -> Status:
        told = self.installation.status() or {}
        own = pid is not None and told.get("pid") == pid
        return told if own else {"state": "starting", "parts": []}

    def follow(self) -> int:
        """Report parts that fail and come back until the supervisor ends; returns its exit code."""
        assert self._child is not None
        while (code := self._child.poll()) is None:
            self._show(self.status())
            time.sleep(LOOK)
        return code

    def _start(self, *, detach: bool) -> None:
        line = [sys.executable, "-m", "guiyi.stack.supervisor", str(self.installation.folder)]
        line += self._wanted
        if not detach:
            line = program.launch_line(line, None)
        file = self.installation.logs / "supervisor.log"
        program.trim(file)
        self._child = program.spawn(line, file, PROJECT)
        if not detach:
            # Not before there is a child: a signal that came earlier would stop nothing.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        if self._child is not None and not self._asked_to_stop:
            self._asked_to_stop = True
            self.console.print(say("up.stopping"))
            self._child.terminate()

    def _check_alive(self) -> None:
        assert self._child is not None
        if self._child.poll() is not None:
            if self._asked_to_stop:
                raise SystemExit(0)
            if self.installation.supervisor() is not None:
                raise Another
            told = self.status()
            raise Failed(told.get("reason") or f"see {self.installation.logs / 'supervisor.log'}")

    def _show(self, told: Status) -> None:
        """Report what has changed since the last look and matters."""
        for part in told["parts"]:
            now = (part["state"], part["restarts"])
            if self._seen.get(part["name"]) != now and part["state"] in WORTH_SAYING:
                self.console.print(_line(part))
            self._seen[part["name"]] = now


def _not_up(told: Status) -> str:
    return ", ".join(part["name"] for part in told["parts"] if part["state"] != "up")


def _progress(told: Status) -> str:
    done, all_ = told.get("fetched") or (0, 0)
    if done < all_:
        return say("up.fetching", done=done, all=all_)
    up = sum(part["state"] == "up" for part in told["parts"])
    return say("up.starting", up=up, all=len(told["parts"]))


def _line(part: PartStatus) -> str:
    state = f"[{COLOURS[part['state']]}]{say('part.' + part['state'])}[/]"
    if part["state"] == "restarting":
        return say("part.again", **{**part, "state": state})
    return say("part.turned", name=part["name"], state=state)


def table(told: Status) -> None:
    """Every part as a line."""
    drawn = Table(box=None)
    for heading in ("part", "state", "port", "pid", "restarts", "since", "log"):
        drawn.add_column(say(f"status.{heading}"), justify="right" if heading == "port" else "left")
    for part in told["parts"]:
        colour = COLOURS.get(part["state"], "white")
        since = time.strftime("%H:%M:%S", time.localtime(part["since"]))
        drawn.add_row(
            *(part["name"], f"[{colour}]{say('part.' + part['state'])}[/]", str(part["port"])),
            *(str(part["pid"] or ""), str(part["restarts"]), since, _short(part["log"])),
        )
    Console().print(drawn)


def _short(path: str | None) -> str:
    """Relative to the user's folder, if that is shorter."""
    return min(path, os.path.relpath(path), key=len) if path else ""


def end(installation: Installation) -> tuple[list[str], bool, list[str]]:
    """End a supervisor and all it runs: (what was ended, whether by force, what is left)."""
    if (pid := installation.supervisor()) is None:
        return end_leftovers(installation), False, []
    everybody = program.family(pid)
    names = [
        part["name"] for part in (installation.status() or {"parts": []})["parts"] if part["pid"]
    ]
    supervisor = psutil.Process(pid)
    supervisor.terminate()
    supervisor.resume()  # a stopped process gets no signal before it goes on
    alive = program.wait([supervisor], DOWN_SECONDS)
    program.kill(everybody)
    end_leftovers(installation)
    left = [one.name() for one in everybody if one.is_running() and one.status() != "zombie"]
    return [*names, "supervisor"], bool(alive), left
