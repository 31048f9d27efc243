"""The second wall around facts, documents, look-ups and files, as web processes read them."""

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.consumers.lookup_consumer import LookUp
from shared.decider import Asked
from shared.events.meaning import LookUpKind
from shared.handle import CommandEnvelope, handle
from shared.http.readiness import Readiness
from shared.http.views import TableViews
from shared.personal.digest import Digester
from shared.record import branch_wall
from shared.record.database import Connections
from shared.record.files import FileTable, StoredFile
from shared.record.transaction import each_committed, transaction
from shared.views.projection import consumer_name
from shared.views.versions import take_over
from shared.worker.startup import make_tables
from tests.relaying import ask
from tests.shared import toy
from tests.stack.test_wall import EVERY, PLACES
from tests.working import Toy, toy_record

HERE, THERE, TICKET, OWNER = "HZ01", "SH02", "BX-HZ01-20261123-0001", "王小明"
FORGOTTEN = {
    "view row": EVERY,
    "document": "SELECT convert_from(body, 'UTF8')::jsonb ->> 'branch' FROM worker.documents",
    "look-up": "SELECT split_part(stream, '-', 2) FROM lookup.entries",
    "history": "SELECT convert_from(body, 'UTF8')::jsonb ->> 'branch' FROM record.facts",
    "file": "SELECT branch FROM record.files",
    "bringer": "SELECT branch FROM record.file_bringers",
}
"""By kind of what is shown, a query that has no condition at all."""
DOCUMENTS = """
INSERT INTO worker.documents
    (room, stream, version, seq, partition, recorded_at, hash, body, generation, types)
SELECT 'dispatch', stream, version, seq, partition, recorded_at, hash, public, '', ARRAY[type]
FROM record.facts WHERE public IS NOT NULL
"""
FILE = StoredFile("5f" * 32, "jar", HERE, "customer-C-1001", "image/png", 6, "T-LIUYANG")
PARKED = """
INSERT INTO worker.parked
    (consumer, key, room, stream, kind, partition, seq, reason, details)
VALUES (%s, %s, %s, 'jar-SH02-1', 'row', 0, 1, 'why', '{}')
"""
CHANGED = "UPDATE record.facts SET body = %s WHERE stream = %s AND version = %s"


@dataclass(frozen=True, slots=True)
class Branches:
    """A room with a jar of each branch, and with one that was handed over from here to there."""

    toy: Toy
    views: TableViews

    def do(self, jar: str, command: Any, branch: str, ticket: str | None = None) -> None:
        asked = Asked(jar, "wang", frozenset({"clerk"}), datetime.now(UTC), branch, ticket)
        handle(self.toy.desk, CommandEnvelope(uuid4(), command, asked))

    def shown(self, question: str, branches: Collection[str] | None) -> list[Any]:
        """What a web process finds that names these branches."""
        connections = Connections(self.toy.settings.runtime_url, 1)
        with closing(connections), each_committed(connections) as db:
            return branch_wall.shown(db.connection, branches).query(question)

    def told(self, ticket: str, branches: Collection[str] | None) -> list[tuple[str, str]]:
        """Streams and types of what is shown of a ticket."""
        return [(f.stream, f.type) for f in self.toy.record.ticket_facts(ticket, branches)]


@pytest.fixture
def made(make_database: Any, tmp_path: Path) -> Iterator[Branches]:
    settings = make_database(toy.ROOM)
    with toy_record(settings, tmp_path) as room:
        digester = Digester(room.desk.keys.master)
        views = TableViews(settings.runtime_url, toy.ROOM, digester, connections=1)
        with closing(views):
            yield filled(Branches(room, views))


def filled(made: Branches) -> Branches:
    for branch in (HERE, THERE):
        made.do(f"jar-{branch}-1", toy.OpenJar("罐", OWNER), branch)
        made.do(f"jar-{branch}-1", toy.DropCoin(5), branch)
    room, settings = made.toy, made.toy.settings
    make_tables(room.engine, toy.ROOM, [PLACES, toy.JARS], [])
    with transaction(room.engine) as db:
        take_over(db, [PLACES, toy.JARS])
    for view in (PLACES, toy.JARS):
        room.project(view)
    room.change(DOCUMENTS)
    with closing(FileTable(settings.runtime_url, connections=1)) as files:
        for branch in (HERE, THERE):
            file = replace(FILE, stream=f"jar-{branch}", branch=branch)
            files.add(file, b"sealed")
            files.add_bringer(file, "T-CHEN")
    look_up(made)
    return made


def look_up(made: Branches) -> None:
    LookUp(made.toy.engine, toy.ROOM, made.toy.desk.keys).take(made.toy.journal())


