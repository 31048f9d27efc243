"""保管 over HTTP: papers are lent, listed, brought back; an addendum is filed on top and read."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from services.followup.app import room
from shared.events.values import Role
from tests.examples import examples_of
from tests.followup.example import BRANCH, LIU, TICKET
from tests.followup.papers import SETTLED_NOTE, published
from tests.followup.test_api import DOSSIER, SURVEY, FollowUp
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import codes, web_desk

ANSWERS = examples_of(room)["answers"]
REPORT = {"kind": "report", "number": TICKET}
LENT = {"paper": REPORT, "to": LIU, "because": "厂家要看原件"}


@pytest.fixture
def followup(tmp_path: Path) -> Iterator[FollowUp]:
    store, keys = Memory("followup"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views) as desk:
        made = FollowUp(desk, views)
        made.closed()
        made.done(made.post(f"{SURVEY}/answers", ANSWERS))
        made.hears_itself()
        made.hears(published(SETTLED_NOTE, 6))
        made.know(LIU, Role.TECHNICIAN)
        yield made


def lent(followup: FollowUp, **changed: Any) -> Any:
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    return followup.post(f"{DOSSIER}/lendings", {**LENT, "until": until, **changed})


def test_a_paper_is_lent_listed_and_brought_back_before_it_is_filed(followup: FollowUp) -> None:
    assert codes(lent(followup, to="T-NOBODY")) == ["nobody-of-ours"]
    followup.done(lent(followup))
    (row,) = followup.rows(f"/v1/papers-lent?ticket={TICKET}&kind=report&to={LIU}")
    assert (row["number"], row["holders"][0]["because"]) == (TICKET, LENT["because"])
    assert followup.rows("/v1/papers-lent?urged=true") == []
    shown = followup.shown(DOSSIER)
    assert [each["to"] for each in shown["out"]] == [LIU]
    told = followup.post(f"{DOSSIER}/filings", {})
    assert codes(told) == ["report-out"]
    (said,) = told.json()["reasons"]
    assert (LIU in said["zh"], LENT["because"] in said["en"]) == (True, True)
    assert said["mends"][0]["path"].endswith("/returns")
    back = {"paper": REPORT, "condition": "whole"}
    followup.done(followup.post(f"{DOSSIER}/returns", back, followup.zhao))
    assert followup.rows("/v1/papers-lent") == []
    followup.done(followup.post(f"{DOSSIER}/filings", {}))


def test_whoever_has_a_paper_has_it_among_their_tasks(followup: FollowUp) -> None:
    holder = followup.desk.staff(LIU, ["technician"], [BRANCH])
    mine = "/v1/tasks?mine=true"
    assert followup.rows(mine, holder) == []
    followup.done(lent(followup))
    (row,) = followup.rows(mine, holder)
    assert (row["step"], row["person"], row["mine"]) == ("returns", LIU, True)
    assert "lent" not in row
    followup.done(followup.post(f"{DOSSIER}/returns", {"paper": REPORT, "condition": "whole"}))
    assert followup.rows(mine, holder) == []


def test_one_that_is_lost_is_accepted_by_an_approver_and_then_filed(followup: FollowUp) -> None:
    followup.done(lent(followup))
    said = {"paper": REPORT, "because": "承运方查无下落"}
    followup.done(followup.post(f"{DOSSIER}/losses", said))
    approver = followup.desk.staff("A-ZHOU", ["approver"], [BRANCH])
    page = f"/v1/tickets/{TICKET}/papers"
    (mine,) = (each for each in followup.rows(page, approver) if each["kind"] == "dossier")
    (step,) = (each for each in mine["next"] if each["path"].endswith("/loss-acceptances"))
    assert step["allowed"]
    followup.done(followup.post(f"{DOSSIER}/loss-acceptances", said, approver))
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    shown = followup.shown(DOSSIER)
    assert (shown["out"], shown["lost"][0]["accepted_by"]) == ([], "A-ZHOU")


def test_an_addendum_is_a_file_that_other_clerks_read(followup: FollowUp) -> None:
    picture = drawing()
    brought = followup.done(followup.desk.bring(TICKET, picture, followup.clerk)).json()
    file = {"name": "现场.png", **brought}
    said = {"file": file, "because": "用户补拍的照片"}
    assert codes(followup.post(f"{DOSSIER}/addenda", said)) == ["not-filed"]
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    before = followup.shown(DOSSIER)["digest"]
    strange = {**said, "file": {**file, "sha256": "0" * 64}}
    assert codes(followup.post(f"{DOSSIER}/addenda", strange)) == ["file-unknown"]
    followup.done(followup.post(f"{DOSSIER}/addenda", said))
    shown = followup.shown(DOSSIER)
    assert (shown["digest"], shown["addenda"][0]["number"]) == (before, f"{TICKET}-A1")
    assert shown["addenda"][0]["digest"] != before
    at = f"/v1/files/{brought['sha256']}"
    assert followup.desk.get(at, followup.zhao).content == picture
    keeper = followup.desk.staff("S-ZHOU", ["storekeeper"], [BRANCH])
    assert followup.desk.get(at, keeper).status_code == 404


def test_what_is_out_is_shown_by_branch(followup: FollowUp) -> None:
    followup.done(lent(followup))
    stranger = followup.desk.staff("C-STRANGE", ["clerk"], ["NB01"])
    assert followup.rows("/v1/papers-lent", stranger) == []
    finance = followup.desk.staff("F-QIAN", ["finance"], [BRANCH])
    assert len(followup.rows("/v1/papers-lent", finance)) == 1
    base = followup.desk.staff("B-1", ["base"], [BRANCH])
    assert followup.desk.get("/v1/papers-lent", base).status_code == 403
