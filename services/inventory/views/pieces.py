"""序列号经历 (the life of a piece): where each piece with a serial is, and how it came there.

A row for each store that ever had the piece. At most one of them has it inside; if none has, the
piece is where the one that moved it last says: in a customer's machine, scrapped, used up.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.inventory import Movement, Outside, StockMoved, UseNature
from shared.view import Key, Recorded

NAME = "pieces"
VERSION = 1
KEY = ("part", "serial", "store")
INDEXES = (("branch", "inside"), ("serial",), ("technician",))
MOST = 100
"""Movements that are shown of a piece in a store: the newest; the others are counted."""


@dataclass(frozen=True, slots=True)
class PieceMove:
    """一次变动: from which account to which, and by which paper."""

    at: datetime
    """When it was recorded."""
    source: str
    target: str
    because: Movement
    use_nature: UseNature | None
    paper: str | None
    by: str
    """Who did it."""


@dataclass(frozen=True, slots=True)
class Row:
    """序列号一行: one piece in the books of one store."""

    part: str
    serial: str
    store: str
    branch: str
    """The store's."""
    account: str
    """Where it is by the books of this store."""
    inside: bool
    """Whether this store answers for it."""
    technician: str | None
    """In whose hands it is, if it is in somebody's."""
    paper: str | None
    """What moved it last: of a piece in a machine, the issue note."""
    moves: tuple[PieceMove, ...]
    earlier: int
    """How many movements were before those."""
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """Every piece that a movement names."""
    match recorded.fact:
        case StockMoved(store, part, serials=serials):
            return [(part, serial, store) for serial in serials]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The piece after the movement."""
    moved = recorded.fact
    assert isinstance(moved, StockMoved)
    step = PieceMove(
        at=recorded.recorded_at,
        source=moved.source,
        target=moved.target,
        because=moved.because,
        use_nature=moved.use_nature,
        paper=moved.paper,
        by=recorded.actor,
    )
    moves = (*(row.moves if row else ()), step)
    return Row(
        part=moved.part,
        serial=str(key[1]),
        store=moved.store,
        branch=moved.store,
        account=moved.target,
        inside=moved.target not in set(Outside),
        technician=moved.target.partition("technician:")[2] or None,
        paper=moved.paper,
        moves=moves[-MOST:],
        earlier=(row.earlier if row else 0) + max(0, len(moves) - MOST),
        changed_at=recorded.recorded_at,
    )
