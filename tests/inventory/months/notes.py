"""出库单 (issue notes) in a random month: drawn, opened, handed over, lost, settled, corrected."""

from dataclasses import replace
from typing import Any, TypeAlias

from services.inventory.issue_note.release import NoteSignature
from shared.events.issue_notes import SignedUse
from shared.events.order_sheet import Delivery
from shared.events.values import PartWanted
from tests.inventory.example import BRANCH, CHEN, LIU, RELEASE, WORK_ORDER
from tests.inventory.months.life import HOSE, PARTS, PUMP, Life, Paper, travels

Drawn: TypeAlias = dict[str, tuple[int, tuple[str, ...]]]
"""By part, how many are out, and their serials."""
NATURES = ("wear", "manufacture", "design", "none_found")


def note(life: Life) -> Paper:
    """A note: drawn, used as the customer signed, brought home, corrected; or lost on the way."""
    life.tickets += 1
    ticket = f"BX-HZ01-20261101-{life.tickets:04}"
    order, number = f"{ticket}-W1", f"{ticket}-C1"
    wanted = {part: life.amount(part, 3) for part in life.parts()}
    posted = life.maybe(0.25)
    lines = tuple(PartWanted(part, count) for part, count in wanted.items())
    _known(life, ticket, order)
    delivery = Delivery.POSTED if posted else Delivery.CARRIED
    release = replace(
        RELEASE, ticket=ticket, order=order, delivery=delivery, lines=lines, recipient=LIU
    )
    home = f"issue_note-{number}"
    life.decided(release, home, ticket)
    path = f"/v1/issue-notes/{number}"
    drawn: Drawn = {}
    parcel = {**travels(life), "receiver": "王小明"} if posted else None
    for part, count in wanted.items():
        yield
        if (serials := _drawn(life, path, part, count, parcel)) is not None:
            drawn[part] = count, serials
    if not drawn:
        return
    if life.maybe(0.3):
        yield from _really(life, path, drawn)
    if posted:
        yield from _opened(life, path, number, drawn)
    elif life.maybe(0.2):
        yield from _handed_over(life, path, number)
    used = {part: life.random.randint(0, count) for part, (count, _) in drawn.items()}
    lost = set[str]()
    if life.maybe(0.25):
        yield from _lost(life, path, drawn, used, lost)
    told = tuple(SignedUse(part, count) for part, count in used.items())
    life.decided(NoteSignature(7, "5" * 64, waived=False, used=told), home, ticket)
    for part in drawn:
        yield
        account = _account(life, part, *drawn[part], used[part], lost=part in lost)
        _settled(life, path, number, part, account)
    yield
    if life.maybe(0.4):
        part = life.random.choice(sorted(drawn))
        now = {**used, part: life.random.randint(0, drawn[part][0])}
        account = _account(life, part, *drawn[part], now[part], lost=part in lost)
        told = tuple(SignedUse(each, count) for each, count in now.items())
        life.decided(NoteSignature(9, "6" * 64, waived=False, used=told), home, ticket)
        yield from _corrected(life, path, part, account)


def _known(life: Life, ticket: str, order: str) -> None:
    document = replace(WORK_ORDER, number=order, ticket=ticket, notes=())
    life.stores.views.documents["dispatch", f"work_order-{order}"] = document


def _drawn(
    life: Life, path: str, part: str, count: int, parcel: dict[str, str] | None
) -> tuple[str, ...] | None:
    serials = life.there(BRANCH, part, "store", count)
    drawing: dict[str, Any] = {"part": part, "quantity": count, "serials": serials}
    if parcel is not None:
        drawing["parcel"] = parcel
    sheet = life.stores.desk.post(f"{path}/issue-sheets", drawing, life.stores.keeper)
    if not sheet.is_success:
        return None
    signed: dict[str, Any] = {"how": "session"}
    if parcel is None:
        signed = {"how": "drawn", "evidence": life.drawn(path.rpartition("/")[2])}
    body = {**drawing, "recipient": LIU, "content": sheet.json()["content"], **signed}
    return serials if life.post(f"{path}/issues", body, life.stores.keeper) else None


def _really(life: Life, path: str, drawn: Drawn) -> Paper:
    """Another piece left than the one that was scanned, or one fewer than was booked."""
    yield
    part = life.random.choice(sorted(drawn))
    count, serials = drawn[part]
    others = life.there(BRANCH, part, "store", 1) if serials else ()
    left = (*serials[1:], *others) if others else serials[1:]
    left = left if serials else ()
    now = len(left) if serials else count - 1
    if not now:
        return
    handed = {"quantity": now, "serials": left}
    body = {"part": part, "handed": handed, "because": "扫错了"}
    if life.post(f"{path}/corrections", body, life.stores.keeper):
        yield
        number = {"number": f"{path.rpartition('/')[2]}-G1"}
        if life.post(f"{path}/correction-approvals", number, life.stores.near):
            drawn[part] = now, tuple(left)


