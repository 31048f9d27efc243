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
from shared.record.store import Snapshot

S = TypeVar("S")
_DIGEST = hashlib.sha256().digest_size


class SnapshotUnreadable(Exception):
    """The bytes are no state of the class that was asked for."""


def kind_of(decider: Decider) -> type[object] | None:
    """The class of the states that are kept of a paper's streams; None: none are kept."""
    paper = getattr(decider, "PAPER", None)
    kind: type[object] | None = getattr(paper, "snapshot", None)
    return kind


def encode(state: object, fact: bytes, branch: str) -> bytes:
    """A state as bytes, behind their hash with that of the fact and the branch they belong to."""
    text = msgspec.json.encode(state, order="deterministic")
    return _digest(text, fact, branch) + text


def decode(kind: type[S], kept: Snapshot) -> S:
    """The state again. Raises SnapshotUnreadable, also if it is not as it was written."""
    digest, text = kept.state[:_DIGEST], kept.state[_DIGEST:]
    if digest != _digest(text, kept.hash, kept.branch):
        raise SnapshotUnreadable(f"{kept.stream}: the state was changed")
    try:
        return msgspec.json.decode(text, type=kind)
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


def _digest(text: bytes, fact: bytes, branch: str) -> bytes:
    return hashlib.sha256(fact + branch.encode() + b"\0" + text).digest()


def _sources(package: ModuleType) -> Iterator[Path]:
    assert package.__file__ is not None
    home = Path(package.__file__)
    yield from sorted(home.parent.rglob("*.py")) if home.name == "__init__.py" else [home]
