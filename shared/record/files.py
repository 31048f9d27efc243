"""文件库 (files): what people bring as evidence, sealed, beside the record of their room.

A file is found by the hash of its content. It belongs to one paper, whose branch reads it; the same
content for another paper is another row. Several people may bring the same content for one paper:
it is kept once, and each of them is known as one who brought it. Rows are added and never changed;
one that waits for its paper is dropped when the paper has it, or after a day. PostgreSQL itself
shows those of the branches that are named for a statement, and none where nobody named any.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from shared.events.values import ALL_BRANCHES
from shared.record import branch_wall
from shared.record.database import Connections
from shared.record.transaction import DatabaseTransaction, each_committed

MOST = 100
"""Papers that are looked at for one content."""
BRINGERS = 100
"""People beside the first who are known to have brought one file; of more, those who came last."""
WAITING_S = 24 * 3600
"""Seconds that a file without a paper is kept."""
_ADD = """
INSERT INTO record.files (sha256, stream, branch, subject, media_type, size, sealed, stored_by)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (sha256, stream) DO NOTHING
"""
_AGAIN = f"SELECT record.bring_again(%s, %s, %s, {BRINGERS})"
_COLUMNS = """
SELECT f.sha256, f.stream, f.branch, f.subject, f.media_type, f.size,
    coalesce(b.brought_by, f.stored_by)
FROM record.files AS f LEFT JOIN record.file_bringers AS b
ON (b.sha256, b.stream, b.brought_by) = (f.sha256, f.stream, %s) WHERE f.sha256 = %s
"""
_OF = f"{_COLUMNS} AND f.stream = %s"
_THEIRS_FIRST = "coalesce(b.brought_by, f.stored_by) = %s DESC"
_WITH = f"{_COLUMNS} ORDER BY {_THEIRS_FIRST}, f.stored_at DESC LIMIT {MOST}"
_CONTENT = "SELECT sealed FROM record.files WHERE sha256 = %s AND stream = %s"
_DROP = "DELETE FROM record.files WHERE sha256 = %s AND stream = %s"
_EXPIRE = """
DELETE FROM record.files WHERE starts_with(stream, 'waiting-')
AND stored_at < clock_timestamp() - %s * interval '1 second'
"""
_WAITING = """
SELECT coalesce(sum(size), 0)::int8 FROM record.files
WHERE stream = %s AND starts_with(stream, 'waiting-')
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """文件: what is known of a file beside its content."""

    sha256: str
    """Of the content as it was brought, in hex."""
    stream: str
    """Of the paper that it belongs to."""
    branch: str
    subject: str
    """Whose key seals it."""
    media_type: str
    size: int
    """Bytes of the content."""
    stored_by: str
    """Whoever asks for it, if they brought it; else who brought it first."""


class FileStore(Protocol):
    """文件库: the files of one room."""

    def add(self, file: StoredFile, sealed: bytes) -> None:
        """Keep a file; if the paper has it already, that this person brought it as well."""

    def add_bringer(self, file: StoredFile, by: str) -> None:
        """A person brought what its paper has already."""

    def of_paper(self, sha256: str, stream: str, by: str) -> StoredFile | None:
        """The file with this content that a paper has, as somebody is told of it."""

    def find(self, sha256: str, branches: Collection[str], by: str) -> Sequence[StoredFile]:
        """The files with this content of these branches; first those that this person brought.

        One for each paper that has it, at most MOST.
        """

    def sealed(self, file: StoredFile) -> bytes:
        """The content as it was sealed."""

    def waiting(self, stream: str) -> int:
        """Bytes of files that wait on such a stream for a paper; what is too old is dropped."""

    def drop(self, file: StoredFile) -> None:
        """A file that waited is there no more."""


class FileTable:
    """文件库 on PostgreSQL: the table `record.files` of the room. Safe for threads."""

    def __init__(self, url: str, *, connections: int) -> None:
        self._connections = Connections(url, connections)

    def close(self) -> None:
        """Close the connections that are not lent."""
        self._connections.close()

    def add(self, file: StoredFile, sealed: bytes) -> None:
        """As FileStore.add."""
        row = (file.sha256, file.stream, file.branch, file.subject, file.media_type, file.size)
        with self._shown([file.branch]) as db:
            db.execute(_ADD, (*row, sealed, file.stored_by))
            db.execute(_AGAIN, (file.sha256, file.stream, file.stored_by))

    def add_bringer(self, file: StoredFile, by: str) -> None:
        """As FileStore.add_bringer."""
        with self._shown([file.branch]) as db:
            db.execute(_AGAIN, (file.sha256, file.stream, by))

    def of_paper(self, sha256: str, stream: str, by: str) -> StoredFile | None:
        """As FileStore.of_paper. Whether a paper has its proof is decided whoever asks."""
        with self._shown([ALL_BRANCHES]) as db:
            return next((StoredFile(*row) for row in db.query(_OF, (by, sha256, stream))), None)

    def find(self, sha256: str, branches: Collection[str], by: str) -> Sequence[StoredFile]:
        """As FileStore.find."""
        with self._shown(branches) as db:
            return [StoredFile(*row) for row in db.query(_WITH, (by, sha256, by))]

    def sealed(self, file: StoredFile) -> bytes:
        """As FileStore.sealed."""
        with self._shown([file.branch]) as db:
            ((sealed,),) = db.query(_CONTENT, (file.sha256, file.stream))
            return bytes(sealed)

    def waiting(self, stream: str) -> int:
        """As FileStore.waiting."""
        with self._shown([ALL_BRANCHES]) as db:
            db.execute(_EXPIRE, (WAITING_S,))
            ((size,),) = db.query(_WAITING, (stream,))
            return int(size)

    def drop(self, file: StoredFile) -> None:
        """As FileStore.drop. Of files that belong to a paper PostgreSQL drops none."""
        with self._shown([file.branch]) as db:
            db.execute(_DROP, (file.sha256, file.stream))

    @contextmanager
    def _shown(self, branches: Collection[str]) -> Iterator[DatabaseTransaction]:
        """Statements that see files of these branches alone."""
        with each_committed(self._connections) as db:
            yield branch_wall.shown(db.connection, branches)
