"""台账 (the ledger): all accounts of one part in one store, in double entry.

Every movement takes from one account and gives to another, so the sum of all accounts is always
zero. No account inside the store falls below zero. Serials are followed while they are inside: a
serial is in one account or in none. The state holds what is there now, and the serials that have
left. A movement changes only a few accounts.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from services.inventory.old_pieces import OldPieces
from services.inventory.worth import Worth
from shared.alike import alike, known_as
from shared.decider import Asked, Rule, reason
from shared.events.inventory import Movement, Outside, StockMoved, Valuing
from shared.events.replenishments import KeeperDuty, RefillDrafted

STORE = "store"
IN_TRANSIT = "in_transit"
QUARANTINE = "quarantine"
OLD_WARRANTY = "old_warranty"
OLD_OTHER = "old_other"
OLD_IN_TRANSIT = "old_in_transit"
HANDS = "technician:"
_OUTSIDE = frozenset(each.value for each in Outside)


@dataclass(frozen=True, slots=True)
class Stock:
    """库存: the accounts that are not empty, where the serials inside are, and the quota."""

    balances: Mapping[str, int] = field(default_factory=dict)
    serials: Mapping[str, str] = field(default_factory=dict)
    """The account each serial is in; one that has left the store is not here."""
    opening: StockMoved | None = None
    is_begun: bool = False
    """Whether anything moved here beside what was there before the books."""
    quota: int | None = None
    gone: Mapping[str, str] = field(default_factory=dict)
    """The serials that were here and have left, with the account outside to which each went."""
    worths: Mapping[Valuing, Worth] = field(default_factory=dict)
    """What the pieces have cost, by each method."""
    posted: Mapping[str, str] = field(default_factory=dict)
    """By account: the stocktake that last posted a difference of it."""
    holders: frozenset[str] = frozenset()
    """Everybody who ever had some of it in their hands."""
    judged: int = 0
    """How often pieces in quarantine were judged."""
    old: OldPieces = field(default_factory=OldPieces)
    """Its old pieces that are on no list, line by line."""
    drafted: RefillDrafted | None = None
    """What the calendar drafted last."""
    draft_urged: date | None = None
    """The day of the last draft that the keeper was reminded of."""
    old_urged: str | None = None
    """The last month in which the keeper was reminded of its old pieces."""
    told_upward: Mapping[KeeperDuty, datetime] = field(default_factory=dict)
    """Of which reminder to the keeper the approvers were told, by when it was due."""

    def worth_by(self, valuing: Valuing) -> Worth:
        """What the pieces have cost, by a method."""
        return self.worths.get(valuing, Worth())

    def holds(self, account: str) -> int:
        """How many pieces the account has."""
        return self.balances.get(account, 0)

    @property
    def is_held(self) -> bool:
        """Whether the store answers for any pieces."""
        return any(is_inside(account) and count for account, count in self.balances.items())

    @property
    def named(self) -> frozenset[str]:
        """Every serial that was ever here."""
        return frozenset(self.gone.keys() | self.serials.keys())

    def serials_in(self, account: str) -> frozenset[str]:
        """The serials the account has."""
        return frozenset(serial for serial, where in self.serials.items() if where == account)


def stream_of(store: str, part: str) -> str:
    """The stream of a part's accounts in a store."""
    return f"stock-{store}:{part}"


def stores_of(names: Callable[[str, str], Iterable[str]], part: str) -> tuple[str, ...]:
    """The stores that ever had a part, from what the record calls its streams."""
    ending = f":{part}"
    found = (n.removeprefix("stock-").removesuffix(ending) for n in names("stock-", ending))
    return tuple(store for store in found if ":" not in store)  # a part may be called `A:B`


def technician(person: str) -> str:
    """The account of the parts that a technician holds."""
    return f"{HANDS}{person}"


def parcel(note: str) -> str:
    """The account of parts that are under way in the parcel of a note."""
    return f"parcel:{note}"


def is_inside(account: str) -> bool:
    """Whether the store answers for the account's pieces."""
    return account not in _OUTSIDE


