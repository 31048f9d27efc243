"""公开文档与反应 (documents and reactions): what a room keeps of others, and what it then owes.

Of a foreign stream a room keeps the newest public document and nothing else. A reaction turns it
into all commands now owed; that each takes effect once is the decider's doing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid5

from shared.events import milestones
from shared.policy import Core
from shared.policy.clocks import Occurrence

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
class NewTicket:
    """新单: a command that is owed on a ticket there is not yet; it takes the ticket's number.

    The number is another at each asking. So what is owed once only says so on a stream that is
    named from its source and stands among `reads`; where nothing follows, the number returns.
    """

    branch: str
    at: datetime
    """The moment on whose local day the number is taken."""
    build: Callable[[str], Owed]
    """The command, from the number: a pure function, also asked for what is already known."""
    time_zone: str | None = None
    """Where that day is counted; None: where the calendar of policy counts."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """反应: from the newest document of a stream to all commands now owed."""

    name: str
    of: tuple[str, ...]
    """The documents it looks at, by name: it hears every milestone that carries one of them."""
    owes: Callable[..., Sequence[Owed | NewTicket]]
    """A pure function of the document; of the document and the policy if it `asks_policy`."""
    ignores: tuple[str, ...] = ()
    """Milestones of these documents that it does not hear; whoever names one says why."""
    from_start: bool = False
    """Whether it also owes for documents recorded before its first start."""
    asks_policy: bool = False
    """Whether policy has a say; the facts then name the table and its version."""

    @property
    def listens(self) -> frozenset[str]:
        """The milestones that it hears."""
        return frozenset[str]().union(*map(self.hears, self.of))

    def hears(self, document: str) -> frozenset[str]:
        """The milestones of a document that it hears: none, if it does not look at the document."""
        return milestones(document).difference(self.ignores) if document in self.of else frozenset()

    def owed(self, document: Published, policy: Callable[[], Core]) -> Sequence[Owed | NewTicket]:
        """The commands now owed for a document. Raises whatever the reaction cannot do."""
        return self.owes(document, policy()) if self.asks_policy else self.owes(document)

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
    owes: Callable[[Any], Owed | NewTicket]

    def command_id(self, stream: str, due: datetime) -> UUID:
        """The id of the command for a stream's due moment: the same whenever it is asked."""
        return uuid5(NAMESPACE, f"timer/{self.name}/{stream}/{due.isoformat()}")


@dataclass(frozen=True, slots=True)
class Recurring:
    """周期: something that comes round for every row of a view, by a schedule of policy.

    Each stream has it at most once for a date. Of several that were missed only the newest is owed:
    what comes round is done on the state as it is, so doing it twice in a row does nothing more.
    """

    name: str
    view: Any
    """A view module whose Row has `stream: str`, of which it has one row."""
    last: Callable[[Core, Any, datetime], Occurrence | None]
    """The newest occurrence for a row up to a moment; a pure function. None: there is none yet.

    `shared.policy.last_occurrence` finds it, `since` the row is there if the row says so.
    """
    owes: Callable[[Any, Occurrence], Owed | NewTicket | None]
    """The command for it; None: nothing is to be done for this row this time."""

    def command_id(self, stream: str, day: date) -> UUID:
        """The id of the command for a stream's date: the same whenever it is asked."""
        return uuid5(NAMESPACE, f"recurring/{self.name}/{stream}/{day.isoformat()}")
