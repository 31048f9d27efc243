"""消耗报表表格: the file that is sent says what the report says, and no cell of it is run."""

import csv
import io
import json
import threading
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from python_calamine import CalamineWorkbook
from typer.testing import CliRunner

from guiyi.cli import app
from guiyi.refusal import WRONG
from services.inventory.app import room
from services.inventory.closing.sheet import ABOVE, rows_of
from services.inventory.consumption_report import ConsumptionLine
from shared.cells import plain
from shared.events.inventory import UseNature, Valuing
from shared.sheets import as_csv, as_workbook
from shared.texts import load
from tests.inventory.closing.months import ENDS, REPORT, november_closed
from tests.inventory.desk import Inventory
from tests.inventory.example import BRANCH

TEXTS = load(room.texts, room=room.name)
TYPES = {"csv": "text/csv", "xlsx": "spreadsheetml.sheet"}


def label(name: str) -> str:
    said = TEXTS.label(name)
    return f"{said.zh} {said.en}"


def read_csv(content: bytes) -> list[list[str]]:
    rows = csv.reader(io.StringIO(content.decode("utf-8-sig")))
    return [[plain(cell) for cell in row] for row in rows]


def read_workbook(content: bytes) -> list[list[str]]:
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    return [[_text(cell) for cell in row] for row in sheet.to_python()]


def _text(cell: object) -> str:
    return str(int(cell)) if isinstance(cell, float) else plain(str(cell))


def said(rows: Sequence[Sequence[str]]) -> dict[str, Any]:
    """The report as it can be read from the rows of a file."""
    whole = len(ABOVE)
    natures = {label(f"use_nature.{each.value}"): each.value for each in UseNature} | {"": None}
    names = [each.name for each in fields(ConsumptionLine)]
    assert list(rows[whole + 1]) == [label(f"consumption.{name}") for name in names]
    above = {name: row[1] for name, row in zip(ABOVE, rows, strict=False)}
    lines = []
    for row in rows[whole + 2 :]:
        line: dict[str, Any] = dict(zip(names, row, strict=True))
        figures = {name: int(line[name]) for name in names[2:]}
        lines.append({**line, **figures, "use_nature": natures[line["use_nature"]]})
    methods = {label(f"valuing.{each.value}"): each.value for each in Valuing}
    return {**above, "valuing": methods[above["valuing"]], "lines": lines}


@pytest.mark.parametrize(("form", "read"), [("csv", read_csv), ("xlsx", read_workbook)])
def test_the_file_says_what_the_report_says(
    store: Inventory, clock: list[datetime], form: str, read: Any
) -> None:
    clock[0] = ENDS + timedelta(hours=1)
    november_closed(store)
    answer = store.desk.get(f"{REPORT}/sheet?form={form}", store.keeper)
    assert answer.status_code == 200
    assert TYPES[form] in answer.headers["content-type"]
    named = f'attachment; filename="XH-{BRANCH}-2026-11.{form}"'
    assert answer.headers["content-disposition"] == named
    shown = store.shown(REPORT)
    assert shown["lines"], "there is something to compare"
    assert said(read(answer.content)) == {name: shown[name] for name in (*ABOVE, "lines")}


def test_whoever_may_not_see_the_report_gets_no_file(
    store: Inventory, clock: list[datetime]
) -> None:
    assert store.desk.get(f"{REPORT}/sheet", store.keeper).status_code == 404, "it is not closed"
    clock[0] = ENDS + timedelta(hours=1)
    november_closed(store)
    far = store.desk.staff("F-FAR", ["finance"], ["NB01"])
    assert store.desk.get(f"{REPORT}/sheet", far).status_code == 404
    assert store.desk.get(f"{REPORT}/sheet", store.liu).status_code == 403
    assert store.desk.get(f"{REPORT}/sheet?form=pdf", store.keeper).status_code == 422


REPORTED = {
    **dict.fromkeys(ABOVE, "x"),
    "valuing": "moving_average",
    "lines": [
        {
            **{each.name: 0 for each in fields(ConsumptionLine)},
            "part": '=HYPERLINK("http://evil")',
            "use_nature": "paid",
            "sent_fen": -3,
        }
    ],
}


def test_no_cell_is_a_formula() -> None:
    rows = [*rows_of(REPORTED, label)]
    with zipfile.ZipFile(io.BytesIO(as_workbook("XH", rows, ENDS))) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
        assert b"'=HYPERLINK" in book.read("xl/sharedStrings.xml")
    assert b"\"'=HYPERLINK" in as_csv(rows), "whoever opens it runs nothing"
    assert said(read_csv(as_csv(rows)))["lines"] == REPORTED["lines"]
    assert said(read_workbook(as_workbook("XH", rows, ENDS)))["lines"] == REPORTED["lines"]


def test_every_heading_is_in_both_languages() -> None:
    names = (*ABOVE, *(each.name for each in fields(ConsumptionLine)))
    for name in (f"consumption.{each}" for each in names):
        told = TEXTS.label(name)
        assert told.zh != told.en, name
        assert told.zh != name, name


@contextmanager
def served(store: Inventory) -> Iterator[str]:
    """The room on a port of this machine."""
    config = uvicorn.Config(store.desk.client.app, port=0, log_level="error", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def test_the_command_writes_the_same_file(
    store: Inventory, clock: list[datetime], tmp_path: Path
) -> None:
    clock[0] = ENDS + timedelta(hours=1)
    november_closed(store)
    wanted = store.desk.get(f"{REPORT}/sheet", store.keeper).content
    file, words = tmp_path / "report.csv", ["--store", BRANCH, "--period", "2026-11", "--json"]
    with served(store) as address:
        environ = {
            "KAFKA_BOOTSTRAP": "127.0.0.1:1",
            "INTAKE_WEB_URL": address,
            "INVENTORY_WEB_URL": address,
            "GUIYI_STATE": str(tmp_path / "state"),
            "GUIYI_TOKEN": store.keeper,
        }
        verb = ["stock", "consumption"]
        told = CliRunner().invoke(app, [*verb, str(file), *words], env=environ)
        wrong = CliRunner().invoke(app, [*verb, "report.pdf", *words], env=environ)
    assert (told.exit_code, file.read_bytes()) == (0, wanted)
    assert json.loads(told.stdout.splitlines()[-1]) == {"file": str(file), "bytes": len(wanted)}
    assert (wrong.exit_code, json.loads(wrong.stderr.splitlines()[-1])["code"]) == (
        WRONG,
        "stock-report-form",
    )
