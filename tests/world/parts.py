"""配件的各步 (acts at the store): parts drawn, posted, opened and accounted for."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import httpx

from services.inventory.issue_note.state import IssueNote
from shared.events.order_sheet import Delivery, NoteStage
from tests.world.cases import Act, Case
from tests.world.people import BRANCH, SUN

NOTE = "/v1/issue-notes"
NOTHING_SEEN = "0" * 64
"""The hash of what somebody signs who was shown nothing."""


def notes_of(case: Case) -> Mapping[str, IssueNote]:
    """The issue notes of the ticket that were released, by number, in their order."""
    numbers = [f"{case.ticket}-C{n}" for n in range(1, 30)]
    states = case.state("inventory", *(f"issue_note-{number}" for number in numbers))
    found = zip(numbers, states, strict=True)
    return {number: note for number, note in found if note.released is not None}


def issue(other: int = 0, recipient: str | None = None) -> Act:
    """出库: the next open line, as permitted or so many pieces more or less."""

    def act(case: Case, who: str) -> httpx.Response | None:
        if (found := _next(case, open_lines)) is None:
            return None
        number, note, part = found
        quantity = note.lines[part].permitted + other
        if quantity <= 0:
            return None
        drawing: dict[str, Any] = {"part": part, "quantity": quantity}
        drawing["serials"] = _serials(case, part)[:quantity]
        drawing["short_because"] = "库存不足" if other < 0 else None
        if note.released and note.released.delivery is Delivery.POSTED:
            drawing["parcel"] = _parcel(case, note)
        content = _content(case, who, f"{NOTE}/{number}/issue-sheets", drawing)
        body = {**drawing, "recipient": recipient or note.recipient, "content": content}
        return case.does(who, "inventory", f"{NOTE}/{number}/issues", {**body, "how": "drawn"})

    return act


def announce(case: Case, who: str) -> httpx.Response | None:
    """到货通知: both are told."""
    body = {"technician_told_at": case.now, "customer_told_at": case.now}
    return _note_step(case, who, "announcements", body)


def deliver_parcel(case: Case, who: str) -> httpx.Response | None:
    """邮件送达."""
    return _note_step(case, who, "deliveries", {"at": case.now})


def open_parcel(opening: str = "as_sent") -> Act:
    """会同拆验: all is there, or one piece of a part is not."""

    def act(case: Case, who: str) -> httpx.Response | None:
        if (number := _posted(case)) is None:
            return None
        note = notes_of(case)[number]
        short = next(iter(note.issues.values()), None) if opening != "as_sent" else None
        opened = {
            "at": case.now,
            "technician": note.recipient,
            "customer": "王小明",
            "opening": opening,
            "missing": [{"part": short.part, "quantity": 1}] if short else [],
        }
        serials = list(short.issued.serials[:1]) if short else []
        body = {"opened": opened, "missing_serials": serials}
        return case.does(who, "inventory", f"{NOTE}/{number}/joint-openings", body)

    return act


def reconcile(miscounted: int = 0, *, again: bool = False, unsigned: bool = False) -> Act:
    """核销: the next line that is out, as the customer signed it, or miscounted by so many.

    `again`: a line that was accounted for against a signature that is no longer in force.
    `unsigned`: whether the store has heard of a signature or not; all comes home unused then.
    """

    def act(case: Case, who: str) -> httpx.Response | None:
        lines = stale_lines if again else _waiting
        if (found := _next(case, lines)) is None:
            return None
        number, note, part = found
        if note.signed_content is None and not unsigned:
            return None
        account = _account(note, part, miscounted)
        said = {"part": part, "account": account}
        content = _content(case, who, f"{NOTE}/{number}/reconciliation-sheets", said)
        body = {**said, "technician": note.recipient, "content": content, "how": "drawn"}
        return case.does(who, "inventory", f"{NOTE}/{number}/reconciliations", body)

    return act


def reconcile_by_paper(case: Case, who: str) -> httpx.Response | None:
    """核销: the next line that is out, once the store has heard of what lies signed before it."""
    (order,) = case.state("dispatch", f"work_order-{case.order}")
    signed = order.customer.word.content if order.customer else None
    if any(note.signed_content != signed for note in notes_of(case).values()):
        return None
    return reconcile()(case, who)


def void_note(asked_by: str) -> Act:
    """作废: a note on which nothing was drawn, at the word of somebody."""

    def act(case: Case, who: str) -> httpx.Response | None:
        numbers = [n for n, note in notes_of(case).items() if note.stage is NoteStage.RELEASED]
        if not numbers:
            return None
        body = {"because": "改派", "asked_by": asked_by}
        return case.does(who, "inventory", f"{NOTE}/{numbers[0]}/voidings", body)

    return act


issue_to_another = issue(recipient=SUN)


def open_lines(note: IssueNote) -> Sequence[str]:
    """Lines that can still be drawn: on a note that is settled nothing is."""
    return note.open_lines if note.stage in (NoteStage.RELEASED, NoteStage.ISSUED) else ()


def stale_lines(note: IssueNote) -> Sequence[str]:
    """Lines accounted for against another signature than the one in force."""
    against = note.signed_content
    return [
        part
        for part, done in note.accounts.items()
        if done.account.used and done.content != against and not note.is_waived
    ]


def _waiting(note: IssueNote) -> Sequence[str]:
    return [part for part in note.issues if part not in note.accounts]


def _account(note: IssueNote, part: str, miscounted: int) -> Mapping[str, Any]:
    if (done := note.accounts.get(part)) is not None:
        return _plain(done.account)
    issue_ = note.issues[part].issued
    used = max(0, note.signed_use(part) + miscounted)
    back = used if issue_.old_part_due else 0
    return {
        "used": used,
        "unused": max(0, issue_.quantity - used),
        "old_returned": back,
        "new_serials": list(issue_.serials[:used]),
        "fault_nature": "wear" if back else None,
    }


def _plain(account: Any) -> Mapping[str, Any]:
    return {
        "used": account.used,
        "unused": account.unused,
        "condition": account.condition,
        "old_returned": account.old_returned,
        "new_serials": list(account.new_serials),
        "fault_nature": account.fault_nature,
    }


def _next(case: Case, lines: Callable[[IssueNote], Any]) -> tuple[str, IssueNote, str] | None:
    for number, note in notes_of(case).items():
        if note.stage is not NoteStage.VOID and (found := tuple(lines(note))):
            return number, note, found[0]
    return None


def _posted(case: Case) -> str | None:
    """The posted note whose parcel is to be seen to next, or else the last one."""
    found = [(n, note) for n, note in notes_of(case).items() if note.is_posted and note.issues]
    waiting = [n for n, note in found if note.stage is NoteStage.ISSUED and note.opened is None]
    return next(iter([*waiting, *(n for n, _ in reversed(found))]), None)


def _note_step(case: Case, who: str, step: str, body: Mapping[str, Any]) -> httpx.Response | None:
    number = _posted(case)
    return case.does(who, "inventory", f"{NOTE}/{number}/{step}", body) if number else None


def _content(case: Case, who: str, path: str, body: Mapping[str, Any]) -> str:
    """The hash of the sheet as it is shown to him."""
    told = case.world.looks(who, "inventory", path, body)
    return str(told.json()["content"]) if told.is_success else NOTHING_SEEN


def _parcel(case: Case, note: IssueNote) -> Mapping[str, Any]:
    """The parcel that all of a note goes in."""
    if note.parcel is not None:
        sent_at, expected_at = note.parcel.sent_at, note.parcel.expected_at
    else:
        sent_at = datetime.fromisoformat(case.now)
        expected_at = sent_at + timedelta(hours=12)
    return {
        "carrier": "顺丰",
        "parcel_no": "SF-1",
        "sent_at": sent_at.isoformat(),
        "expected_at": expected_at.isoformat(),
        "receiver": "王小明",
    }


def _serials(case: Case, part: str) -> list[str]:
    """The serials of the part that lie in the store."""
    (stock,) = case.state("inventory", f"stock-{BRANCH}:{part}")
    return sorted(serial for serial, account in stock.serials.items() if account == "store")
