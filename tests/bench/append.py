"""Append against a bare INSERT + COMMIT of the same columns, and against `eventsourcing`.

Writers are processes (writers.py) that live through all rounds. Rounds of ours and of the baseline
alternate, so that other load on the machine disturbs both. fsync is on.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from statistics import median

import psycopg2

from shared.record.migrations import migrate
from tests.bench.row import Row
from tests.bench.writers import RIVAL, Writers, libpq, writers
from tests.servers import throw_away

BOUNDS = {1: 0.65, 8: 0.60, 16: 0.55}
RIVAL_BOUND = 1.5
"""Against `eventsourcing` keeping the order of commits, which is what we promise too; aim: 2."""

_BARE_TABLE = """
CREATE TABLE bare (LIKE record.facts);
ALTER TABLE bare ADD PRIMARY KEY (partition, seq), ADD UNIQUE (stream, version),
    ADD UNIQUE (fact_id), ADD UNIQUE (command_id, n);
GRANT INSERT ON bare TO {runtime};
INSERT INTO record.gate (started_at, table_oid)
    VALUES (pg_postmaster_start_time(), 'record.gate'::regclass)"""


def compare(
    crowd: Writers, ours: str, base: str, count: int, *, quick: bool
) -> tuple[float, float, float]:
    """Three medians: of ours, of the baseline, and of their ratios round by round."""
    rounds, seconds = (3, 0.7) if quick else (11, 1.0)
    for kind in (ours, base):
        crowd.rate(kind, count, 0.5)
    pairs = []
    for n in range(rounds):
        # Who goes first changes, so that neither always meets what the other has left behind.
        order = (ours, base) if n % 2 else (base, ours)
        rates = {kind: crowd.rate(kind, count, seconds) for kind in order}
        pairs.append((rates[ours], rates[base]))
    return (
        median(ours for ours, _ in pairs),
        median(theirs for _, theirs in pairs),
        median(ours / theirs for ours, theirs in pairs),
    )


def run(quick: bool) -> list[Row]:
    """The rows of append: 1, 8 and 16 writers, and `eventsourcing` at one."""
    with throw_away() as servers:
        settings = replace(servers.make_database("intake", migrated=False), partitions=24)
        assert settings.owner_url is not None
        migrate(settings.owner_url, settings.room, settings.partitions)
        with closing(psycopg2.connect(libpq(settings.owner_url))) as owner, owner.cursor() as c:
            c.execute(_BARE_TABLE.format(runtime=f"{settings.room}_runtime"))
            c.execute("CREATE SCHEMA IF NOT EXISTS public; GRANT ALL ON SCHEMA public TO PUBLIC")
            owner.commit()
        with writers(settings, max(BOUNDS)) as crowd:
            return list(_rows(crowd, quick=quick))


def _rows(crowd: Writers, *, quick: bool) -> Iterator[Row]:
    unit = "facts/s"
    for count, bound in BOUNDS.items():
        ours, theirs, ratio = compare(crowd, "ours", "bare", count, quick=quick)
        name = f"append / INSERT + COMMIT, {count} writers"
        yield Row(name, ours, theirs, unit, ratio, f">= {bound:.2f}", ratio >= bound)
    for count in BOUNDS:
        ours, theirs, ratio = compare(crowd, "ours", "bare, at once", count, quick=quick)
        name = f"append / INSERT that commits by itself, {count} writers"
        yield Row(name, ours, theirs, unit, ratio, "", holds=True)
    ours, theirs, ratio = compare(crowd, "ours, made", "rival, in order", 1, quick=quick)
    name, said = "append / eventsourcing, save, in order", "commit order kept, as by ours"
    yield Row(name, ours, theirs, unit, ratio, f">= {RIVAL_BOUND}", ratio >= RIVAL_BOUND, said)
    fastest = "fastest settings, commit order not kept: " + _said(RIVAL)
    for name, mine, kind, note in (
        ("save", "ours, made", "rival", fastest),
        ("recorder alone", "ours", "rival's recorder", "no aggregate, no mapper"),
    ):
        ours, theirs, ratio = compare(crowd, mine, kind, 1, quick=quick)
        yield Row(f"append / eventsourcing, {name}", ours, theirs, unit, ratio, "", True, note)


def _said(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in settings.items())
