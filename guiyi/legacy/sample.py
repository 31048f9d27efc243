"""样例旧单 (a sample legacy log): 200 tickets of an invented desk, to try the import with.

`python -m guiyi.legacy.sample > deploy/legacy/sample.csv` writes the file that is shipped. The same
seed gives the same file. Names, numbers and firms are invented.
"""

import csv
import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

SEED = 20181123
TICKETS = 200
HEADING = ("单号", "环节", "经办人", "时间", "联系人", "联系电话", "设备", "备注")
FORMAT = "%Y-%m-%d %H:%M"

CLERKS = ("王芳", "李静", "赵敏")
TECHNICIANS = ("陈建国", "刘洋", "周强", "阿不都热依木·买买提", "欧阳海", "孙磊")
CONTACTS = (
    *("张伟", "王秀英", "李娜", "刘敏", "陈杰", "杨帆", "赵雨桐", "黄志强", "周婷", "吴昊"),
    *("徐丹", "孙悦", "马小军", "朱文静", "胡建平", "郭晓东", "何洁", "高飞", "林小燕", "罗建华"),
    *(
        "司马南风",
        "诸葛亮亮",
        "尉迟恭",
        "巴特尔",
        "扎西次仁",
        "古丽娜尔",
        "𠮷田 誠",
        "㛃然",
        "仝卓然",
    ),
    *("O'Brien, Seán", "Müller", "Nguyễn Văn An", "Иван Петров", "José Álvarez", "佐藤 健一"),
)
MACHINES = (
    *("GX-200 灌装机", "GX-350 灌装机", "FB-12 封口机", "FB-18 封口机", "TB-40 贴标机"),
    *("SS-6 输送线", "ZX-8 装箱机", "JC-3 检测仪"),
)
FAULTS = (
    *("漏液", "不启动", "报警 E07", "封口不牢", "标签歪斜", "噪音大", "皮带打滑", "屏幕黑屏"),
    *("传感器误报", "气压低", "计量不准", "急停后不能复位"),
)
PARTS = ("密封圈", "电磁阀", "皮带", "传感器", "加热管", "触摸屏", "气缸")

T = TypeVar("T")
Row = tuple[str, ...]


@dataclass(slots=True)
class _Chance:
    """Choices from `random()` alone, whose values are the same in every version of Python."""

    source: Random

    def one(self, things: Sequence[T]) -> T:
        return things[int(self.source.random() * len(things))]

    def happens(self, share: float) -> bool:
        return self.source.random() < share

    def minutes(self, low: int, high: int) -> timedelta:
        return timedelta(minutes=low + int(self.source.random() * (high - low)))


@dataclass(slots=True)
class _Ticket:
    """The history of one ticket, while it is being written."""

    number: str
    at: datetime
    contact: str
    phone: str
    machine: str
    rows: list[tuple[datetime, Row]] = field(default_factory=list)

    def step(self, state: str, person: str, after: timedelta, note: str = "") -> None:
        self.at += after
        when = self.at.strftime(FORMAT)
        own = (self.number, state, person, when, self.contact, self.phone, self.machine, note)
        self.rows.append((self.at, own))


def rows() -> Iterator[Row]:
    """The rows of the sample, as the old desk wrote them: by time, tickets mixed."""
    chance = _Chance(Random(SEED))  # noqa: S311 - a sample, no secret
    histories = [row for n in range(TICKETS) for row in _history(n, chance)]
    histories.sort(
        key=lambda row: row[0]
    )  # stable: steps of a ticket within one minute keep their order
    spoilt = dict(zip(_places(len(histories)), _SPOILS, strict=True))
    for n, (_, row) in enumerate(histories):
        if n in spoilt:
            yield spoilt[n](row)
        yield row


def text() -> str:
    """The whole file."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADING)
    writer.writerows(rows())
    return out.getvalue()


def _history(n: int, chance: _Chance) -> list[tuple[datetime, Row]]:
    day = datetime(2018, 1, 8, 8, 0) + timedelta(days=n * 5 // 3)  # noqa: DTZ001 - the desk's clock
    ticket = _Ticket(
        number=f"WX{day:%y%m}-{n + 1:04d}",
        at=day + chance.minutes(0, 540),
        contact=chance.one(CONTACTS),
        phone=f"0571-5550{_digits(chance, 4)}",
        machine=chance.one(MACHINES),
    )
    ticket.step("受理", chance.one(CLERKS), timedelta(0), chance.one(FAULTS))
    if chance.happens(0.05):
        ticket.step("作废", chance.one(CLERKS), chance.minutes(5, 600), "重复报修")
        return ticket.rows
    if chance.happens(0.25):
        ticket.step("电话指导", chance.one(CLERKS), chance.minutes(10, 120))
        if chance.happens(0.4):
            ticket.step("关闭", chance.one(CLERKS), chance.minutes(30, 2_000), "电话解决")
            return ticket.rows
    _repair(ticket, chance, n)
    return ticket.rows


def _repair(ticket: _Ticket, chance: _Chance, n: int) -> None:
    technician = chance.one(TECHNICIANS)
    stays_open = n >= TICKETS - 18 or chance.happens(0.02)
    while True:
        ticket.step("派工", chance.one(CLERKS), chance.minutes(20, 900), f"派 {technician}")
        if chance.happens(0.3):
            part = chance.one(PARTS)
            ticket.step("待配件", technician, chance.minutes(30, 700), f'缺"{part}",已报库房')
        if chance.happens(0.2):
            ticket.step("待用户", technician, chance.minutes(30, 2_900), "用户改期")
        if stays_open and chance.happens(0.9):
            return
        ticket.step("维修中", technician, chance.minutes(60, 4_000))
        ticket.step("完工", technician, chance.minutes(20, 400), "试机正常")
        ticket.step("回访", chance.one(CLERKS), chance.minutes(60, 3_000), _opinion(chance))
        ticket.step("关闭", chance.one(CLERKS), chance.minutes(5, 600))
        if not chance.happens(0.08):
            return
        again = "故障复现,\n用户要求再次上门" if chance.happens(0.3) else "故障复现"
        ticket.step("重新打开", chance.one(CLERKS), chance.minutes(600, 20_000), again)


def _opinion(chance: _Chance) -> str:
    return chance.one(("满意", "满意", "满意", "基本满意", "满意 👍", "嫌来得晚"))


def _digits(chance: _Chance, count: int) -> str:
    return "".join(str(int(chance.source.random() * 10)) for _ in range(count))


def _places(count: int) -> Sequence[int]:
    """The places of the bad rows, spread over the file."""
    return [count * (n + 1) // (len(_SPOILS) + 1) for n in range(len(_SPOILS))]


_SPOILS: Sequence[Callable[[Row], Row]] = (
    lambda row: (*row[:3], "2018-02-30 10:00", *row[4:]),
    lambda row: ("", *row[1:]),
    lambda row: (row[0], "？？", *row[2:]),
    lambda row: row[:5],
    lambda row: (*row[:3], "", *row[4:]),
)

if __name__ == "__main__":
    sys.stdout.write(text())
