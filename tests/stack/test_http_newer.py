"""A newer card of a person cannot be read by an older program: nobody is let in or named by it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.dispatch.app import room
from shared.config import Settings
from shared.envelope import canonical
from shared.events import DOCUMENTS
from shared.events.cards import PersonCard
from shared.events.values import Role
from shared.http.views import TableViews
from shared.personal.digest import Digester
from shared.record.database import engine
from shared.record.transaction import transaction
from shared.worker.startup import make_tables
from tests.memory_keys import memory_keys
from tests.shared.http_desk import codes, web_desk

SCHEMA = DOCUMENTS["person"].schema
KEPT = """
INSERT INTO worker.documents
    (version, seq, recorded_at, partition, room, stream, types, hash, body)
VALUES (1, 1, %s, 0, 'intake', %s, '{PersonChanged}', %s, %s)
"""


NEWER = {"whatever": 1}
"""We know no field of a newer schema."""


def card(person: str, schema: int, state: object = NEWER) -> bytes:
    """A card as a program of that schema writes it."""
    return canonical(
        {
            "document": "person",
            "schema": schema,
            "type": "PersonChanged",
            "stream": f"person-{person}",
            "version": 1,
            "ticket": None,
            "branch": "HZ",
            "state": state,
            "this": {},
        }
    )


def test_a_card_of_a_newer_program_answers_503_and_says_why(
    make_database: Callable[..., Settings], tmp_path: Path
) -> None:
    settings = make_database(room.name)
    database = engine(settings.worker_url, pool=1)
    make_tables(database, room.name, room.views, room.timers)
    with transaction(database) as db:
        known = {"card": PersonCard("sun", "孙", (Role.TECHNICIAN,), ("SH",))}
        cards = {"liu": card("liu", 99), "sun": card("sun", SCHEMA, known)}
        for person, body in cards.items():
            db.execute(KEPT, (datetime.now(UTC), f"person-{person}", bytes(32), body))
    database.dispose()
    digester = Digester(memory_keys().master)
    views = TableViews(settings.runtime_url, room.name, digester, connections=2)
    try:
        with web_desk(room, tmp_path, views=views) as desk:
            liu = desk.token("liu", ["technician"], ["HZ"])
            told = desk.get("/v1/work-orders", liu)
            assert (told.status_code, codes(told)) == (503, ["newer-schema"])
            assert told.headers["retry-after"] == "60"
            read = views.documents_of("intake", "person")
            assert {name: each.card.name for name, each in read.items()} == {"person-sun": "孙"}
            stranger = desk.token("wang", ["technician"], ["HZ"])
            told = desk.get("/v1/work-orders", stranger)
            assert (told.status_code, codes(told)) == (403, ["person-unregistered"])
            assert not views.documents_of("intake", "delegation")
    finally:
        views.close()


pytestmark = pytest.mark.stack
