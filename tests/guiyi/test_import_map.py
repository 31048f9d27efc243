"""导入映射 (the map): what it says of times, and what is reported if something is wrong with it."""

from pathlib import Path
from typing import Any

import pytest

from guiyi.legacy.mapping import Map, map_from, read_map
from guiyi.tables.faults import Unusable
from tests.guiyi.legacy_desk import MAP


def mapped(**changes: Any) -> Map:
    return map_from({**MAP, **changes})


def at(zone: str, text: str, **time: str) -> str:
    return mapped(time={"zone": zone, **time}).moment(text).strftime("%m-%d %H:%M")


def test_times_are_read_in_the_zone_of_the_desk() -> None:
    assert at("Asia/Shanghai", "2012-05-01T08:30:00") == "05-01 00:30"
    assert at("Europe/Stockholm", "2012-05-01T08:30:00") == "05-01 06:30"
    assert at("Asia/Shanghai", "2012-05-01T08:30:00+02:00") == "05-01 06:30"
    assert at("Asia/Shanghai", "01/05/2012 8:30", format="%d/%m/%Y %H:%M") == "05-01 00:30"
    assert at("Asia/Shanghai", "2012年5月1日 8时", format="%Y年%m月%d日 %H时") == "05-01 00:00"


def test_an_hour_that_came_twice_is_what_the_map_says() -> None:
    twice = "2012-10-28T02:30:00"
    assert at("Europe/Stockholm", twice) == "10-28 00:30"
    assert at("Europe/Stockholm", twice, ambiguous="later") == "10-28 01:30"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": "Old Desk"}, "source: .*small letters and digits"),
        ({"branch": None}, "branch: .*as it is registered"),
        ({"columns": {"case": "id", "time": "at"}}, "columns.activity: .*missing"),
        ({"time": {"zone": "Shanghai"}}, "time.zone: .*Asia/Shanghai"),
        ({"time": {"zone": "UTC", "ambiguous": "maybe"}}, "time.ambiguous: .*earlier"),
        ({"time": {"zone": "UTC", "format": "%H:%M"}}, "time.format: .*no full date"),
        ({"time": {"zone": "UTC", "format": "%Y-%m-%Q"}}, "time.format: .*no format of strptime"),
        ({"encoding": "utf-9"}, "encoding: .*gb18030"),
        ({"encoding": "rot13"}, "encoding: .*gb18030"),
        ({"delimiter": ",,"}, "delimiter: .*one character"),
        ({"states": {"open": "接*"}}, "states.open: .*lists of activities"),
        ({"extra": 1}, "extra: .*unknown field"),
    ],
)
def test_whatever_is_wrong_with_a_map_is_said_with_its_mend(
    changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(Unusable, match=f"the map: {said}"):
        mapped(**changes)


def test_a_map_is_read_from_its_file(tmp_path: Path) -> None:
    file = tmp_path / "map.toml"
    file.write_text(
        'source = "old"\nbranch = "HZ01"\n[columns]\ncase = "id"\nactivity = "step"\n'
        'time = "at"\n[time]\nzone = "UTC"\n[states]\nopen = ["waiting"]\n',
        "utf-8",
    )
    assert read_map(file).named == ("id", "step", "at")
    file.write_text("source = ", "utf-8")
    with pytest.raises(Unusable, match="is not TOML"):
        read_map(file)
    with pytest.raises(Unusable, match="No such file"):
        read_map(tmp_path / "gone.toml")
