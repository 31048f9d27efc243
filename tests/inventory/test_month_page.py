"""库房一月 (the page for storekeepers): its commands are run, and answer as it says.

The room stands in memory and answers over HTTP, on a clock that the page turns; no stack is needed.
"""

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import uvicorn

from guiyi.stack.installation import PROJECT
from services.inventory.app import room
from services.inventory.issue_note.release import ReleaseNote
from services.inventory.refill_draft import DraftRefill
from shared.decider import Asked
from shared.events.cards import BranchCard, BranchDocument
from shared.events.order_sheet import Delivery, NamedNote
from shared.events.values import PartWanted, RepairNature
from tests.inventory.closing.months import Clocked
from tests.inventory.example import WORK_ORDER, signing
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import web_desk
from tests.shared.room_desk import RoomDesk

PAGES = {"en": "a-month-of-a-store.md", "zh": "a-month-of-a-store.zh.md"}
BLOCK = re.compile(r"^```bash\n(.*?)^```\n(?:\n?```\n(.*?)^```$)?", re.DOTALL | re.MULTILINE)
HELPERS = re.compile(r"^pick\(\) \{.*?(?=^early\(\))", re.DOTALL | re.MULTILINE)
STORE, NEAR, BASE = "HZ01", "NB01", "JD01"
RING, PUMP, LIU = "MFQ-32", "BENG-5", "T-LIUYANG"
TICKET = "BX-HZ01-20261103-0001"
NOTE, ORDER = f"{TICKET}-C1", f"{TICKET}-W1"
ZONE = ZoneInfo("Asia/Shanghai")
FRIDAY, NINE = 4, 9
SECOND = timedelta(seconds=1)
"""That every command takes: two never have the same moment."""
PEOPLE = {
    "KEEPER": ("S-ZHOUMIN", "storekeeper", (STORE,)),
    "WITNESS": ("K-CHENJING", "clerk", (STORE,)),
    "LIU": (LIU, "technician", (STORE,)),
    "APPROVER": ("A-ZHAOLEI", "approver", (STORE,)),
    "FINANCE": ("F-QIANJUN", "finance", (STORE,)),
    "BUYER": ("B-LIMING", "base", (STORE, BASE)),
    "SENDER": ("B-WUGANG", "storekeeper", (BASE,)),
    "COUNTER": ("B-HEYAN", "base", (BASE,)),
    "NEIGHBOUR": ("S-NINGBO", "storekeeper", (NEAR,)),
    "LENDER": ("A-NINGBO", "approver", (NEAR,)),
}
"""Who works there, by the name of their token on the page."""
MARK = "@@@"
REFUSAL = re.compile(r"^refused: .*$", re.MULTILINE)


@dataclass
class Month(RoomDesk):
    """一个月: the store in memory, its clock, and what other rooms and the calendar do there."""

    clock: list[datetime]
    refused: list[Mapping[str, str]] = field(default_factory=list)
    """Every reason of a refusal, in the order in which they were told."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The room, and beside it what only a story has: `/on/…` and `/elsewhere/…`."""
        _, kind, *told = str(scope["path"]).split("/")
        self.clock[0] += SECOND
        if kind == "v1":
            await self.desk.client.app(scope, receive, partial(self._sent, send))
            return
        if kind == "on":
            self.turned(*told)
        else:
            self.heard(*told)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})

    async def _sent(self, send: Any, message: Any) -> None:
        """Pass on what the room answers, and keep what it refused."""
        body = message.get("body", b"")
        if body.startswith(b"{") and b'"reasons":' in body:
            self.refused += json.loads(body)["reasons"]
        await send(message)

    def turned(self, day: str, hour: str) -> None:
        """It is another day; on a Friday after nine the calendar has drafted."""
        at = datetime.fromisoformat(f"2026-{day}T{hour}").replace(tzinfo=ZONE)
        assert at.astimezone(UTC) >= self.clock[0], "a story only goes on"
        self.clock[0] = at.astimezone(UTC)
        if at.weekday() == FRIDAY and at.hour >= NINE:
            self._drafted(at.date())

    def heard(self, what: str) -> None:
        """What dispatch tells this room."""
        told = {"order-signed": self._release(), "customer-signed": signing(7, ring=2, pump=1)}
        home = f"issue_note-{NOTE}"
        at = self.clock[0]
        asked = Asked(home, "reaction:note-order", frozenset(), at, STORE, TICKET)
        self.decided(room, told[what], asked)

    def _drafted(self, day: date) -> None:
        for part in (RING, PUMP):
            home = f"stock-{STORE}:{part}"
            asked = Asked(home, "timer:draft-refill", frozenset(), self.clock[0], STORE)
            self.decided(room, DraftRefill(STORE, part, day), asked)

    def _release(self) -> ReleaseNote:
        return ReleaseNote(
            ticket=TICKET,
            branch=STORE,
            order=ORDER,
            version=4,
            recipient=LIU,
            delivery=Delivery.CARRIED,
            repair_nature=RepairNature.WARRANTY,
            lines=(PartWanted(RING, 3), PartWanted(PUMP, 1)),
        )


