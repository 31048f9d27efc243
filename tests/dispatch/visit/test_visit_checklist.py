"""Stories of an organisation that has things checked before anybody sets out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dispatch.app import room
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch, Record
from tests.dispatch.job import LATER
from tests.memory_keys import memory_keys
from tests.memory_views import MemoryViews
from tests.shared.http_desk import POLICIES, codes, web_desk


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[Dispatch]:
    """A desk whose policy names a list of things to check."""
    shutil.copytree(POLICIES, folder := tmp_path / "policies")
    core = folder / "core.toml"
    said = core.read_text("utf-8").replace(
        "[departing]\nchecklist = []", '[departing]\nchecklist = ["tools", "safety-shoes"]'
    )
    core.write_text(said, "utf-8")
    store, keys = Record(), memory_keys()
    views = MemoryViews(store, keys)
    fitted = web_desk(room, tmp_path, store, views=views, policy_dir=folder, clock=lambda: LATER)
    with fitted as desk:
        yield Dispatch(desk, views, store)


def test_nobody_sets_out_before_what_policy_names_was_checked(careful: Dispatch) -> None:
    careful.drawn()
    for step in ("plans", "appointments"):
        careful.done(careful.desk.post(f"{VISIT_PATH}/{step}", EXAMPLES[step], careful.liu))
    left = {"mode": "company_car", "checklist": ["tools"]}
    told = careful.desk.post(f"{VISIT_PATH}/departures", left, careful.liu)
    assert codes(told) == ["checklist-incomplete"]
    assert told.json()["reasons"][0]["numbers"] == {"items": ["safety-shoes"]}
    whole = {**left, "checklist": ["tools", "safety-shoes"]}
    careful.done(careful.desk.post(f"{VISIT_PATH}/departures", whole, careful.liu))
    assert careful.shown(VISIT_PATH)["departed"]["deviation"] == []
