"""启动 (startup): what a worker prepares before its first record, and where it reads on.

The cursor's offset is a hint. Before it is trusted, the record just before it is read. If that is
not the record of the cursor, the partition is read from its beginning, and records that were taken
before are skipped by their seq.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Engine

from shared.consumers import cursors, documents
from shared.consumers.consumer import Consumer
from shared.consumers.consumer_record import TopicRecord, read_record
from shared.consumers.cursors import Cursor, Source
from shared.document import Recurring, Timer
from shared.kafka_access import KafkaAccess
from shared.log import logger
from shared.notices import outbox
from shared.record.transaction import DatabaseTransaction, transaction
from shared.topics import TopicPartition
from shared.view import View
from shared.views import retired_versions, wall
from shared.views.table import PARTITION, SCHEMA, SEQ, ViewTable, view_table
from shared.worker.offsets import RecordAtOffset, ends, look
from shared.worker.reactions import Reactions

_ALONE = 4_160_271_859_205
"""An advisory lock of the database: only one process at a time makes view tables."""

log = logger(__name__)


class ViewDiffers(Exception):
    """A view's table is not the one its Row asks for; the message says what to do."""


def make_tables(
    engine: Engine, room: str, views: Sequence[View], timers: Sequence[Timer | Recurring]
) -> None:
    """Make the tables of all views, as the role that owns them, and check those that exist."""
    falling_due = {timer.view.NAME for timer in timers if isinstance(timer, Timer)}
    with transaction(engine) as db:
        db.query("SELECT pg_advisory_xact_lock(%s)", (_ALONE,))
        db.execute(f'SET LOCAL ROLE "{room}_views"')
        for view in views:
            table = view_table(view)
            if retired_versions.was_dropped(db, view):
                log.error("a newer version answers, this one was dropped", view=table.name)
                continue
            table.make(db)
            wall.build(db, table, room)
            if view.NAME == outbox.NAME:
                db.execute(f'GRANT SELECT ON {table.full_name} TO "{room}_sender"')
            if view.NAME in falling_due:
                db.execute(
                    f'CREATE INDEX IF NOT EXISTS "{table.name}_due" ON {table.full_name} (due)'
                )
            _check(db, table)


_COLUMNS = """
SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute AS a
WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_NAMES = {"int4": "integer", "int8": "bigint", "bool": "boolean"}
_NAMES["timestamptz"] = "timestamp with time zone"


def _check(db: DatabaseTransaction, table: ViewTable) -> None:
    stands: dict[str, str] = dict(db.query(_COLUMNS, (f'{SCHEMA}."{table.name}"',)))
    asked = {part.name: _NAMES.get(part.stored, part.stored) for part in table.parts}
    if stands != {PARTITION: "integer", SEQ: "bigint", **asked}:
        raise ViewDiffers(
            f"the table {table.name} was made for another Row: give the view its next VERSION,"
            " which is built beside it"
        )


async def begin_reactions(
    engine: Engine, kafka: KafkaAccess, reactions: Reactions, partitions: int
) -> None:
    """Note, once and for ever, from where on each reaction owes; let the new ones look back.

    At the very first start of a room everything is owed. A reaction that is added later owes from
    then on, even if it is the first one of its room. If it says `from_start`, it owes for every
    document that is kept.
    """
    known, has_run = await asyncio.to_thread(_starts, engine)
    missing = {
        (reaction.name, topic, partition)
        for reaction in reactions.reactions
        for topic in reactions.topics
        for partition in range(partitions)
    } - known.keys()
    if missing and has_run:
        spots = {(topic, partition) for _, topic, partition in missing}
        ended = await ends(kafka, spots)
        await asyncio.to_thread(_look_back, engine, reactions, {name for name, _, _ in missing})
    else:
        ended = {}
    if missing:
        fresh = {named: ended.get(named[1:], 0) for named in missing}
        known = await asyncio.to_thread(_start, engine, fresh)
    reactions.begin(known)


_HAS_RUN = """
SELECT EXISTS (SELECT FROM worker.reactions) OR EXISTS (SELECT FROM worker.versions)
    OR EXISTS (SELECT FROM worker.cursors)
