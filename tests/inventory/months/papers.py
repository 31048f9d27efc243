"""单据 (papers of the store): each from its beginning to its end, one step at a time.

Between two steps of a paper those of all others may come. What is asked is plausible, not right:
some of it is refused, and then the paper goes no further.
"""

from collections.abc import Callable
from typing import Any

from tests.inventory.desk import FAR
from tests.inventory.example import BRANCH
from tests.inventory.months.counts import spot_count
from tests.inventory.months.life import HOSE, PARTS, PUMP, RING, Life, Paper, either, travels
from tests.inventory.months.notes import note, taking_over


def other(store: str) -> str:
    return FAR if store == BRANCH else BRANCH


def opening(life: Life) -> Paper:
    life.opened(either(life), life.random.choice(PARTS))
    yield


def purchase(life: Life) -> Paper:
    lines: list[dict[str, Any]] = [
        {"part": part, "quantity": life.amount(part, 6), "fen": life.random.randint(1, 9_999)}
        for part in life.parts()
    ]
    body = {"supplier": "上海", "lines": lines, "due_on": "2026-12-30", "because": "缺"}
    asks = life.stores.base if life.maybe(0.7) else life.stores.keeper
    made = life.post("/v1/purchases", {**body, "branch": BRANCH}, asks)
    if made is None:
        return
    path = made.headers["Location"]
    yield
    fen = sum(e["fen"] for e in lines)
    life.post(f"{path}/approvals", {"fen": fen, "because": "基地缺货"}, life.stores.near)
    yield
    for n in range(life.random.randint(1, 2)):
        came = [_arrival(life, each) for each in lines]
        receipt = {"delivery_note": f"SH-{n}", "lines": came, "same_note_because": "并单送货"}
        life.post(f"{path}/receipts", receipt, life.stores.second)
        yield
    bare = [each["part"] for each in lines if each["part"] != PUMP]
    if bare and life.maybe(0.4):
        back = {"part": life.random.choice(bare), "quantity": 1, "fen": 700}
        life.post(f"{path}/returns", {"lines": [back], "because": "型号不符"}, life.stores.near)


def _arrival(life: Life, line: dict[str, Any]) -> dict[str, Any]:
    part, whole = line["part"], line["quantity"]
    count = whole if life.maybe(0.6) else life.random.randint(0, whole)
    share = line["fen"] * count // whole if life.maybe(0.8) else life.random.randint(0, 5_000)
    return {
        "part": part,
        "announced": whole,
        "received": count,
        "fen": share if count else 0,
        "serials": life.fresh(part, count),
        "difference_because": "破损或多送，已告供应商",
    }


def own_use(life: Life) -> Paper:
    lines = [
        {"part": p, "quantity": (n := life.amount(p, 2)), "serials": _named(life, p, n)}
        for p in life.parts()
    ]
    nature = life.random.choice(("internal", "sample"))
    body = {"use_nature": nature, "lines": lines, "used_by": "展厅", "because": "展会"}
    made = life.post("/v1/own-uses", body, life.stores.keeper)
    yield
    if made is not None:
        life.post(f"{made.headers['Location']}/grants", {}, life.stores.near)


def _named(life: Life, part: str, count: int, store: str = BRANCH) -> tuple[str, ...]:
    return life.there(store, part, "store", count)


def transfer(life: Life) -> Paper:
    to = either(life)
    sender, (asks, counts) = other(to), life.stores.keepers(to)
    lines: list[dict[str, Any]] = [
        {"part": part, "quantity": life.amount(part, 3)} for part in life.parts()
    ]
    made = life.post("/v1/transfers", {"sender": sender, "lines": lines, "because": "缺"}, asks)
    if made is None:
        return
    path = made.headers["Location"]
    yield
    life.post(f"{path}/approvals", {}, life.stores.approver(sender))
    yield
    sent: list[dict[str, Any]] = [
        {**each, "serials": _named(life, each["part"], each["quantity"], sender)} for each in lines
    ]
    body = {"lines": sent, "consignment": travels(life)}
    if life.post(f"{path}/sendings", body, life.stores.keepers(sender)[0]) is None:
        return
    yield
    who = life.stores.keepers(sender)[1], counts, life.stores.approver(sender)
    yield from _missent(life, path, sent, who, sender)
    yield from _counted(life, path, sent, counts, life.stores.approver(to), {})
    yield from _missent(life, path, sent, who, sender)


def _missent(
    life: Life, path: str, sent: list[dict[str, Any]], who: tuple[str, str, str], store: str
) -> Paper:
    """Sometimes another thing left: a piece more or fewer, another pump, or nothing at all."""
    if not life.maybe(0.4):
        return
    asks, has, decides = who
    lines = [_packed(life, each, store) for each in sent if life.maybe(0.7)]
    if life.maybe(0.2):
        lines = [{"part": each["part"], "quantity": 0} for each in sent]
    parcel = f"{path.rpartition('/')[2]}-P1"
    body = {"shipment": parcel, "lines": lines, "because": "装错"}
    if life.post(f"{path}/sending-corrections", body, asks) is None:
        return
    yield
    shown = life.shown(path, has)
    paper = shown.get("transfer") or shown["replenishment"]
    number = {"number": list(paper["corrections"])[-1]}
    granted = life.post(f"{path}/sending-confirmations", number, has)
    yield
    if granted is None:
        granted = life.post(f"{path}/sending-correction-approvals", number, decides)
    if granted is not None:
        said = {each["part"]: each for each in lines}
        after = [said.get(each["part"], each) for each in sent]
        sent[:] = [each for each in after if each["quantity"]]


