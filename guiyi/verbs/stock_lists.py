"""The verbs `stock out` and `stock late`: what a keeper goes after, as the room lists it."""

from collections.abc import Iterator, Sequence
from typing import Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.speech import say

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
    heads = ("paper_head", "store_head", "supplier", "due", "days_late", "open")
    lines = [
        (
            row["number"],
            row["branch"],
            row["supplier"],
            row["due_on"],
            str(row["days_late"]),
            "; ".join(open_parts(row)),
        )
        for row in rows
    ]
    _tell(rows, heads, lines, as_json=as_json)


def out_lines(row: JsonObject) -> Iterator[tuple[str, ...]]:
    """A line for each place in which something of the row is."""
    step = row["next_step"]["path"].rpartition("/")[2] if row["next_step"] else ""
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
            step,
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
