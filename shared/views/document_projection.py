"""呈现 (showing): the newest documents of other rooms as the rows of one view version.

A stream's rows are what the view's own `rows_of` makes of its newest document, and replace those
before. So order, copies and repetition change nothing: an older document is ignored, and so is one
that cannot be read once a newer one can. A rebuild and a retry ask the same function.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from shared import envelope
from shared.consumers import cursors, dead_letters
from shared.consumers.consumer import Stale, Taken, take_alone
from shared.consumers.consumer_record import Incoming, published
from shared.consumers.dead_letters import Failure, Kind, Parked, key_text, why
from shared.envelope import Stored
from shared.log import logger
from shared.record.store import StoreError
from shared.record.transaction import Rows, columns, transaction
from shared.view import DocumentView, Key, Place
from shared.views.projection import check_stands, consumer_name
from shared.views.table import SOURCE, view_table

UNREAD = "its stream's newest document could not be read"

log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Document:
    """单据: a public document as it came, whose it is, and where its fact stands."""

    room: str
    stream: str
    version: int
    partition: int
    seq: int
    recorded_at: datetime
    body: bytes

    @property
    def source(self) -> str:
        """Its stream among those of all rooms."""
        return f"{self.room}/{self.stream}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a view makes of a document: its rows by their places, or why it makes nothing of it."""

    document: Document
    rows: Mapping[Place, Any] | None
    reason: str = ""


def document_of(record: Incoming) -> Document:
    """The document a milestone brought."""
    return milestone(record.source.room, record.stored)


def milestone(room: str, stored: Stored) -> Document:
    """The document of a fact that is a milestone."""
    assert stored.public is not None
    return Document(
        room,
        stored.stream,
        envelope.public_head(stored.public).version,
        stored.partition,
        stored.seq,
        stored.recorded_at,
        stored.public,
    )


def read(view: DocumentView, document: Document) -> Reading:
    """The rows a document says; what fails is tried once more, so that only what fails again is."""
    try:
        return Reading(document, _rows(view, document))
    except Exception:  # noqa: BLE001 - whatever a document or a view raises
        try:
            return Reading(document, _rows(view, document))
        except Exception as error:  # noqa: BLE001 - as above
            return Reading(document, None, why(error))


def _rows(view: DocumentView, document: Document) -> Mapping[Place, Any]:
    head = envelope.public_head(document.body)
    table = view_table(view)
    found: dict[Place, Any] = {}
    for row in view.rows_of(published(document.room, document.recorded_at, head)):
        key: Key = (*table.key_of(row), document.source)
        if (place := (document.partition, key)) in found:
            raise ValueError(f"two rows of the key {key_text(table.key_of(row))}")
        found[place] = row
    return found


def newest(
    view: DocumentView, documents: Iterable[Document], shown: int
) -> tuple[Reading | None, Reading | None]:
    """Of one stream's documents: the newest that can be read, and the newest above it that cannot.

    None where there is none above the version that is shown.
    """
    failed: Reading | None = None
    for document in sorted(documents, key=lambda each: each.version, reverse=True):
        if document.version <= shown:
            break
        reading = read(view, document)
        if reading.rows is not None:
            return reading, failed
        failed = failed or reading
    return None, failed


class Showing:
    """呈现: the consumer of one version of a view over documents."""

    def __init__(self, engine: Engine, view: DocumentView) -> None:
        self.name = consumer_name(view)
        self.topics: Sequence[str] = tuple(view.LISTENS)
        self.view = view
        self._engine = engine

    def take(self, records: Sequence[Incoming]) -> Taken:
        """As Consumer.take. Only what fails when it is taken alone is parked."""
        try:
            return take_alone(
                records, self._take, lambda alone, error: self._take(alone, why(error))
            )
        except Stale as error:
            log.error("a view is built no more", view=self.name, reason=str(error))  # noqa: TRY400
            self.topics = ()
            return Taken()

    def _take(self, records: Sequence[Incoming], failed: str | None = None) -> Taken:
        with transaction(self._engine) as rows:
            at = cursors.lock(rows, self.name, {record.source for record in records})
            check_stands(rows, self.view, at)
            walked = cursors.walk(at, records)
            cursors.save(rows, self.name, walked.cursors)
            taken = Taken.of(walked)
            came = [document_of(record) for record in walked.applied]
            if came:
                taken.parked = _Sheet(rows, self.view, came).show(came, failed)
            return taken

    def again(self, parked: Parked) -> None:
        """重试: look once more at the document a stream is parked for."""
        try:
            with transaction(self._engine) as rows:
                _retry(rows, self.view, parked)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001 - the database does not take its rows still
            log.warning("still parked", id=parked.id, error=error)

    def leave_out(self, parked: Parked) -> None:
        """弃置: the document a stream is parked for does not count; what is shown stands."""
        with transaction(self._engine) as rows:
            lock(rows, self.view, [parked.key])
            dead_letters.give_up(rows, parked.id)
            dead_letters.unpark_stream(rows, self.name, parked.room, parked.stream, {Kind.ROW})


