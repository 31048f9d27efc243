"""政策簿 (the book of policies): which policy is in force at a branch, and when.

Whoever decides by policy says for which branch and for which moment. Today one file answers for
all of them; a branch may have a calendar of its own in it.
"""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from msgspec.structs import replace

from shared.policy import CORE, Core
from shared.policy.source import read

PolicyInForce: TypeAlias = Callable[[str, datetime], Core]
"""The policy at a branch at a moment. Raises PolicyBroken."""


class PolicyBook:
    """政策簿: of one process, which reads its file once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / CORE
        self._core: Core | None = None
        self._of: dict[str, Core] = {}
        """With what the branches have of their own."""

    def __call__(self, branch: str, at: datetime) -> Core:  # noqa: ARG002 - one file for all
        """As PolicyInForce."""
        core = self.kept()
        if branch not in core.branches:
            return core
        if branch not in self._of:
            self._of[branch] = replace(
                core, calendar=core.calendar_of(branch), fees=core.fees_of(branch)
            )
        return self._of[branch]

    def kept(self) -> Core:
        """What the file said when it was first asked for. Raises PolicyBroken."""
        if self._core is None:
            self._core = read(self.path, Core)
        return self._core
