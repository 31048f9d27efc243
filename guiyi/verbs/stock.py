"""The verb `stock balance`: whether every account of every part adds up, over all stores."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.refusal import FAILED
from guiyi.speech import say


@dataclass
class PartBalance:
    """一种配件的账: its accounts over all stores, and where its serials are."""

    part: str
    sum: int = 0
    accounts: dict[str, int] = field(default_factory=dict)
    inside_below_zero: list[str] = field(default_factory=list)
    """`store account` of every inside account that is below zero."""
    serials: dict[str, list[str]] = field(default_factory=dict)
    """`store account` of each serial that is inside; a right book has one for each."""
    fen: int = 0
    """What the pieces inside cost, as far as it is known."""
    unknown: int = 0
    """Of how many pieces inside nobody said what they cost."""
    values: list[JsonObject] = field(default_factory=list)
    """What the pieces of each account inside cost: store, account, quantity, fen, unknown."""
    counting: bool = False
    """Whether figures are hidden from whoever asks, because they may count the shelves just now."""

    @property
    def is_sound(self) -> bool:
        """Whether all accounts add up to zero, none inside is below it, no serial is twice."""
        once = all(len(places) == 1 for places in self.serials.values())
        return self.counting or (self.sum == 0 and not self.inside_below_zero and once)


def balance(
    part: Annotated[str | None, typer.Option("--part", help=say("stock.part"))] = None,
    store: Annotated[str | None, typer.Option("--store", help=say("stock.store"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """配件总账 (stock balance): all accounts of each part, added up over all stores."""
    with reached(state, actor) as access:
        rows = list(access.rows("inventory", "/v1/stock", part=part, store=store))
        values = list(access.rows("inventory", "/v1/stock/values", part=part, store=store))
    found = balances(rows, values)
    sound = all(each.is_sound for each in found)
    if as_json:
        print_json(told(found))
    else:
        _print(found)
    raise typer.Exit(0 if sound else FAILED)


def balances(rows: Iterable[JsonObject], values: Iterable[JsonObject] = ()) -> list[PartBalance]:
    """The balance of each part from the lists of stock and of its values, by the part's number."""
    found: dict[str, PartBalance] = {}
    for row in rows:
        each = found.setdefault(row["part"], PartBalance(row["part"]))
        if row["counting"]:
            each.counting = True
            continue
        account, quantity = row["account"], row["quantity"]
        each.sum += quantity
        each.accounts[account] = each.accounts.get(account, 0) + quantity
        where = f"{row['store']} {account}"
        if row["inside"] and quantity < 0:
            each.inside_below_zero.append(where)
        for serial in row["serials"]:
            each.serials.setdefault(serial, []).append(where)
    for row in values:
        each = found.setdefault(row["part"], PartBalance(row["part"]))
        if row["counting"]:
            each.counting = True
            continue
        each.fen += row["fen"]
        each.unknown += row["unknown"]
        each.values += [{"store": row["store"], **account} for account in row["accounts"]]
    return [found[part] for part in sorted(found)]


def told(found: Iterable[PartBalance]) -> JsonObject:
    """The balances as one JSON object, with what is true of all of them."""
    parts = list(found)
    twice = (s for each in parts for s, places in each.serials.items() if len(places) > 1)
    return {
        "sum": sum(abs(each.sum) for each in parts),
        "inside_below_zero": [where for each in parts for where in each.inside_below_zero],
        "serials_twice": sorted(twice),
        "fen": sum(each.fen for each in parts),
        "unknown": sum(each.unknown for each in parts),
        "parts": [asdict(each) for each in parts],
    }


def _print(found: list[PartBalance]) -> None:
    if not found:
        typer.echo(say("stock.none"))
        return
    cells = [
        (
            each.part,
            str(each.sum),
            "; ".join(f"{name} {count}" for name, count in sorted(each.accounts.items())),
            str(len(each.serials)),
            _cost(each),
            say(_verdict(each)),
        )
        for each in found
    ]
    heads = ("part_head", "sum", "accounts", "serials", "cost", "verdict")
    print_table([f"stock.{head}" for head in heads], cells, wraps=["stock.accounts"])


def _verdict(each: PartBalance) -> str:
    if each.counting:
        return "stock.counting"
    return "stock.sound" if each.is_sound else "stock.unsound"


def _cost(each: PartBalance) -> str:
    """What the pieces inside cost; and of how many nobody said it."""
    yuan = f"{each.fen // 100}.{each.fen % 100:02}"
    return say("stock.cost_unknown", yuan=yuan, unknown=each.unknown) if each.unknown else yuan
