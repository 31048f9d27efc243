"""用户群 (the crowd): many customers and machines like each of the cast."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from guiyi.play.cast import Cast

LAST_DIGITS = re.compile(r"(\d{4}) (\d{4})$")
NUMBERED = ("id", "serial_no")
"""What a card has for itself alone, beside its name, its phone and its e-mail."""


def crowd(cast: Cast, numbers: Iterable[int]) -> Cast:
    """The cast with a customer and a machine like each of its own for each number; 0: itself."""
    nths = [*numbers]
    grown = {
        name: [another(cast, nth, card) for nth in nths for card in cast[name]]
        for name in ("customers", "machines")
    }
    return Cast(cast.people, {**cast.said, **grown})


def stocked(cast: Cast, times: int) -> Cast:
    """The cast with a store so many times as large, and a base that buys of every part for it.

    Who lends has as much more.
    """
    lent = [{**each, **_times(each, times)} for each in cast["neighbour_stock"]]
    stock = [{**each, **_times({**each, "quota": _quota(each)}, times)} for each in cast["stock"]]
    month = cast["store_month"]
    bought, came = month["purchase"]["lines"], month["delivery"]["lines"]
    named = {line["part"] for line in bought}
    more = [each for each in stock if each["part"] not in named]
    purchase = [{**line, **_times(line, times)} for line in bought] + [_line(each) for each in more]
    whole = {line["part"]: line for line in purchase}
    delivery = [_came(line, whole[line["part"]]) for line in came]
    delivery += [_whole(_line(each)) for each in more]
    said = {
        **month,
        "purchase": {**month["purchase"], "lines": purchase},
        "delivery": {**month["delivery"], "lines": delivery},
    }
    tables = {"stock": stock, "neighbour_stock": lent, "store_month": said}
    return Cast(cast.people, {**cast.said, **tables})


def another(cast: Cast, nth: int, said: Any) -> Any:  # a table of the cast, whatever it has
    """What is said, as the nth customer of the crowd says it of their machine."""
    return _renamed(said, _names(cast, nth)) if nth else said


def _times(said: Mapping[str, Any], times: int) -> Mapping[str, int]:
    return {name: said[name] * times for name in ("quantity", "fen", "quota") if name in said}


def _quota(each: Mapping[str, Any]) -> int:
    """Whatever is used is asked for on the next Friday."""
    return max(int(each["quota"]), int(each["quantity"]))


def _line(each: Mapping[str, Any]) -> Mapping[str, Any]:
    """As many again as the store has."""
    return {name: each[name] for name in ("part", "quantity", "fen")}


def _whole(line: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of a delivery that is as it was ordered."""
    pieces = line["quantity"]
    return {"part": line["part"], "announced": pieces, "received": pieces, "fen": line["fen"]}


def _came(said: Mapping[str, Any], ordered: Mapping[str, Any]) -> Mapping[str, Any]:
    """A line of a delivery that lacks as many pieces as the cast says, at the price of each."""
    lacks = said["announced"] - said["received"]
    came = ordered["quantity"] - lacks
    fen = ordered["fen"] // ordered["quantity"] * came
    return {**said, "announced": ordered["quantity"], "received": came, "fen": fen}


def _names(cast: Cast, nth: int) -> Mapping[str, str]:
    """What is called otherwise, by what the cast calls it."""
    names = {}
    for card in cast["customers"]:
        names[card["name"]] = f"{card['name']}{nth + 1}店"
        names[card["phone"]] = LAST_DIGITS.sub(lambda digits: _moved(digits, nth), card["phone"])
        mailbox, _, server = card["email"].partition("@")
        names[card["email"]] = f"{mailbox}-{nth}@{server}"
    for card in (*cast["customers"], *cast["machines"]):
        names |= {card[key]: f"{card[key]}-{nth}" for key in NUMBERED if key in card}
    return names


def _moved(digits: re.Match[str], nth: int) -> str:
    """Eight other digits: those of no two of the crowd are the same, also of two branches."""
    exchange, last = map(int, digits.groups())
    over, last = divmod(last + 3 * nth, 10_000)
    return f"{exchange + 10 * over} {last:04}"


def _renamed(said: Any, names: Mapping[str, str]) -> Any:
    if isinstance(said, str):
        return names.get(said, said)
    if isinstance(said, Mapping):
        return {name: _renamed(each, names) for name, each in said.items()}
    if isinstance(said, Sequence):
        return [_renamed(each, names) for each in said]
    return said