"""


def _starts(engine: Engine) -> tuple[documents.Starts, bool]:
    """What is noted, and whether a worker of the room has run before (it leaves rows)."""
    with transaction(engine) as db:
        ((has_run,),) = db.query(_HAS_RUN)
        return documents.starts(db), bool(has_run)


def _start(engine: Engine, fresh: Mapping[tuple[str, str, int], int]) -> documents.Starts:
    with transaction(engine) as db:
        documents.start(db, fresh)
        return documents.starts(db)


def _look_back(engine: Engine, reactions: Reactions, names: Collection[str]) -> None:
    for reaction in reactions.reactions:
        if reaction.from_start and reaction.name in names:
            with transaction(engine) as db:
                found = documents.streams(db, reaction.listens)
            log.info("a new reaction looks back", reaction=reaction.name, streams=len(found))
            for room, stream in found:
                reactions.again(room, stream, only=[reaction.name])


async def positions(
    engine: Engine,
    kafka: KafkaAccess,
    consumers: Sequence[Consumer],
    spots: Collection[TopicPartition],
) -> dict[TopicPartition, int]:
    """The offset from which each partition is read: the lowest hint, if it can be trusted.

    A partition from which a consumer has never taken a record is read from its beginning.
    """
    lowest = await asyncio.to_thread(_lowest, engine, consumers, spots)
    hints = {
        spot: found[1].next_offset - 1 for spot, found in lowest.items() if found[1].next_offset > 0
    }
    seen = await look(kafka, hints)
    start = {}
    for spot, (source, cursor) in lowest.items():
        trusted = spot in seen and _is_of(seen[spot], source, cursor)
        if cursor.next_offset > 0 and not trusted:
            log.warning(
                "not the record of the cursor: reading from 0", topic=spot[0], partition=spot[1]
            )
        start[spot] = cursor.next_offset if trusted else 0
    return start


async def unproved(
    engine: Engine, kafka: KafkaAccess, consumer: str, spots: Collection[TopicPartition]
) -> Mapping[Source, Cursor]:
    """The cursors whose record does not stand where they say. Their topics are read from 0."""
    held = await asyncio.to_thread(_held, engine, consumer)
    open_ = {s: c for s, c in held.items() if c.seq and (s.topic, s.partition) in spots}
    asked = {source for source, cursor in open_.items() if cursor.next_offset > 0}
    while asked:  # several rooms may write to one partition of a topic
        now = {(source.topic, source.partition): source for source in sorted(asked)}
        seen = await look(kafka, {spot: open_[s].next_offset - 1 for spot, s in now.items()})
        for spot, source in now.items():
            if spot in seen and _is_of(seen[spot], source, open_[source]):
                del open_[source]
        asked -= set(now.values())
    return open_


def _held(engine: Engine, consumer: str) -> Mapping[Source, Cursor]:
    with transaction(engine) as db:
        return cursors.read(db, consumer)


def _lowest(
    engine: Engine, consumers: Sequence[Consumer], spots: Collection[TopicPartition]
) -> dict[TopicPartition, tuple[Source, Cursor]]:
    lowest: dict[TopicPartition, tuple[Source, Cursor]] = {}
    with transaction(engine) as db:
        for consumer, name in ((each, name) for each in consumers for name in each.names):
            found: dict[TopicPartition, tuple[Source, Cursor]] = {}
            for source, cursor in cursors.read(db, name).items():
                spot = (source.topic, source.partition)
                if spot not in found or cursor.next_offset < found[spot][1].next_offset:
                    found[spot] = (source, cursor)
            for spot in spots:
                if spot[0] in consumer.topics:
                    one = found.get(spot, (Source(*spot, ""), Cursor()))
                    if spot not in lowest or one[1].next_offset < lowest[spot][1].next_offset:
                        lowest[spot] = one
    return lowest


def _is_of(seen: RecordAtOffset, source: Source, cursor: Cursor) -> bool:
    try:
        place = (source.topic, source.partition, seen.offset)
        record = read_record(TopicRecord(*place, seen.headers, seen.value))
    except Exception:  # noqa: BLE001 - whatever stands there, it is not the cursor's record
        return False
    return (record.source, record.seq, record.hash) == (source, cursor.seq, cursor.hash)
