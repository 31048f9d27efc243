"""联系不上 (nobody is reached): what people do where the customer answers no more."""

from datetime import timedelta

import httpx

from guiyi.play.after import survey_step
from guiyi.play.case import Act, Case
from guiyi.play.note import notes_of
from guiyi.play.order import ORDER
from guiyi.play.people import Person
from guiyi.play.report import REPORT
from guiyi.play.visit import visit_step
from tests.world.world import World

A_DAY = timedelta(days=1)
TRY = {"channel": "电话", "whom": "0571-8700 1234", "result": "停机"}
WHY = "多次联系不上，号码已停机"


def a_day_later(act: Act) -> Act:
    """The same, on the next day."""

    def later(case: Case, who: Person) -> httpx.Response | None:
        assert isinstance(case.rooms, World)
        case.rooms.clock.pass_on(A_DAY)
        return act(case, who)

    return later


def try_on_report(case: Case, who: Person) -> httpx.Response:
    """联系未果: before anything is approved."""
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/contact-attempts", TRY)


def try_on_order(case: Case, who: Person) -> httpx.Response:
    """联系未果: once there is an order."""
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/contact-attempts", TRY)


def close_report(case: Case, who: Person) -> httpx.Response:
    """结案: before anything is approved; the customer was told nothing."""
    body = {"ending": "unreachable", "reason": WHY}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/closings", body)


def close_order(case: Case, who: Person) -> httpx.Response:
    """结案: the customer was told nothing; with all papers, where the task is handed in."""
    papers = [case.order, *notes_of(case)]
    body = {"ending": "unreachable", "reason": WHY, "papers_checked": papers}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/closings", body)


def close_mended(case: Case, who: Person) -> httpx.Response:
    """结案: it is mended, and nobody could tell the customer of the end."""
    ending = case.said.get("ending", "repaired")
    body = {"ending": ending, "papers_checked": [case.order, *notes_of(case)]}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/closings", body)


def grant(case: Case, who: Person) -> httpx.Response:
    """准予联系不上结案."""
    body = {"because": "配件已装上，人已搬走"}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/unreached-grants", body)


def find_nobody(case: Case, who: Person) -> httpx.Response | None:
    """无人在家: as long as one waits, as often as one knocks, a card, and the desk told."""
    door = {"waited_minutes": 10, "knocked": 2, "card_left": True, "desk_told": True}
    return visit_step(case, who, "endings", {"outcome": "no_access", "door": door})


def cancel(case: Case, who: Person) -> httpx.Response | None:
    """取消上门: every try to tell the customer is listed."""
    tries = [{"at": case.now, "channel": "电话", "result": "停机"}]
    return visit_step(case, who, "cancellations", {"because": "联系不上", "attempts": tries})


def leave_unsigned(case: Case, who: Person) -> httpx.Response | None:
    """用户不在场: the work is done, and whoever could sign for it has left."""
    seen = case.ordered()
    if seen is None or seen["work_content"] is None:
        return None
    body = {"content": seen["work_content"], "because": "已离开，电话不通", "absent": True}
    return case.does(who, "dispatch", f"{ORDER}/{case.order}/signature-refusals", body)


def give_up_call(case: Case, who: Person) -> httpx.Response:
    """回访终结: they were called on enough days."""
    body = {"ending": "unreached", "because": "多次无人接听"}
    return survey_step(case, who, "endings", body)
