"""截帐 (closing): the month is closed by finance, and the keeper signs what it consumed."""

from datetime import timedelta

import httpx

from guiyi.play.case import Case
from guiyi.play.people import Person
from guiyi.play.store.papers import ROOM, today


def last_month(case: Case) -> str:
    """The month before this one: `2026-11`."""
    return f"{today(case).replace(day=1) - timedelta(days=1):%Y-%m}"


def close_this_month(case: Case, who: Person) -> httpx.Response:
    """截帐: of a month that is not over."""
    return _close(case, who, f"{today(case):%Y-%m}")


def close_month(case: Case, who: Person) -> httpx.Response:
    """截帐: of the month before."""
    return _close(case, who, last_month(case))


def send_report(case: Case, who: Person) -> httpx.Response | None:
    """消耗报表报送: by the digest of what is shown."""
    period, store = last_month(case), case.rooms.branch
    shown = case.shown(who, ROOM, f"/v1/consumption/{store}/{period}")
    if shown is None:
        return None
    body = {"period": period, "digest": shown["digest"]}
    return case.does(who, ROOM, f"/v1/closings/{store}/reports", body)


def _close(case: Case, who: Person, period: str) -> httpx.Response:
    path = f"/v1/closings/{case.rooms.branch}/periods"
    return case.does(who, ROOM, path, {"period": period})