class _Sheet:
    """Some streams of a view, held; what stands of them and what is parked."""

    def __init__(self, rows: Rows, view: DocumentView, came: Collection[Document]) -> None:
        self._rows, self._view, self._table = rows, view, view_table(view)
        self._consumer = consumer_name(view)
        sources = sorted({document.source for document in came})
        self.versions = lock(rows, view, sources)
        self.before = self._table.said_by(rows, sources)
        self._standing: dict[str, Failure] = {}
        self._left_out: set[tuple[str, int]] = set()
        for line in dead_letters.of_streams(rows, self._consumer, sources):
            if line.discarded_at is None:
                self._standing[line.key] = _failure_of(line)
            else:
                self._left_out.add((line.key, line.seq))

    def show(self, came: Iterable[Document], failed: str | None) -> int:
        """Write what the documents say; how many lines were parked."""
        of: dict[str, list[Document]] = {source: [] for source in self.versions}
        for document in came:
            if (document.source, document.seq) not in self._left_out:
                of[document.source].append(document)
        changed: dict[Place, Any] = {}
        failures: list[Failure] = []
        for source, documents in of.items():
            failures += self._settle(source, documents, failed, changed)
        self._table.write(self._rows, changed)
        save(self._rows, self._view, self.versions)
        return dead_letters.park(self._rows, self._consumer, failures)

    def _settle(
        self,
        source: str,
        documents: Sequence[Document],
        failed: str | None,
        changed: dict[Place, Any],
    ) -> Iterable[Failure]:
        """What is parked of one stream; its changed rows are added to `changed`."""
        shown = self.versions[source]
        if failed is None:
            good, bad = newest(self._view, documents, shown)
        else:
            unread = [Reading(each, None, failed) for each in documents if each.version > shown]
            good, bad = None, max(unread, key=lambda each: each.document.version, default=None)
        now = {place: row for place, row in self.before.items() if place[1][-1] == source}
        if good is not None and good.rows is not None:
            changed.update(dict.fromkeys(now.keys() - good.rows.keys()))
            changed.update({p: row for p, row in good.rows.items() if now.get(p) != row})
            now, self.versions[source] = dict(good.rows), good.document.version
        stands = self._standing.get(source)
        if bad is not None and (stands is None or bad.document.version > stands.details["version"]):
            stands = failure(bad)
        elif good is None:
            return ()
        room, _, stream = source.partition("/")
        dead_letters.unpark_stream(self._rows, self._consumer, room, stream, set(Kind))
        if stands is None or stands.details["version"] <= self.versions[source]:
            return ()
        return (stands, *_fed(stands, now))


def failure(reading: Reading) -> Failure:
    """A document that makes no rows, about to be parked; it is kept with the line for a retry."""
    document = reading.document
    about = {
        "version": document.version,
        "recorded_at": envelope.microseconds(document.recorded_at),
        "document": document.body.decode("utf-8", "replace"),
    }
    return Failure(
        Kind.STREAM,
        document.source,
        document.partition,
        document.seq,
        document.room,
        document.stream,
        reading.reason,
        about,
    )


def _fed(stream: Failure, places: Iterable[Place]) -> Iterable[Failure]:
    """Every row the stream says now: it is as old as its last document that could be read."""
    for _, key in sorted(places):
        yield replace(stream, kind=Kind.ROW, key=key_text(key), reason=UNREAD, details={})


def _failure_of(line: Parked) -> Failure:
    return Failure(
        line.kind,
        line.key,
        line.partition,
        line.seq,
        line.room,
        line.stream,
        line.reason,
        line.details,
    )


def _retry(rows: Rows, view: DocumentView, parked: Parked) -> None:
    source = f"{parked.room}/{parked.stream}"
    lock(rows, view, [source])
    for line in dead_letters.of_streams(rows, consumer_name(view), [source]):
        if line.discarded_at is None:
            document = Document(
                line.room,
                line.stream,
                line.details["version"],
                line.partition,
                line.seq,
                envelope.moment(line.details["recorded_at"]),
                line.details["document"].encode(),
            )
            _Sheet(rows, view, [document]).show([document], None)


_MAKE = "INSERT INTO {} SELECT unnest(%s::text[]), 0 ON CONFLICT DO NOTHING"
_LOCK = "SELECT {}, version FROM {} WHERE {} = ANY (%s) ORDER BY {} FOR NO KEY UPDATE"
_SAVE = """
UPDATE {} AS v SET version = s.version
FROM unnest(%s::text[], %s::int8[]) AS s (source, version)
WHERE v.{} = s.source AND v.version < s.version
"""


def lock(rows: Rows, view: DocumentView, sources: Collection[str]) -> dict[str, int]:
    """Which version of each stream is shown, held until the transaction ends; 0 where none is.

    Two topics may bring the same stream to two workers: by name, so that they cannot deadlock.
    """
    table, names = view_table(view).versions, sorted(sources)
    rows.do(_MAKE.format(table), (names,))
    return dict(rows.all(_LOCK.format(SOURCE, table, SOURCE, SOURCE), (names,)))


def save(rows: Rows, view: DocumentView, versions: Mapping[str, int]) -> None:
    """Note which versions are shown now; the rows are locked already."""
    values = columns(sorted(versions.items()), 2)
    rows.do(_SAVE.format(view_table(view).versions, SOURCE), values)
