"""别家的时刻 (moments of other desks): in whichever forms and columns they stand."""

from pathlib import Path

from tests.guiyi.desk_files import HEADING, clocks, forms, mapped, read, shanghai


def test_dates_of_several_forms_stand_in_one_column(tmp_path: Path) -> None:
    rows = [
        "D1,受理,2018-03-04 09:05,甲,",
        "D1,更新,2018/3/4 10:05,甲,",
        "D1,更新,43163.4625,甲,",
        "D1,更新,2018年3月4日 12时5分,甲,",
        "D1,关闭,2018-03-05 09:05:07,甲,",
        "D1,更新,2018/3/4 下午 1:05,甲,",
        "D1,更新,昨天,甲,",
    ]
    time = forms(
        "%Y-%m-%d %H:%M",
        "%Y/%m/%d %H:%M",
        "excel",
        "%Y年%m月%d日 %H时%M分",
        "%Y-%m-%d %H:%M:%S",
        "%Y/%m/%d %p %I:%M",
    )
    told = clocks(read(tmp_path, "\n".join([HEADING, *rows]), mapped(time=time)))
    assert told == [
        *shanghai("2018-03-04 09:05:00", "2018-03-04 10:05:00", "2018-03-04 11:06:00"),
        *shanghai("2018-03-04 12:05:00", "2018-03-05 09:05:07", "2018-03-04 13:05:00"),
        "time-unreadable",
    ]


def test_seconds_and_milliseconds_since_1970_are_moments(tmp_path: Path) -> None:
    rows = f"{HEADING}\nE1,受理,1520125500,甲,\nE1,关闭,1520212000000,甲,\n"
    for form in ("epoch", "%s"):
        told = clocks(read(tmp_path, rows, mapped(time=forms(form))))
        assert told == shanghai("2018-03-04 09:05:00", "2018-03-05 09:06:40")


def test_a_day_and_a_clock_may_stand_in_two_columns(tmp_path: Path) -> None:
    rows = (
        "单号,环节,时间,钟点,经办人\nT1,关闭,2018/3/4,17:05,甲\n"
        "T1,受理,2018/3/4,9:05,甲\nT1,更新,2018/3/4,下午 2:05,甲\nT1,更新,2018/3/4,,甲\n"
    )
    columns = {"case": "单号", "activity": "环节", "time": ["时间", "钟点"], "person": "经办人"}
    told = clocks(read(tmp_path, rows, mapped(columns=columns, time=forms("%Y/%m/%d"))))
    assert told == shanghai(
        *("2018-03-04 17:05:00", "2018-03-04 09:05:00"),
        *("2018-03-04 14:05:00", "2018-03-04 00:00:00"),
    )
