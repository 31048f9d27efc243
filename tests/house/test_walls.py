"""Rules about imports that import-linter cannot check.

They say what each part of a room may import, and which files may use libraries that lose facts if
they are misused. The coarse rules are in pyproject.toml (import-linter). To widen a rule, change
its row here. A new room or a new paper needs no change.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]

# What is pure and knows no clock, no chance and no world outside.
PURE = (
    *("__future__", "abc", "bisect", "collections", "dataclasses", "datetime", "decimal", "enum"),
    *(
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "hmac",
        "itertools",
        "json",
        "math",
        "operator",
        "re",
    ),
    *("string", "types", "typing", "unicodedata", "zoneinfo"),
)
PARTS = ("__init__", "app", "reactions", "reading", "rules", "worth")

# By part of a room: what it may import. `.` is its own room, `decider` any paper of its own room.
MAY = {
    "__init__": (*PURE,),
    "decider": (
        *(*PURE, "shared.events", "shared.decider", "shared.step", "shared.content"),
        *("shared.ground", "shared.signing", "shared.notices.wanted"),
        *("shared.fields", "shared.alike", "shared.urging"),
        *(".decider", ".worth"),
    ),
    # What the facts of stock cost: the rules go by it and a view shows it, so it knows neither.
    "worth": (*PURE, "shared.events"),
    "rules": (*PURE, "shared.policy", "shared.events"),
    "views": (*PURE, "shared", ".worth"),
    # What waits is told by how far a paper has come. These views go on from the rows of others, by
    # the same pure folds of the same facts, and read none of their tables.
    "waiting": (*PURE, "shared", ".decider", ".views", ".waiting"),
    "reactions": (*PURE, "shared", ".decider", ".rules", ".views"),
    "reading": (*PURE, "shared.events", "shared.visibility"),
    "http": ("*", "shared", ".decider", ".rules", ".views", ".waiting", ".reading", ".http"),
    "app": (
        *("*", "shared", ".decider", ".rules", ".views", ".waiting", ".reactions", ".reading"),
        ".http",
    ),
}

# What the page of a paper, its `__init__`, may import beside what its rules may: the views that the
# paper alone feeds, and what timers over them are made of.
PAGE = ("shared.document", "shared.view")

# Libraries, and the only files of ours that may import them (tests stand outside the walls).
# `rebuild/topic.py` reads for rebuilds, `journals.py` to count again; `offsets.py` looks at
# one record before Faust is let seek.
SHUT_IN = {
    "faust": ("shared/worker/subscription.py",),
    "mode": ("shared/worker/subscription.py",),
    "kafka": (
        *("shared/relay/sender.py", "shared/broker/reader.py", "shared/broker/admin.py"),
        "shared/broker/rights.py",
        *("shared/rebuild/topic.py", "guiyi/demo/journals.py"),
    ),
    "aiokafka": (
        "shared/worker/offsets.py",
        "shared/worker/outsiders.py",
        "shared/worker/unreadable.py",
    ),
}
# `from x import y` names a module y where x is one of these folders.
SHELF = re.compile(r"shared(\.\w+)?|services(\.\w+(\.\w+)?)?")
CLOCKS = {"now", "utcnow", "today"}


@dataclass(frozen=True, slots=True)
class Import:
    line: int
    module: str

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]


def imports(source: str, package: str = "") -> Iterator[Import]:
    """Every import of a file, wherever it stands: at the top, in a function or under a guard."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            here = package.split(".")[: 1 - node.level or None] if node.level else []
            origin = ".".join([*here, *filter(None, [node.module])])
            if SHELF.fullmatch(origin):
                yield from (Import(node.lineno, f"{origin}.{name.name}") for name in node.names)
            else:
                yield Import(node.lineno, origin)


def part_of(module: str) -> str:
    """services.intake.views.tickets -> views; services.intake.report -> decider.

    In the folder of a paper `http.py` is HTTP, and a file with a `project` is a view.
    """
    names = module.split(".")[2:] or ["__init__"]
    if "http" in names:
        return "http"
    if names[0] == "waiting":
        return "waiting"
    if names[0] == "views" or is_view(module):
        return "views"
    return names[0] if names[0] in PARTS else "decider"


@cache
def is_view(module: str) -> bool:
    """Whether a paper's folder has such a file, with a function `project`."""
    path = PROJECT.joinpath(*module.split(".")).with_suffix(".py")
    return path.is_file() and "\ndef project(" in path.read_text("utf-8")


def is_page(module: str) -> bool:
    """Whether it is the folder of a paper, whose `__init__` shows the paper on one page."""
    folder = PROJECT.joinpath(*module.split("."))
    return part_of(module) == "decider" and folder.joinpath("__init__.py").is_file()


def on_page(wanted: Import, page: str) -> bool:
    """Whether the page of a paper may import it: a view of the paper, or what timers need."""
    is_own = wanted.module.rpartition(".")[0] == page and is_view(wanted.module)
    return is_own or wanted.module.startswith(tuple(f"{each}." for each in PAGE))


def allowed(wanted: Import, room: str, may: tuple[str, ...]) -> bool:
    if wanted.top == "services":
        return wanted.module.startswith(f"{room}.") and f".{part_of(wanted.module)}" in may
    if wanted.top == "shared":
        return any(wanted.module == m or wanted.module.startswith(f"{m}.") for m in may)
    return wanted.top not in ("guiyi", "tests") and (wanted.top in may or "*" in may)