def _packed(life: Life, line: dict[str, Any], store: str) -> dict[str, Any]:
    """What of a line really left, as far as the shelf has another."""
    part, count, named = line["part"], line["quantity"], list(line.get("serials", ()))
    if part != PUMP:
        return {"part": part, "quantity": max(0, count + life.random.choice((-1, 1)))}
    kept = named[1:]
    other = life.there(store, part, "store", 1) if life.maybe(0.7) else ()
    return {"part": part, "quantity": len(kept) + len(other), "serials": [*kept, *other]}


def _counted(
    life: Life, path: str, sent: list[dict[str, Any]], counter: str, boss: str, more: dict[str, Any]
) -> Paper:
    """A parcel is counted; what is missing turns up, or is borne by the carrier."""
    missing, lines = [], []
    for each in sent:
        short = life.random.choice((0, 0, 0, 1, each["quantity"]))
        count, named = each["quantity"] - short, list(each.get("serials", ()))
        line = {"part": each["part"], "received": count, "serials": named[:count]}
        lines.append({**line, "difference_because": "少"} if short else line)
        if short:
            missing.append({"part": each["part"], "quantity": short, "serials": named[count:]})
    if life.signs(path, "receipts", {"lines": lines, **more}, counter) is None:
        return
    yield
    for n, each in enumerate(missing, 1):
        if life.maybe():
            found = {"lines": [each], "because": "找到", **more}
            life.post(f"{path}/findings", found, counter)
        else:
            loss = {**each, "how": "无下落", "borne_by": "carrier", "fen": 900_000}
            life.post(f"{path}/losses", {"loss": loss, **more}, counter)
            number = f"{more.get('shipment', path.rpartition('/')[2])}-S{n}"
            life.post(f"{path}/loss-approvals", {"number": number}, boss)
        yield


def refill(life: Life) -> Paper:
    part = life.random.choice((RING, HOSE))
    asked = life.amount(part, 3)
    life.post(f"/v1/stock/{BRANCH}/{part}/quotas", {"quota": 8}, life.stores.base)
    line = {"part": part, "asked": asked, "because": "备用"}
    made = life.post("/v1/replenishments", {"lines": [line], "because": "急"}, life.stores.keeper)
    if made is None:
        return
    path = made.headers["Location"]
    number = path.rpartition("/")[2]
    yield
    check = {"base": FAR, "lines": [{"part": part, "agreed": asked}]}
    life.post(f"{path}/checks", check, life.stores.checker)
    yield
    lines = [{"part": part, "quantity": asked}]
    body = {"lines": lines, "consignment": travels(life)}
    if life.post(f"{path}/sendings", body, life.stores.far_keeper) is None:
        return
    yield
    more = {"shipment": f"{number}-P1"}
    who = life.stores.far_keeper, life.stores.second, life.stores.far
    yield from _missent(life, path, lines, who, FAR)
    yield from _counted(life, path, lines, life.stores.second, life.stores.near, more)


def quarantine(life: Life) -> Paper:
    store, part = either(life), life.random.choice(PARTS)
    body: dict[str, Any] = {"quantity": (n := life.amount(part, 2)), "because": "试装"}
    body["serials"] = life.there(store, part, "quarantine", n)
    path = f"/v1/stock/{store}/{part}"
    if life.maybe(0.3):
        life.post(f"{path}/scrappings", body, life.stores.approver(store))
    else:
        good = {**body, "is_good": life.maybe()}
        life.post(f"{path}/judgements", good, life.stores.keepers(store)[0])
    yield


def old_parts(life: Life) -> Paper:
    """What waits is listed and sent to base, counted, judged and settled."""
    waiting = life.shown(f"/v1/old-parts-waiting?store={BRANCH}", life.stores.keeper)["rows"]
    if not waiting:
        return
    row = life.random.choice(waiting)
    line = {"part": row["part"], "issue_note": row["issue_note"], "condition": "磨损"}
    body = {"old_class": row["old_class"], "lines": [line]}
    made = life.post("/v1/old-parts", body, life.stores.keeper)
    if made is None:
        return
    path = made.headers["Location"]
    yield
    sending = {"base": FAR, "consignment": travels(life)}
    if life.signs(path, "sendings", sending, life.stores.keeper) is None:
        return
    yield
    listed = life.shown(path, life.stores.checker)["old_parts"]["listed"]["lines"]
    sent = [{"part": e["part"], "quantity": e["quantity"], "serials": e["serials"]} for e in listed]
    yield from _counted(life, path, sent, life.stores.checker, life.stores.far, {})
    count = sent[0]["quantity"]
    ways = {"line": 1, "quantity": count, "serials": sent[0]["serials"], "because": "判"}
    ways["disposition"] = life.random.choice(("scrap", "repair", "exchange", "return_to_maker"))
    if life.post(f"{path}/judgements", ways, life.stores.checker) is None:
        return
    yield
    number = f"{path.rpartition('/')[2]}-J1"
    outcome = life.random.choice(("scrapped", "part_back", "credit"))
    done: dict[str, Any] = {"number": number, "outcome": outcome, "case_no": "C", "because": "果"}
    if outcome == "credit":
        done["credit_fen"] = 500
    if outcome == "part_back" and ways["disposition"] != "repair":
        done["serials"] = life.fresh(row["part"], count)
    life.post(f"{path}/settlements", done, life.stores.checker)


PAPERS: tuple[Callable[[Life], Paper], ...] = (
    *(note, note, note, note, purchase, purchase, opening),
    *(own_use, transfer, transfer, refill, taking_over, quarantine, old_parts, old_parts),
    spot_count,
)
