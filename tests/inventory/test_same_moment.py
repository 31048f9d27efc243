"""同一时刻: several who do it at once. One is first; the others are told kindly, the books stay."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from guiyi.play.evidence import drawing
from services.inventory.app import room
from services.inventory.periods import bounds
from services.inventory.purchase.receiving import ReceiveGoods
from shared.command import CommandEnvelope, DraftCommand
from shared.decider import Asked, Reason, Refused
from shared.events.purchases import GoodsLine
from shared.events.values import PartWanted
from shared.handle import handle
from shared.record.store import Append, Position
from tests.at_once import at_once as together
from tests.fuzz.served import on_postgres
from tests.inventory.desk import FAR, Inventory
from tests.inventory.example import APPROVER, BRANCH, LIU, PUMP, RELEASE, RING, WORK_ORDER
from tests.shared.http_desk import codes, web_desk

ZONE = "Asia/Shanghai"
Ask = Callable[[], httpx.Response]


class Counters(Inventory):
    """Two stores, in each of which two keepers work at the same time."""

    def __post_init__(self) -> None:
        super().__post_init__()
        staff = self.desk.staff
        self.second = staff("K-SECOND", ["storekeeper"], [BRANCH])
        self.sender = staff("K-NINGBO", ["storekeeper"], [FAR])
        self.near = staff(APPROVER, ["approver"], [BRANCH])
        self.money = staff("F-QIAN", ["finance"], [BRANCH])
        self.far = staff("A-NINGBO", ["approver"], [FAR])

    def begun(self, rings: int, at: datetime | None = None) -> None:
        """A part and its pieces, and since when."""
        when = {"X_Occurred_At": at.isoformat()} if at else {}
        ring, shelf = {"id": RING, "name": "密封圈"}, f"/v1/stock/{BRANCH}/{RING}"
        self.done(self.desk.post("/v1/parts", ring, self.base, **when))
        opening = {"quantity": rings, "fen": 100 * rings}
        self.done(self.desk.post(f"{shelf}/openings", opening, self.keeper, **when))

    def issuing(
        self, n: int, at: datetime | None = None, part: str = RING, serials: Sequence[str] = ()
    ) -> Ask:
        """A note of another ticket, on which one ring, or another part, is to be drawn."""
        ticket = f"BX-{BRANCH}-20261123-{n:04}"
        order, number = f"{ticket}-W1", f"{ticket}-C1"
        known = replace(WORK_ORDER, number=order, ticket=ticket, notes=())
        self.views.documents["dispatch", f"work_order-{order}"] = known
        release = replace(RELEASE, ticket=ticket, order=order, lines=(PartWanted(part, 1),))
        home, now = f"issue_note-{number}", at or datetime.now(UTC)
        self.decided(room, release, Asked(home, "reaction:x", frozenset(), now, BRANCH, ticket))
        path, drawing = f"/v1/issue-notes/{number}", {"part": part, "quantity": 1}
        drawing |= {"serials": list(serials)} if serials else {}
        sheet = self.post(f"{path}/issue-sheets", drawing)
        body = {**drawing, "recipient": LIU, "content": sheet["content"], "how": "drawn"}
        evidence = self.drawn_for(number)
        when = {"X_Occurred_At": at.isoformat()} if at else {}
        keeper = (self.keeper, self.second)[n % 2]
        return partial(self.desk.post, f"{path}/issues", {**body, **evidence}, keeper, **when)

    def counted(self, period: str) -> None:
        """The month was counted, and nothing differed."""
        body = {"kind": "monthly", "period": period}
        made = self.done(self.desk.post("/v1/stocktakes", body, self.keeper))
        path, stock = made.headers["Location"], self.holds()
        self.post(f"{path}/shelf-counts", {"part": RING, "counted": stock["store"]})
        self.signs(path, "witnesses", {}, self.clerk)
        self.post(f"{path}/difference-approvals", {"lines": []}, self.money)

    def drawn_for(self, number: str) -> Mapping[str, Any]:
        kept = self.done(self.desk.bring(number, drawing(), self.keeper)).json()
        return {"evidence": {"name": "签字.png", **kept}}

    def holds(self, store: str = BRANCH, part: str = RING) -> Mapping[str, int]:
        """The accounts by the record, whatever a view has heard, to who does not count."""
        token = self.near if store == BRANCH else self.far
        found: Mapping[str, int] = self.shown(f"/v1/stock/{store}/{part}", token)["accounts"]
        assert sum(found.values()) == 0
        outside = {"supplier", "difference", "consumed", "transfer"}
        assert all(count > 0 or name in outside for name, count in found.items()), found
        return found


@pytest.fixture(params=["memory", pytest.param("real", marks=pytest.mark.stack)])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counters]:
    """The room in memory and on PostgreSQL."""
    with ExitStack() as stack:
        fitted: Mapping[str, Any] = {}
        if request.param == "real":
            fitted = on_postgres(request.getfixturevalue("servers"), stack, room)
        desk = stack.enter_context(web_desk(room, tmp_path, **fitted))
        yield Counters(desk, desk.views)


def at_once(counters: Counters, *asks: Ask) -> list[httpx.Response]:
    """What those are answered who all ask at the same moment. Nobody falls over."""
    found = together(counters.desk.store, *asks)
    assert all(each.status_code < 500 for each in found), [each.text for each in found]
    return found


def meanwhile(counters: Counters, ask: Ask, other: Ask) -> tuple[httpx.Response, httpx.Response]:
    """What both are answered, where the other one comes right before the first would write."""
    store, came = counters.desk.store, list[httpx.Response]()
    write = store.append

    def append(wanted: Append) -> Sequence[Position]:
        if not came:
            patch.setattr(store, "append", write)
            came.append(other())
        return write(wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "append", append)
        found = ask()
    return found, came[0]


def first_of(found: Sequence[httpx.Response], *told: str) -> httpx.Response:
    """The one who was first; all others are refused by these rules, in words."""
    (first,) = (each for each in found if each.is_success)
    for each in found:
        if each is not first:
            assert each.status_code == 422, each.text
            assert set(told) & set(codes(each)), each.text
    return first


def test_the_last_piece_goes_to_one_of_several_keepers(anywhere: Counters) -> None:
    anywhere.begun(1)
    first_of(at_once(anywhere, *(anywhere.issuing(n) for n in range(1, 5))), "beyond-stock")
    assert anywhere.holds() == {"supplier": -1, f"technician:{LIU}": 1}


def test_the_last_piece_goes_one_way(anywhere: Counters) -> None:
    """A keeper draws it, another one sends it, and an approver lets it be used."""
    anywhere.begun(1)
    line = [{"part": RING, "quantity": 1}]
    asks = {"sender": BRANCH, "lines": line, "because": "缺"}
    made = anywhere.done(anywhere.desk.post("/v1/transfers", asks, anywhere.sender))
    transfer = made.headers["Location"]
    anywhere.post(f"{transfer}/approvals", {}, anywhere.near)
    use = {"use_nature": "sample", "lines": line, "used_by": "展厅", "because": "展会"}
    made = anywhere.done(anywhere.desk.post("/v1/own-uses", use, anywhere.keeper))
    now = datetime.now(UTC).isoformat()
    parcel = {"carrier": "顺丰", "parcel_no": "1", "sent_at": now, "expected_at": now}
    sending = {"lines": line, "consignment": parcel}
    post = anywhere.desk.post
    found = at_once(
        anywhere,
        anywhere.issuing(1),
        partial(post, f"{transfer}/sendings", sending, anywhere.second),
        partial(post, f"{made.headers['Location']}/grants", {}, anywhere.near),
    )
    first_of(found, "beyond-stock")
    gone = {name: n for name, n in anywhere.holds().items() if name != "supplier"}
    assert [*gone.values()] == [1]


def test_a_parcel_is_received_once(anywhere: Counters) -> None:
    """Both keepers of the store open it; one of them counts it."""
    anywhere.begun(4)
    line = {"part": RING, "quantity": 3}
    asks = {"sender": BRANCH, "lines": [line], "because": "缺"}
    made = anywhere.done(anywhere.desk.post("/v1/transfers", asks, anywhere.sender))
    at = made.headers["Location"]
    anywhere.post(f"{at}/approvals", {}, anywhere.near)
    now = datetime.now(UTC).isoformat()
    parcel = {"carrier": "顺丰", "parcel_no": "1", "sent_at": now, "expected_at": now}
    anywhere.post(f"{at}/sendings", {"lines": [line], "consignment": parcel})
    other = anywhere.desk.staff("K-NINGBO-2", ["storekeeper"], [FAR])
    came, few = {"part": RING, "received": 3}, {"part": RING, "received": 2}
    short = {**few, "difference_because": "少一只"}
    post = partial(anywhere.desk.post, f"{at}/receipts")
    found = at_once(
        anywhere,
        partial(post, {"lines": [came]}, anywhere.sender),
        partial(post, {"lines": [short]}, other),
    )
    first_of(found, "transfer-stage")
    held = anywhere.holds(FAR)
    assert held.get("store", 0) + held.get("in_transit", 0) == 3


def test_a_parcel_of_a_refill_is_received_once(anywhere: Counters) -> None:
    """Both keepers of the store open what base has sent; one of them counts it."""
    anywhere.begun(1)
    desk = anywhere.desk
    checker = desk.staff("B-LIMING", ["base"], [BRANCH, FAR])
    anywhere.post(f"/v1/stock/{FAR}/{RING}/openings", {"quantity": 9}, anywhere.sender)
    anywhere.post(f"/v1/stock/{BRANCH}/{RING}/quotas", {"quota": 4}, anywhere.base)
    asks = {"lines": [{"part": RING, "asked": 3}], "because": "周五停电"}
    at = anywhere.done(desk.post("/v1/replenishments", asks, anywhere.keeper)).headers["Location"]
    agreed = {"base": FAR, "lines": [{"part": RING, "agreed": 3}]}
    anywhere.post(f"{at}/checks", agreed, checker)
    line = {"part": RING, "quantity": 3}
    sending = {"lines": [line], "consignment": _parcel()}
    anywhere.post(f"{at}/sendings", sending, anywhere.sender)
    shipment = f"{at.rpartition('/')[2]}-P1"
    short = {"part": RING, "received": 2, "difference_because": "少一只"}
    signed = anywhere.under(at, "receipts", {"shipment": shipment})
    post = partial(desk.post, f"{at}/receipts")
    found = at_once(
        anywhere,
        partial(post, {**signed, "lines": [{"part": RING, "received": 3}]}, anywhere.keeper),
        partial(post, {**signed, "lines": [short]}, anywhere.second),
    )
    first_of(found, "parcel-counted", "replenishment-stage")
    held = anywhere.holds()
    assert held.get("store", 0) + held.get("in_transit", 0) == 1 + 3


def test_a_parcel_of_old_parts_is_received_once(anywhere: Counters) -> None:
    """Two of base open it; one of them counts it."""
    anywhere.begun(1)
    desk, place = anywhere.desk, {"part": RING, "place": "old_warranty"}
    taking = anywhere.done(desk.post("/v1/stocktakes", {"kind": "spot"}, anywhere.keeper))
    path = taking.headers["Location"]
    for who in (anywhere.keeper, anywhere.liu):
        anywhere.post(f"{path}/shelf-counts", {**place, "counted": 1}, who)
    anywhere.signs(path, "witnesses", {}, anywhere.clerk)
    why = {**place, "cause": "unknown", "explanation": "不明"}
    anywhere.signs(path, "explanations", {"lines": [why]})
    adjust = {"lines": [{**place, "treatment": "adjust"}]}
    anywhere.post(f"{path}/difference-approvals", adjust, anywhere.money)
    listed = {"old_class": "warranty", "lines": [{"part": RING, "condition": "磨损"}]}
    at = anywhere.done(desk.post("/v1/old-parts", listed, anywhere.keeper)).headers["Location"]
    anywhere.signs(at, "sendings", {"base": FAR, "consignment": _parcel()})
    one, other = (desk.staff(f"B-{n}", ["base"], [FAR]) for n in (2, 3))
    receipt = {"part": RING, "received": 1}
    lost = {"part": RING, "received": 0, "difference_because": "空盒"}
    signed = anywhere.under(at, "receipts", {})
    post = partial(desk.post, f"{at}/receipts")
    found = at_once(
        anywhere,
        partial(post, {**signed, "lines": [receipt]}, one),
        partial(post, {**signed, "lines": [lost]}, other),
    )
    first = first_of(found, "old-parts-stage")
    (line,) = anywhere.shown(at, one)["old_parts"]["shipment"]["received"]
    assert line["received"] == (1 if first is found[0] else 0)


def _parcel() -> Mapping[str, str]:
    now = datetime.now(UTC).isoformat()
    return {"carrier": "顺丰", "parcel_no": "1", "sent_at": now, "expected_at": now}


def test_a_delivery_is_counted_in_once(anywhere: Counters) -> None:
    """Two keepers have the same delivery note; and the first one clicks twice."""
    anywhere.begun(1)
    anywhere.is_base(BRANCH)
    bought = {
        "supplier": "上海",
        "lines": [{"part": RING, "quantity": 5, "fen": 500}],
        "due_on": (datetime.now(UTC) + timedelta(days=9)).date().isoformat(),
    }
    made = anywhere.done(anywhere.desk.post("/v1/purchases", bought, anywhere.base))
    came = {"part": RING, "announced": 5, "received": 5, "fen": 500}
    receipt = {"delivery_note": "SH-1", "lines": [came]}
    post = partial(anywhere.desk.post, f"{made.headers['Location']}/receipts", receipt)
    found = at_once(
        anywhere,
        partial(post, anywhere.keeper, Idempotency_Key="twice"),
        partial(post, anywhere.keeper, Idempotency_Key="twice"),
        partial(post, anywhere.second),
    )
    assert {each.status_code for each in found} <= {200, 409, 422}
    assert anywhere.holds() == {"supplier": -6, "store": 6}


@pytest.mark.parametrize("written", ["SH-1", "ｓｈ 1"])
def test_a_delivery_note_comes_in_by_one_of_two_purchases(anywhere: Counters, written: str) -> None:
    """Two keepers take it in by two purchases of its supplier, and no view has heard of either."""
    anywhere.begun(1)
    anywhere.is_base(BRANCH)
    homes = [_bought(anywhere, supplier) for supplier in ("上海", " 上海", "宁波")]
    notes = ("SH-1", written, "SH-1")
    asks = [partial(_received, anywhere, *each) for each in zip(homes, notes, strict=True)]
    with ThreadPoolExecutor(3) as people:
        first, second, strange = people.map(lambda ask: ask(), asks)
    assert strange == (), "another supplier may number its notes alike"
    assert sorted((len(first), len(second))) == [0, 1]
    ((told,),) = filter(None, (first, second))
    assert told.code == "delivery-elsewhere"
    assert anywhere.holds()["store"] == 1 + 4 + 4
    assert _received(anywhere, homes[0], "SH-2") == (), "what another note brings comes in"


def test_a_delivery_note_that_is_refused_is_taken_in_by_the_other_purchase(
    anywhere: Counters,
) -> None:
    anywhere.begun(1)
    anywhere.is_base(BRANCH)
    one, other = (_bought(anywhere, "上海") for _ in range(2))
    (told,) = _received(anywhere, one, "SH-1", count=99)
    assert told.code == "beyond-ordered"
    assert _received(anywhere, other, "SH-1") == ()


def _bought(counters: Counters, supplier: str) -> str:
    """The stream of a purchase of rings, as base ordered it."""
    bought = {
        "supplier": supplier,
        "lines": [{"part": RING, "quantity": 9, "fen": 900}],
        "due_on": (datetime.now(UTC) + timedelta(days=9)).date().isoformat(),
    }
    made = counters.done(counters.desk.post("/v1/purchases", bought, counters.base))
    return f"purchase-{made.headers['Location'].rpartition('/')[2]}"


def _received(counters: Counters, home: str, note: str, count: int = 4) -> Sequence[Reason]:
    """Why the goods do not come in, as a view says it that has heard of no receipt."""
    command = ReceiveGoods(note, (GoodsLine(RING, count, count, 100 * count),))

    def make(_: object) -> CommandEnvelope:
        asked = Asked(home, "K-9", frozenset({"storekeeper"}), datetime.now(UTC), BRANCH)
        return CommandEnvelope(uuid4(), command, asked)

    try:
        handle(counters.desk.handler, DraftCommand(uuid4(), home, make))
    except Refused as refused:
        return refused.reasons
    return ()


def test_what_is_counted_while_pieces_move_is_what_the_books_had_then(anywhere: Counters) -> None:
    """Whenever the count came between the issues: what is posted is what was missing."""
    anywhere.begun(10)
    made = anywhere.done(anywhere.desk.post("/v1/stocktakes", {"kind": "spot"}, anywhere.keeper))
    path = made.headers["Location"]
    counting = partial(anywhere.desk.post, f"{path}/shelf-counts", {"part": RING, "counted": 9})
    issues = [anywhere.issuing(n) for n in range(1, 4)]
    two = [partial(counting, each) for each in (anywhere.liu, anywhere.second)]
    told = at_once(anywhere, *two, *issues)
    assert {each.status_code for each in told} <= {200, 409}
    issued = sum(each.is_success for each in told[2:])
    for each in (anywhere.keeper, anywhere.liu):
        anywhere.done(counting(each))
    anywhere.signs(path, "witnesses", {}, anywhere.clerk)
    (line,) = anywhere.shown(path)["lines"]
    assert line["book"] == 10 - issued
    if line["difference"]:
        why = {"part": RING, "place": "store", "cause": "unknown", "explanation": "不明"}
        anywhere.signs(path, "explanations", {"lines": [why]})
    more = anywhere.issuing(9)
    key = {"part": RING, "place": "store", "treatment": "adjust"}
    said = {"lines": [key] if line["difference"] else []}
    approving = partial(anywhere.desk.post, f"{path}/difference-approvals", said, anywhere.money)
    for answer in at_once(anywhere, approving, more):
        anywhere.done(answer)
    assert anywhere.holds()["store"] == 9 - 1, "as many as were counted, and one drawn since"


def test_what_is_drawn_while_a_month_is_closed_counts_in_one_month(anywhere: Counters) -> None:
    period, begins, _ = last_month()
    then = begins + timedelta(days=3)
    anywhere.begun(10, then)
    anywhere.counted(period)
    issues = [anywhere.issuing(n, then) for n in range(1, 5)]
    close = partial(
        anywhere.desk.post, f"/v1/closings/{BRANCH}/periods", {"period": period}, anywhere.money
    )
    for each in at_once(anywhere, issues[0], close, *issues[1:]):
        anywhere.done(each)
    report = f"/v1/consumption/{BRANCH}/{period}"
    told = anywhere.shown(report)
    lines = {line["use_nature"]: line for line in told["lines"]}
    in_time = lines["warranty"]["issued"] if "warranty" in lines else 0
    assert 0 <= in_time <= 4
    assert lines[None]["closing"] == 10
    assert anywhere.holds()["store"] == 6
    late = anywhere.issuing(7, then)
    anywhere.done(late())
    assert anywhere.shown(report) == told, "it does not change"


def test_a_month_is_not_closed_over_a_count_that_begins_just_then(anywhere: Counters) -> None:
    """Finance has seen that nothing is being counted; then somebody counts once more."""
    period, begins, _ = last_month()
    anywhere.begun(10, begins + timedelta(days=3))
    anywhere.counted(period)
    path, post = f"/v1/closings/{BRANCH}/periods", anywhere.desk.post
    close = partial(post, path, {"period": period}, anywhere.money)
    again = {"kind": "monthly", "period": period}
    count = partial(post, "/v1/stocktakes", again, anywhere.keeper)
    closed, begun = meanwhile(anywhere, close, count)
    assert codes(closed) == ["stocktake-open"]
    anywhere.done(begun)


def test_what_is_written_right_after_a_closing_counts_in_a_later_month(
    anywhere: Counters,
) -> None:
    """A note is signed for while the month is closed: it is recorded later, and counts later."""
    period, begins, _ = last_month()
    then = begins + timedelta(days=3)
    anywhere.begun(10, then)
    anywhere.counted(period)
    path, issue = f"/v1/closings/{BRANCH}/periods", anywhere.issuing(1, then)
    close = partial(anywhere.desk.post, path, {"period": period}, anywhere.money)
    for answer in meanwhile(anywhere, issue, close):
        anywhere.done(answer)
    (line,) = anywhere.shown(f"/v1/consumption/{BRANCH}/{period}")["lines"]
    assert (line["issued"], line["late"], line["closing"]) == (0, 0, 10)


def last_month() -> tuple[str, datetime, datetime]:
    """The month before this one, on the calendar of the store."""
    day = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    period = f"{day:%Y-%m}"
    return period, *bounds(period, ZONE)


def test_a_piece_that_was_handed_out_under_another_number_goes_to_one(anywhere: Counters) -> None:
    """The books say P-1 of the first note; it was P-2, which the second note is to draw now."""
    pump = {"id": PUMP, "name": "泵", "has_serials": True}
    anywhere.post("/v1/parts", pump, anywhere.base)
    opening = {"quantity": 2, "serials": ["P-1", "P-2"]}
    anywhere.post(f"/v1/stock/{BRANCH}/{PUMP}/openings", opening)
    anywhere.done(anywhere.issuing(1, part=PUMP, serials=("P-1",))())
    path = f"/v1/issue-notes/BX-{BRANCH}-20261123-0001-C1"
    handed = {"quantity": 1, "serials": ["P-2"]}
    anywhere.post(f"{path}/corrections", {"part": PUMP, "handed": handed, "because": "扫错"})
    one = {"number": f"{path.rpartition('/')[2]}-G1"}
    confirm = partial(anywhere.desk.post, f"{path}/correction-approvals", one, anywhere.liu)
    found = at_once(anywhere, confirm, anywhere.issuing(2, part=PUMP, serials=("P-2",)))
    first_of(found, "serial-booked-elsewhere", "serial-elsewhere")
    where = anywhere.shown(f"/v1/stock/{BRANCH}/{PUMP}", anywhere.near)["serials"]
    hands = f"technician:{LIU}"
    assert where == {"P-1": "store" if found[0].is_success else hands, "P-2": hands}
