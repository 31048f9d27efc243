"""单据导出 (exporting tickets): their steps as rows that `guiyi import` reads back, and the map.

Imported tickets are written row by row as they were in the other desk; our own as the steps that
every room has of them. Rows wait in a temporary file until it is known which columns there are, so
memory does not grow with the tickets.
"""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

from guiyi.legacy.map_text import Written, map_text
from guiyi.plain import JsonObject
from shared.cells import safe
from shared.personal.seal import HIDDEN

LABELS: Mapping[str, Mapping[str, str]] = {
    "zh": {
        "case": "单号",
        "activity": "步骤",
        "time": "时间",
        "open": "未结",
        "person": "经办",
        "detail": "内容",
        "fault": "故障",
        "customer": "用户",
        "machine": "设备",
        "model": "型号",
        "serial": "序列号",
        "priority": "紧急程度",
        "owner": "负责人",
        "contact": "联系人",
        "phone": "联系电话",
    },
    "en": {
        name: name
        for name in (
            *("case", "activity", "time", "open", "person", "detail", "fault", "customer"),
            *("machine", "model", "serial", "priority", "owner", "contact", "phone"),
        )
    },
}
"""Our own columns, by what they say, in the language of whoever exports."""
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Step:
    """步骤: one row of the file."""

    case: str
    activity: str
    time: str
    is_open: bool
    person: str | None = None
    """None: one of the columns says it."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What stands in other columns."""
    personal: Mapping[str, str] = field(default_factory=dict)
    listed: Mapping[str, str] = field(default_factory=dict)
    """Which of the columns say what the list of tickets shows."""
    priority: tuple[str, str] | None = None
    """The word for the priority, and ours for it."""


@dataclass(slots=True)
class ExportTally:
    """计数: what was written."""

    tickets: int = 0
    rows: int = 0
    hidden: list[str] = field(default_factory=list)
    """Personal columns that whoever exports does not see; they are left out."""


def write(
    tickets: Iterable[Sequence[Step]], out: IO[str], source: str, branch: str, language: str
) -> tuple[ExportTally, str]:
    """Write the rows of tickets; what was written, and the map that reads them back."""
    seen, tally = Written(source, branch), ExportTally()
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as spool:
        for steps in tickets:
            tally.tickets += 1
            for step in steps:
                tally.rows += 1
                seen.note(step.values, step.personal, step.listed, step.priority)
                spool.write(json.dumps(_plain(step), ensure_ascii=False) + "\n")
        spool.seek(0)
        hidden = _hidden(spool, seen)
        spool.seek(0)
        own = _own(LABELS[language], {*seen.columns, *seen.personal})
        _copy(spool, out, seen, own, hidden)
    tally.hidden = hidden
    return tally, map_text(seen, own, hidden)


def _hidden(spool: IO[str], seen: Written) -> list[str]:
    """The personal columns that are masked in some row."""
    masked = {
        name
        for line in spool
        for name, value in json.loads(line)["personal"].items()
        if value == HIDDEN
    }
    return [name for name in seen.personal if name in masked]


def _copy(
    spool: IO[str], out: IO[str], seen: Written, own: Mapping[str, str], hidden: Sequence[str]
) -> None:
    personal = [name for name in seen.personal if name not in hidden]
    columns = [*seen.columns, *(name for name in personal if name not in seen.columns)]
    out.write(_MARK)
    writer = csv.writer(out)
    heads = [own[name] for name in ("case", "activity", "time", "open", "person")]
    writer.writerow([safe(name) for name in (*heads, *columns)])
    for line in spool:
        row = json.loads(line)
        told = {**row["values"], **row["personal"]}
        opened = "yes" if row["open"] else "no"
        first = (row["case"], row["activity"], row["time"], opened, row["person"] or "")
        writer.writerow([safe(v) for v in (*first, *(told.get(name, "") for name in columns))])


def _own(labels: Mapping[str, str], taken: Iterable[str]) -> Mapping[str, str]:
    """Names for our own columns that no column of the tickets has."""
    used, found = set(taken), dict[str, str]()
    for name, label in labels.items():
        while label in used:
            label += "*"  # noqa: PLW2901 - until nobody has it
        found[name] = label
    return found


def _plain(step: Step) -> JsonObject:
    return {
        "case": step.case,
        "activity": step.activity,
        "time": step.time,
        "open": step.is_open,
        "person": step.person,
        "values": step.values,
        "personal": step.personal,
    }


def imported_steps(facts: Sequence[JsonObject]) -> Iterator[Step]:
    """The rows of an imported ticket that count, in the order of the other desk's clock."""
    gone = {f["data"]["generation"] for f in facts if f["type"] == "LegacyTicketWithdrawn"}
    told = [f for f in facts if f["type"] == "LegacyEntryImported"]
    rows = [f["data"] | {"occurred_at": f["occurred_at"]} for f in told]
    kept = [row for row in rows if row.get("generation", 1) not in gone]
    last = max((row.get("generation", 1) for row in kept), default=1)
    for row in sorted((r for r in kept if r.get("generation", 1) == last), key=_age):
        listed = dict(row.get("listed") or {})
        word = (row["original"].get(listed.get("priority", "")) or "").strip()
        yield Step(
            case=row["number"],
            activity=row["state"],
            time=row.get("at") or row["occurred_at"],
            is_open=row["is_open"],
            values=row["original"],
            personal=row["personal"],
            listed=listed,
            priority=(word, row["priority"]) if word and row.get("priority") else None,
        )


def _age(row: JsonObject) -> tuple[str, int, int]:
    """As `services.intake.legacy.age`, of one generation."""
    place = -row["row"] if row.get("newest_first") else row["row"]
    return row.get("at") or row["occurred_at"], place, row.get("step", 0)


_OURS = {
    "fault": "fault_description",
    "customer": "customer",
    "machine": "machine",
    "model": "model",
    "serial": "serial_no",
    "priority": "priority",
    "owner": "owner",
}
_OURS_SEALED = {"contact": "contact_name", "phone": "contact_phone"}


def own_steps(row: JsonObject, facts: Sequence[JsonObject], language: str) -> Iterator[Step]:
    """The steps of one of our tickets in every room; what the list shows stands in each row."""
    labels = LABELS[language]
    told = {labels[name]: str(row[at]) for name, at in _OURS.items() if row.get(at)}
    sealed = {labels[name]: str(row[at]) for name, at in _OURS_SEALED.items() if row.get(at)}
    listed = {name: labels[name] for name in (*_OURS, *_OURS_SEALED)}
    known = {n: label for n, label in listed.items() if label in told or label in sealed}
    ordered = sorted(facts, key=lambda fact: fact["occurred_at"])
    for n, fact in enumerate(ordered, 1):
        yield Step(
            case=row["ticket"],
            activity=fact[language],
            time=fact["occurred_at"],
            is_open=row["is_open"] or n < len(ordered),
            person=fact["actor"],
            values=told,
            personal=sealed,
            listed=known,
            priority=(row["priority"], row["priority"]) if row.get("priority") else None,
        )
