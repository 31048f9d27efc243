"""在世进程 (what lives): the processes of an installation by the system's own list.

Everything below a supervisor carries the folder and its part's name in its environment. What
`status.json` says may be old: a supervisor cannot write it while the disk is full.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import psutil

from guiyi.stack import program
from guiyi.stack.installation import Installation
from guiyi.stack.status import PartStatus, Status, with_parts

RUNNING = ("starting", "unready", "up", "stopping")
"""States in which a part has a process."""


def living(installation: Installation) -> Mapping[str, Sequence[psutil.Process]]:
    """By part, its processes that live now, the oldest first."""
    found: dict[str, list[psutil.Process]] = {}
    for one in sorted(psutil.process_iter(), key=psutil.Process.create_time):
        if (name := _part_of(installation, one)) is not None:
            found.setdefault(name, []).append(one)
    return found


def end_leftovers(installation: Installation) -> list[str]:
    """End the processes that a dead supervisor has left, and name them.

    Usually there are none (see launch.py), but a process that a child has started may outlive it.
    """
    left = living(installation)
    program.kill([one for processes in left.values() for one in processes])
    return sorted(left)


def as_it_is(installation: Installation, told: Status) -> Status:
    """What the supervisor wrote, corrected by what lives."""
    alive = living(installation)
    parts = [_corrected(part, alive.get(part["name"], ())) for part in told["parts"]]
    return with_parts(told, parts)


def _corrected(part: PartStatus, alive: Sequence[psutil.Process]) -> PartStatus:
    if part["pid"] in [one.pid for one in alive]:
        return part
    if alive:  # it was started again, and that could not be written
        return {**part, "pid": alive[0].pid}
    state = "gone" if part["state"] in RUNNING else part["state"]
    return {**part, "pid": None, "state": state}


def _part_of(installation: Installation, process: psutil.Process) -> str | None:
    with suppress(psutil.Error, OSError):
        environ = process.environ()
        if environ.get("GUIYI_STATE") == str(installation.folder):
            return environ.get("GUIYI_PART")
    return None
