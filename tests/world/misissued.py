"""实发更正 (what was really handed out): another piece than the books say, or one fewer."""

from typing import Any

import httpx

from guiyi.play.case import Case
from guiyi.play.note import NOTE, notes_of
from guiyi.play.people import Person


def ask(case: Case, who: Person) -> httpx.Response | None:
    """更正申请: of the first line that is out and of which it can be."""
    for number, shown in notes_of(case).items():
        for line in shown["note"]["lines"]:
            handed = _really(case, line) if line["issued"] and not line["account"] else None
            if handed is not None and shown["note"]["stage"] == "issued":
                body = {"part": line["part"], "handed": handed, "because": "拿错了"}
                return case.does(who, "inventory", f"{NOTE}/{number}/corrections", body)
    return None


def _really(case: Case, line: Any) -> dict[str, Any] | None:
    """Another piece of the shelf, where pieces have serials; else one fewer than is booked."""
    booked = line["issued"]
    if not booked["serials"]:
        return {"quantity": booked["quantity"] - 1} if booked["quantity"] > 1 else None
    seen = case.seen("inventory", f"/v1/stock/{line['store']}/{line['part']}")
    serials = seen["serials"] if seen else {}
    shelved = sorted(serial for serial, account in serials.items() if account == "store")
    if not shelved:
        return None
    return {"quantity": booked["quantity"], "serials": [*booked["serials"][1:], shelved[0]]}
