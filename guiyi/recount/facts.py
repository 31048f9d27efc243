"""事实 (facts): as their bytes say them, and where they stand in a record."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Line(Protocol):
    """记录行: a fact as a record or a journal holds it."""

    @property
    def body(self) -> bytes:
        """Its bytes."""

    @property
    def recorded_at(self) -> datetime:
        """When it was recorded."""

    @property
    def partition(self) -> int:
        """Where it stands."""

    @property
    def seq(self) -> int:
        """Its number there."""


@dataclass(frozen=True, slots=True)
class Told:
    """一条事实: what its bytes say."""

    type: str
    data: Any
    """What it says; None where nobody asks for it."""
    stream: str
    ticket: str | None
    branch: str
    command: str
    happened: datetime
    order: tuple[datetime, int, int]
    """When it was recorded, and where."""

    @property
    def book(self) -> tuple[str, str]:
        """Of a movement: the store and the part."""
        return self.data["store"], self.data["part"]


def told(lines: Iterable[Line], of: Collection[str] | None = None) -> Sequence[Told]:
    """The facts in the order of their lines; `of`: what they say, of these types alone."""
    return [_read(line, of) for line in lines]


def in_order(facts: Iterable[Told]) -> Sequence[Told]:
    """In the order in which they were recorded."""
    return sorted(facts, key=lambda fact: fact.order)


def _read(line: Line, of: Collection[str] | None) -> Told:
    said = json.loads(line.body)
    happened = datetime.fromisoformat(said["occurred_at"])
    return Told(
        type=said["type"],
        data=said["data"] if of is None or said["type"] in of else None,
        stream=said["stream"],
        ticket=said["ticket"],
        branch=said["branch"],
        command=said["command"],
        happened=min(happened, line.recorded_at),
        order=(line.recorded_at, line.partition, line.seq),
    )
