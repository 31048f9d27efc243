"""`guiyi ticket export`: what it writes, `guiyi import` reads back equal."""

import io
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from guiyi.acting import Acting
from guiyi.legacy.export import ExportTally, write
from guiyi.legacy.mapping import Map, map_from
from guiyi.verbs.ticket_export import Asking, Selection, told
from services.intake.app import room
from services.intake.report.reporting import REPORT_EXAMPLE
from services.intake.views import tickets
from shared.http.query import Wanted
from shared.personal.seal import HIDDEN, open_sealed
from shared.view import Recorded
from tests.guiyi.legacy_desk import MAP, Import
from tests.shared.http_desk import WebDesk, web_desk

HEADING = "id,step,who,at,fault,=sum(a),level\n"
LINES = [
    "1,open,Anne,2012-05-01T00:00:00,=1+1,x,1 - High\n",
    "2,open,Bert,2012-05-01T00:01:00,@fault,'y,2 - Low\n",
    '1,open again,Anne,2012-05-01T00:02:00,"several\nlines, ""quoted""",-z,1 - High\n',
    "1,closed,Anne,2012-05-01T00:05:00,再修,,1 - High\n",
    "1,closed,Anne,2012-05-01T00:05:00,再修,,1 - High\n",
    "3/7 (a),open,Renée 蕾妮,2012-05-01T00:06:00,,'=w,\n",
    "3/7 (a),open later,Renée 蕾妮,2012-05-01T00:06:00,,,\n",
]
OLD = map_from(
    {
        **MAP,
        "columns": {**MAP["columns"], "fault": "fault", "priority": "level", "contact": "who"},
        "priorities": {"1 - High": "urgent", "2 - Low": "normal"},
    }
)
ALL = Selection("HZ01", "old", None, None, frozenset())


@dataclass
class Reached:
    """入口: an installation whose only room is intake, in memory."""

    web: WebDesk
    token_: str

    def acting(self) -> Acting:
        return Acting("X", frozenset(), frozenset())

    def token(self, **_: Any) -> str:
        return self.token_

    def get(self, _room: str, path: str, token: str, **asked: Any) -> Any:
        given = {name: value for name, value in asked.items() if value is not None}
        answer = self.web.get(f"{path}?{urlencode(given)}", token)
        assert answer.is_success, answer.text
        return answer.json()


@dataclass
class Installation:
    """一处安装: a web role of intake in memory, into which files are imported."""

    web: WebDesk
    folder: Path

    def __post_init__(self) -> None:
        self.boss = self.web.staff("F-SUNLI", ["approver"], ["HZ01"])

    def take(self, text: str, legacy_map: Map = OLD) -> int:
        path = self.folder / "file.csv"
        path.write_text(text, "utf-8", newline="")
        tally = Import(self.folder, self.web.handler).of(path, legacy_map)
        assert tally.rejected == 0, tally.reasons
        return tally.added

    def export(
        self, wanted: Selection = ALL, because: str = "搬家", language: str = "zh"
    ) -> tuple[str, str, ExportTally]:
        asking = Asking(Reached(self.web, self.boss), because)  # type: ignore[arg-type]
        out = io.StringIO(newline="")
        source = wanted.source or "guiyi"
        tally, text = write(told(asking, wanted, ["intake"]), out, source, "HZ01", language)
        return out.getvalue(), text, tally

    def listed(self) -> Sequence[tickets.Row]:
        page = self.web.views.page(tickets, Wanted({}, None, 1_000, None, newest_first=False))
        rows: Sequence[tickets.Row] = open_sealed(list(page.rows), self.web.keys)
        return [replace(row, newest_row=0, changed_at=row.received_at) for row in rows]

    def told(self) -> dict[str, list[tuple[Any, ...]]]:
        """Of each imported ticket: its steps, as they were claimed, in their order."""
        importer, found = Import(self.folder, self.web.handler), dict[str, list[Recorded]]()
        for each in importer.facts():
            if each.stream.startswith("legacy-"):
                found.setdefault(each.stream, []).append(each)
        return {
            stream: [
                (f.number, f.state, f.is_open, f.at, f.priority, *sorted(own(f.original).items()))
                for f in sorted((e.fact for e in facts), key=lambda f: (f.at, f.row))
            ]
            for stream, facts in found.items()
        }


def own(original: dict[str, str]) -> dict[str, str]:
    """The columns of the desk from which the tickets came first."""
    names = HEADING.strip().split(",")
    return {n: text for n, text in original.items() if n in names and text}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Installation]:
    with web_desk(room, tmp_path) as web:
        yield Installation(web, tmp_path)


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Installation]:
    folder = tmp_path / "there"
    folder.mkdir()
    with web_desk(room, folder) as web:
        yield Installation(web, folder)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_imported_tickets_are_read_back_equal(
    here: Installation, there: Installation, language: str
) -> None:
    here.take(HEADING + "".join(LINES))
    written, mapping, tally = here.export(language=language)
    assert (tally.tickets, tally.rows, tally.hidden) == (3, len(LINES), [])
    assert there.take(written, map_from(tomllib.loads(mapping))) == len(LINES)
    assert there.told() == here.told()
    assert there.listed() == here.listed()
    assert {each.reason for each in here.web.openings.kept} == {"搬家"}


def test_no_cell_is_a_formula(here: Installation) -> None:
    here.take(HEADING + "".join(LINES))
    written, _, _ = here.export()
    cells = [cell.lstrip('"') for line in written.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@") and cell]


def test_what_is_not_seen_is_left_out(here: Installation, there: Installation) -> None:
    here.take(HEADING + "".join(LINES))
    written, mapping, tally = here.export(because="")
    assert tally.hidden == ["who"]
    assert HIDDEN not in written
    assert "Anne" not in written
    assert here.web.openings.kept == []
    assert there.take(written, map_from(tomllib.loads(mapping))) == len(LINES)
    states = [(row.ticket, row.state, row.is_open) for row in there.listed()]
    assert states == [(row.ticket, row.state, row.is_open) for row in here.listed()]


def test_a_selection_by_time_and_by_number(here: Installation) -> None:
    here.take(HEADING + "".join(LINES))
    first, second, third = sorted(here.listed(), key=lambda row: row.received_at)
    later = replace(ALL, since=second.received_at, until=third.received_at)
    assert here.export(later)[2].tickets == 1
    assert here.export(replace(ALL, numbers=frozenset({first.ticket})))[2].rows == 4
    assert here.export(replace(ALL, source="other"))[2].tickets == 0


def test_our_own_tickets_are_read_back(here: Installation, there: Installation) -> None:
    clerk = here.web.staff("K-CHENJING", ["clerk"], ["HZ01"])
    card = {"id": "C-1001", "name": "西湖宾馆", "kind": "unit"}
    assert here.web.post("/v1/customers?branch=HZ01", card, clerk).is_success
    machine = {"machine": None, "model": "MFQ-32"}
    body = {**REPORT_EXAMPLE, "equipment": {**REPORT_EXAMPLE["equipment"], **machine}}  # type: ignore[dict-item]
    made = here.web.post("/v1/reports", body, clerk)
    assert made.is_success, made.text
    written, mapping, tally = here.export(replace(ALL, source=None))
    assert tally.tickets == 1
    assert there.take(written, map_from(tomllib.loads(mapping))) == tally.rows
    (ours,), (theirs,) = here.listed(), there.listed()
    assert theirs.ticket == f"guiyi-{ours.ticket}"
    for name in ("is_open", "priority", "owner", "customer", "fault_description", "received_at"):
        assert getattr(theirs, name) == getattr(ours, name), name
