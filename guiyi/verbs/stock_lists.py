"""The verbs `stock out`, `late`, `low` and `quota`: what a keeper goes after, as it is listed."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.speech import language, say

Store = Annotated[str | None, typer.Option("--store", help=say("stock.store"))]


def out(  # noqa: PLR0913, PLR0917 - the options of a command
    part: Annotated[str | None, typer.Option("--part", help=say("stock.part"))] = None,
    store: Store = None,
    technician: Annotated[
        str | None, typer.Option("--technician", help=say("stock.technician"))
    ] = None,
    paper: Annotated[str | None, typer.Option("--paper", help=say("stock.paper"))] = None,
    place: Annotated[str | None, typer.Option("--place", help=say("stock.place"))] = None,
    longer_than: Annotated[
        int | None, typer.Option("--longer-than", min=0, help=say("stock.longer_than"))
    ] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """在外配件 (stock out): what left the shelves and is not accounted for."""
    asked = {
        "part": part,
        "store": store,
        "technician": technician,
        "paper": paper,
        "place": place,
        "longer_than": longer_than,
    }
    with reached(state, actor) as access:
        rows = list(access.rows("inventory", "/v1/stock/out", **asked))
    heads = ("paper_head", "part_head", "name_head", "quantity", "with", "days", "due", "next")
    _tell(rows, heads, [line for row in rows for line in out_lines(row)], as_json=as_json)


def late(
    store: Store = None, actor: Actor = "", state: State = None, as_json: Json = False
) -> None:
    """采购逾期 (stock late): what was ordered, should be here, and is not."""
    with reached(state, actor) as access:
        rows = list(access.rows("inventory", "/v1/purchases", branch=store, late="true"))
    heads = ("paper_head", "store_head", "supplier", "due", "days_late", "open", "next")
    lines = [
        (
            row["number"],
            row["branch"],
            row["supplier"],
            row["due_on"],
            str(row["days_late"]),
            "; ".join(open_parts(row)),
            _next(row),
        )
        for row in rows
    ]
    _tell(rows, heads, lines, as_json=as_json)


def low(
    store: Store = None,
    part: Annotated[str | None, typer.Option("--part", help=say("stock.part"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """缺料 (stock low): what is below its quota, what is coming, and what is still to ask for."""
    with reached(state, actor) as access:
        rows = list(access.rows("inventory", "/v1/stock/low", store=store, part=part))
    heads = ("store_head", "part_head", "quota", "on_hand", "in_transit", "on_order", "to_ask")
    _tell(rows, heads, [low_line(row) for row in rows], as_json=as_json)


def quota(
    store: Store = None,
    part: Annotated[str | None, typer.Option("--part", help=say("stock.part"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """定额建议 (stock quota): what use suggests as quota, and why; it sets none."""
    path = "/v1/stock/quota-suggestions"
    with reached(state, actor) as access:
        rows = list(access.rows("inventory", path, store=store, part=part))
    heads = ("store_head", "part_head", "quota", "suggested", "why")
    _tell(rows, heads, [quota_line(row) for row in rows], as_json=as_json)


def low_line(row: JsonObject) -> tuple[str, ...]:
    """A part of a store: what it has, what is coming on which papers, what is to be asked for."""
    names = ("quota", "on_hand", "in_transit")
    papers = "; ".join(f"{each['paper']} {each['quantity']}" for each in row["waits"])
    order = f"{row['on_order']} ({papers})" if papers else str(row["on_order"])
    counts = (_number(row[name]) for name in names)
    return row["store"], row["part"], *counts, order, str(row["to_ask"])


def quota_line(row: JsonObject) -> tuple[str, ...]:
    """A part of a store: what is set, what is suggested, and why in the user's language."""
    counts = (_number(row["quota"]), _number(row["suggested"]))
    return row["store"], row["part"], *counts, row["because"][language()]


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _next(row: JsonObject) -> str:
    """The last word of the step that is next."""
    return row["next_step"]["path"].rpartition("/")[2] if row["next_step"] else ""


def out_lines(row: JsonObject) -> Iterator[tuple[str, ...]]:
    """A line for each place in which something of the row is."""
    for each in row["out"]:
        where = each["technician"] or each["place"]
        yield (
            "-".join(filter(None, (row["paper"], row["parcel"]))),
            row["part"],
            row["name"] or "",
            str(each["quantity"]),
            where,
            str(row["days"]),
            (row["due"] or "")[:10],
            _next(row),
        )


def open_parts(row: JsonObject) -> Iterator[str]:
    """What is still to come of a purchase, each part with its name."""
    for line in row["lines"]:
        if open_ := line["quantity"] - line["received"]:
            yield f"{line['part']} {row['names'].get(line['part'], '')} {open_}"


def _tell(
    rows: list[JsonObject],
    heads: Sequence[str],
    lines: Sequence[Sequence[str]],
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json({"rows": rows})
    elif rows:
        print_table([f"stock.{head}" for head in heads], lines)
    else:
        typer.echo(say("stock.nothing"))
