"""例外 (the exceptions): what people do when parts are lost, kept, passed on or booked wrongly."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx

from guiyi.play.case import Act, Case
from guiyi.play.evidence import drawn
from guiyi.play.note import NOTE, account_of, granted, notes_of, waiting
from guiyi.play.people import Person

Found = tuple[str, Mapping[str, Any], Mapping[str, Any]]
"""The number of a note, what is shown of it, and one of its lines."""


def ask_loss(case: Case, who: Person) -> httpx.Response | None:
    """报损申请: of what was missing from a parcel, else one piece of a line that is out."""
    found = next(_lines(case, _lacks), None) or next(_lines(case, _is_out), None)
    if found is None:
        return None
    number, shown, line = found
    missing = missing_of(shown, line["part"])
    quantity = max(1, missing - granted(shown, "loss", line["part"]))
    loss = {
        "part": line["part"],
        "quantity": quantity,
        "where": "post" if missing else "technician",
        "how": "遗失",
        "borne_by": "store",
        "fen": 1_200 * quantity,
        "serials": _gone(line, shown)[:quantity],
    }
    return _asked(case, who, number, "losses", {"loss": loss})


def ask_waiver(case: Case, who: Person) -> httpx.Response | None:
    """旧件免交申请: the customer keeps one."""
    if (found := next(_lines(case, _is_out), None)) is None:
        return None
    number, _, line = found
    told = {"reason": "kept_by_customer", "because": "用户留下", "no_photo_because": "不许拍"}
    return _asked(
        case, who, number, "waivers", {"waiver": {"part": line["part"], "quantity": 1, **told}}
    )


def ask_correction(case: Case, who: Person) -> httpx.Response | None:
    """核销更正申请: a line that is booked otherwise than it is signed by now."""
    if (found := next(_lines(case, _is_otherwise), None)) is None:
        return None
    number, shown, line = found
    body = {**account_of(shown, line, _signed(shown, line["part"])), "because": "与签字不符"}
    return _asked(case, who, number, "corrections", body)


def grant(kind: str) -> Act:
    """批准: the first request of a kind that waits."""
    return _decide(kind, "approvals")


def refuse(kind: str) -> Act:
    """驳回: the first request of a kind that waits."""
    return _decide(kind, "refusals", because="请再核实")


def _decide(kind: str, how: str, **said: str) -> Act:
    def act(case: Case, who: Person) -> httpx.Response | None:
        for number, shown in notes_of(case).items():
            for each in waiting(shown, kind, who):
                body = {"number": each["number"], **said}
                return _asked(case, who, number, f"{kind}-{how}", body)
        return None

    return act


def ask_drop(case: Case, who: Person) -> httpx.Response | None:
    """停领请求: a clerk asks that an open line of a note be dropped."""
    if (found := next(_lines(case, _is_open), None)) is None:
        return None
    body = {"part": found[2]["part"], "because": "缺货，先去"}
    return _asked(case, who, found[0], "voiding-requests", body)


def drop(case: Case, who: Person) -> httpx.Response | None:
    """停领."""
    if (found := next(_lines(case, _is_open), None)) is None:
        return None
    return _asked(case, who, found[0], "line-droppings", {"part": found[2]["part"]})


def hand_over(to: Person | None = None) -> Act:
    """转交: all that is out on a note, to somebody; nobody named: to who has the order now."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        order = case.ordered()
        taker = to.id if to else (order or {}).get("technician")
        for number, shown in notes_of(case).items():
            note = shown["note"]
            if note["stage"] == "issued" and taker not in (None, note["recipient"]):
                return _handed(case, who, number, str(taker))
        return None

    return act


def missing_of(shown: Mapping[str, Any], part: str) -> int:
    """How many pieces of a part were not in the parcel."""
    opened = shown["note"]["opened"]
    missing = opened["missing"] if opened else ()
    return sum(each["quantity"] for each in missing if each["part"] == part)


def _handed(case: Case, who: Person, number: str, taker: str) -> httpx.Response:
    path = f"{NOTE}/{number}"
    told = case.rooms.looks(who, "inventory", f"{path}/hand-over-sheets", {"recipient": taker})
    content = told.json()["content"] if told.is_success else "0" * 64
    body = {"recipient": taker, "because": "换人", "content": content}
    hands = {"giver": 0, "taker": 1}
    signed = {each: drawn(case, who, "inventory", number, hand) for each, hand in hands.items()}
    return case.does(who, "inventory", f"{path}/hand-overs", {**body, **signed})


def _lines(
    case: Case, wanted: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
) -> Iterator[Found]:
    for number, shown in notes_of(case).items():
        for line in shown["note"]["lines"]:
            if shown["note"]["stage"] != "void" and wanted(shown, line):
                yield number, shown, line


def _is_out(_shown: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    return bool(line["issued"]) and not line["account"]


def _lacks(shown: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    lost = granted(shown, "loss", line["part"])
    return _is_out(shown, line) and missing_of(shown, line["part"]) > lost


def _is_open(_shown: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    return not line["issued"] and not line["dropped_because"]


def _is_otherwise(shown: Mapping[str, Any], line: Mapping[str, Any]) -> bool:
    account, signed = line["account"], shown["signed_use"]
    return bool(account and signed) and account["used"] != _signed(shown, line["part"])


def _signed(shown: Mapping[str, Any], part: str) -> int:
    return sum(each["used"] for each in shown["signed_use"] if each["part"] == part)


def _gone(line: Mapping[str, Any], shown: Mapping[str, Any]) -> list[str]:
    """Serials of a line that are not lost yet."""
    lost = {
        serial
        for each in shown["requests"]
        if each["kind"] == "loss" and each["decided"] == "granted"
        for serial in each["what"]["serials"]
    }
    return [serial for serial in line["issued"]["serials"] if serial not in lost]


def _asked(
    case: Case, who: Person, number: str, step: str, body: Mapping[str, Any]
) -> httpx.Response:
    return case.does(who, "inventory", f"{NOTE}/{number}/{step}", body)
