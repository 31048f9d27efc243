"""库单 (papers of the store): begun, found again by the number they got, and gone on with."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.people import Person

ROOM = "inventory"
ZONE = ZoneInfo("Asia/Shanghai")
PAGE = 200
NOTHING_TO_SIGN = "0" * 64


def begin(case: Case, who: Person, kind: str, body: JsonObject) -> httpx.Response:
    """A new paper of a kind, such as `transfers`; its number is remembered."""
    answer = case.does(who, ROOM, f"/v1/{kind}", body)
    if answer.is_success:
        case.papers[kind] = answer.json()["stream"].partition("-")[2]
    return answer


def go_on(case: Case, who: Person, kind: str, step: str, body: JsonObject) -> httpx.Response | None:
    """A step of the newest paper of a kind; None before there is one."""
    number = case.papers.get(kind)
    return case.does(who, ROOM, f"/v1/{kind}/{number}/{step}", body) if number else None


def sign(case: Case, who: Person, kind: str, step: str, body: JsonObject) -> httpx.Response | None:
    """A step that is signed, under what they are shown of the newest paper of a kind."""
    shown = paper(case, who, kind)
    sheets = shown["to_sign"] if shown else ()
    content = next((each["content"] for each in sheets if each["step"] == step), None)
    return go_on(case, who, kind, step, {**body, "content": content or NOTHING_TO_SIGN})


def paper(case: Case, who: Person, kind: str) -> JsonObject | None:
    """The newest paper of a kind, as they are shown it."""
    number = case.papers.get(kind)
    return case.shown(who, ROOM, f"/v1/{kind}/{number}") if number else None


def rows(case: Case, who: Person, path: str) -> Sequence[JsonObject]:
    """The first page of a list, as they are shown it."""
    asked = f"{path}{'&' if '?' in path else '?'}limit={PAGE}"
    page = case.shown(who, ROOM, asked)
    return page["rows"] if page else ()


def travels(case: Case) -> JsonObject:
    """托运: how a parcel goes that leaves now; it is there the day after."""
    arrives = datetime.fromisoformat(case.now) + timedelta(days=1)
    return {
        **case.said["consignment"],
        "sent_at": case.now,
        "expected_at": arrives.isoformat(),
    }


def today(case: Case) -> date:
    """What day it is at the branch."""
    return datetime.fromisoformat(case.now).astimezone(ZONE).date()
