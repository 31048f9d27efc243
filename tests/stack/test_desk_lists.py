"""单据清单 on PostgreSQL: answered as in memory, with the rows of other branches walled off."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake.app import room
from services.intake.views import case_times, delegations, tasks, tickets
from shared.config import Settings
from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Source
from shared.consumers.lookup_consumer import LookUp
from shared.http.views import TableViews
from shared.personal.digest import Digester
from shared.record import branch_wall
from shared.record.database import Connections
from shared.record.database import engine as make_engine
from shared.record.postgres import Record
from shared.record.transaction import each_committed, transaction
from shared.topics import journal_topic
from shared.view import View
from shared.views.projection import Projection
from shared.views.table import view_table
from shared.views.versions import take_over
from shared.worker.startup import make_tables
from tests.intake.desk import APPROVER, Intake
from tests.memory_views import MemoryViews
from tests.servers import Servers
from tests.shared.http_desk import web_desk
from tests.shared.recording import open_gate

ALL = 1_000_000
DAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()
QUESTIONS: tuple[tuple[str, Mapping[str, str] | None], ...] = (
    ("/v1/tickets?machine=M-2001&newest_first=true", None),
    ("/v1/tickets?serial_no=sn-88 -0042&region=HZ", None),
    (f"/v1/tickets?customer=C-1001&from_on={DAY}&until_on={DAY}", None),
    ("/v1/ticket-lookups", {"phone": "+86 571 87001234", "name": "王小明"}),
    ("/v1/ticket-lookups?is_open=true", {"name": "西湖宾馆"}),
    ("/v1/complaints?machine=M-9", None),
    ("/v1/tasks", None),
    ("/v1/tasks?mine=true", None),
    ("/v1/tasks?overdue=true&paper=report", None),
    ("/v1/delegations?in_force=true", None),
    ("/v1/figures", None),
    ("/v1/figures?branch=HZ01&figure=clock", None),
)
WALLED: tuple[View, ...] = (tickets, tasks, tasks.CLOCKS, case_times, delegations)


@dataclass
class Both:
    """The desk on PostgreSQL, and its views in memory over the same record."""

    settings: Settings
    intake: Intake
    memory: MemoryViews
    tables: TableViews
    told: "Switch"

    def build(self) -> None:
        """Fold the views and fill the look-up, as a worker does."""
        engine = make_engine(self.settings.worker_url)
        record = self.intake.desk.store
        journal = [
            ConsumerRecord(
                Source(journal_topic(room.name), partition, room.name), 0, stored.seq - 1, stored
            )
            for partition in range(record.partitions)
            for stored in record.facts(partition, 0, ALL)
        ]
        make_tables(engine, room.name, room.views, room.timers)
        with transaction(engine) as db:
            take_over(db, room.views)
        Projection(engine, room.name, room.views).take(journal)
        LookUp(engine, room.name, self.intake.desk.keys).take(journal)
        engine.dispose()


@pytest.fixture
def both(servers: Servers, tmp_path: Path) -> Iterator[Both]:
    settings = servers.make_database(room.name)
    open_gate(settings)
    record, told = Record(settings.runtime_url, room.name, settings.partitions), Switch()
    try:
        with web_desk(room, tmp_path, record, views=told) as desk:
            told.now = memory = MemoryViews(record, desk.keys)
            digester = Digester(desk.keys.master)
            tables = TableViews(settings.runtime_url, room.name, digester, connections=2)
            with closing(tables):
                yield Both(settings, Intake(desk), memory, tables, told)
    finally:
        record.close()
        servers.drop(settings)


class Switch:
    """The views that answer: those of PostgreSQL, or those in memory."""

    now: object = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.now, name)


def answers(both: Both, token: str) -> list[Any]:
    desk = both.intake.desk
    found = []
    for path, body in QUESTIONS:
        answer = desk.get(path, token) if body is None else desk.post(path, body, token)
        assert answer.status_code == 200, (path, answer.text)
        found.append((path, answer.json()["rows"]))
    return found


def test_the_lists_answer_as_in_memory_and_show_no_other_branch(both: Both) -> None:
    intake = both.intake
    intake.opened().submitted()
    intake.complaint(intake.answered().rpartition("/")[2])
    deputy = intake.desk.staff("K-2", ["clerk", "approver"], ["HZ01"])
    intake.delegated(deputy="K-2")
    everywhere = intake.desk.staff("G-1", ["general_manager", "clerk"], ["*"])
    far = intake.desk.staff("K-FAR", ["clerk", "approver"], ["SH02"])
    tokens = (intake.approver, deputy, everywhere, far)
    in_memory = [answers(both, token) for token in tokens]
    both.build()
    both.told.now = both.tables
    assert [answers(both, token) for token in tokens] == in_memory
    assert [path for path, rows in in_memory[-1] if rows] == []
    assert [path for path, rows in in_memory[0] if not rows] == [
        "/v1/complaints?machine=M-9",
        "/v1/tasks?overdue=true&paper=report",
        "/v1/figures?branch=HZ01&figure=clock",
    ]
    assert any(APPROVER in row["acting_for"] for _, rows in in_memory[1][7:8] for row in rows)
    for view in WALLED:
        assert seen(both, view, "HZ01"), view.NAME
        assert not seen(both, view, "SH02"), view.NAME


def seen(both: Both, view: View, branch: str) -> list[Any]:
    """What a query without any condition shows to who names this branch."""
    connections = Connections(both.settings.runtime_url, 1)
    table = view_table(view).full_name
    with closing(connections), each_committed(connections) as db:
        walled = branch_wall.shown(db.connection, [branch])
        return walled.query(f"SELECT branch FROM {table}")  # noqa: S608 - our own table
