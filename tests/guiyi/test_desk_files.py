"""别家工单的样子 (files of other desks): order and columns, and what comes in a second time."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from guiyi.legacy.rows import open_legacy
from guiyi.tables.faults import Unusable
from tests.guiyi.desk_files import HEADING, mapped, read
from tests.guiyi.legacy_desk import Import


@pytest.fixture
def importer(tmp_path: Path) -> Import:
    return Import(tmp_path)


def test_columns_of_one_name_are_kept_apart(importer: Import) -> None:
    path = importer.folder / "twice.csv"
    path.write_text(f"{HEADING},备注,\nR1,受理,2018-03-04 09:05,甲,一,二,三\n", "utf-8")
    with open_legacy(path, mapped()) as legacy:
        assert legacy.table.renamed == ["备注 (2)"]
    assert importer.of(path, mapped()).added == 1
    [told] = importer.facts()
    assert (told.fact.original["备注"], told.fact.original["备注 (2)"]) == ("一", "二")
    assert told.fact.original["#7"] == "三"
    with pytest.raises(Unusable, match="names a column twice: 时间"):
        read(importer.folder, HEADING + ",时间\n", mapped())


N3 = [
    "N3,关闭,2024-03-01 10:00,乙,",
    "N3,更新,2024-03-01 10:00,乙,x",
    "N3,受理,2024-03-01 09:00,丙,",
]


def test_a_file_may_begin_with_the_newest_row(importer: Import) -> None:
    path = importer.folder / "newest.csv"
    path.write_text("\n".join([HEADING, *N3]), "utf-8")
    importer.of(path, mapped())
    [(stream, told)] = importer.rows().items()
    assert [state for _, state in told] == ["受理", "更新", "关闭"], stream
    [row] = importer.list_rows()
    assert (row.state, row.is_open) == ("关闭", False)
    assert row.received_at == datetime(2024, 3, 1, 1, 0, tzinfo=UTC)


def test_the_map_may_say_which_way_a_file_runs(importer: Import) -> None:
    path = importer.folder / "one_moment.csv"
    path.write_text("\n".join([HEADING, *N3[:2]]), "utf-8")
    importer.of(path, mapped(order="newest-first"))
    assert importer.listed() == {"desk-N3": ("关闭", False)}


def test_a_ticket_was_received_at_its_earliest_moment_wherever_it_stands(importer: Import) -> None:
    path = importer.folder / "received.csv"
    rows = [
        "N4,更新,2024-03-01 10:00,乙,x",
        "N4,受理,2024-03-01 09:00,丙,来电",
        "N4,关闭,2024-03-02 09:00,丙,",
    ]
    path.write_text("\n".join([HEADING, *rows]), "utf-8")
    importer.of(path, mapped())
    [row] = importer.list_rows()
    assert row.received_at == datetime(2024, 3, 1, 1, 0, tzinfo=UTC)
    assert row.state == "关闭"


def test_columns_fill_the_list(importer: Import) -> None:
    path = importer.folder / "listed.csv"
    path.write_text(
        "单号,环节,时间,经办人,备注,客户,设备,型号,序列号,级别,电话\n"
        "F1,受理,2024-03-01 09:00,丙,漏水,西湖宾馆,M-1,GX,S-9,急,0571-1234567\n"
        "F1,关闭,2024-03-02 09:00,丙,,西湖宾馆,,,,急,\n",
        "utf-8",
    )
    columns = {"case": "单号", "activity": "环节", "time": "时间", "person": "经办人"} | {
        "fault": "备注",
        "customer": "客户",
        "machine": "设备",
        "model": "型号",
        "serial": "序列号",
        "priority": "级别",
        "phone": "电话",
    }
    listed = mapped(columns=columns, priorities={"急": "urgent"}, personal=["电话"])
    importer.of(path, listed)
    [row] = importer.list_rows()
    assert (row.fault_description, row.customer, row.machine) == ("漏水", "西湖宾馆", "M-1")
    assert (row.model, row.serial_no, row.priority, row.owner) == ("GX", "S-9", "urgent", "丙")
    assert row.contact_phone is not None


def test_rows_count_and_what_is_mended_comes_in_beside_its_twin(importer: Import) -> None:
    """Read is taken, repeated and rejected; the file of rejects is mended and sent again."""
    twin = "W1,受理,2018-03-04 09:05,甲,{}"
    path = importer.folder / "twins.csv"
    rows = [twin.format("第一"), twin.format("第二" * 40_000), "W1,受理,2018-03-04 9时,甲,第三"]
    path.write_text("\n".join([HEADING, *rows, "W1,关闭,2018-03-05 09:05,甲,"]), "utf-8")
    tally = importer.of(path, mapped())
    assert tally.rows == tally.added + tally.known + tally.rejected == 4
    assert tally.reasons == {"value-too-long": 1, "time-unreadable": 1}
    rejects = importer.rejects(path)
    with rejects.open(encoding="utf-8-sig", newline="") as file:
        heading, long, timed = csv.reader(file)
    assert [long[1], timed[1]] == ["3", "4"]
    long[-1], timed[-3] = "第二", "2018-03-04 09:05"
    mended = importer.folder / "mended.csv"
    with mended.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, long, timed])
    for added in (2, 0):
        tally = importer.of(mended, mapped())
        assert (tally.rows, tally.added, tally.known) == (2, added, 2 - added)
    notes = [each.fact.original["备注"] for each in importer.facts()]
    assert sorted(notes) == ["", "第一", "第三", "第二"]
    rows = [twin.format("第一"), twin.format("第二"), twin.format("第三")]
    path.write_text("\n".join([HEADING, *rows]), "utf-8")
    assert importer.of(path, mapped()).known == 3


def test_a_longer_export_adds_exactly_what_is_new_even_above_a_twin(importer: Import) -> None:
    twin = "W1,更新,2018-03-04 09:05,甲,{}"
    path = importer.folder / "longer.csv"
    before = [twin.format("乙"), twin.format("甲"), "W1,受理,2018-03-01 09:05,甲,"]
    path.write_text("\n".join([HEADING, *before]), "utf-8")
    importer.of(path, mapped())
    path.write_text("\n".join([HEADING, twin.format("新"), *before]), "utf-8")
    tally = importer.of(path, mapped())
    assert (tally.added, tally.known) == (1, 3)
    notes = [each.fact.original["备注"] for each in importer.facts()]
    assert sorted(notes) == ["", "乙", "新", "甲"]
