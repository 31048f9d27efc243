"""别家工单的样子 (files of other desks): a map of one, and what is read of a file."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from guiyi.legacy.mapping import Map, map_from
from guiyi.legacy.rows import Bad, Entry, open_legacy

HEADING = "单号,环节,时间,经办人,备注"


def mapped(**changes: Any) -> Map:
    plain: dict[str, Any] = {
        "source": "desk",
        "branch": "GZ01",
        "columns": {"case": "单号", "activity": "环节", "time": "时间", "person": "经办人"},
        "time": {"zone": "Asia/Shanghai", "format": "%Y-%m-%d %H:%M"},
        "states": {"open": ["受理", "更新"], "closed": ["关闭"]},
    }
    return map_from({**plain, **changes})


def forms(*said: str) -> Mapping[str, Any]:
    return {"zone": "Asia/Shanghai", "format": said}


def read(folder: Path, content: str | bytes, legacy_map: Map, name: str = "a.csv") -> list[Any]:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with open_legacy(file, legacy_map) as legacy:
        return list(legacy.rows())


def clocks(found_: list[Entry | Bad]) -> list[str]:
    """The moments as the desk's own clock said them; the code of a bad row."""
    return [
        each.code if isinstance(each, Bad) else f"{each.at.timestamp() + 28_800:.0f}"
        for each in found_
    ]


def shanghai(*said: str) -> list[str]:
    read_ = [datetime.strptime(each, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC) for each in said]
    return [f"{each.timestamp():.0f}" for each in read_]
