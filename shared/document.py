"""公开文档与反应 (documents and reactions): what a room keeps of others, and what it then owes.

A room keeps only the newest public document of each stream of another room. A reaction turns the
document into all commands that are owed now. The decider sees to it that each takes effect once.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID, uuid5

from shared.events import milestones
from shared.policy import Core
from shared.policy.book import PolicyInForce
from shared.policy.clocks import Occurrence

NAMESPACE = UUID("6f1f3a52-5f7e-5d0c-9a53-0f6c3c3a9e11")


@dataclass(frozen=True, slots=True)
class Published:
    """A public document as it arrived: its stream, its version, and its state."""

    room: str
    kind: str
    """The document's name, which is the prefix of its streams: `report`, `machine`."""
    stream: str
    version: int
    ticket: str | None
    branch: str
    recorded_at: datetime
    state: Any  # each document has a class of its own, which its reactions know
    """An instance of the document's class."""
    generation: str = ""
    """The generation of the room's record with whose fact it came; the first one has no name."""


@dataclass(frozen=True, slots=True)
class CommandOwed:
    """A command that a reaction or a timer owes, and the stream on which it is decided."""

    home: str
    command: Any  # each command has a class of its own, which its paper knows


@dataclass(frozen=True, slots=True)
class NewTicket:
    """新单: a command that opens a new ticket or paper, and takes its number with it.

    Each try gets another number. The row of a command that is owed only once therefore names a
    stream after its source, where it writes that it was done. If it makes no fact, its number
    returns.
    """

    branch: str
    at: datetime
    """The number is taken for the local day of this moment."""
    build: Callable[[str], CommandOwed]
    """Makes the command from the number. A pure function; it is also called for a known command."""
    time_zone: str | None = None
    """The time zone of that day; None: that of the policy's calendar."""
    series: str | None = None
    """Of a new paper with a series of its own: that series, such as TS. Its number is then dense
    in the year, and the ticket stays that of the document."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """反应: turns the newest document of a stream into all commands that are owed now."""

    name: str
    of: tuple[str, ...]
    """The names of the documents it subscribes to. It hears every milestone that carries one."""
    owes: Callable[..., Sequence[CommandOwed | NewTicket]]
    """A pure function of the document; of the document and the policy if it `asks_policy`."""
    ignores: tuple[str, ...] = ()
    """Milestones of these documents that it does not hear; a comment beside them says why."""
    from_start: bool = False
    """Whether it also looks at documents recorded before its first start."""
    asks_policy: bool = False
    """Whether it needs the policy. The facts then name the policy's table and version."""

    @property
    def listens(self) -> frozenset[str]:
        """The milestones that it hears."""
        return frozenset[str]().union(*map(self.hears, self.of))

    def hears(self, document: str) -> frozenset[str]:
        """The milestones of a document that it hears; none if it does not subscribe to it."""
        return milestones(document).difference(self.ignores) if document in self.of else frozenset()

    def owed(self, document: Published, policy: PolicyInForce) -> Sequence[CommandOwed | NewTicket]:
        """The commands owed for a document. Raises whatever the reaction's function raises."""
        if not self.asks_policy:
            return self.owes(document)
        return self.owes(document, policy(document.branch, document.recorded_at))

    def command_id(self, document: Published, n: int) -> UUID:
        """The id of the n-th command owed for a document; always the same."""
        said = f"reaction/{self.name}/{document.room}/{document.stream}/{document.version}/{n}"
        # After the record was set back, the same version of a stream is another fact.
        later = f"/{document.generation}" if document.generation else ""
        return uuid5(NAMESPACE, said + later)


TimerView: TypeAlias = Any
"""A `shared.view.View`. That layer stands above this one."""
TimerRow: TypeAlias = Any
"""An instance of the Row of the timer's view. Each view has a class of its own."""


@dataclass(frozen=True, slots=True)
class Around:
    """旁查: what a timer may look at beside its own row, as it is when the timer fires."""

    policy: Core
    """In force at the branch of the row."""
    rows: Callable[[TimerView, Mapping[str, object]], Sequence[TimerRow]]
    """The first rows of another view whose columns have these values, or one of these."""
    documents: Callable[[str, str], Mapping[str, Any]]
    """From another room and the name of a document to the newest that are kept, by stream."""


@dataclass(frozen=True, slots=True)
class Timer:
    """时钟: rows of a view fall due, and each becomes one command."""

    name: str
    view: TimerView
    """A view module whose Row has `stream: str` and `due: datetime`."""
    owes: Callable[..., CommandOwed | NewTicket | None]
    """A pure function of the row; of the row and what is `Around` it, if it looks at more. None:
    nothing is to be done for this row."""
    looks_at: Sequence[TimerView] = ()
    """The other views whose rows it looks at. It waits while one of them is built."""
    good_for: timedelta | None = None
    """So long after it fell due it is of use; later a row is fired no more. None: however late."""

    def owed(self, row: TimerRow, around: Around | None) -> CommandOwed | NewTicket | None:
        """The command that is owed for a row. Raises whatever the timer's function raises."""
        return self.owes(row) if around is None else self.owes(row, around)

    def command_id(self, stream: str, due: datetime) -> UUID:
        """The id of the command for a due moment of a stream; always the same."""
        return uuid5(NAMESPACE, f"timer/{self.name}/{stream}/{due.isoformat()}")


@dataclass(frozen=True, slots=True)
class Recurring:
    """周期: a command for every row of a view, repeated by a schedule of the policy.

    Each stream has it at most once for a date. If several dates were missed, only the newest is
    owed: the command works on the present state, so a second run would do nothing.
    """

    name: str
    view: TimerView
    """A view module with one row for each stream; its Row has `stream: str`."""
    last: Callable[[Core, TimerRow, datetime], Occurrence | None]
    """The newest occurrence for a row up to a moment; None: there is none yet. A pure function.

    Use `shared.policy.last_occurrence`, with `since` if the row says from when it is there.
    """
    owes: Callable[[TimerRow, Occurrence], CommandOwed | NewTicket | None]
    """The command for an occurrence; None: nothing is to be done for this row."""

    def command_id(self, stream: str, day: date) -> UUID:
        """The id of the command for a date of a stream; always the same."""
        return uuid5(NAMESPACE, f"recurring/{self.name}/{stream}/{day.isoformat()}")