def stock_of(asked: Asked, store: str, part: str) -> Stock:
    """The accounts of a part, where a command reads them."""
    stock = asked.read(stream_of(store, part))
    assert isinstance(stock, Stock)
    return stock


def moved(stock: Stock, move: StockMoved) -> Stock:
    """The accounts after the movement."""
    balances = dict(stock.balances)
    for account, change in ((move.source, -move.quantity), (move.target, move.quantity)):
        balances[account] = balances.get(account, 0) + change
        if not balances[account]:
            del balances[account]
    serials, gone = stock.serials, stock.gone
    if move.serials:
        kept = dict(serials)
        for serial in move.serials:
            kept.pop(serial, None)
        gone = {each: where for each, where in gone.items() if each not in move.serials}
        if is_inside(move.target):
            kept.update(dict.fromkeys(move.serials, move.target))
        else:
            gone.update(dict.fromkeys(move.serials, move.target))
        serials = kept
    holder = move.target.removeprefix(HANDS)
    holders = stock.holders if holder == move.target else stock.holders | {holder}
    return replace(
        stock,
        balances=balances,
        serials=serials,
        gone=gone,
        holders=holders,
        posted=_posted(stock, move),
    )


def _posted(stock: Stock, move: StockMoved) -> Mapping[str, str]:
    """By account, the stocktake that last posted a difference, after the movement."""
    if move.because is not Movement.STOCKTAKE or move.paper is None:
        return stock.posted
    place = move.source if is_inside(move.source) else move.target
    return {**stock.posted, place: move.paper}


def left_to(stocks: Iterable[Stock], serial: str) -> str | None:
    """Where outside a piece is by the first of these stores that says it.

    What went to another store is in the books of that one.
    """
    said = (stock.gone.get(serial, Outside.TRANSFER.value) for stock in stocks)
    return next((each for each in said if each != Outside.TRANSFER), None)


def broken(stock: Stock, moves: Iterable[StockMoved]) -> Iterator[Rule]:
    """The rules of the ledger, for each movement on the accounts the one before has left."""
    for move in moves:
        yield _short(stock, move)
        yield from _serials(stock, move)
        stock = moved(stock, move)
        yield _unnamed(stock, move)


def _short(stock: Stock, move: StockMoved) -> Rule:
    """A rule: no account inside gives more pieces than it has.

    How many it has is not told: whoever asks may be counting them.
    """
    asked = move.quantity
    short = is_inside(move.source) and stock.holds(move.source) < asked
    if move.source == STORE:
        return short, reason("beyond-stock", part=move.part, asked=asked)
    told = reason("beyond-account", account=move.source, part=move.part, asked=asked)
    return short, told


def _serials(stock: Stock, move: StockMoved) -> Iterator[Rule]:
    """A rule: each piece has at most one serial, and leaves the account in which it is."""
    counted = Counter(map(alike, move.serials))
    twice = sorted(serial for serial in move.serials if counted[alike(serial)] > 1)
    many = len(counted) > move.quantity
    told = reason("serials-too-many", part=move.part, named=len(counted), asked=move.quantity)
    yield bool(twice), reason("serial-twice", part=move.part, serials=list(dict.fromkeys(twice)))
    yield many, told
    spelled = known_as(move.serials, stock.named) if move.serials else {}
    known = sorted(set(spelled.values()))
    yield bool(known), reason("serial-spelled", part=move.part, serials=known)
    source = move.source if is_inside(move.source) else None
    strayed = sorted(
        serial
        for serial in dict.fromkeys(move.serials)
        if serial not in spelled and stock.serials.get(serial) != source
    )
    yield (
        bool(strayed),
        reason("serial-elsewhere", part=move.part, serials=strayed, account=move.source),
    )


def _unnamed(after: Stock, move: StockMoved) -> Rule:
    """A rule: an account never has more serials than pieces; a piece with a serial is named."""
    named = len(after.serials_in(move.source)) if after.serials else 0
    over = is_inside(move.source) and 0 <= after.holds(move.source) < named
    told = reason(
        "serials-unnamed", part=move.part, asked=move.quantity, named=len(set(move.serials))
    )
    return over, told