def breaches(module: str, source: str) -> list[str]:
    """Each import and each clock of a room's file that its part may not use."""
    room = ".".join(module.split(".")[:2])
    part = part_of(module)
    package = module if part == "__init__" else module.rpartition(".")[0]
    found = [
        f"{module}:{wanted.line} ({part}) imports {wanted.module}"
        for wanted in imports(source, package)
        if not allowed(wanted, room, MAY[part])
        and not (is_page(module) and on_page(wanted, module))
    ]
    if part in ("decider", "rules", "views", "waiting", "reactions"):
        found += [
            f"{module}:{node.lineno} ({part}) reads the clock"
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Attribute) and node.attr in CLOCKS
        ]
    return found


def shut_in(path: str, source: str) -> list[str]:
    return [
        f"{path}:{wanted.line} imports {wanted.module}"
        for wanted in imports(source)
        if path not in SHUT_IN.get(wanted.top, (path,))
    ]


def files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((PROJECT / folder).rglob("*.py"))


def test_every_file_of_a_room_keeps_to_its_part() -> None:
    found = [
        breach
        for path in files("services")
        if (module := module_of(path)).count(".") > 0
        for breach in breaches(module, path.read_text("utf-8"))
    ]
    assert found == []


def test_faust_and_kafka_stay_where_their_traps_are_known() -> None:
    found = [
        breach
        for path in files("shared", "services", "guiyi", "deploy")
        for breach in shut_in(path.relative_to(PROJECT).as_posix(), path.read_text("utf-8"))
    ]
    assert found == []


def module_of(path: Path) -> str:
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("services.intake.report", "from shared.record.postgres import append"),
        ("services.intake.report", "import shared.policy"),
        ("services.intake.report", "from shared import policy"),
        ("services.intake.report", "import uuid"),
        ("services.intake.report", "import logging"),
        ("services.intake.report", "from time import time"),
        ("services.intake.report", "def decide():\n    import sqlalchemy"),
        ("services.intake.report", "from services.intake import http"),
        ("services.intake.report", "from services.intake.rules import approvers"),
        ("services.intake.report", "from . import views"),
        ("services.intake.report", "from services.dispatch.work_order import WorkOrder"),
        ("services.intake.report", "from datetime import datetime\nat = datetime.now()"),
        ("services.intake.report", "from services.intake.views import tickets"),
        ("services.dispatch.visit", "from services.dispatch.work_order import board"),
        ("services.dispatch.visit.journey", "from services.dispatch.visit import schedule"),
        ("services.dispatch.visit.journey", "from shared.document import Timer"),
        ("services.intake.rules", "from shared.record.postgres import append"),
        ("services.intake.views.tickets", "from services.intake.views import history"),
        ("services.intake.views.tickets", "from .history import History"),
        ("services.intake.views.tickets", "from services.intake.report import Report"),
        ("services.intake.reactions", "from services.intake.http import routes"),
        ("services.intake.http", "from services.intake.app import room"),
        ("services.intake.http", "from services.dispatch.views.orders import Orders"),
        ("services.intake.report.http", "from services.intake.app import room"),
        ("services.intake.report", "from services.intake.report.http import queries"),
        ("services.intake.app", "import guiyi.cli"),
        ("services.intake", "from services.intake import report"),
    ],
)
def test_a_breach_is_seen(module: str, line: str) -> None:
    assert len(breaches(module, line)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("services.intake.report", "from shared.events.intake import RepairReported"),
        ("services.intake.report", "from shared import events, decider"),
        ("services.intake.report", "from shared.decider import refuse_if"),
        ("services.intake.report", "from services.intake.cards import Card"),
        ("services.intake.report", "from . import registers"),
        ("services.dispatch.visit", "from services.dispatch.visit import schedule"),
        ("services.dispatch.visit", "from shared.document import Timer"),
        ("services.intake.rules", "from shared.policy import Policy"),
        ("services.intake.views.tickets", "from shared.view import Row"),
        ("services.intake.reactions", "from services.intake import report, rules"),
        (
            "services.intake.http",
            "import fastapi\nfrom services.intake.views.history import History",
        ),
        ("services.intake.app", "from services.intake import http, reactions, report"),
    ],
)
def test_what_the_house_allows_passes(module: str, line: str) -> None:
    assert breaches(module, line) == []


def test_a_library_outside_its_place_is_seen() -> None:
    assert shut_in("shared/worker/subscription.py", "import faust") == []
    assert shut_in("shared/worker/offsets.py", "from aiokafka import AIOKafkaConsumer") == []
    assert shut_in("shared/relay/sender.py", "from kafka import KafkaProducer") == []
    assert shut_in("shared/room.py", "from faust.types import AppT") != []
    assert shut_in("shared/worker/fanout.py", "import mode") != []
    assert shut_in("shared/worker/entrypoint.py", "from aiokafka import AIOKafkaProducer") != []
    assert shut_in("shared/relay/window.py", "from kafka import KafkaProducer") != []
    assert shut_in("guiyi/cli.py", "def lag():\n    import kafka.admin") != []


def test_no_place_outlives_what_it_was_made_for() -> None:
    for library, places in SHUT_IN.items():
        for place in places if library != "mode" else ():
            told = imports((PROJECT / place).read_text("utf-8"))
            assert library in {each.top for each in told}, f"{place} imports {library} no more"
