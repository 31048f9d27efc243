"""视图 (views): what a read model declares, and the recorded fact it is made from.

A view is a module over its room's journal: `NAME`, `VERSION`, a frozen dataclass `Row`, `KEY` (the
names of the fields that identify a row), `keys(recorded)` and a pure `project(key, row, recorded)`.
No SQL, clock, serial, policy or other row enters, so a rebuild gives the same rows.
"""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, get_args, get_type_hints
from uuid import UUID

from shared import envelope
from shared.decider import Fact
from shared.envelope import Stored
from shared.events import reading
from shared.fields import filled

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

RowClass: TypeAlias = type[Any]
"""The Row of some view, a frozen dataclass. Each view has a class of its own; nothing is common."""
ViewRow: TypeAlias = Any
"""An instance of the Row of some view."""
Key: TypeAlias = tuple[Any, ...]
"""A row's own key: the values of the fields that a view's `KEY` names."""
RowKey: TypeAlias = tuple[int, Key]
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
    acting_for: str | None = None
    """In whose place the actor acted, if they did."""


def recorded(room: str, stored: Stored) -> Recorded:
    """The stored fact, read into its class. Raises BrokenFact, UnknownType or FutureSchema."""
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
        acting_for=head.acting_for,
    )


class View(Protocol):
    """视图: what every view module says."""

    NAME: str
    VERSION: int

    @property
    def KEY(self) -> tuple[str, ...]:  # noqa: N802 - a module's constant
        """The names of the Row's fields that identify a row."""

    @property
    def Row(self) -> RowClass:  # noqa: N802 - a module's class
        """What a row is."""

    def keys(self, recorded: Recorded, /) -> Iterable[Key]:
        """The rows this fact changes."""

    def project(self, key: Key, row: ViewRow, recorded: Recorded, /) -> ViewRow:
        """The row after the fact; `row` is None before the first, None returned removes it."""


def first_row(kind: type[T], /, *sources: "DataclassInstance", **said: object) -> T:
    """A row as `filled` makes it. What nobody says is None, where the row may have None."""
    known = {each.name for source in sources for each in fields(source)}
    blank = dict.fromkeys(_optional(kind) - known)
    return filled(kind, *sources, **{**blank, **said})


def keys_by_number(*prefixes: str) -> Callable[[Recorded], Iterable[Key]]:
    """The `keys` of a view with a row for each paper: every fact changes the row of its number."""

    def keys(recorded: Recorded) -> Iterable[Key]:
        prefix, _, number = recorded.stream.partition("-")
        return [(number,)] if prefix in prefixes else []

    return keys


def keys_by_stream(*facts: type) -> Callable[[Recorded], Iterable[Key]]:
    """The `keys` of a view with a row for each stream, which these facts alone change."""

    def keys(recorded: Recorded) -> Iterable[Key]:
        return [(recorded.stream,)] if isinstance(recorded.fact, facts) else []

    return keys


def newest_card(kind: type[T]) -> Callable[[Key, ViewRow, Recorded], ViewRow]:
    """The `project` of a view of cards: a row is the card that was written last, in whole."""

    def project(_key: Key, row: ViewRow, recorded: Recorded) -> ViewRow:
        card = getattr(recorded.fact, "card", None)
        return filled(kind, card, recorded) if card is not None else row

    return project


@cache
def _optional(kind: Hashable) -> frozenset[str]:
    """The fields of the row that may be None."""
    hints = get_type_hints(kind)
    return frozenset(name for name, hint in hints.items() if NoneType in get_args(hint))