@pytest.mark.parametrize("kind", FORGOTTEN)
def test_a_query_without_a_condition_shows_nothing_of_another_branch(
    made: Branches, kind: str
) -> None:
    def seen(branches: Collection[str] | None) -> set[str]:
        return {branch for (branch,) in made.shown(FORGOTTEN[kind], branches)}

    assert seen([HERE]) == {HERE}
    assert seen([THERE, "XX99"]) == {THERE}
    assert seen(["XX99"]) == seen([]) == set()
    assert seen(None) == {HERE, THERE}
    plain = Connections(made.toy.settings.runtime_url, 1)
    with closing(plain), each_committed(plain) as db:
        assert db.query(FORGOTTEN[kind]) == []


@pytest.mark.parametrize("table", ["record.facts", "worker.documents", "lookup.entries"])
def test_whoever_owns_or_folds_sees_every_row(made: Branches, table: str) -> None:
    count = f"SELECT count(*) FROM {table}"  # noqa: S608 - one of ours
    found = made.shown(count, None)
    assert found[0][0] > 1
    assert ask(made.toy.settings, count, owner=True) == found == made.toy.ask(count)


def test_a_relay_sees_every_fact(made: Branches) -> None:
    settings = made.toy.settings
    relay = replace(settings, worker_url=settings.relay_url)
    assert ask(relay, "SELECT count(*) FROM record.facts") == [(4,)]


def test_a_decision_reads_the_whole_of_a_stream_that_was_handed_over(made: Branches) -> None:
    made.do("jar-HZ01-1", toy.DropCoin(7), THERE)
    read = made.toy.record.read(["jar-HZ01-1"]).streams["jar-HZ01-1"]
    assert (read.version, len(read.facts)) == (3, 3)
    series = made.toy.record.read((), (), ["jar-HZ01-"]).series["jar-HZ01-"]
    assert series == ["jar-HZ01-1"]
    assert made.toy.desk.fold("jar-HZ01-1", read.facts).fen == 12


def test_a_decision_knows_a_foreign_card_of_any_branch(made: Branches) -> None:
    document = made.views.document("dispatch", "jar-SH02-1")
    assert isinstance(document, toy.JarDocument)
    assert document.fen == 5
    assert made.views.document("dispatch", "jar-XX99-1") is None


def test_history_shows_facts_of_the_callers_branches_alone(made: Branches) -> None:
    own = f"jar-{TICKET}"
    made.do(own, toy.OpenJar("罐", OWNER), HERE, TICKET)
    made.do(own, toy.DropCoin(1), THERE, TICKET)
    made.do(own, toy.DropCoin(2), HERE, "BX-SH02-20261124-0001")
    made.do("jar-other", toy.OpenJar("罐", OWNER), THERE, TICKET)
    first, last = (own, "JarOpened"), (own, "CoinDropped")
    assert made.told(TICKET, [HERE]) == [first, last]
    assert made.told(TICKET, [THERE]) == [last, ("jar-other", "JarOpened")]
    assert made.told(TICKET, None) == [first, last, last, ("jar-other", "JarOpened")]
    assert made.told(TICKET, []) == []


def test_a_look_up_finds_a_card_where_its_newest_fact_says_it_is(made: Branches) -> None:
    def found(branches: frozenset[str] | None) -> list[str]:
        return list(made.views.streams([(LookUpKind.NAME, OWNER)], branches))

    here, there = frozenset({HERE}), frozenset({THERE})
    assert (found(here), found(there)) == (["jar-HZ01-1"], ["jar-SH02-1"])
    made.do("jar-HZ01-1", toy.DropCoin(1), THERE)
    assert (found(here), found(there)) == ([], ["jar-HZ01-1", "jar-SH02-1"])
    assert found(None) == ["jar-HZ01-1", "jar-SH02-1"]


@pytest.mark.parametrize("body", [b"\xff", b"{", b'"HZ01"', b"[]", b'{"branch": null}', b""])
def test_bytes_that_cannot_be_read_are_of_no_branch(made: Branches, body: bytes) -> None:
    for order, values in (
        ("ALTER TABLE record.facts DISABLE TRIGGER facts_stay", ()),
        (CHANGED, (body, "jar-HZ01-1", 2)),
    ):
        ask(made.toy.settings, order, values, owner=True)
    place = "SELECT stream, version FROM record.facts ORDER BY stream, version"
    assert made.shown(place, [HERE]) == [("jar-HZ01-1", 1)]
    assert len(made.shown(place, None)) == 4


def test_a_row_that_is_parked_unseen_is_told_to_its_own_branch(made: Branches) -> None:
    made.toy.change(PARKED, (consumer_name(PLACES), '["jar-9"]', toy.ROOM))

    def waits(*branches: str) -> int:
        return made.views.one(PLACES, ("jar-9",), frozenset(branches)).parked

    assert (waits(HERE), waits(THERE)) == (0, 1)
    assert made.views.one(PLACES, ("jar-9",)).parked == 1


def test_how_much_is_not_sent_yet_is_known_of_all_branches(made: Branches) -> None:
    with closing(Readiness(made.toy.settings.runtime_url, toy.ROOM)) as readiness:
        count, age = (each.samples[0].value for each in readiness.collect())
    assert count == 4
    assert age > 0
