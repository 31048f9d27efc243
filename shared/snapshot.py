"""快照 (snapshots): the state of a long stream as bytes, and which program may read them again.

The fingerprint covers the source of everything that a fold may rest on: the room's own modules and
the book of facts with its upcasts. A program that differs in one character makes snapshots anew.
"""

import hashlib
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import msgspec

from shared import events
from shared.decider import Decider

S = TypeVar("S")


class SnapshotUnreadable(Exception):
    """The bytes are no state of the class that was asked for."""


def kind_of(decider: Decider) -> type[object] | None:
    """The class of the states that are kept of a paper's streams; None: none are kept."""
    paper = getattr(decider, "PAPER", None)
    kind: type[object] | None = getattr(paper, "snapshot", None)
    return kind


def encode(state: object) -> bytes:
    """A state as bytes."""
    return msgspec.json.encode(state, order="deterministic")


def decode(kind: type[S], state: bytes) -> S:
    """The state again. Raises SnapshotUnreadable."""
    try:
        return msgspec.json.decode(state, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise SnapshotUnreadable(str(error)) from error


def fingerprint(decider: Decider) -> bytes:
    """SHA-256 of the program that folds: of the decider's room and of the book of facts."""
    return _fingerprint(decider.evolve.__module__, decider.evolve.__qualname__)


@cache
def _fingerprint(module: str, name: str) -> bytes:
    package = sys.modules[".".join(module.split(".")[:2])]
    made = hashlib.sha256(f"{module}.{name}".encode())
    for path in (*_sources(package), *_sources(events)):
        made.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return made.digest()


def _sources(package: ModuleType) -> Iterator[Path]:
    assert package.__file__ is not None
    home = Path(package.__file__)
    yield from sorted(home.parent.rglob("*.py")) if home.name == "__init__.py" else [home]
