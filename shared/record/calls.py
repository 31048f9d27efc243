"""写 (writing) to a record: calls of its database functions, and the meaning of their errors."""

from collections import Counter
from collections.abc import Sequence

import psycopg2
from psycopg2.errors import UniqueViolation

from shared.record.statements import ResultRow, Values
from shared.record.store import (
    Append,
    ClaimedTooLate,
    CommandKnown,
    Conflict,
    GateClosed,
    KeyReused,
    Position,
    SaysOtherwise,
    StoreError,
    TooLargeToRecord,
)
from shared.record.transaction import DatabaseTransaction

_APPEND_ONE = "SELECT record.append_one(%s, %s, %s, %s::uuid, %s::uuid, %s, %s, %s, %s, %s, %s, %s)"
_APPEND_MANY = (
    "SELECT record.append_many(%s, %s::int8[], %s::int4[], %s::int4[], %s::uuid[], %s::uuid[],"
    " %s::bytea[], %s, %s::int4[], %s::uuid[], %s::uuid[], %s::int4[], %s::text[], %s::text[],"
    " %s::text[], %s::bytea[], %s::bytea[])"
)
TAKE_NUMBER = "SAVEPOINT numbered; SELECT record.take_number(%s::uuid, %s, %s)"
MEET = """
SELECT coalesce(array_agg(m.nth), '{}'), coalesce(array_agg(m.met), '{}')
FROM record.meet(%s::bytea[], %s, %s) AS m
"""
RETURN_NUMBER = "ROLLBACK TO SAVEPOINT numbered"
FORGET = "SELECT record.forget_commands(%s, %s)"

_ERRORS: dict[str | None, type[StoreError]] = {
    "RC001": Conflict,
    "RC002": CommandKnown,
    "RC003": KeyReused,
    "RC004": GateClosed,
    "RC005": ClaimedTooLate,
    "RC006": TooLargeToRecord,
    "RC007": SaysOtherwise,
    "40001": Conflict,
    "40P01": Conflict,
}
_CONSTRAINTS: dict[str | None, type[StoreError]] = {
    "heads_name": Conflict,  # another append began the stream
    "facts_command": CommandKnown,
    "commands_id": CommandKnown,
}


def write(db: DatabaseTransaction, statement: str, values: Values) -> ResultRow:
    """Call a function of the database. If it refuses, raise a StoreError."""
    try:
        return db.query(statement, values)[0]
    except psycopg2.Error as error:
        kind = _ERRORS.get(error.pgcode)
        if isinstance(error, UniqueViolation):
            kind = _CONSTRAINTS.get(error.diag.constraint_name)
        elif isinstance(error, psycopg2.DataError):
            kind = SaysOtherwise  # its bytes are no text, no JSON, or no such value
        if kind is None:
            raise
        raise kind(error.diag.message_primary) from error


def call(append: Append) -> tuple[str, Sequence[object]]:
    """The call of the function for this append: the statement and its values."""
    return (_APPEND_ONE, _one(append)) if is_plain(append) else (_APPEND_MANY, _many(append))


def positions(row: ResultRow) -> Sequence[Position]:
    """The positions from the result of an append: partition, last seq, partition, last seq, …"""
    places = row[0]
    return [Position(*pair) for pair in zip(places[::2], places[1::2], strict=True)]


def is_plain(append: Append) -> bool:
    """Whether this is the everyday append: one fact of one command on the only stream read."""
    return (
        len(append.facts) == len(append.expected) == len(append.command_ids) == 1
        and len(append.commands) <= 1
    )


def _one(append: Append) -> Sequence[object]:
    (fact,) = append.facts
    mac = append.commands[0].body_mac if append.commands else None
    return (
        fact.stream,
        fact.version - 1,
        fact.partition,
        str(fact.fact_id),
        str(fact.command_id),
        fact.type,
        fact.ticket,
        fact.occurred_at,
        fact.branch,
        fact.body,
        fact.public,
        mac,
    )


def _many(append: Append) -> Sequence[object]:
    facts = append.facts
    place = {name: index for index, name in enumerate(append.expected, start=1)}
    writes = Counter(fact.stream for fact in facts)
    partitions = {fact.stream: fact.partition for fact in reversed(facts)}
    return (
        list(append.expected),
        list(append.expected.values()),
        [writes[name] for name in append.expected],
        [partitions.get(name) for name in append.expected],
        [str(each) for each in append.command_ids],
        [str(row.command_id) for row in append.commands],
        [row.body_mac for row in append.commands],
        max((fact.occurred_at for fact in facts), default=None),
        [place[fact.stream] for fact in facts],
        [str(fact.fact_id) for fact in facts],
        [str(fact.command_id) for fact in facts],
        [fact.n for fact in facts],
        [fact.type for fact in facts],
        [fact.ticket for fact in facts],
        [fact.branch for fact in facts],
        [fact.body for fact in facts],
        [fact.public for fact in facts],
    )
