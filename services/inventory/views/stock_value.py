"""库存金额 (the value of stock): what the pieces of a store cost, by each method."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.inventory import worth
from services.inventory.worth import Worth
from shared.events.inventory import StockMoved, Valuing
from shared.view import Key, Recorded

NAME = "stock_value"
VERSION = 2
KEY = ("store", "part", "valuing")
INDEXES = (("branch", "valuing"), ("part",))


@dataclass(frozen=True, slots=True)
class AccountValue:
    """账户金额: what the pieces of one account cost."""

    account: str
    quantity: int
    fen: int
    """Of those of which it is known."""
    unknown: int
    """Of how many pieces nobody said what they cost."""


@dataclass(frozen=True, slots=True)
class Row:
    """库存金额一行: a part of a store by one method, over all accounts inside."""

    store: str
    part: str
    valuing: str
    branch: str
    """The store's."""
    quantity: int
    fen: int
    unknown: int
    accounts: tuple[AccountValue, ...]
    worth: Worth
    """What the movements left, from which the next one goes on."""
    changed_at: datetime


def keys(recorded: Recorded) -> Iterable[Key]:
    """A row for each method."""
    match recorded.fact:
        case StockMoved(store, part):
            return [(store, part, each.value) for each in Valuing]
        case _:
            return []


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """What the pieces cost after the movement."""
    move, valuing = recorded.fact, Valuing(key[2])
    assert isinstance(move, StockMoved)
    now, _ = worth.moved(row.worth if row else Worth(), move, valuing)
    accounts = tuple(account_values(now))
    return Row(
        store=move.store,
        part=move.part,
        valuing=valuing.value,
        branch=move.store,
        quantity=sum(each.quantity for each in accounts),
        fen=sum(each.fen for each in accounts),
        unknown=sum(each.unknown for each in accounts),
        accounts=accounts,
        worth=now,
        changed_at=recorded.recorded_at,
    )


def account_values(now: Worth) -> Iterable[AccountValue]:
    """What the pieces of each account cost, by its name."""
    for account, layers in sorted(now.accounts.items()):
        quantity = sum(layer.quantity for layer in layers)
        yield AccountValue(account, quantity, worth.fen_of(layers), worth.unknown_in(layers))
