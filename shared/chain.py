"""链 (the chain): every fact of a stream carries the hash of the one before it.

Whoever decides on a stream checks the chain of what was read: each version follows the one before,
and each hash is that of the bytes. So a fact that was changed, moved, swapped or taken out of the
record is noticed before anything rests on it.
"""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

from shared import view
from shared.envelope import ZERO_HASH, Stored, fact_hash
from shared.log import logger
from shared.record.store import Snapshot
from shared.view import Recorded

PAGE = "docs/runbooks/broken-chain.md"
NAMED = 10
"""How many streams are named at most."""
CHANGED = "its bytes, place or time are not those that its hash was made of"
UNLINKED = "it does not follow the fact before it"
LOST = "the facts end elsewhere than where the stream was last written"

_log = logger("chain")


class ChainBroken(Exception):
    """断链: a stream is not as it was appended. Nothing is decided on it until it is mended."""

    def __init__(self, room: str, stream: str, version: int, why: str) -> None:
        super().__init__(f"断链 (broken chain): {stream} of {room}, version {version}: {why}")
        self.room, self.stream, self.version, self.why = room, stream, version, why


def linked(
    room: str, stream: str, facts: Sequence[Stored], kept: Snapshot | None = None
) -> Iterator[Recorded]:
    """The facts of a stream in order, or those behind a snapshot, each checked before it comes.

    Raises ChainBroken, and what `view.recorded` raises.
    """
    previous, version = (kept.hash, kept.version) if kept else (ZERO_HASH, 0)
    partition = kept.partition if kept else None
    for stored in facts:
        version += 1
        partition = stored.partition if partition is None else partition
        if stored.previous_hash != previous or stored.partition != partition:
            raise ChainBroken(room, stream, version, UNLINKED)
        check_bytes(room, stored, version)
        recorded = view.recorded(room, stored)
        if recorded.stream != stream or recorded.version != version:
            raise ChainBroken(room, stream, version, UNLINKED)
        previous = stored.hash
        yield recorded


def check_bytes(room: str, stored: Stored, version: int = 0) -> None:
    """Raise ChainBroken unless the fact's hash is that of its place, time and bytes.

    `version`: which fact of its stream it is, if that is known.
    """
    place = stored.partition, stored.seq, stored.recorded_at
    if fact_hash(stored.previous_hash, *place, stored.body) != stored.hash:
        raise ChainBroken(room, stored.stream, version, CHANGED)


class ChainFindings:
    """断链登记: the broken chains that this process has met, until it finds them mended."""

    def __init__(self) -> None:
        self.met = 0
        """How often something was refused because of one."""
        self._open: dict[str, ChainBroken] = {}
        self._lock = Lock()

    def note(self, broken: ChainBroken) -> None:
        """A chain does not hold; the log is told when the stream is met first."""
        with self._lock:
            self.met += 1
            is_new = broken.stream not in self._open
            self._open[broken.stream] = broken
        if is_new:
            place = {"stream": broken.stream, "version": broken.version, "why": broken.why}
            _log.error("broken chain", room=broken.room, see=PAGE, **place)

    def hold(self, streams: Iterable[str]) -> None:
        """The chains of these streams were found to hold, to their ends."""
        if self._open:
            for stream in streams:
                self._open.pop(stream, None)

    @property
    def streams(self) -> int:
        """How many streams are known to be broken."""
        return len(self._open)

    def notes(self) -> Sequence[str]:
        """A line for each of some of them, for the body of `/readyz`."""
        found = sorted(self._open.copy().values(), key=lambda each: each.stream)
        lines = [
            f"{each.stream}: its chain does not hold at version {each.version}; see {PAGE}"
            for each in found[:NAMED]
        ]
        more = len(found) - NAMED
        return [*lines, f"and {more} more streams"] if more > 0 else lines
