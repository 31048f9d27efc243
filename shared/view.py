"""视图 (views): what a read model declares, and the recorded fact it is made from.

A view is a module: `NAME`, `VERSION`, a frozen dataclass `Row`, `KEY` (names of the Row fields that
identify a row) and its own queries. Over the room's own journal it says `keys(recorded)` and a pure
`project(key, row, recorded)`; over other rooms it says `LISTENS`, the milestones it looks at, and a
pure `rows_of(document)`: all rows of that document's stream. No SQL, clock, serial, policy or other
row enters, so a rebuild is the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias, TypeGuard
from uuid import UUID

from shared import envelope
from shared.decider import Fact
from shared.document import Published
from shared.envelope import Stored
from shared.events import reading

Key: TypeAlias = tuple[Any, ...]
"""A row's own key: the values of the fields that a view's `KEY` names."""
Place: TypeAlias = tuple[int, Key]
"""A row's whole key: the partition whose facts feed it, and its own key."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A fact with everything the record says around it; what views and histories are made of."""

    room: str
    partition: int
    seq: int
    recorded_at: datetime
    hash: bytes
    id: UUID
    type: str
    schema: int
    stream: str
    version: int
    ticket: str | None
    branch: str
    actor: str
    command: UUID
    correlation: str
    causation: str | None
    occurred_at: datetime
    policy: str | None
    fact: Fact


def recorded(room: str, stored: Stored) -> Recorded:
    """The stored fact, read into its class. Raises Broken, UnknownType or FutureSchema."""
    head = envelope.head(stored.body)
    return Recorded(
        room=room,
        partition=stored.partition,
        seq=stored.seq,
        recorded_at=stored.recorded_at,
        hash=stored.hash,
        id=head.id,
        type=head.type,
        schema=head.schema,
        stream=head.stream,
        version=head.version,
        ticket=head.ticket,
        branch=head.branch,
        actor=head.actor,
        command=head.command,
        correlation=head.correlation,
        causation=head.causation,
        occurred_at=head.occurred_at,
        policy=head.policy,
        fact=reading.load(head.type, head.schema, bytes(head.data)),
    )


class ReadModel(Protocol):
    """读模型: what every view module says, whatever it is made from; enough for a query."""

    NAME: str
    VERSION: int

    @property
    def KEY(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The names of the Row's fields that identify a row."""

    @property
    def Row(self) -> type[Any]:  # noqa: N802 - a module's class
        """What a row is."""


class View(ReadModel, Protocol):
    """视图: the shape of a view module over its own room's journal."""

    def keys(self, recorded: Recorded, /) -> Iterable[Key]:
        """The rows this fact changes."""

    def project(self, key: Key, row: Any, recorded: Recorded, /) -> Any:
        """The row after the fact; `row` is None before the first, None returned removes it."""


class DocumentView(ReadModel, Protocol):
    """单据视图: the shape of a view module over the public documents of other rooms."""

    @property
    def LISTENS(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The milestones whose documents it looks at."""

    def rows_of(self, document: Published, /) -> Iterable[Any]:
        """All rows of a stream, from its newest document; they take the place of those before."""


def is_of_documents(view: ReadModel) -> TypeGuard[DocumentView]:
    """Whether the view is made from documents of other rooms, not from the journal."""
    return hasattr(view, "LISTENS")


def is_of_journal(view: ReadModel) -> TypeGuard[View]:
    """Whether the view is made from the room's own journal."""
    return not hasattr(view, "LISTENS")
