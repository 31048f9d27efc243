"""The verbs of `desk`: what a desk goes after, each as a list of its room has it."""

from collections.abc import Callable, Sequence
from typing import Annotated

import typer

from guiyi.history import local_time
from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.speech import say

Branch = Annotated[str | None, typer.Option("--branch", help=say("desk.branch"))]
Technician = Annotated[str | None, typer.Option("--technician", help=say("desk.technician"))]


def to_plan(
    branch: Branch = None,
    technician: Technician = None,
    why: Annotated[str | None, typer.Option("--why", help=say("desk.why_not"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """待排上门 (desk to-plan): orders that nobody went to, or not done, and nobody is to go."""
    with reached(state, actor) as access:
        asked = {"branch": branch, "technician": technician, "why": why}
        rows = list(access.rows("dispatch", "/v1/visits-to-plan", **asked))
    heads = ("order", "technician_head", "why_head", "since", "outcome", "next_step")
    _tell(rows, heads, to_plan_line, as_json=as_json)


def to_plan_line(row: JsonObject) -> Sequence[str]:
    """An order: whose it is, why nobody goes, since when, and what the last visit left."""
    names = ("technician", "why")
    told = (row["order"], *(row.get(name) or "" for name in names), _at(row.get("since")))
    return *told, row.get("outcome") or "", row.get("next_step") or ""


def _at(moment: str | None) -> str:
    return local_time(moment) if moment else ""


def _tell(
    rows: Sequence[JsonObject],
    heads: Sequence[str],
    line: Callable[[JsonObject], Sequence[str]],
    *,
    as_json: bool,
) -> None:
    if as_json:
        print_json({"rows": rows})
    elif rows:
        print_table([f"desk.{head}" for head in heads], map(line, rows))
    else:
        typer.echo(say("desk.nothing"))
