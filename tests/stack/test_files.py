"""文件库 on a real database: what is kept stays as it was brought, and web changes none of it."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import psycopg2
import pytest

from shared.record import branch_wall
from shared.record.database import Connections
from shared.record.files import BRINGERS, FileTable, StoredFile
from shared.record.transaction import each_committed

pytestmark = pytest.mark.stack

HASH, PAPER = "5f" * 32, "work_order-BX-HZ01-20261123-0001-W1"
LARGEST = 10 * 1024 * 1024
FILE = StoredFile(HASH, PAPER, "HZ01", "customer-C-1001", "image/png", LARGEST, "T-LIUYANG")


def test_the_largest_file_is_kept_once_for_each_paper(make_database: Any) -> None:
    url = make_database("dispatch").runtime_url
    files = FileTable(url, connections=1)
    content = bytes(range(256)) * (LARGEST // 256)
    other = replace(FILE, stream=PAPER.replace("-W1", "-W2"))
    for each in (FILE, FILE, other):
        files.add(each, content)
    files.add(FILE, b"another content of the same name")
    assert files.find(HASH, ["HZ01"], "T-LIUYANG") == [other, FILE]
    assert files.of_paper(HASH, PAPER, "T-LIUYANG") == FILE
    assert files.sealed(FILE) == content
    assert files.find("0" * 64, ["*"], "T-LIUYANG") == []
    assert files.of_paper("0" * 64, PAPER, "T-LIUYANG") is None
    files.close()


def test_files_are_shown_by_branch_by_postgresql_itself(make_database: Any) -> None:
    url = make_database("dispatch").runtime_url
    files, by = FileTable(url, connections=1), "K-CHENJING"
    foreign = replace(FILE, branch="SH02", stream="work_order-BX-SH02-20261123-0001-W1")
    for each in (FILE, foreign, replace(foreign, stored_by=by, stream=f"{foreign.stream}2")):
        files.add(each, b"sealed")
    assert files.find(HASH, ["HZ01"], by) == [FILE]
    assert [each.stored_by for each in files.find(HASH, ["SH02"], by)] == [by, "T-LIUYANG"]
    assert len(files.find(HASH, ["*"], by)) == len(files.find(HASH, ["HZ01", "SH02"], by)) == 3
    assert files.find(HASH, [], by) == files.find(HASH, ["XX99"], by) == []
    files.close()
    connections = Connections(url, 1)
    with each_committed(connections) as db:
        assert db.query("SELECT count(*) FROM record.files") == [(0,)]
    connections.close()


def test_what_waits_is_dropped_and_nothing_else(make_database: Any) -> None:
    database = make_database("intake")
    files = FileTable(database.runtime_url, connections=1)
    waiting = replace(FILE, stream="waiting-C-1001", size=100)
    old = replace(waiting, stream="waiting-C-7")
    for each in (FILE, waiting, old):
        files.add(each, b"sealed")
    owner = psycopg2.connect(database.owner_url.replace("+psycopg2", ""))
    with owner, owner.cursor() as cursor:
        cursor.execute(
            "UPDATE record.files SET stored_at = now() - interval '25 hours' WHERE stream = %s",
            (old.stream,),
        )
    owner.close()
    assert files.of_paper(HASH, old.stream, "") == old
    assert files.waiting(waiting.stream) == 100
    assert files.of_paper(HASH, old.stream, "") is None
    for each in (FILE, waiting):
        files.drop(each)
    assert files.waiting(waiting.stream) == 0
    assert files.find(HASH, ["*"], "") == [FILE]
    connections = Connections(database.runtime_url, 1)
    with each_committed(connections) as db:
        db.execute("SELECT set_config('guiyi.branches', '{*}', true)")
        db.execute("DELETE FROM record.files")
    connections.close()
    assert files.of_paper(HASH, PAPER, "") == FILE
    files.close()


CHEN = replace(FILE, stored_by="T-CHEN")


def test_who_brings_the_same_file_is_known_as_well(make_database: Any) -> None:
    url = make_database("dispatch").runtime_url
    files = FileTable(url, connections=1)
    for _ in range(2):
        files.add(FILE, b"sealed")
        files.add(CHEN, b"sealed by another")
        files.add_bringer(FILE, FILE.stored_by)
    files.close()
    files = FileTable(url, connections=1)  # of another process
    assert [files.of_paper(HASH, PAPER, by) for by in ("T-LIUYANG", "T-CHEN", "T-WU")] == [
        *(FILE, CHEN, FILE),
    ]
    later = replace(FILE, stream=f"{PAPER}2", stored_by="T-WU")
    files.add(later, b"sealed")
    assert files.find(HASH, ["HZ01"], "T-CHEN") == [CHEN, later]
    assert files.find(HASH, ["SH02"], "T-CHEN") == []
    assert files.sealed(CHEN) == b"sealed"
    assert rows(url, ["SH02"]) == rows(url, []) == []
    assert rows(url, ["HZ01"]) == [("T-CHEN",)]
    files.close()


def test_so_many_are_known_and_of_more_those_who_came_last(make_database: Any) -> None:
    url = make_database("dispatch").runtime_url
    files = FileTable(url, connections=1)
    files.add(FILE, b"sealed")
    for nth in [*range(BRINGERS), 0, BRINGERS]:
        files.add_bringer(FILE, f"T-{nth}")
    known = {by for (by,) in rows(url, ["*"])}
    assert known == {f"T-{nth}" for nth in range(BRINGERS + 1) if nth != 1}
    assert files.of_paper(HASH, PAPER, "T-LIUYANG") == FILE
    files.close()


def test_two_who_bring_it_at_the_same_moment_are_both_known(make_database: Any) -> None:
    url, at_once = make_database("dispatch").runtime_url, 8
    files, together = FileTable(url, connections=at_once), Barrier(at_once)

    def bring(nth: int) -> None:
        together.wait()
        files.add(replace(FILE, stored_by=f"T-{nth}"), f"sealed {nth}".encode())

    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(bring, range(at_once)))
    for by in (f"T-{nth}" for nth in range(at_once)):
        found = files.of_paper(HASH, PAPER, by)
        assert found is not None
        assert found.stored_by == by
    assert len(rows(url, ["*"])) == at_once - 1
    files.close()


def rows(url: str, branches: Sequence[str]) -> list[Any]:
    """Who brought a file that was there, as a web process is shown that names these branches."""
    connections = Connections(url, 1)
    with each_committed(connections) as db:
        shown = branch_wall.shown(db.connection, branches)
        found = shown.query("SELECT brought_by FROM record.file_bringers")
    connections.close()
    return list(found)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record.files SET branch = 'SH02'",
        "UPDATE record.file_bringers SET brought_by = 'T-WU'",
        "DELETE FROM record.file_bringers",
        "INSERT INTO record.file_bringers VALUES (now(), 'a', 'b', 'HZ01', 'T-WU')",
    ],
)
def test_nobody_changes_what_was_brought(make_database: Any, statement: str) -> None:
    url = make_database("dispatch").runtime_url
    connections = Connections(url, 1)
    with (
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
        each_committed(connections) as db,
    ):
        db.execute(statement)
    connections.close()
