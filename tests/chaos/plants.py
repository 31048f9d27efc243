"""植入 (plants): one wrong thing of each kind, put where only the full check can see it.

A check that does not find each of them is blind. The database's superuser is at work here, and a
stranger who reaches the broker: nothing else can do this.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from uuid import uuid4

from kafka import KafkaProducer

from guiyi.rooms import wiring
from shared.envelope import Stored, canonical, fact_hash
from shared.record.postgres import Record
from shared.relay.producer_record import journal_record
from shared.topics import journal_topic
from shared.views.table import view_table
from tests.stack.away import administer
from tests.stack.whole import Whole

ROOM = "intake"


@dataclass(frozen=True, slots=True)
class Plant:
    """Something wrong, and the word with which the finding of it begins."""

    plant: Callable[[Whole], None]
    found_as: str


def changed(stack: Whole) -> None:
    """A fact has other bytes."""
    _in_record(
        stack,
        "UPDATE record.facts SET body = convert_to("
        " replace(convert_from(body, 'UTF8'), '\"HZ01\"', '\"HZ02\"'), 'UTF8')"
        " WHERE (partition, seq) = (SELECT partition, seq FROM record.facts"
        " WHERE type = 'RepairReported' ORDER BY 1 DESC, 2 DESC LIMIT 1)",
    )


def deleted(stack: Whole) -> None:
    """A fact that a command was promised is gone; it was the last one of its ticket."""
    _in_record(
        stack,
        "DELETE FROM record.facts AS f USING record.heads AS h WHERE h.stream = f.stream"
        " AND h.version = f.version AND f.stream = (SELECT min(stream) FROM record.facts"
        " WHERE stream LIKE 'report-BX-%')",
    )


def swapped(stack: Whole) -> None:
    """Two facts of a stream have changed places."""
    _in_record(
        stack,
        "WITH two AS (SELECT stream FROM record.facts WHERE stream LIKE 'report-BX-%'"
        " GROUP BY 1 HAVING count(*) > 3 ORDER BY 1 DESC LIMIT 1) UPDATE record.facts AS f"
        " SET body = g.body, hash = g.hash, type = g.type FROM record.facts AS g, two"
        " WHERE f.stream = two.stream AND g.stream = two.stream AND f.version IN (1, 2)"
        " AND g.version = 3 - f.version",
    )


def gap(stack: Whole) -> None:
    """A fact is gone from the middle of a stream."""
    _in_record(
        stack,
        "DELETE FROM record.facts WHERE (stream, version) = (SELECT stream, 2 FROM record.facts"
        " GROUP BY 1 HAVING count(*) > 3 ORDER BY 1 LIMIT 1)",
        room="dispatch",
    )


def counted_twice(stack: Whole) -> None:
    """A fact of a command stands in the record once more, in its turn and with a right hash."""
    last = _last(stack, "followup")
    said = json.loads(last.body)
    body = canonical({**said, "version": said["version"] + 1, "id": str(uuid4())})
    own = fact_hash(last.hash, last.partition, last.seq + 1, last.recorded_at, body)
    copy = f"""
        INSERT INTO record.facts (partition, seq, recorded_at, stream, version, fact_id,
            command_id, n, type, ticket, previous_hash, hash, body, public)
        SELECT partition, seq + 1, recorded_at, stream, version + 1, gen_random_uuid(),
            gen_random_uuid(), n, type, ticket, hash, '\\x{own.hex()}', '\\x{body.hex()}', public
        FROM record.facts WHERE partition = {last.partition} AND seq = {last.seq}
    """  # noqa: S608 - our own hexadecimal digits and numbers
    _in_record(stack, copy, room="followup")


def number_missing(stack: Whole) -> None:
    """A whole ticket is gone."""
    _in_record(
        stack,
        "DELETE FROM record.facts WHERE stream = (SELECT stream FROM record.facts"
        " WHERE stream LIKE 'report-BX-%' GROUP BY 1 ORDER BY 1 OFFSET 1 LIMIT 1)",
    )


def copy_differs(stack: Whole) -> None:
    """The journal has a copy of a fact with other bytes."""
    settings, stored = stack.access.settings(ROOM), _last(stack, ROOM)
    true = journal_record(ROOM, stored)
    with closing(KafkaProducer(**settings.kafka_admin.client)) as producer:
        producer.send(
            journal_topic(ROOM),
            key=true.key,
            value=true.value.replace(b'"', b"'", 2),
            headers=true.headers,
            partition=stored.partition,
        ).get(20)


def row_edited(stack: Whole) -> None:
    """A row of a view was edited by hand."""
    room = "inventory"
    table = view_table(next(v for v in wiring(room).views if v.NAME == "issue_notes"))
    administer(stack, f"UPDATE {table.full_name} SET branch = 'XX99'", database=room)  # noqa: S608


def document_edited(stack: Whole) -> None:
    """A room has other bytes of another room's document."""
    administer(stack, "UPDATE worker.documents SET body = 'x'", database="dispatch")


