"""不满的下文 (what became of who was not satisfied): looked up by a clerk."""

from guiyi.demo.ending import CLOSED
from guiyi.play.desk import Desk
from guiyi.play.people import CLERK
from guiyi.play.player import NotSo
from guiyi.speech import say


def repeated(desk: Desk, ticket: str) -> str:
    """再次报修: the new report that a call-back led to, in the customer's words. NotSo."""
    survey = desk.asks(CLERK, "followup", f"/v1/surveys/{ticket}-H1").json()["survey"]
    first = desk.asks(CLERK, "intake", f"/v1/reports/{ticket}").json()["report"]
    again = [*first["repeated"].values()]
    for number in again:
        new = desk.asks(CLERK, "intake", f"/v1/reports/{number}").json()["report"]
        marked = {"code": "repeat-repair", "about": [ticket]} in new["warnings"]
        if marked and new["opinion"] == survey["opinion"]:
            return str(number)
    raise NotSo(say("demo.not_repeated", ticket=ticket))


def complained(desk: Desk, ticket: str) -> str:
    """投诉: the complaint about a ticket, which is closed. Raises NotSo."""
    rows = desk.asks(CLERK, "intake", f"/v1/complaints?ticket={ticket}").json()["rows"]
    if [each["stage"] for each in rows] != [CLOSED]:
        raise NotSo(say("demo.complaint_open", ticket=ticket))
    return str(rows[0]["number"])
