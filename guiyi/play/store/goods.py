"""采购入库 (goods in): base orders of a supplier, and counts what comes with the delivery note."""

from datetime import timedelta

import httpx

from guiyi.play.case import Case
from guiyi.play.people import BASE, Person
from guiyi.play.store.papers import begin, go_on, today

PURCHASES = "purchases"


def order_goods(case: Case, who: Person) -> httpx.Response:
    """采购: for the shelves of base."""
    due = today(case) + timedelta(days=7)
    body = {**case.said["purchase"], "due_on": due.isoformat(), "branch": BASE}
    return begin(case, who, PURCHASES, body)


def receive_goods(case: Case, who: Person) -> httpx.Response | None:
    """入库: one fewer than the delivery note says; it is neither taken in nor paid.

    Each purchase comes with a note of its own.
    """
    said = case.said["delivery"]
    note = f"{said['delivery_note']}/{case.papers.get(PURCHASES)}"
    return go_on(case, who, PURCHASES, "receipts", {**said, "delivery_note": note})


def end_purchase(case: Case, who: Person) -> httpx.Response | None:
    """采购终止: what did not come is not waited for."""
    return go_on(case, who, PURCHASES, "endings", {"because": case.said["purchase_ended"]})