def cursor_moved(stack: Whole) -> None:
    """A cursor stands one fact behind what was taken."""
    moved = "UPDATE worker.cursors SET seq = seq - 1, hash = '' WHERE seq > 1"
    administer(stack, moved, database="followup")


def cursor_forward(stack: Whole) -> None:
    """A cursor stands at a fact that was never taken."""
    administer(
        stack,
        "UPDATE worker.cursors SET seq = seq + 1 WHERE (consumer, topic, partition, room) ="
        " (SELECT consumer, topic, partition, room FROM worker.cursors WHERE seq > 0"
        " AND topic NOT LIKE 'journal.%' ORDER BY 1, 2, 3 LIMIT 1)",
        database="inventory",
    )


def parked(stack: Whole) -> None:
    """Something is parked, and nobody has looked at it."""
    administer(
        stack,
        "INSERT INTO worker.parked (consumer, kind, key, room, stream, partition, seq, reason,"
        " details) VALUES ('reaction:planted', 'reaction', 'x', 'intake', 'x', 0, 1, 'planted',"
        " '{}')",
        database="inventory",
    )


KINDS: Mapping[str, Plant] = {
    "changed": Plant(changed, "changed: intake"),
    "deleted": Plant(deleted, "lost: intake"),
    "swapped": Plant(swapped, "chain: intake"),
    "gap": Plant(gap, "gap: dispatch"),
    "counted-twice": Plant(counted_twice, "twice: followup"),
    "number-missing": Plant(number_missing, "number: intake"),
    "copy-differs": Plant(copy_differs, "topic: journal.intake"),
    "row-edited": Plant(row_edited, "view: inventory"),
    "document-edited": Plant(document_edited, "document: dispatch"),
    "cursor-moved": Plant(cursor_moved, "cursor: followup"),
    "cursor-forward": Plant(cursor_forward, "cursor: inventory"),
    "parked": Plant(parked, "parked: "),
}
"""By the name that `--plant` takes."""


def unfound(plants: Iterable[Plant], findings: Sequence[str]) -> list[str]:
    """What was planted and no finding names."""
    return [
        each.found_as
        for each in plants
        if not any(finding.startswith(each.found_as) for finding in findings)
    ]


def _last(stack: Whole, room: str) -> Stored:
    """The last fact of the first partition of the room that has any."""
    settings = stack.access.settings(room)
    with closing(Record(settings.runtime_url, room, settings.partitions)) as record:
        several = (record.facts(number, 0, 1_000_000) for number in range(settings.partitions))
        return next(facts[-1] for facts in several if facts)


def _in_record(stack: Whole, statement: str, room: str = ROOM) -> None:
    off, on = (
        f"ALTER TABLE record.facts {each} TRIGGER facts_stay"
        for each in ("DISABLE", "ENABLE ALWAYS")
    )
    administer(stack, f"{off}; {statement}; {on}", database=room)
