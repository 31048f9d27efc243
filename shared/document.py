"""公开文档与反应 (documents and reactions): what a room keeps of others, and what it then owes.

Of a foreign stream a room keeps the newest public document and nothing else. A reaction turns it
into all commands now owed; that each takes effect once is the decider's doing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1f3a52-5f7e-5d0c-9a53-0f6c3c3a9e11")


@dataclass(frozen=True, slots=True)
class Published:
    """A public document as it arrived: whose stream, which version, and its state."""

    room: str
    kind: str
    """The document's name, which is the prefix of its streams: `report`, `machine`."""
    stream: str
    version: int
    ticket: str | None
    branch: str
    recorded_at: datetime
    state: Any
    """An instance of the document's class of the book."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A command that a reaction or a timer says is owed, and the streams it is decided on."""

    home: str
    command: Any
    reads: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """反应: from the newest document of a stream to all commands now owed."""

    name: str
    listens: tuple[str, ...]
    """The milestones whose documents it looks at."""
    owes: Callable[[Published], Sequence[Owed]]
    from_start: bool = False
    """Whether it also owes for documents recorded before its first start."""

    def command_id(self, document: Published, n: int) -> UUID:
        """The id of the n-th command owed for a document: the same whenever it is asked."""
        said = f"reaction/{self.name}/{document.room}/{document.stream}/{document.version}/{n}"
        return uuid5(NAMESPACE, said)


@dataclass(frozen=True, slots=True)
class Timer:
    """时钟: rows of a view that fall due, each turned into one command."""

    name: str
    view: Any
    """A view module whose Row has `stream: str` and `due: datetime`."""
    owes: Callable[[Any], Owed]

    def command_id(self, stream: str, due: datetime) -> UUID:
        """The id of the command for a stream's due moment: the same whenever it is asked."""
        return uuid5(NAMESPACE, f"timer/{self.name}/{stream}/{due.isoformat()}")
