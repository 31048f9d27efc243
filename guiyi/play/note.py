"""配件库 (at the store): parts drawn on an issue note, posted, opened and accounted for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TypeAlias

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.evidence import drawn
from guiyi.play.people import Person

NOTE = "/v1/issue-notes"
NOTHING_SEEN = "0" * 64
"""The hash of what somebody signs who was shown nothing."""
Shown: TypeAlias = JsonObject
Line: TypeAlias = JsonObject


def notes_of(case: Case) -> Mapping[str, Shown]:
    """The issue notes that were released for the order, by number, in their order.

    A note that came to nothing is named anew under a higher number, so the order's highest is the
    highest there is. A further order goes on numbering after those before it.
    """
    order = case.ordered() or {"notes": (), "earlier": ()}
    before = [number for each in order["earlier"] for number in each["notes"]]
    first, last = _highest(before), _highest([note["number"] for note in order["notes"]])
    numbers = [f"{case.ticket}-C{n}" for n in range(first + 1, last + 1)]
    shown = {number: case.seen("inventory", f"{NOTE}/{number}") for number in numbers}
    return {number: note for number, note in shown.items() if note is not None}


def _highest(numbers: Iterable[str]) -> int:
    return max((int(number.rpartition("C")[2]) for number in numbers), default=0)


def issue(more: int = 0, recipient: Person | None = None) -> Act:
    """出库: the next open line as permitted, or so many pieces more or fewer."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        if (found := _next(case, open_lines)) is None:
            return None
        note, line = found
        if (quantity := line["permitted"] + more) <= 0:
            return None
        path, part = f"{NOTE}/{note['number']}", line["part"]
        posted = note["note"]["delivery"] == "posted"
        drawing: dict[str, object] = {"part": part, "quantity": quantity}
        drawing["serials"] = _serials(case, part)[:quantity]
        drawing["short_because"] = "库存不足" if more < 0 else None
        if posted:
            drawing["parcel"] = _parcel(case, note)
        content = _sheet(case, who, f"{path}/issue-sheets", drawing)
        named = recipient.id if recipient else note["note"]["recipient"]
        # The keeper signs in their own session for what is posted.
        own: JsonObject = {"how": "session"}
        signed = own if posted else drawn(case, who, "inventory", note["number"])
        body = {**drawing, "recipient": named, **signed, "content": content}
        return case.does(who, "inventory", f"{path}/issues", body)

    return act


def announce(case: Case, who: Person) -> httpx.Response | None:
    """到货通知: technician and customer are told when the parcel comes."""
    told = {"technician_told_at": case.now, "customer_told_at": case.now}
    unsaid = (n for n, note in notes_of(case).items() if _is_to_be_announced(note["note"]))
    if (number := next(unsaid, None)) is None:
        return posted_step(case, who, "announcements", told)
    return case.does(who, "inventory", f"{NOTE}/{number}/announcements", told)


def open_parcel(opening: str = "as_sent", because: str | None = None) -> Act:
    """会同拆验: all is there, or one piece of a part is not; `because`: why it is told anew."""

    def act(case: Case, who: Person) -> httpx.Response | None:
        if (number := _posted(case)) is None:
            return None
        note = notes_of(case)[number]["note"]
        sent = [line for line in note["lines"] if line["issued"]]
        short = sent[:1] if opening != "as_sent" else []
        opened = {
            "at": case.now,
            "technician": note["recipient"],
            "customer": case.said["signing"]["signer"],
            "opening": opening,
            "missing": [{"part": line["part"], "quantity": 1} for line in short],
        }
        serials = [serial for line in short for serial in line["issued"]["serials"][:1]]
        by_hand = drawn(case, who, "inventory", number)
        body = {"opened": opened, "missing_serials": serials, "because": because, **by_hand}
        return case.does(who, "inventory", f"{NOTE}/{number}/joint-openings", body)

    return act


def reconcile(more: int = 0, *, unsigned: bool = False) -> Act:
    """核销: the next drawn line as the customer signed for it, or with so many pieces more used.

    `unsigned`: whether the store has heard of a signature or not.
    """

    def act(case: Case, who: Person) -> httpx.Response | None:
        if (found := _next(case, _waiting)) is None:
            return None
        note, line = found
        if note["signed_content"] is None and not unsigned:
            return None
        signed = sum(each["used"] for each in note["signed_use"] if each["part"] == line["part"])
        return settle(case, who, note, account_of(note, line, max(0, signed + more)))

    return act


