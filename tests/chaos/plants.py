"""植入 (plants): one wrong thing of each kind, put where only the full check can see it.

A check that does not find each of them is blind. The database's superuser is at work here, and a
stranger who reaches the broker: nothing else can do this.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from kafka import KafkaProducer

from guiyi.rooms import wiring
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


def number_missing(stack: Whole) -> None:
    """A whole ticket is gone."""
    _in_record(
        stack,
        "DELETE FROM record.facts WHERE stream = (SELECT stream FROM record.facts"
        " WHERE stream LIKE 'report-BX-%' GROUP BY 1 ORDER BY 1 OFFSET 1 LIMIT 1)",
    )


def copy_differs(stack: Whole) -> None:
    """The journal has a copy of a fact with other bytes."""
    settings = stack.access.settings(ROOM)
    with closing(Record(settings.runtime_url, ROOM, settings.partitions)) as record:
        stored = next(
            facts[-1]
            for number in range(settings.partitions)
            if (facts := record.facts(number, 0, 1_000))
        )
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
    table = view_table(next(view for view in wiring(ROOM).views if view.NAME == "tickets"))
    administer(stack, f"UPDATE {table.full_name} SET branch = 'XX99'", database=ROOM)  # noqa: S608


def document_edited(stack: Whole) -> None:
    """A room has other bytes of another room's document."""
    administer(stack, "UPDATE worker.documents SET body = 'x'", database="dispatch")


def cursor_moved(stack: Whole) -> None:
    """A cursor stands one fact behind what was taken."""
    moved = "UPDATE worker.cursors SET seq = seq - 1, hash = '' WHERE seq > 1"
    administer(stack, moved, database="followup")


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
    "number-missing": Plant(number_missing, "number: intake"),
    "copy-differs": Plant(copy_differs, "topic: journal.intake"),
    "row-edited": Plant(row_edited, "view: intake"),
    "document-edited": Plant(document_edited, "document: dispatch"),
    "cursor-moved": Plant(cursor_moved, "cursor: followup"),
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


def _in_record(stack: Whole, statement: str) -> None:
    off, on = (
        f"ALTER TABLE record.facts {each} TRIGGER facts_stay"
        for each in ("DISABLE", "ENABLE ALWAYS")
    )
    administer(stack, f"{off}; {statement}; {on}", database=ROOM)
