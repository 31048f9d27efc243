"""查找 (the look-up): a table that says which streams hold a phone number or a name.

It holds keyed digests, so nothing has to be opened to search it. It is no view: nothing proves it,
and it can be emptied and filled again from the journal (`lookup_consumer`). What was erased leaves
it at once and does not come back.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from shared.events.meaning import LookedUp, LookUpKind, OwnedBy
from shared.events.values import Sealed
from shared.log import logger
from shared.personal.digest import Digester
from shared.personal.fields import marked
from shared.personal.key_store import Link
from shared.personal.keys import KeyDestroyed, KeyNeverMade, Keys
from shared.personal.seal import SealBroken, unseal
from shared.record.statements import columns
from shared.record.transaction import DatabaseTransaction
from shared.view import Recorded

CONSUMER = "lookup"
LIMIT = 200

log = logger(__name__)


class LookUpEntry(NamedTuple):
    """One line of the table: a stream holds such a text of such a subject."""

    kind: LookUpKind
    digest: bytes
    stream: str
    subject: str


@dataclass(frozen=True, slots=True)
class Opener:
    """开封: opens texts for the table. A text that does not open is left out."""

    keys: Keys

    def __call__(self, sealed: Sealed) -> str | None:
        """The text; None for an erased subject, and for what this key store cannot open."""
        try:
            return unseal(sealed, self.keys)
        except KeyDestroyed:
            return None
        except (KeyNeverMade, SealBroken) as error:
            log.warning("not opened", subject=sealed.subject, reason=str(error))
            return None


def entries(
    told: Recorded, digester: Digester, opener: Callable[[Sealed], str | None]
) -> Iterator[LookUpEntry]:
    """What a fact adds to the table: its phone numbers and names, not its addresses."""
    for mark, key, sealed in marked(told.fact, LookedUp):
        if not isinstance(sealed, Sealed) or (kind := mark.kind_of(key)) is None:
            continue
        if (text := opener(sealed)) is None:
            continue
        for digest in digester.digests(kind, text):
            yield LookUpEntry(kind, digest, told.stream, sealed.subject)


def subjects(told: Recorded) -> Iterator[str]:
    """The subjects whose keys open the texts that `entries` looks at."""
    for _, _, sealed in marked(told.fact, LookedUp):
        if isinstance(sealed, Sealed):
            yield sealed.subject


def links(told: Recorded) -> Iterator[Link]:
    """The owner of the fact's stream, if the fact names them: erasing them erases it too."""
    for mark, _, number in marked(told.fact, OwnedBy):
        if (owner := mark.stream(number)) != told.stream:
            yield told.stream, owner


def find(
    db: DatabaseTransaction,
    sought: Sequence[tuple[LookUpKind, Collection[bytes]]],
    branches: Collection[str] | None = None,
    *,
    limit: int = LIMIT,
    prefix: str | None = None,
) -> Sequence[str]:
    """The streams that hold all of these texts (by kind and digests) now or held them once.

    Of these branches alone, unless None: what belongs to others does not count to the limit. Of
    the papers with this prefix alone, the highest numbers first; of all papers in their order.
    """
    if not sought:
        return ()
    values = [part for kind, digests in sought for part in (kind, sorted(digests))]
    statement, walls = " INTERSECT ".join([_HOLDING] * len(sought)), list[Sequence[str]]()
    if branches is not None:
        statement, walls = _OF_BRANCH.format(found=statement), [sorted(branches)]
    if prefix is None:
        found = db.query(f"{statement} ORDER BY stream LIMIT %s", (*values, *walls, limit))
    else:
        of_paper = _OF_PAPER.format(found=statement)
        found = db.query(of_paper, (*values, *walls, f"{prefix}-", limit))
    return [stream for (stream,) in found]


def forget(db: DatabaseTransaction, subjects: Collection[str]) -> None:
    """删除: remove what the table holds of erased subjects, for good.

    Call it after their keys are destroyed. A consumer that has still opened a text of theirs has
    written it before this, or never writes it.
    """
    db.query("SELECT pg_advisory_xact_lock(%s)", (_FORGETTING,))
    db.execute(_REMEMBER_FORGOTTEN, (sorted(subjects),))
    for table in ("entries", "matters"):
        gone = f"DELETE FROM lookup.{table} WHERE subject = ANY (%s::text[])"  # noqa: S608 - ours
        db.execute(gone, (sorted(subjects),))


def refill(db: DatabaseTransaction) -> None:
    """Empty the table; the consumer fills it from the journal's beginning at its next start.

    In the order of `take`, cursors first, so that the two wait for one another and no longer.
    """
    db.execute("DELETE FROM worker.cursors WHERE consumer = %s", (CONSUMER,))
    db.execute(
        "DELETE FROM worker.parked WHERE consumer = %s AND discarded_at IS NULL", (CONSUMER,)
    )
    db.execute("DELETE FROM lookup.entries")


def begin_filling(db: DatabaseTransaction) -> datetime:
    """Let the consumer read everything again, with digests by a new master key.

    What stands there goes on being found. Returns the moment for `drop_older`.
    """
    db.execute(
        "UPDATE worker.cursors SET seq = 0, hash = '', next_offset = 0, seen_offset = 0"
        " WHERE consumer = %s",
        (CONSUMER,),
    )
    ((moment,),) = db.query("SELECT clock_timestamp()")  # as the rows say when they were written
    assert isinstance(moment, datetime)
    return moment


def drop_older(db: DatabaseTransaction, than: datetime) -> int:
    """Remove what was not written again since then; how many lines."""
    return db.execute("DELETE FROM lookup.entries WHERE written_at < %s", (than,))


def add(db: DatabaseTransaction, found: Collection[LookUpEntry]) -> None:
    """Write what was found, except what belongs to subjects that are forgotten."""
    if found:
        # Shared with other consumers, not with `forget`: either it sees these rows, or we see
        # what is to be forgotten.
        db.query("SELECT pg_advisory_xact_lock_shared(%s)", (_FORGETTING,))
        db.execute(_ADD, columns(sorted(found), 4))


_FORGETTING = 4_160_271_859_203
"""An advisory lock of a room's database; see `forget`."""
_HOLDING = """
SELECT DISTINCT stream FROM lookup.entries WHERE kind = %s AND digest = ANY (%s::bytea[])
"""
_OF_BRANCH = """
SELECT stream FROM ({found}) AS found WHERE record.branch_of(stream) = ANY (%s::text[])
"""
"""A stream belongs to the branch of its newest fact."""
_OF_PAPER = """
SELECT stream FROM ({found}) AS held WHERE starts_with(stream, %s) ORDER BY stream DESC LIMIT %s
"""
_REMEMBER_FORGOTTEN = """
INSERT INTO lookup.forgotten (subject) SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING
"""
_ADD = """
INSERT INTO lookup.entries (kind, digest, stream, subject)
SELECT e.kind, e.digest, e.stream, e.subject
FROM unnest(%s::text[], %s::bytea[], %s::text[], %s::text[]) AS e (kind, digest, stream, subject)
WHERE NOT EXISTS (SELECT FROM lookup.forgotten AS f WHERE f.subject = e.subject)
ON CONFLICT ON CONSTRAINT entries_once DO UPDATE SET written_at = excluded.written_at
"""
