"""查看记录 on a real database: who had hidden texts shown is kept, and bounded."""

from typing import Any

import psycopg2
import pytest

from shared.config import Settings
from shared.record.database import Connections
from shared.record.openings import OpeningTable, TextsOpened
from shared.record.transaction import each_committed

pytestmark = pytest.mark.stack

OPENED = TextsOpened("auditor-7", "b7ad6b7169203331", "核对电话", ("customer-C-1", "report-2"))
KEPT = "SELECT actor, request, reason, whom FROM record.openings ORDER BY id"


def asked(url: str, statement: str) -> Any:
    connections = Connections(url, 1)
    with each_committed(connections) as db:
        found = db.query(statement)
    connections.close()
    return found


def noted(settings: Settings, *opened: TextsOpened) -> None:
    openings = OpeningTable(settings.runtime_url, connections=1)
    for each in opened:
        openings.note(each)
    openings.close()


def test_the_newest_are_kept(make_database: Any) -> None:
    settings = make_database("intake")
    noted(settings, OPENED)
    row = (OPENED.actor, OPENED.request, OPENED.reason, list(OPENED.whom))
    assert asked(settings.owner_url, KEPT) == [row]
    ahead = "SELECT setval(pg_get_serial_sequence('record.openings', 'id'), 1000000)"
    asked(settings.owner_url, ahead)
    noted(settings, OPENED, OPENED)
    assert asked(settings.owner_url, "SELECT id FROM record.openings ORDER BY id") == [
        (1_000_001,),
        (1_000_002,),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE record.openings SET actor = 'X' RETURNING 1",
        "DELETE FROM record.openings RETURNING 1",
        "INSERT INTO record.openings (actor) VALUES ('X') RETURNING 1",
        KEPT,
    ],
)
def test_a_web_process_only_adds_to_them(make_database: Any, statement: str) -> None:
    settings = make_database("intake")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        asked(settings.runtime_url, statement)
