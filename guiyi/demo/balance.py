"""配件平衡 (the balance of parts): every piece that ever moved is in an account, none is out."""

from collections import Counter
from collections.abc import Mapping, Sequence

from guiyi.access import Access
from guiyi.demo.proof import Gauges
from guiyi.plain import JsonObject
from guiyi.play.player import NotSo
from guiyi.speech import say

OUT = ("technician:", "parcel:", "in_transit", "old_in_transit")
"""Accounts of parts that were drawn or sent, and are neither installed nor in a store."""


def balanced(access: Access, gauges: Gauges) -> Mapping[str, Mapping[str, int]]:
    """Every account of every part over all stores, the same in the record and in the view.

    In each store they add up, and none is below zero. Raises NotSo.
    """
    recorded, shown = gauges.accounts(), _shown(access)
    if recorded != {place: row["quantity"] for place, row in shown.items()}:
        raise NotSo(say("demo.stock_differs"))
    out = [f"{part} {account}" for _, part, account in recorded if account.startswith(OUT)]
    if out:
        raise NotSo(say("demo.parts_out", parts=", ".join(sorted(out))))
    below = [" ".join(place) for place, row in shown.items() if _is_below(row)]
    parts, sums = dict[str, dict[str, int]](), Counter[str]()
    for (store, part, account), pieces in recorded.items():
        accounts = parts.setdefault(part, {})
        accounts[account] = accounts.get(account, 0) + pieces
        sums[f"{store} {part}"] += pieces
    parts = {part: {account: n for account, n in each.items() if n} for part, each in parts.items()}
    odd = [place for place, pieces in sums.items() if pieces]
    if below or odd or not parts:
        raise NotSo(say("demo.parts_unbalanced", parts=", ".join(sorted([*below, *odd]))))
    return parts


def columns(parts: Mapping[str, Mapping[str, int]]) -> Sequence[str]:
    """The accounts: first where the pieces came from, then where they are."""
    found = {account for accounts in parts.values() for account in accounts}
    return sorted(found, key=lambda account: (account != "supplier", account))


def _shown(access: Access) -> Mapping[tuple[str, str, str], JsonObject]:
    rows = access.rows("inventory", "/v1/stock")
    return {(row["store"], row["part"], row["account"]): row for row in rows}


def _is_below(row: JsonObject) -> bool:
    return bool(row["inside"]) and int(row["quantity"]) < 0
