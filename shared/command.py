"""命令 (commands) as they are handled: with all that surrounds them, and what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias
from uuid import UUID

from shared.decider import Asked, Command, Fact, State
from shared.record.store import Position


@dataclass(frozen=True, slots=True)
class CommandEnvelope:
    """One command with all that surrounds it, ready to be decided."""

    id: UUID
    command: Command
    asked: Asked
    subject: str | None = None
    """Whose key seals its personal fields; the home stream's own if nobody is named."""
    body_mac: bytes | None = None
    """HMAC of the HTTP body; None for commands that did not come over HTTP."""
    former_macs: Sequence[bytes] = ()
    """The same by master keys that were exchanged: it may have come before that."""
    expected: int | None = None
    """The home stream's version the caller saw (If-Match)."""
    policy: str | None = None
    """The policy table that had a say, with its version: `core@1`."""
    causation: str | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """A stream as read: its version (0: there is none), its state, and the branch it is of now."""

    version: int
    state: State
    branch: str


@dataclass(frozen=True, slots=True)
class DraftCommand:
    """A command that is made from its home stream as it stands, so that it is read only once.

    `make` is asked again if the stream moves on meanwhile; what it raises goes to the caller.
    """

    id: UUID
    home: str
    make: Callable[[Folded], CommandEnvelope]


@dataclass(frozen=True, slots=True)
class FollowingCommand:
    """续号: a command on the stream that comes next in a series: `claim-BX-…-0001-L` and a number.

    Which one that is, is read anew whenever it is tried: of two at the same moment, the second one
    has the number after that of the first.
    """

    id: UUID
    prefix: str
    make: Callable[[str], CommandEnvelope]
    """From the stream; what it raises goes to the caller."""


@dataclass(frozen=True, slots=True)
class NumberedCommand:
    """取号: a command that takes the next number of a series; built from it."""

    id: UUID
    branch: str
    """Whose numbers: a branch for its tickets, `CG:HZ01` for a series of its store."""
    day: date
    """The local day of a ticket; of a series of the store, the first of its year."""
    build: Callable[[int], CommandEnvelope]


AnyCommand: TypeAlias = CommandEnvelope | DraftCommand | FollowingCommand | NumberedCommand
"""A command as it is handled alone."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became true: the facts, the home stream's version, and where they stand."""

    home: str
    version: int
    facts: Sequence[Fact] = ()
    positions: Sequence[Position] = ()
    repeated: bool = False
    """Answered from what the same command made true before."""
    ticket: str | None = None
    """The ticket it belongs to; None if a number was taken and has returned."""


class VersionMismatch(Exception):
    """The caller saw another version of the stream than the record holds (If-Match)."""

    def __init__(self, seen: int, found: int) -> None:
        super().__init__(f"saw version {seen}, found {found}")
        self.seen, self.found = seen, found
