"""文件库 on a real database: what is kept stays as it was brought, and web changes none of it."""

from dataclasses import replace
from typing import Any

import psycopg2
import pytest

from shared.record.database import Connections
from shared.record.files import FileTable, StoredFile
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
    assert files.of_paper(HASH, PAPER) == FILE
    assert files.sealed(FILE) == content
    assert files.find("0" * 64, ["*"], "T-LIUYANG") == []
    assert files.of_paper("0" * 64, PAPER) is None
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
    assert files.of_paper(HASH, old.stream) == old
    assert files.waiting(waiting.stream) == 100
    assert files.of_paper(HASH, old.stream) is None
    for each in (FILE, waiting):
        files.drop(each)
    assert files.waiting(waiting.stream) == 0
    assert files.find(HASH, ["*"], "") == [FILE]
    connections = Connections(database.runtime_url, 1)
    with each_committed(connections) as db:
        db.execute("SELECT set_config('guiyi.branches', '{*}', true)")
        db.execute("DELETE FROM record.files")
    connections.close()
    assert files.of_paper(HASH, PAPER) == FILE
    files.close()


@pytest.mark.parametrize("statement", ["UPDATE record.files SET branch = 'SH02'"])
def test_nobody_changes_what_was_brought(make_database: Any, statement: str) -> None:
    url = make_database("dispatch").runtime_url
    connections = Connections(url, 1)
    with (
        pytest.raises(psycopg2.errors.InsufficientPrivilege),
        each_committed(connections) as db,
    ):
        db.execute(statement)
    connections.close()