def _opened(life: Life, path: str, number: str, drawn: Drawn) -> Paper:
    now = life.record.clock.isoformat()
    told = {"technician_told_at": now, "customer_told_at": now}
    life.post(f"{path}/announcements", told, life.stores.keeper, late=False)
    yield
    here = {"at": life.record.clock.isoformat()}
    life.post(f"{path}/deliveries", here, life.stores.keeper, late=False)
    seen: dict[str, Any] = {
        "at": life.record.clock.isoformat(),
        "technician": LIU,
        "customer": "王小明",
        "opening": "as_sent",
    }
    body: dict[str, Any] = {"how": "drawn", "evidence": life.drawn(number), "opened": seen}
    part, (_, serials) = next(iter(drawn.items()))
    if life.maybe(0.3):
        missing = [{"part": part, "quantity": 1}]
        seen |= {"opening": "short", "missing": missing, "note": "少一件"}
        body["missing_serials"] = serials[:1]
    life.post(f"{path}/joint-openings", body, life.stores.liu, late=False)
    yield


def _handed_over(life: Life, path: str, number: str) -> Paper:
    sheet = life.stores.desk.post(
        f"{path}/hand-over-sheets", {"recipient": CHEN}, life.stores.keeper
    )
    body = {
        "recipient": CHEN,
        "because": "换人",
        "content": sheet.json()["content"],
        "giver": {"how": "drawn", "evidence": life.drawn(number)},
        "taker": {"how": "drawn", "evidence": life.drawn(number, hand=1)},
    }
    life.post(f"{path}/hand-overs", body, life.stores.keeper)
    yield


def _lost(life: Life, path: str, drawn: Drawn, used: dict[str, int], lost: set[str]) -> Paper:
    part, (count, serials) = next(iter(drawn.items()))
    where = life.random.choice(("technician", "post"))
    loss = {"part": part, "quantity": 1, "where": where, "how": "遗失", "borne_by": "store"}
    named = {**loss, "fen": 900_000, "serials": serials[-1:]}
    if life.post(f"{path}/losses", {"loss": named}, life.stores.keeper):
        yield
        asked = {"number": f"{path.rpartition('/')[2]}-S1"}
        if life.post(f"{path}/loss-approvals", asked, life.stores.near):
            drawn[part] = count - 1, serials[:-1]
            used[part] = min(used[part], count - 1)
            lost.add(part)


def _account(
    life: Life, part: str, left: int, serials: tuple[str, ...], used: int, *, lost: bool = False
) -> dict[str, Any]:
    """Where the pieces went that were not lost; an old part comes home for each that was used."""
    old = 0 if part == HOSE else used
    life.serials += old if part == PUMP else 0
    named = [f"OLD-{life.serials - n}" for n in range(old)] if part == PUMP else []
    account: dict[str, Any] = {"used": used, "unused": left - used, "old_returned": old}
    if old:
        account["fault_nature"] = life.random.choice(NATURES)
    if life.maybe(0.4) and left > used:
        account["condition"] = "damaged"
    account |= {"lost": 1} if lost else {}
    return {**account, "new_serials": list(serials[:used]), "old_serials": named}


def _settled(life: Life, path: str, number: str, part: str, account: dict[str, Any]) -> None:
    recipient = life.shown(path, life.stores.keeper)["note"]["recipient"]
    settling = {"part": part, "account": account}
    sheet = life.stores.desk.post(f"{path}/reconciliation-sheets", settling, life.stores.keeper)
    signed = {"technician": recipient, "how": "drawn", "evidence": life.drawn(number)}
    body = {**settling, **signed, "content": sheet.json()["content"]}
    life.post(f"{path}/reconciliations", body, life.stores.keeper)


def _corrected(life: Life, path: str, part: str, account: dict[str, Any]) -> Paper:
    """The customer has signed anew for another use, and the settled line is put right."""
    yield
    body = {"part": part, "account": account, "because": "数错了"}
    if life.post(f"{path}/corrections", body, life.stores.keeper):
        yield
        asked = life.shown(path, life.stores.keeper)["requests"]
        (waiting,) = (e["number"] for e in asked if _waits(e, part))
        life.post(f"{path}/correction-approvals", {"number": waiting}, life.stores.near)


def _waits(request: dict[str, Any], part: str) -> bool:
    """Whether an account of the part waits to be corrected; what was handed out may beside it."""
    if (request["kind"], request["decided"]) != ("correction", "open"):
        return False
    return request["what"]["part"] == part and request["what"]["account"] is not None


def taking_over(life: Life) -> Paper:
    """What a technician had before the books."""
    part, count = life.random.choice(PARTS), life.random.randint(1, 3)
    count = count * 333 if part == HOSE else count
    serials = life.fresh(part, count)
    line = {"part": part, "quantity": count, "old_paper": "旧单 1", "fen": 700, "serials": serials}
    body: dict[str, Any] = {"technician": CHEN, "repair_nature": "warranty", "lines": [line]}
    made = life.post("/v1/issue-notes", body, life.stores.keeper)
    if made is None:
        return
    path = made.headers["Location"]
    yield
    (to_sign,) = life.shown(path, life.stores.keeper)["to_sign"]
    number = path.rpartition("/")[2]
    body = {"how": "drawn", "content": to_sign["content"], "evidence": life.drawn(number)}
    if life.post(f"{path}/account-signatures", body, life.stores.keeper) is None:
        return
    yield
    used = life.random.randint(0, count)
    account = _account(life, part, count, serials, used)
    _settled(life, path, number, part, {**account, "old_returned": 0, "old_serials": []})
