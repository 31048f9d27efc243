"""调试 (commissioning): a new machine is set up, tried, explained and accepted."""

from datetime import datetime

import httpx

from guiyi.play.case import Case
from guiyi.play.people import Person
from guiyi.play.report import MODE, REPORT


def plan(case: Case, who: Person) -> httpx.Response:
    """调试计划: what is set up, who travels when and how, and what it costs."""
    at = datetime.fromisoformat(case.now).replace(microsecond=0)
    travel = {"mode": MODE, "at": at.isoformat(), "travellers": [case.technician.id]}
    planned = {**case.said["plan"], "travel": travel}
    return case.does(who, "intake", f"{REPORT}/{case.ticket}/plans", planned)
