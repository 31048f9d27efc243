"""政策看守 (the watch over policy): says when the file is no longer what this process works with.

A process reads its policy when it starts, and keeps it. A file that is gone, broken or changed
later has no effect until the next start, and is named before somebody meets it there.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from shared.policy.source import PolicyBroken, read

T = TypeVar("T")


class PolicyWatch(Generic[T]):
    """政策看守: of one file. `kept` is what this process works with."""

    def __init__(self, path: Path, kind: type[T], kept: Callable[[], T]) -> None:
        self._path, self._kind, self._kept = path, kind, kept

    def notes(self) -> Sequence[str]:
        """A line for the body of /readyz if the next start would not find the same policy."""
        try:
            now = read(self._path, self._kind)
        except PolicyBroken as error:
            kept = "this process keeps what it read at its start, and would not start again"
            return [f"the policy cannot be read: {error}; {kept}"]
        if now == self._kept():
            return []
        return [f"{self._path} was changed; it counts from the next start of this process on"]
