"""过时的版本 (stale versions): whoever saw a paper before it changed is told so.

At every step of every paper: they are those of the room, so a new one is tried by itself.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.inventory.app import room
from shared.events.values import Role
from shared.step import Step
from tests.examples import examples_of
from tests.inventory.closing.months import ENDS, Clocked, november_closed
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import AT, BRANCH, NUMBER, RING
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

LINE = {"part": RING, "quantity": 2}
BEGUN: dict[str, tuple[str, dict[str, Any]]] = {
    "purchase": (
        "purchases",
        {
            "supplier": "上海",
            "lines": [{**LINE, "fen": 200}],
            "due_on": "2026-12-30",
            "because": "急修缺料",
        },
    ),
    "transfer": ("transfers", {"sender": FAR, "lines": [LINE], "because": "缺料"}),
    "replenishment": (
        "replenishments",
        {"lines": [{"part": RING, "asked": 4, "because": "备货"}], "because": "周五停电"},
    ),
    "own_use": (
        "own-uses",
        {"use_nature": "sample", "lines": [LINE], "used_by": "展厅", "because": "展会"},
    ),
    "stocktake": ("stocktakes", {"kind": "spot"}),
}
"""How a paper begins that needs no other one."""
STEPS: Sequence[tuple[str, Step[Any, Any]]] = [
    (prefix, step)
    for prefix, paper in room.papers.items()
    for step in paper.STEPS
    if isinstance(step, Step) and not step.path.startswith("/")
]


class Begun(Inventory):
    """A store with a paper of each kind, at the end of a month."""

    clock: list[datetime]

    def begin(self, prefix: str) -> str:
        """The number of a paper that is there, and has changed or not."""
        self.issued()
        if prefix in BEGUN:
            path, body = BEGUN[prefix]
            made = self.done(self.desk.post(f"/v1/{path}", body, self.keeper))
            return made.headers["Location"].rpartition("/")[2]
        if prefix == "old_parts":
            self.old_listed()
            return f"JJ-{BRANCH}-2026-0001"
        if prefix == "closing":
            self.clock[0] = ENDS + timedelta(hours=1)
            november_closed(self)
        return {"issue_note": NUMBER, "closing": BRANCH, "stock": f"{BRANCH}:{RING}"}.get(
            prefix, RING
        )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Begun]:
    """The room in memory, on a clock that the story turns."""
    clock = [AT]
    record, keys = Clocked(clock), memory_keys()
    views = MemoryViews(record, keys)
    with web_desk(room, tmp_path, record, views=views, clock=lambda: clock[0]) as desk:
        made = Begun(desk, views)
        made.clock = clock
        yield made


@pytest.mark.parametrize(
    ("prefix", "step"), STEPS, ids=[f"{prefix}/{step.path}" for prefix, step in STEPS]
)
def test_who_saw_an_older_paper_is_told_and_changes_nothing(
    store: Begun, prefix: str, step: Step[Any, Any]
) -> None:
    """Whatever else would speak against it: they look at the newest first."""
    paper = room.papers[prefix].PAPER
    number = store.begin(prefix)
    stream = paper.stream_of(number)
    before = store.desk.store.read([stream]).streams[stream].facts
    assert before
    kind = paper.address.path.split("/")[1]
    body = dict(examples_of(room, lambda: store.clock[0])[f"{kind}/{step.path}"])
    if "base" in body:
        body["base"] = FAR
    path = paper.address.path.replace(":path", "").format(**paper.address.given_of(number))
    stale = store.desk.post(
        f"/v1{path}/{step.path}", body, _who(store, step, prefix), If_Match=f'"{len(before) - 1}"'
    )
    assert (stale.status_code, codes(stale)) == (412, ["version-mismatch"])
    assert store.desk.store.read([stream]).streams[stream].facts == before


def _who(store: Begun, step: Step[Any, Any], prefix: str) -> str:
    """Somebody of both branches who takes the step; what is of no branch is asked by one branch."""
    roles = sorted({*step.by} - {Role.CUSTOMER})
    return store.desk.staff("X-ANYBODY", roles, [BRANCH] if prefix == "part" else [BRANCH, FAR])
