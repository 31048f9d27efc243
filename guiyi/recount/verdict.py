"""结论 (the verdict): what each of the counts says of the records of an installation."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from guiyi.recount import books, claims, clocks, counts, endings
from guiyi.recount.facts import Told

Records: TypeAlias = Mapping[str, Sequence[Told]]
"""The facts of each room, in the order in which they became true."""
OUT = ("technician:", "parcel:", "in_transit", "old_in_transit")
"""Accounts of pieces that are neither fitted nor in a store."""

HEEDED = endings.HEEDED | {
    *("StockMoved", "NoticeAsked", *clocks.OF_MONTHS),
    *("StocktakeOpened", "PartCounted", "StocktakeApproved"),
    *("ClaimSubmitted", "ClaimReviewed", "ClaimApproved", "ClaimPaid"),
}
"""The types of facts that are counted by what they say; of others it is enough that they are."""


def unbalanced(records: Records) -> Iterator[str]:
    """Where accounts do not add up, a piece is in two places, value is lost, or a piece is out."""
    facts = records["inventory"]
    try:
        accounts = books.balances(facts)
        books.places(facts)
    except books.Odd as odd:
        yield str(odd)
        return
    for (store, part), held in accounts.items():
        yield from (
            f"{store} {part} {name}: {n}" for name, n in held.items() if name.startswith(OUT)
        )
    for method in {each.data["valuing"] for each in facts if each.type == "PeriodClosed"}:
        for (store, part), (into, out, left) in books.worths(facts, method).items():
            if into != out + left:
                yield f"{store} {part}: {into} fen in, {out} out, {left} left"


def report_differs(records: Records, shown: Mapping[str, Any]) -> Iterator[str]:
    """Where the report of a month is not what the movements come to, or not the one signed."""
    facts, store, period = records["inventory"], shown["store"], shown["period"]
    sent = [
        each.data["digest"]
        for each in facts
        if each.type == "ConsumptionReportSent"
        and (each.data["store"], each.data["period"]) == (store, period)
    ]
    if sent != [shown["digest"]]:
        yield f"digest {shown['digest']}, signed {sent}"
    counted = books.report(facts, store, period)
    lines = {(line["part"], line["use_nature"]): books.columns_of(line) for line in shown["lines"]}
    for key in sorted({*counted, *lines}, key=str):
        if counted.get(key) != lines.get(key):
            yield f"{key}: {lines.get(key)}, counted {counted.get(key)}"


def stocktake_differs(records: Records) -> Iterator[str]:
    """As counts.differing."""
    return counts.differing(records["inventory"])


def claims_differ(records: Records) -> Iterator[str]:
    """As claims.differing."""
    return claims.differing(records["dispatch"])
