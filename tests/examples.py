"""The example body of every step of a room, by the path of the step."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from shared.room import Room
from shared.step import Step
from tests.moments import told_at


def real_now() -> datetime:
    """The moment by the clock of the machine."""
    return datetime.now(UTC)


class Examples(Mapping[str, Mapping[str, Any]]):
    """The examples as somebody sends them now: what is told as past is told of this moment."""

    def __init__(self, room: Room, now: Callable[[], datetime]) -> None:
        self._now = now
        self._steps: dict[str, Step[Any, Any]] = {}
        for paper in room.papers.values():
            kind = paper.PAPER.address.path.split("/")[1]
            for step in paper.STEPS:
                if isinstance(step, Step):
                    path = step.path.removeprefix("/")
                    self._steps.setdefault(path, step)
                    self._steps.setdefault(f"{kind}/{path}", step)

    def __getitem__(self, path: str) -> Mapping[str, Any]:
        step = self._steps[path]
        found: Mapping[str, Any] = told_at(step.command, dict(step.example), self._now())
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)


def examples_of(room: Room, now: Callable[[], datetime] = real_now) -> Examples:
    """The example of each step, by its path without the first slash: `issues`.

    Where several papers of a room have such a path, of the first; of any with the kind of its paper
    before it: `transfers/losses`.
    """
    return Examples(room, now)
