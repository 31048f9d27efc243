"""调拨 (transfers): another store lends, with its own approver's word."""

import httpx

from guiyi.play.case import Case
from guiyi.play.people import NEIGHBOUR, Person
from guiyi.play.store.papers import begin, go_on, travels

TRANSFERS = "transfers"


def ask_transfer(case: Case, who: Person) -> httpx.Response:
    """调拨申请."""
    return begin(case, who, TRANSFERS, {"sender": NEIGHBOUR, **case.said["transfer"]})


def approve_transfer(case: Case, who: Person) -> httpx.Response | None:
    """调拨批准: by the branch that sends."""
    return go_on(case, who, TRANSFERS, "approvals", {})


def send_transfer(case: Case, who: Person) -> httpx.Response | None:
    """调拨发出: all that was asked for."""
    body = {"lines": case.said["transfer"]["lines"], "consignment": travels(case)}
    return go_on(case, who, TRANSFERS, "sendings", body)


def count_transfer(case: Case, who: Person) -> httpx.Response | None:
    """调拨到货: all of it came."""
    sent = case.said["transfer"]["lines"]
    lines = [{"part": each["part"], "received": each["quantity"]} for each in sent]
    return go_on(case, who, TRANSFERS, "receipts", {"lines": lines})
