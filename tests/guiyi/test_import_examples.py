"""三个例子 (the three examples of the guide): their files come in whole, as the guide says."""

from pathlib import Path

import pytest

from guiyi.legacy.mapping import read_map
from tests.guiyi.legacy_desk import Import

PROJECT = Path(__file__).parents[2]
EXAMPLES = PROJECT / "deploy" / "legacy" / "examples"
GUIDES = ("from-your-old-desk.md", "from-your-old-desk.zh.md")


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def brought_in(importer: Import, name: str) -> dict[str, tuple[str, bool]]:
    path = importer.folder / name
    path.write_bytes((EXAMPLES / name).read_bytes())
    legacy_map = read_map(EXAMPLES / f"{path.stem}.toml")
    tally = importer.of(path, legacy_map)
    assert (tally.rejected, tally.reasons) == (0, {})
    assert tally.rows == tally.added
    again = importer.of(path, legacy_map)
    assert (again.known, again.added) == (tally.rows, 0)
    return importer.listed()


def test_glpi(importer: Import) -> None:
    assert brought_in(importer, "glpi.csv") == {
        "glpi-2553": ("Closed", False),
        "glpi-2554": ("Processing (assigned)", True),
        "glpi-2555": ("New", True),
    }
    rows = {row.ticket: row for row in importer.list_rows()}
    first = rows["glpi-2553"]
    assert (first.fault_description, first.priority) == ("Pump leaks", "urgent")
    assert f"{first.received_at:%d %H:%M}" == "04 08:05"
    [note] = {each.fact.original["Description"] for each in importer.facts()[:3]}
    assert note == 'The pump leaks & is loud.\nShe said "hurry".'


def test_servicenow(importer: Import) -> None:
    assert brought_in(importer, "servicenow.csv") == {
        "snow-INC0000045": ("Closed", False),
        "snow-INC0000047": ("Awaiting User Info", True),
    }
    told = importer.rows()["legacy-snow-INC0000045"]
    assert [state for _, state in told] == ["Active", "Resolved", "Closed"]


def test_a_workbook_that_is_kept_by_hand(importer: Import) -> None:
    assert brought_in(importer, "workbook.xlsx") == {
        "shouji-24-001": ("修好", False),
        "shouji-24-002": ("待件", True),
    }
    rows = {row.ticket: row for row in importer.list_rows()}
    second = rows["shouji-24-002"]
    assert (second.model, second.serial_no, second.fault_description) == (
        *("GX-200", "8812", "缺密封圈"),
    )
    assert f"{second.received_at:%d %H:%M}" == "04 06:30"


@pytest.mark.parametrize("guide", GUIDES)
def test_the_guide_names_every_example(guide: str) -> None:
    text = (PROJECT / "docs" / guide).read_text("utf-8")
    for path in EXAMPLES.iterdir():
        assert f"deploy/legacy/examples/{path.name}" in text
