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


ASKED = ("intake", "dispatch", "followup", "inventory")
"""The rooms that say what waits and for whom, and what they count."""


def tasks(  # noqa: PLR0913, PLR0917 - the options of a command
    mine: Annotated[bool, typer.Option("--mine", help=say("desk.mine"))] = False,
    overdue: Annotated[bool, typer.Option("--overdue", help=say("desk.overdue"))] = False,
    branch: Branch = None,
    ticket: Annotated[str | None, typer.Option("--ticket", help=say("desk.ticket"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """待办 (desk tasks): what waits in every room, what is due first at the top."""
    flags = {"mine": mine or None, "overdue": overdue or None}
    asked = {"branch": branch, "ticket": ticket, **flags}
    with reached(state, actor) as access:
        rows = [row for room in ASKED for row in access.rows(room, "/v1/tasks", **asked)]
    rows.sort(key=lambda row: (row["due_at"] is None, row["due_at"] or "", row["since"]))
    heads = ("paper", "step", "for_whom", "acting_for", "since", "due")
    _tell(rows, heads, task_line, as_json=as_json)


def task_line(row: JsonObject) -> Sequence[str]:
    """A paper: the step, who takes it, in whose place you could, since when and by when."""
    whom = row["person"] or ", ".join(row["roles"])
    acting_for = ", ".join(row["acting_for"])
    return row["number"], row["step"], whom, acting_for, _at(row["since"]), _at(row["due_at"])


def figures(  # noqa: PLR0913, PLR0917 - the options of a command
    branch: Branch = None,
    figure: Annotated[str | None, typer.Option("--figure", help=say("desk.only_figure"))] = None,
    from_week: Annotated[str | None, typer.Option("--from", help=say("desk.from_week"))] = None,
    until_week: Annotated[str | None, typer.Option("--until", help=say("desk.until_week"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """指标 (desk figures): what every room counts, by branch and week."""
    weeks = {"from_week": from_week, "until_week": until_week}
    asked = {"branch": branch, "figure": figure, **weeks}
    with reached(state, actor) as access:
        told = (access.get(room, "/v1/figures", access.token(), **asked) for room in ASKED)
        rows = [row for each in told for row in each["rows"]]
    rows.sort(key=lambda row: (row["branch"], row["week"], row["figure"], row["of"]))
    heads = ("branch_head", "week", "figure", "of", "value", "count")
    _tell(rows, heads, figure_line, as_json=as_json)


def figure_line(row: JsonObject) -> Sequence[str]:
    """A figure with its value as people read it, and of how many things."""
    called = say(f"desk.figure_{row['figure']}")
    value = valued(row["value"], row["unit"])
    return row["branch"], row["week"], called, row["of"], value, str(row["count"])


def valued(value: int, unit: str) -> str:
    """A value with its unit: percent, points, or days, hours or minutes, whichever it comes to."""
    if unit == "permille":
        return f"{value // 10}.{value % 10} %"
    if unit == "hundredths":
        return f"{value // 100}.{value % 100:02}"
    for name, length in (("days", 86_400), ("hours", 3_600)):
        if value >= length:
            tenths = (20 * value + length) // (2 * length)
            return say(f"desk.{name}", span=f"{tenths // 10}.{tenths % 10}")
    return say("desk.minutes", span=str((2 * value + 60) // 120))


def clocks(
    number: Annotated[str, typer.Argument(help=say("desk.number"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """时限 (desk clocks): of a ticket or a paper: when each step was due, and when it was done."""
    with reached(state, actor) as access:
        told = (access.get(room, "/v1/clocks", access.token(), number=number) for room in ASKED)
        rows = [row for each in told for row in each["rows"]]
    rows.sort(key=clock_order)
    _tell(rows, ("paper", "clock", "due", "met", "is_late"), clock_line, as_json=as_json)


def clock_order(row: JsonObject) -> tuple[bool, str, str, str]:
    """What was due first at the top; at the end what waits, and nobody was reminded of."""
    moment = row["due_at"] or row["met_at"]
    return moment is None, moment or "", row["number"], row["clock"]


def clock_line(row: JsonObject) -> Sequence[str]:
    """A step of a paper: by when it was due, when it was done, and whether that was late."""
    late = say("ticket.yes" if row["is_late"] else "ticket.no")
    return row["number"], row["clock"], _at(row["due_at"]), _at(row["met_at"]), late


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


def delegations(
    branch: Branch = None,
    deputy: Annotated[str | None, typer.Option("--deputy", help=say("desk.deputy"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """授权 (desk delegations): who stands in for whom today."""
    asked = {"branch": branch, "deputy": deputy, "in_force": True}
    with reached(state, actor) as access:
        rows = list(access.rows("intake", "/v1/delegations", **asked))
    heads = ("person", "deputy_head", "as_what", "branch_head", "from_on", "until_on")
    _tell(rows, heads, delegation_line, as_json=as_json)


def delegation_line(row: JsonObject) -> Sequence[str]:
    """A delegation: whose, to whom, as what, where and on which days."""
    as_what = ", ".join(row["as_what"])
    return (
        *(row["person"], row["deputy"], as_what),
        *(row["branch"], row["from_on"], row["until_on"]),
    )


def lent(
    branch: Branch = None, actor: Actor = "", state: State = None, as_json: Json = False
) -> None:
    """借出 (desk lent): papers of dossiers that are out, with whom and until when."""
    with reached(state, actor) as access:
        rows = list(access.rows("followup", "/v1/papers-lent", branch=branch))
    _tell(rows, ("paper", "kind", "to", "since", "due", "late"), lent_line, as_json=as_json)


def lent_line(row: JsonObject) -> Sequence[str]:
    """A paper: which, with whom, since when, until when, and whether it is late."""
    late = say("ticket.yes" if row.get("urged") else "ticket.no")
    since, due = _at(row.get("lent_at")), _at(row.get("due"))
    return row.get("number") or row["ticket"], row["kind"], row.get("to") or "", since, due, late


def complaints(
    branch: Branch = None,
    overdue: Annotated[bool, typer.Option("--overdue", help=say("desk.overdue"))] = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """投诉 (desk complaints): those that are open, with whom, and by when."""
    asked = {"branch": branch, "is_open": True, "overdue": overdue or None}
    with reached(state, actor) as access:
        rows = list(access.rows("intake", "/v1/complaints", **asked))
    heads = ("paper", "stage", "subject", "owner", "since", "due", "late")
    _tell(rows, heads, complaint_line, as_json=as_json)


def complaint_line(row: JsonObject) -> Sequence[str]:
    """A complaint: its stage, of what, whose it is, since when, by when, and whether it is late."""
    names = ("number", "stage", "subject", "owner")
    late = say("ticket.yes" if row.get("overdue") else "ticket.no")
    said = (row.get(name) or "" for name in names)
    return *said, _at(row.get("received_at")), _at(row.get("due_at")), late


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
