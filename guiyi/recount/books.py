"""账册 (the books) of all stores: accounts, pieces, value, and the report of a month.

What is said follows ADR 56 (what stock has cost), ADR 62 (in which month it counts) and ADR 111 (in
which order), in another way than the product computes it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, TypeAlias

from guiyi.recount.facts import Told
from guiyi.recount.purse import OLD, OUTSIDE, Lot, Purse, fen

Place: TypeAlias = tuple[str, str]
"""A store and an account; outside it is nobody's store."""


class Odd(Exception):
    """The movements cannot be true; the message says which."""


def moves(facts: Sequence[Told]) -> list[Told]:
    """The movements alone."""
    return [each for each in facts if each.type == "StockMoved"]


def balances(facts: Sequence[Told]) -> Mapping[tuple[str, str], Mapping[str, int]]:
    """Every account of every book; none inside is ever below zero, and all add up to zero."""
    books: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for each in moves(facts):
        move, book = each.data, books[each.book]
        book[move["source"]] -= move["quantity"]
        book[move["target"]] += move["quantity"]
        if move["source"] not in OUTSIDE and book[move["source"]] < 0:
            raise Odd(f"below zero: {move}")
    return {
        key: {name: count for name, count in book.items() if count} for key, book in books.items()
    }


def places(facts: Sequence[Told]) -> Mapping[tuple[str, str], Place]:
    """Where each piece is, over all stores, accounts and machines: in one place after each append.

    Before we saw it first it was where it came from: at the supplier's, or in a machine.
    """
    where: dict[tuple[str, str], Counter[Place]] = {}
    for _, together in groupby(moves(facts), key=lambda each: each.command):
        touched = {}
        for each in together:
            move = each.data
            source, target = (_place(move["store"], move[end]) for end in ("source", "target"))
            for serial in move["serials"]:
                piece = where.setdefault((move["part"], serial), Counter([source]))
                piece[source] -= 1
                piece[target] += 1
                touched[move["part"], serial] = piece
        for name, piece in touched.items():
            _one_place(name, piece)
    return {name: _one_place(name, piece) for name, piece in where.items()}


def _place(store: str, account: str) -> Place:
    return ("", account) if account in OUTSIDE else (store, account)


def _one_place(name: tuple[str, str], piece: Mapping[Place, int]) -> Place:
    there = {place: count for place, count in piece.items() if count}
    if [*there.values()] != [1]:
        raise Odd(f"in one place: {name} {there}")
    return next(iter(there))


def worths(facts: Sequence[Told], method: str) -> Mapping[Place, tuple[int, int, int]]:
    """Of each book: what came in, what went out, what is on hand; in fen."""
    purses: dict[Place, Purse] = defaultdict(lambda: Purse(method))
    into, out = Counter[Place](), Counter[Place]()
    for each in moves(facts):
        move = each.data
        carried = fen(purses[each.book].move(move))
        into[each.book] += carried * (move["source"] in OUTSIDE)
        out[each.book] += carried * (move["target"] in OUTSIDE)
    held = {
        book: sum(fen(lots) for lots in purse.accounts.values()) for book, purse in purses.items()
    }
    return {book: (into[book], out[book], held[book]) for book in purses}


KEYS = ("part", "use_nature")
Line: TypeAlias = Counter[str]
"""The columns of a line of the consumption report that are not zero."""


def report(facts: Sequence[Told], store: str, period: str) -> Mapping[tuple[str, str | None], Line]:
    """The consumption report of a month, by part and use nature."""
    closings = [e for e in facts if e.type == "PeriodClosed" and e.data["store"] == store]
    (method,) = (e.data["valuing"] for e in closings if e.data["period"] == period)
    purses: dict[str, Purse] = defaultdict(lambda: Purse(method))
    lines: dict[tuple[str, str | None], Line] = defaultdict(Counter)
    for each, month, late in _counted(facts, store, period, closings):
        move = each.data
        lots = purses[move["part"]].move(move)
        if month is None or month > period:
            continue
        for column, count in _stock(move, lots):
            lines[move["part"], None][f"closing{column}"] += count
            if month < period:
                lines[move["part"], None][f"opening{column}"] += count
        if month == period:
            line = lines[move["part"], move["use_nature"]]
            line["late"] += late
            for name, count in _columns(move, fen(lots)):
                line[name] += count
    for line in lines.values():
        line["unknown"] = line.pop("closing_unknown", 0)
        line.pop("opening_unknown", None)
    told_ = {key: Counter({n: c for n, c in line.items() if c}) for key, line in lines.items()}
    return {key: line for key, line in told_.items() if line}


