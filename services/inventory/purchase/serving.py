"""为补库采购 (buying for requests): what base lacks for a store's request, it buys for that.

The request is told what a purchase brings for it, and what of that has come in, in the same append:
so nothing is bought for it twice, and what a supplier brings to its store is not sent by base too.
What comes in is that of the requests in the order in which the purchase names them.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.inventory import on_order
from services.inventory.purchase.state import Purchase
from services.inventory.replenishment.state import Replenishment
from services.inventory.replenishment.state import evolve as request_after
from shared.decider import Asked, Rule, reason, too_many
from shared.events.purchases import PurchaseAsked, PurchaseLine, ServedLine
from shared.events.replenishments import BoughtLine, RefillBought, ReplenishmentStage
from shared.events.values import SEVERAL, Ref

Written = Sequence[tuple[str, object]]


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """补库时限: until which day base has to have sent what a request asks for."""

    request: Ref
    until: date
    within: str
    """As policy says it: `P7D`."""


def stream_of(request: str) -> str:
    """The stream of a request to base."""
    return f"replenishment-{request}"


def requests_of(serves: Iterable[ServedLine]) -> Sequence[str]:
    """The requests that are named, each once, in their order."""
    return tuple(dict.fromkeys(line.request for line in serves))


def request_of(asked: Asked, number: str) -> Replenishment:
    """A request, where a command reads it."""
    found = asked.read(stream_of(number))
    assert isinstance(found, Replenishment)
    return found


def servable(fact: PurchaseAsked, limits: Sequence[TimeLimit], asked: Asked) -> Iterator[Rule]:
    """Rules: base buys for requests of its own what they lack, and in time or with words.

    Of a request of other stores nothing is told, not even that it is there.
    """
    numbers = requests_of(fact.serves)
    by_branch = bool(numbers) and fact.is_local
    yield by_branch, reason("request-bought-by-base", numbers=numbers)
    found = {number: request_of(asked, number) for number in numbers}
    theirs = {number: each for number, each in found.items() if _is_theirs(each, fact.store)}
    for number in numbers:
        yield number not in theirs, reason("refill-unknown", number=number, store=fact.store)
    yield from _within_lines(fact.serves, {line.part: line for line in fact.lines})
    for number, request in theirs.items():
        yield from _open(number, request)
        mine = [line for line in fact.serves if line.request == number]
        yield from (_lacks(line, request.to_buy) for line in mine)
    yield from (_in_time(limit, fact) for limit in limits if limit.request in theirs)


def _is_theirs(request: Replenishment, store: str) -> bool:
    """Whether base has checked the request, and the parts come in at one of its two stores."""
    return bool(request.base) and store in (request.store, request.base)


def _open(number: str, request: Replenishment) -> Iterator[Rule]:
    """A rule: the request waits for parts, and not by too many purchases."""
    stage = reason("refill-stage", number=number, stage=request.stage.value)
    yield request.stage is not ReplenishmentStage.CHECKED, stage
    yield too_many("purchases", len(request.bought) + 1, SEVERAL)


def _lacks(line: ServedLine, to_buy: Mapping[str, int]) -> Rule:
    """A rule: no more is bought for a request than it lacks and nobody has bought."""
    left, number = to_buy.get(line.part, 0), line.request
    told = reason(
        "beyond-lacking", number=number, part=line.part, lacking=left, asked=line.quantity
    )
    return line.quantity > left, told


def _in_time(limit: TimeLimit, fact: PurchaseAsked) -> Rule:
    """A rule: it comes within the time that base has, or it is said why not."""
    told = reason(
        "bought-too-late",
        number=limit.request,
        within=limit.within,
        until=limit.until.isoformat(),
        due_on=fact.due_on.isoformat(),
    )
    return fact.due_on > limit.until and fact.because is None, told


def _within_lines(
    serves: Sequence[ServedLine], lines: Mapping[str, PurchaseLine]
) -> Iterator[Rule]:
    """A rule: a request has one line a part, and all of them are within what is bought."""
    named = Counter((line.request, line.part) for line in serves)
    for (request, part), times in named.items():
        yield times > 1, reason("served-twice", number=request, part=part)
    for part in dict.fromkeys(line.part for line in serves):
        served = sum(line.quantity for line in serves if line.part == part)
        bought = lines[part].quantity if part in lines else 0
        yield (
            served > bought,
            reason("served-beyond-bought", part=part, bought=bought, asked=served),
        )


def arrived(purchase: Purchase) -> Mapping[ServedLine, int]:
    """到货归属: how many of each line for a request came in: theirs first, in their order."""
    left, found = dict(purchase.received), {}
    for line in purchase.asked.serves if purchase.asked else ():
        found[line] = min(line.quantity, left.get(line.part, 0))
        left[line.part] = left.get(line.part, 0) - found[line]
    return found


def brings(number: str, purchase: Purchase, *, over: bool = False) -> Mapping[str, RefillBought]:
    """为补库采购: what the purchase brings for each request; once it is over, what it brought."""
    if purchase.asked is None:
        return {}
    came = arrived(purchase)
    lines: dict[str, list[BoughtLine]] = {}
    for line, count in came.items():
        ordered = count if over else line.quantity
        lines.setdefault(line.request, []).append(BoughtLine(line.part, ordered, count))
    return {
        request: RefillBought(number, purchase.store, purchase.asked.due_on, tuple(each))
        for request, each in lines.items()
    }


def written(
    number: str, before: Purchase, after: Purchase, asked: Asked, *, over: bool = False
) -> Written:
    """What the requests and the book of what is on order are told when the purchase changes."""
    was = brings(number, before)
    found: list[tuple[str, object]] = []
    for request, fact in brings(number, after, over=over).items():
        if fact == was.get(request):
            continue
        found.append((stream_of(request), fact))
        state = request_of(asked, request)
        later = request_after(state, fact)
        if later.to_send != state.to_send:
            found += on_order.waits(state.store, request, later.to_send)
    return found


def waits(number: str, purchase: Purchase, *, over: bool = False) -> Written:
    """在购: what the store waits for of the purchase, with every part of it."""
    open_ = {part: 0 if over else purchase.open_of(part) for part in purchase.lines}
    return on_order.waits(purchase.store, number, open_)


def reads(purchase: Purchase) -> Sequence[str]:
    """What the store waits for, and the requests that the purchase is for."""
    if purchase.asked is None:
        return ()
    served = map(stream_of, requests_of(purchase.asked.serves))
    return (on_order.stream_of(purchase.store), *served)