@contextmanager
def month(folder: Path) -> Iterator[tuple[Month, Mapping[str, str]]]:
    """The store over HTTP, and the words of the page: where it is, and whose tokens are whose."""
    clock = [datetime(2026, 11, 2, tzinfo=UTC)]
    record, keys = Clocked(clock), memory_keys()
    views = MemoryViews(record, keys)
    lines = (PartWanted(RING, 3), PartWanted(PUMP, 1))
    order = replace(WORK_ORDER, number=ORDER, ticket=TICKET)
    order = replace(order, notes=(NamedNote(NOTE, Delivery.CARRIED, lines),))
    views.documents["dispatch", f"work_order-{ORDER}"] = order
    own = BranchDocument(BranchCard(BASE, "生产基地", is_base=True))
    views.documents["intake", f"branch-{BASE}"] = own
    with web_desk(room, folder, record, views=views, clock=lambda: clock[0]) as desk:
        tokens = {
            name: desk.staff(person, [role], branches)
            for name, (person, role, branches) in PEOPLE.items()
        }
        made = Month(desk, clock)
        config = uvicorn.Config(made, port=0, lifespan="off", log_level="error", access_log=False)
        server = uvicorn.Server(config)
        socket = config.bind_socket()
        running = threading.Thread(target=server.run, args=([socket],), daemon=True)
        running.start()
        while not server.started:
            time.sleep(0.01)
        try:
            at = f"http://127.0.0.1:{socket.getsockname()[1]}"
            yield made, {**tokens, "AT": at, "INVENTORY": f"{at}/v1"}
        finally:
            server.should_exit = True
            running.join(timeout=10)
            socket.close()


def run(page: str, folder: Path) -> tuple[list[str], list[Mapping[str, str]]]:
    """What each block of the page prints, and every reason of a refusal on the way."""
    readme = (PROJECT / "README.md").read_text("utf-8")
    helpers = HELPERS.search(readme)
    assert helpers is not None
    story = 'on() { curl -sS "$AT/on/$1/$2"; }\nelsewhere() { curl -sS "$AT/elsewhere/$1"; }\n'
    body = [f"{block}\necho {MARK}" for block, _ in BLOCK.findall(page)]
    script = "\n".join(["set -euo pipefail", helpers[0], story, *body])
    with month(folder) as (store, known):
        ended = subprocess.run(
            ["bash", "-c", script],
            env={**os.environ, **known, "LC_ALL": "C.UTF-8", "TMPDIR": str(folder)},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr[-2000:] + ended.stdout[-4000:]
    return ended.stdout.split(f"{MARK}\n")[:-1], store.refused


def text(language: str) -> str:
    return (PROJECT / "docs" / PAGES[language]).read_text("utf-8")


def in_chinese(said: Sequence[str], refused: Sequence[Mapping[str, str]]) -> list[str]:
    """What is printed where refusals are told in Chinese."""
    told = iter(refused)
    return [REFUSAL.sub(lambda _: _line(next(told)), each) for each in said]


def _line(reason: Mapping[str, str]) -> str:
    return f"refused: {reason['code']} · {reason['zh']}"


@pytest.mark.long
@pytest.mark.timeout(300)
def test_every_command_is_run_and_answers_as_the_pages_say(tmp_path: Path) -> None:
    english, chinese = (BLOCK.findall(text(each)) for each in PAGES)
    assert len(english) > 15
    said, refused = run(text("en"), tmp_path)
    assert said == [shown for _, shown in english]
    assert in_chinese(said, refused) == [shown for _, shown in chinese]


def test_both_pages_give_the_same_commands() -> None:
    english, chinese = ([block for block, _ in BLOCK.findall(text(each))] for each in PAGES)
    assert [each.replace("SPEAK=en", "SPEAK=zh") for each in english] == chinese
