"""流的状态 (stream states): a stream as one unit of work has it: folded so far, written so far."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.decider import Happened, State
from shared.record.store import Position


@dataclass(slots=True)
class StreamState:
    """A stream during one append: folded so far, written so far."""

    version: int
    partition: int | None
    folded: State
    branch: str
    """Of its newest fact: whose it is now; empty before the first."""
    last: Position | None
    happened: Sequence[Happened] = ()
    """Its facts, as far as they were read: behind a snapshot those before it are missing."""