Counted: TypeAlias = tuple[Told, str | None, bool]
"""A movement, the month in which it counts (empty: before the first), and whether it is late."""


def _counted(
    facts: Sequence[Told], store: str, period: str, closings: Sequence[Told]
) -> Iterable[Counted]:
    """The movements of a store in the order in which a month values them."""
    cuts = {
        each.data["number"]: datetime.fromisoformat(each.data["as_of"])
        - timedelta(microseconds=each.data["kind"] == "monthly")
        for each in facts
        if each.type == "StocktakeOpened"
    }
    found: list[Counted] = []
    for each in moves(facts):
        move = each.data
        if move["store"] == store:
            at = cuts[move["paper"]] if move["because"] == "stocktake" else each.happened
            found.append((each, *_month(at, each.order, closings)))
    (closed,) = (e.data for e in closings if e.data["period"] == period)
    if not closed.get("by_months"):
        return found
    by_part: dict[str, list[Counted]] = defaultdict(list)
    for one in found:
        by_part[one[0].data["part"]].append(one)
    months = ["", *(e.data["period"] for e in closings if e.data["period"] <= period)]
    return [one for of_part in by_part.values() for one in _by_months(of_part, months)]


def _by_months(left: list[Counted], months: Sequence[str]) -> Iterator[Counted]:
    """Month by month, again and again the first of which the account has what it gives."""
    held: Counter[str] = Counter()
    for month in months:
        while one := next((one for one in left if _goes(one, month, held)), None):
            each, due, late = one
            left.remove(one)
            held[each.data["source"]] -= each.data["quantity"]
            held[each.data["target"]] += each.data["quantity"]
            yield each, month, late or due != month


def _goes(one: Counted, month: str, held: Mapping[str, int]) -> bool:
    """Whether a movement can count in this month."""
    move, due = one[0].data, one[1]
    if due is None or due > month:
        return False
    return move["source"] in OUTSIDE or held[move["source"]] >= move["quantity"]


def columns_of(line: Mapping[str, Any]) -> Line:
    """The columns of a line that is shown, as `report` has them."""
    return Counter({name: n for name, n in line.items() if n and name not in KEYS})


def _month(
    at: datetime, order: tuple[datetime, int, int], closings: Sequence[Told]
) -> tuple[str | None, bool]:
    """The first month that was open when it was recorded and that ends after it happened."""
    open_ = [each for each in closings if each.order > order]
    late = any(
        at < datetime.fromisoformat(each.data["ends_at"]) for each in closings if each not in open_
    )
    for each in open_:
        if at < datetime.fromisoformat(each.data["ends_at"]):
            begins = datetime.fromisoformat(each.data["begins_at"])
            is_before = each is closings[0] and at < begins
            return ("" if is_before else each.data["period"]), late
    return None, late


def _sign(move: Mapping[str, Any]) -> int:
    return (move["source"] in OUTSIDE) - (move["target"] in OUTSIDE)


def _stock(move: Mapping[str, Any], lots: Sequence[Lot]) -> Iterator[tuple[str, int]]:
    sign, unknown = _sign(move), sum(lot.pieces for lot in lots if lot.fen is None)
    yield "", sign * move["quantity"]
    yield "_fen", sign * fen(lots)
    yield "_unknown", sign * unknown


def _columns(move: Mapping[str, Any], carried: int) -> Iterator[tuple[str, int]]:
    """What a movement of the month adds to which column."""
    source, target, count = move["source"], move["target"], move["quantity"]
    sign = _sign(move)
    if not sign:
        out = [account.startswith(("technician:", "parcel:")) for account in (source, target)]
        if move["because"] == "correction":
            yield "issued", (out[1] - out[0]) * count
            return
        if source == "store" and out[1]:
            yield "issued", count
        if out == [True, False]:
            yield "handed_back", count
        return
    outside, inside = (source, target) if sign > 0 else (target, source)
    match outside:
        case "installed" if inside in OLD:
            yield "old_in", sign * count
            yield "used_fen", -sign * carried
            return
        case "supplier":
            name = "received"
        case "transfer":
            name = "received" if inside.endswith("in_transit") else "sent"
        case "installed" | "consumed":
            name = "used"
        case "maker":
            name = "sent"
        case _:
            name = "lost"
    turned = 1 if name == "received" else -1
    yield name, turned * sign * count
    yield f"{name}_fen", turned * sign * carried
