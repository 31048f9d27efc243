"""台前 (before the stage): a stack of the demo's own, from its start to its end on the screen."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

from guiyi.demo.screen import Screen
from guiyi.demo.stage import Stage, stage


@contextmanager
def shown_stage(folder: Path | None, screen: Screen, *, keep: bool) -> Iterator[Stage]:
    """As stage, and everybody is told how far it is. Who interrupts it wants nothing kept.

    Raises what stage raises.
    """
    screen.step("demo.starting")
    with stage(folder, screen, keep=keep) as made:
        screen.note("demo.ready", seconds=f"{made.seconds:.0f}")
        screen.note("demo.by_story")
        try:
            yield made
        except KeyboardInterrupt:
            made.kept = False
            raise
        finally:
            if made.kept:
                _say_kept(screen, made)
            else:
                screen.step("demo.clearing")


def _say_kept(screen: Screen, made: Stage) -> None:
    said = {"state": made.installation.folder, "guiyi": _called()}
    screen.step("demo.kept")
    for room, url in made.access.peers.items():
        screen.note("up.address", room=room, url=f"{url}/openapi.json")
    for line in ("kept_token", "kept_look", "kept_down"):
        screen.note(f"demo.{line}", **said)


def _called() -> str:
    """How this command is called from here."""
    return "guiyi" if which("guiyi") else os.path.relpath(sys.argv[0])
