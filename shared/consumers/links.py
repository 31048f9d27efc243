"""归属 (links): which links of the key store rest on a fact that stands in a room's record.

The key store believes whoever writes to it. An erasure destroys keys for ever, so it believes only
what was recorded.
"""

from collections.abc import Collection, Iterator

from shared import envelope, view
from shared.consumers.lookup import links
from shared.envelope import Stored
from shared.personal.key_store import Link
from shared.record.queries import STORED
from shared.record.transaction import DatabaseTransaction

_STREAM = f"""
SELECT {STORED}, f.public FROM record.facts AS f WHERE f.stream = %s ORDER BY f.version
"""  # noqa: S608 - the names of our own columns


def standing(db: DatabaseTransaction, room: str, sought: Collection[Link]) -> Collection[Link]:
    """Those of the links that a fact of the room's record says."""
    said = set[Link]()
    for stream in sorted({subject for subject, _ in sought}):
        for line in db.query(_STREAM, (stream,)):
            said.update(_said(room, Stored(*line)))
    return said.intersection(sought)


def _said(room: str, stored: Stored) -> Iterator[Link]:
    """The links that a fact says. One that was changed, or cannot be read, says nothing."""
    try:
        envelope.verify(stored)
        yield from links(view.recorded(room, stored))
    except Exception:  # noqa: BLE001 - whatever keeps one fact from being read
        return
