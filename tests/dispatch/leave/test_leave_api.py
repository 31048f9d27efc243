"""Stories of leave over HTTP: whoever gives work to somebody who is away is told so."""

from collections.abc import Mapping, Sequence
from typing import Any

from shared.events.values import Role
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH, CHEN, LIU
from tests.dispatch.job import V1
from tests.shared.http_desk import codes

LEAVES = f"/v1/people/{LIU}/leaves"
DAY = "2026-11-24"
AWAY = {"kind": "absence", "from_on": DAY, "until_on": "2026-11-26"}


def warned(told: Any) -> Sequence[tuple[str, Sequence[str]]]:
    found: Sequence[Mapping[str, Any]] = told.json()["warnings"]
    return [(each["code"], each["numbers"]["about"]) for each in found]


def away(dispatch: Dispatch, body: Mapping[str, str] = AWAY) -> Any:
    dispatch.know(LIU, Role.TECHNICIAN)
    return dispatch.done(dispatch.desk.post(LEAVES, body, dispatch.liu))


def test_who_is_away_is_listed_by_day(dispatch: Dispatch) -> None:
    away(dispatch)
    rows = dispatch.told(f"/v1/leaves?branch={BRANCH}&on=2026-11-25", dispatch.chen)["rows"]
    assert [(each["person"], each["until_on"]) for each in rows] == [(LIU, "2026-11-26")]
    assert dispatch.told("/v1/leaves?on=2026-11-27", dispatch.clerk)["rows"] == []
    shown = dispatch.told(LEAVES, dispatch.clerk)
    assert (shown["recorded"]["1"]["kind"], shown["cancelled"]) == ("absence", [])
    told = dispatch.done(dispatch.desk.post(f"{LEAVES}/1/revocations", {}, dispatch.clerk))
    assert told.json()["facts"] == ["LeaveCancelled"]
    assert dispatch.told("/v1/leaves", dispatch.clerk)["rows"] == []
    assert dispatch.told(LEAVES, dispatch.clerk)["cancelled"] == [1]


def test_another_branch_neither_sees_nor_says_it(dispatch: Dispatch) -> None:
    away(dispatch)
    other = dispatch.desk.staff("C-SH", ["clerk"], ["SH01"])
    assert dispatch.told("/v1/leaves", other)["rows"] == []
    assert codes(dispatch.desk.get(LEAVES, other)) == ["unknown"]
    told = dispatch.desk.post(LEAVES, AWAY, other)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    told = dispatch.desk.post(f"{LEAVES}/1/revocations", {}, other)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    nobody = dispatch.desk.post("/v1/people/T-NOBODY/leaves", AWAY, dispatch.clerk)
    assert (nobody.status_code, codes(nobody)) == (404, ["unknown"])
    nowhere = dispatch.desk.post(f"{LEAVES}/7/revocations", {}, dispatch.clerk)
    assert (nowhere.status_code, codes(nowhere)) == (404, ["unknown"])


def test_whoever_gives_work_to_somebody_away_is_told(dispatch: Dispatch) -> None:
    path = dispatch.opened()
    away(dispatch)
    told = dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk)
    assert warned(dispatch.done(told)) == [("on-leave-that-day", ["2026-11-26"])]
    told = dispatch.desk.post(f"{VISIT_PATH}/plans", EXAMPLES["plans"], dispatch.clerk)
    assert warned(dispatch.done(told))[0] == ("on-leave-that-day", ["2026-11-26"])
    told = dispatch.desk.post(f"{VISIT_PATH}/appointments", {"confirmed": True}, dispatch.clerk)
    assert warned(dispatch.done(told))[0][0] == "on-leave-that-day"
    again = dispatch.desk.post(f"{VISIT_PATH}/plans", EXAMPLES["plans"], dispatch.clerk)
    assert dispatch.done(again).json()["facts"] == []
    dispatch.done(dispatch.desk.post(f"{LEAVES}/1/revocations", {}, dispatch.liu))
    moved = {**EXAMPLES["reschedulings"], "customer_agreed": False}
    told = dispatch.desk.post(f"{VISIT_PATH}/reschedulings", moved, dispatch.clerk)
    assert "on-leave-that-day" not in dict(warned(dispatch.done(told)))


def test_who_takes_leave_is_told_of_the_visits_they_are_expected_for(dispatch: Dispatch) -> None:
    dispatch.signed()
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/plans", EXAMPLES["plans"], dispatch.liu))
    assert warned(away(dispatch, {**AWAY, "from_on": "2026-11-25"})) == []
    assert warned(away(dispatch)) == [("expected-then", [V1])]


def test_a_visit_that_is_passed_on_to_somebody_away_says_so(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/plans", EXAMPLES["plans"], dispatch.liu))
    dispatch.done(dispatch.desk.post(f"{path}/recalls", {"because": "病了"}, dispatch.clerk))
    dispatch.done(dispatch.desk.post(f"{path}/assignments", {"technician": CHEN}, dispatch.clerk))
    dispatch.know(CHEN, Role.TECHNICIAN)
    dispatch.done(dispatch.desk.post(f"/v1/people/{CHEN}/leaves", AWAY, dispatch.clerk))
    told = dispatch.desk.post(f"{VISIT_PATH}/reassignments", {"because": "病了"}, dispatch.clerk)
    assert warned(dispatch.done(told))[0] == ("on-leave-that-day", ["2026-11-26"])
