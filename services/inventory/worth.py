"""库存金额 (the worth of stock): what the pieces in each account cost, from the movements alone.

Money comes in with pieces that come in, and goes with them from account to account. A share is
rounded half up to the fen, and what it leaves stays with the pieces that stay: nothing is lost.
Of pieces of which nobody said what they cost, that is said: they are unknown, not worth nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from shared.events.inventory import Movement, Outside, StockMoved, Valuing

RECENT = 50
"""Of so many papers it is kept what they took out, so that a correction brings back the same."""
OLD = ("old_warranty", "old_other", "old_in_transit")
_OUTSIDE = frozenset(each.value for each in Outside)
_ALIKE = 0
"""The arrival of pieces that are not told apart by when they came."""


@dataclass(frozen=True, slots=True)
class Layer:
    """批次: pieces that came in together, as far as an account has them."""

    arrival: int
    """The how manieth arrival it was in this store."""
    quantity: int
    fen: int | None
    """What they cost, all together; None: nobody said it."""


Layers: TypeAlias = tuple[Layer, ...]
"""The layers of an account, those that leave first before the others."""


@dataclass(frozen=True, slots=True)
class TakenOut:
    """单据转出: what one paper took to an account outside."""

    account: str
    paper: str | None
    layers: Layers


@dataclass(frozen=True, slots=True)
class Worth:
    """库存金额: what every account inside has cost, and what papers took out."""

    arrivals: int = 0
    accounts: Mapping[str, Layers] = field(default_factory=dict)
    papers: tuple[TakenOut, ...] = ()
    """The latest RECENT that took something out, the newest last."""
    older: tuple[TakenOut, ...] = ()
    """What papers before them took out, one entry for an account; it is worth its mean."""

    def of(self, account: str) -> Layers:
        """What an account has."""
        return self.accounts.get(account, ())


def moved(worth: Worth, move: StockMoved, valuing: Valuing) -> tuple[Worth, Layers]:
    """The worth after a movement, and what the movement carried."""
    worth, carried = _given(worth, move, valuing)
    if move.target in _OUTSIDE:
        # Old parts that go back to a customer are not what the paper had fitted there.
        is_old = move.source in OLD
        return (worth if is_old else _went(worth, move, carried, valuing)), carried
    return _put(worth, move.target, _joined(worth.of(move.target), carried, valuing)), carried


def parted(layers: Layers, quantity: int) -> tuple[Layers, Layers]:
    """The first so many pieces of an account, and what it keeps."""
    taken, kept = list[Layer](), list[Layer]()
    for layer in layers:
        first = min(layer.quantity, quantity - sum(each.quantity for each in taken))
        share = None if layer.fen is None else _share(layer.fen, first, layer.quantity)
        if first:
            taken.append(Layer(layer.arrival, first, share))
        if rest := layer.quantity - first:
            left = None if layer.fen is None or share is None else layer.fen - share
            kept.append(Layer(layer.arrival, rest, left))
    return tuple(taken), tuple(kept)


def given_back(layers: Layers, quantity: int, fen: int) -> tuple[Layers, Layers]:
    """What goes back to the supplier for this sum, and what the account keeps.

    Of the pieces whose cost is known, those that came last go first. The sum is theirs, as far as
    the account has so much; what they had cost more or less is of the known pieces that stay.
    """
    known = tuple(layer for layer in reversed(layers) if layer.fen is not None)
    unknown = tuple(layer for layer in layers if layer.fen is None)
    taken, kept = parted(known, quantity)
    count = sum(layer.quantity for layer in taken)
    strange, rest = parted(unknown, quantity - count)
    carried = min(fen, fen_of(known)) if kept else fen_of(taken)
    went = (Layer(taken[0].arrival, count, carried),) if taken else ()
    stays = _bearing(kept, fen_of(taken) - carried)
    order = sorted((*stays, *rest), key=lambda each: (each.arrival, each.fen is not None))
    return (*strange, *went), tuple(order)


def _bearing(layers: Layers, fen: int) -> Layers:
    """These layers with so much more or less, of the first one as far as it has so much."""
    found = list[Layer]()
    for layer in layers:
        after = max(0, (layer.fen or 0) + fen)
        fen -= after - (layer.fen or 0)
        found.append(Layer(layer.arrival, layer.quantity, after))
    return tuple(found)


def fen_of(layers: Iterable[Layer]) -> int:
    """What the pieces cost of which it is known."""
    return sum(layer.fen or 0 for layer in layers)


def unknown_in(layers: Iterable[Layer]) -> int:
    """Of how many pieces nobody said what they cost."""
    return sum(layer.quantity for layer in layers if layer.fen is None)


def sums(layers: Layers) -> Iterator[tuple[int, int | None]]:
    """Pieces and what they cost all together: those of unknown cost, and the others.

    A movement has one sum; what leaves for another store is moved in these parts.
    """
    if unknown := unknown_in(layers):
        yield unknown, None
    if known := sum(layer.quantity for layer in layers) - unknown:
        yield known, fen_of(layers)


def _share(fen: int, part: int, whole: int) -> int:
    """The cost of a part of the pieces, rounded half up."""
    return (2 * fen * part + whole) // (2 * whole)


def _given(worth: Worth, move: StockMoved, valuing: Valuing) -> tuple[Worth, Layers]:
    """What the source gives. From outside: as it is said, as the same paper took it, or unknown."""
    if move.source not in _OUTSIDE:
        had = worth.of(move.source)
        if move.target == Outside.SUPPLIER.value and move.fen is not None:
            taken, kept = given_back(had, move.quantity, move.fen)
        else:
            taken, kept = parted(had, move.quantity)
        return _put(worth, move.source, kept), _filled(taken, move.quantity)
    if move.fen is not None:
        arrived = Layer(worth.arrivals + 1, move.quantity, move.fen)
        return _with(worth, arrived.arrival), (arrived,)
    if move.target in OLD:
        # What comes off a machine cost us nothing: it was paid for when it was first fitted.
        return worth, (Layer(_ALIKE, move.quantity, 0),)
    return _back(worth, move, valuing)


def _back(worth: Worth, move: StockMoved, valuing: Valuing) -> tuple[Worth, Layers]:
    """What comes back from outside: of what its paper took there, then of what older ones did."""
    came: Layers = ()
    papers, older = list(worth.papers), list(worth.older)
    for pool, paper in ((papers, move.paper), (older, None)):
        for n, each in enumerate(pool):
            if (each.account, each.paper) == (move.source, paper):
                wanted = move.quantity - sum(layer.quantity for layer in came)
                taken, kept = parted(each.layers, wanted)
                came, pool[n] = _joined(came, taken, valuing), replace(each, layers=kept)
    lacking = move.quantity - sum(layer.quantity for layer in came)
    new = (Layer(worth.arrivals + 1, lacking, _found(worth, move, lacking)),) if lacking else ()
    arrivals = worth.arrivals + len(new)
    left = Worth(arrivals, worth.accounts, _filled_pools(papers), _filled_pools(older))
    return left, (*came, *new)


def _found(worth: Worth, move: StockMoved, lacking: int) -> int | None:
    """What pieces are worth that a stocktake found too many: the mean of what is known there.

    There is the place where they lay, or if it has none, the store; None: nobody knows it.
    """
    if move.because is not Movement.STOCKTAKE:
        return None
    everywhere = [each for each in worth.accounts if each not in OLD]
    for accounts in ([move.target], everywhere):
        layers = (layer for account in accounts for layer in worth.of(account))
        known = [layer for layer in layers if layer.fen is not None]
        if pieces := sum(layer.quantity for layer in known):
            return _share(fen_of(known), lacking, pieces)
    return None


def _went(worth: Worth, move: StockMoved, carried: Layers, valuing: Valuing) -> Worth:
    """What its paper took out, for the day on which it is corrected."""
    account, paper = move.target, move.paper
    had: Layers = ()
    papers = list[TakenOut]()
    for each in worth.papers:
        if each.paper == paper and each.account == account:
            had = each.layers
        else:
            papers.append(each)
    papers.append(TakenOut(account, paper, _joined(had, carried, valuing)))
    older = worth.older
    for each in papers[:-RECENT]:
        older = _aged(older, each)
    return Worth(worth.arrivals, worth.accounts, tuple(papers[-RECENT:]), older)


def _aged(older: tuple[TakenOut, ...], out: TakenOut) -> tuple[TakenOut, ...]:
    """What papers took out, and one of them is not told apart any more."""
    had = [each.layers for each in older if each.account == out.account]
    layers = _joined(had[0] if had else (), out.layers, Valuing.MOVING_AVERAGE)
    rest = (each for each in older if each.account != out.account)
    return (*rest, TakenOut(out.account, None, layers))


def _joined(had: Layers, more: Layers, valuing: Valuing) -> Layers:
    """The layers of an account with more: pieces that came together, or all, are one layer."""
    found: dict[tuple[int, bool], Layer] = {}
    for layer in (*had, *more):
        arrival = layer.arrival if valuing is Valuing.FIRST_IN_FIRST_OUT else _ALIKE
        key = (arrival, layer.fen is not None)
        before = found.get(key, Layer(arrival, 0, None if layer.fen is None else 0))
        fen = None if layer.fen is None else (before.fen or 0) + layer.fen
        found[key] = Layer(arrival, before.quantity + layer.quantity, fen)
    return tuple(found[key] for key in sorted(found))


def _filled(taken: Layers, quantity: int) -> Layers:
    """As many pieces as were moved: of what the account never had nothing is known."""
    lacking = quantity - sum(layer.quantity for layer in taken)
    return (*taken, Layer(_ALIKE, lacking, None)) if lacking else taken


def _filled_pools(pools: Iterable[TakenOut]) -> tuple[TakenOut, ...]:
    return tuple(each for each in pools if each.layers)


def _put(worth: Worth, account: str, layers: Layers) -> Worth:
    """The worth with these layers in an account; an empty one is not kept."""
    accounts = {**worth.accounts, account: layers}
    if not layers:
        del accounts[account]
    return Worth(worth.arrivals, accounts, worth.papers, worth.older)


def _with(worth: Worth, arrivals: int) -> Worth:
    """The worth after so many arrivals; made anew, for `replace` takes longer than all the rest."""
    return Worth(arrivals, worth.accounts, worth.papers, worth.older)
