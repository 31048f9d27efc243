"""店务 (errands): what the store does in a month beside the week that is told."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import httpx

from guiyi.play.branch.in_hand import IN_HAND
from guiyi.play.branch.lost_parts import OLD_PARTS_LOST
from guiyi.play.branch.people import MANAGER
from guiyi.play.case import Case
from guiyi.play.people import (
    APPROVER,
    BASE_CLERK,
    BASE_KEEPER,
    CLERK,
    FINANCE,
    KEEPER,
    Person,
)
from guiyi.play.player import A_DAY, Turn
from guiyi.play.store import refill, spoilt, stocktake
from guiyi.play.store.goods import PURCHASES
from guiyi.play.store.month import REFILL_DAY
from guiyi.play.store.papers import ZONE, begin, go_on, today
from guiyi.play.store.refill import REFILLS

SUPPLIER = "本地五金行"
COUNTED = "RING-32"
LINES: Sequence[Mapping[str, Any]] = ({"part": "BELT-90", "quantity": 2, "fen": 24_000},)
TOO_LATE = timedelta(days=8)
OPENS = time(9, 20)


def buy_here(case: Case, who: Person) -> httpx.Response:
    """自行采购: base lacks it, and a repair waits."""
    due = today(case) + timedelta(days=3)
    body = {"supplier": SUPPLIER, "lines": LINES, "branch": case.rooms.branch}
    body |= {"due_on": due.isoformat(), "because": "基地缺货，急修等用"}
    return begin(case, who, PURCHASES, body)


def approve_buying(case: Case, who: Person) -> httpx.Response | None:
    """自行采购批准."""
    body = {"fen": LINES[0]["fen"], "because": "急修等用"}
    return go_on(case, who, PURCHASES, "approvals", body)


def take_in(case: Case, who: Person) -> httpx.Response | None:
    """入库: all that was bought."""
    lines = [
        {
            "part": each["part"],
            "announced": each["quantity"],
            "received": each["quantity"],
            "fen": each["fen"],
        }
        for each in LINES
    ]
    body = {"delivery_note": f"BD-{case.papers.get(PURCHASES)}", "lines": lines}
    return go_on(case, who, PURCHASES, "receipts", body)


def accept_lateness(case: Case, who: Person) -> httpx.Response | None:
    """迟发认可: the general manager accepts that base was late."""
    return go_on(case, who, REFILLS, "lateness-approvals", {"because": "供应商停产一周"})


def send_back(case: Case, who: Person) -> httpx.Response | None:
    """采购退货: one piece is not as it was ordered."""
    (bought,) = LINES
    line = {"part": bought["part"], "quantity": 1, "fen": bought["fen"] // bought["quantity"]}
    body = {"lines": [line], "because": "一条有裂纹，已退供应商"}
    return go_on(case, who, PURCHASES, "returns", body)


def deny_own_use(case: Case, who: Person) -> httpx.Response | None:
    """自用驳回."""
    return go_on(case, who, spoilt.OWN_USES, "denials", {"because": "留给维修用"})


def open_spot(case: Case, who: Person) -> httpx.Response:
    """抽盘: between two months."""
    return begin(case, who, stocktake.STOCKTAKES, {"kind": "spot"})


def count_one(case: Case, who: Person) -> httpx.Response | None:
    """点数: of one part all is there that the books have; the story looks into them."""
    shelves = stocktake.lying(case, APPROVER)
    shelf = next((each for each in shelves if each.part == COUNTED), None)
    return stocktake.count_shelf(shelf)(case, who) if shelf else None


ASKED = (Turn(refill.ask_refill(), KEEPER), Turn(refill.check_refill, BASE_CLERK))
FRIDAY: Sequence[Turn] = (
    *ASKED,
    Turn(refill.send_refill, BASE_KEEPER),
    Turn(refill.count_refill(missing=0), KEEPER, A_DAY),
)
"""补库: asked, sent and counted, and nothing is missing."""
LATE: Sequence[Turn] = (
    *ASKED,
    Turn(refill.send_refill, BASE_KEEPER, TOO_LATE),
    Turn(accept_lateness, MANAGER),
    Turn(refill.count_refill(missing=0), KEEPER, A_DAY),
)
"""补库迟发: base sends a day too late, which the general manager accepts."""
BOUGHT: Sequence[Turn] = (
    Turn(buy_here, KEEPER),
    Turn(approve_buying, APPROVER),
    Turn(take_in, KEEPER, A_DAY),
    Turn(send_back, APPROVER),
)
"""自行采购: the branch buys itself, with its approver's word; one piece goes back."""
USE_REFUSED: Sequence[Turn] = (
    Turn(spoilt.ask_own_use, KEEPER),
    Turn(deny_own_use, APPROVER),
)
"""自用驳回: parts for the store's own machine stay on the shelf."""
SPOT: Sequence[Turn] = (
    Turn(open_spot, KEEPER),
    Turn(count_one, KEEPER),
    Turn(stocktake.witness, CLERK),
    Turn(stocktake.approve_stocktake, FINANCE),
)
"""抽盘: one shelf is counted between two months, and nothing is missing."""


def fridays(first: date) -> Sequence[date]:
    """On which the store is refilled; `first` is the day on which the week begins that is told."""
    friday = first + timedelta(days=REFILL_DAY.after)
    return [friday + timedelta(days=after) for after in (0, 7, 21)]


def errands(first: date, *, opens: bool) -> Sequence[tuple[datetime, Sequence[Turn]]]:
    """What is done when; `opens`: in the first month of the store.

    What a technician had before the books is signed for before anything else is drawn. What a
    month is too short for is left out.
    """
    friday, late, last = fridays(first)
    begun = [(first.replace(day=1), IN_HAND)] if opens else []
    begun += [(friday + timedelta(days=3), BOUGHT), (late, LATE), (last, FRIDAY)]
    begun += [(friday + timedelta(days=6), USE_REFUSED), (friday + timedelta(days=8), SPOT)]
    begun += [(friday + timedelta(days=13), OLD_PARTS_LOST)]
    return [
        (datetime.combine(day, OPENS, ZONE), turns)
        for day, turns in begun
        if (day + sum((each.after for each in turns), A_DAY)).month == first.month
    ]