def settle(case: Case, who: Person, note: Shown, settling: JsonObject) -> httpx.Response:
    """核销: the account of a line, signed by the technician at the keeper's desk."""
    path = f"{NOTE}/{note['number']}"
    content = _sheet(case, who, f"{path}/reconciliation-sheets", settling)
    by_hand = drawn(case, who, "inventory", note["number"])
    signed = {"technician": note["note"]["recipient"], "content": content, **by_hand}
    return case.does(who, "inventory", f"{path}/reconciliations", {**settling, **signed})


def waiting(shown: JsonObject, kind: str, who: Person) -> list[JsonObject]:
    """What waits to be decided; first what they did not ask for themselves."""
    open_ = [e for e in shown["requests"] if (e["kind"], e["decided"]) == (kind, "open")]
    return sorted(open_, key=lambda each: bool(each["asked_by"] == who.id))


def granted(note: Shown, kind: str, part: str) -> int:
    """How many pieces of a part were granted as lost, or their old ones as waived."""
    return sum(
        each["what"]["quantity"]
        for each in note["requests"]
        if (each["kind"], each["decided"], each["what"]["part"]) == (kind, "granted", part)
    )


def old_serials(line: Line, used: int) -> list[str]:
    """The serials of the old pieces that so many new ones of a part with serials stand in for."""
    return [f"OLD-{serial}" for serial in line["issued"]["serials"][:used]]


def posted_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response | None:
    """A step of the note whose parcel is to be seen to next."""
    number = _posted(case)
    return case.does(who, "inventory", f"{NOTE}/{number}/{step}", body) if number else None


def open_lines(note: Shown) -> Iterator[Line]:
    """Lines that can still be drawn: on a note that is settled or void nothing is."""
    if note["note"]["stage"] in ("released", "issued"):
        lines = note["note"]["lines"]
        yield from (line for line in lines if not line["issued"] and not line["dropped_because"])


def _waiting(note: Shown) -> Iterator[Line]:
    yield from (line for line in note["note"]["lines"] if line["issued"] and not line["account"])


def _next(case: Case, lines: Callable[[Shown], Iterator[Line]]) -> tuple[Shown, Line] | None:
    shown = notes_of(case).values()
    return next(((note, line) for note in shown for line in lines(note)), None)


def account_of(note: Shown, line: Line, used: int) -> JsonObject:
    """How many of a drawn line were used; the others are lost or home, with all old parts."""
    issued, back = line["issued"], used
    lost = min(granted(note, "loss", line["part"]), max(0, issued["quantity"] - used))
    account = {
        "used": used,
        "unused": max(0, issued["quantity"] - used - lost),
        "lost": lost,
        "old_returned": back,
        "new_serials": issued["serials"][:used],
        "old_serials": old_serials(line, used),
        "fault_nature": "wear" if back else None,
    }
    return {"part": line["part"], "account": account}


def _is_to_be_announced(note: JsonObject) -> bool:
    return bool(note["parcel"]) and note["stage"] == "issued" and not note["announced"]


def _posted(case: Case) -> str | None:
    """The posted note whose parcel is to be seen to next, or else the last one."""
    notes = {number: note["note"] for number, note in notes_of(case).items()}
    sent = [number for number, note in notes.items() if note["parcel"]]
    waiting = [n for n in sent if notes[n]["stage"] == "issued" and notes[n]["opened"] is None]
    return next(iter([*waiting, *reversed(sent)]), None)


def _sheet(case: Case, who: Person, path: str, body: JsonObject) -> str:
    """The hash of what they are shown to be signed."""
    told = case.rooms.looks(who, "inventory", path, body)
    return str(told.json()["content"]) if told.is_success else NOTHING_SEEN


def _parcel(case: Case, note: Shown) -> JsonObject:
    """The parcel that all of a note goes in."""
    if sent := note["note"]["parcel"]:
        times = {name: sent[name] for name in ("sent_at", "expected_at")}
    else:
        expected = datetime.fromisoformat(case.now) + timedelta(hours=12)
        times = {"sent_at": case.now, "expected_at": expected.isoformat()}
    return {**case.said["parcel"], **times}


def _serials(case: Case, part: str) -> list[str]:
    """The serials of the part that lie in the store."""
    found = case.seen("inventory", f"/v1/stock/{case.rooms.branch}/{part}")
    serials = found["serials"] if found else {}
    return sorted(serial for serial, account in serials.items() if account == "store")
