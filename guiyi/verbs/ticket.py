"""The verbs `ticket list`, `show`, `history` and `papers`: what the rooms tell of tickets."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

import typer

from guiyi.speech import language, say
from guiyi.verbs.access import Access, Answered, Away
from guiyi.verbs.reach import reached
from guiyi.verbs.refusing import FAILED, OUT_OF_REACH, complain
from guiyi.verbs.stack import Json, State
from shared.token import ALL_BRANCHES

if TYPE_CHECKING:
    from rich.console import Console

NOT_FOUND = 404
BY_WIDTH = 14
HASH_OR_MOMENT = re.compile(r"[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")
Ticket = Annotated[str, typer.Argument(metavar="TICKET", help=say("ticket.ticket"))]


def mount(app: typer.Typer) -> None:
    """Add these verbs."""
    group = typer.Typer(help=say("ticket.help"), no_args_is_help=True)
    group.command("list", help=say("ticket.list_help"))(list_)
    group.command("show", help=say("ticket.show_help"))(show)
    group.command("history", help=say("ticket.history_help"))(history)
    group.command("papers", help=say("ticket.papers_help"))(papers)
    app.add_typer(group, name="ticket")


def list_(  # noqa: PLR0913, PLR0917 - the filters of a desk
    branch: Annotated[str | None, typer.Option("--branch", help=say("ticket.branch"))] = None,
    stage: Annotated[str | None, typer.Option("--stage", help=say("ticket.stage"))] = None,
    only_open: Annotated[bool, typer.Option("--open", help=say("ticket.only_open"))] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help=say("ticket.limit"))] = 50,
    after: Annotated[str | None, typer.Option("--after", help=say("ticket.after"))] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """单据列表 (ticket list): tickets as intake's view has them, page by page."""
    with reached(state) as access:
        page = access.get(
            "intake",
            "/v1/tickets",
            access.token(),
            branch=branch,
            state=stage,
            is_open=True if only_open else None,
            limit=limit,
            after=after,
        )
    if as_json:
        typer.echo(json.dumps(page, ensure_ascii=False))
        return
    _print_rows(page["rows"])
    if page.get("next"):
        typer.echo(say("ticket.more", after=page["next"]))


def show(ticket: Ticket, state: State = None, as_json: Json = False) -> None:
    """单据 (ticket show): one ticket as intake's view has it."""
    with reached(state) as access:
        row = access.get("intake", f"/v1/tickets/{quote(ticket, safe='')}", access.token())
    if as_json:
        typer.echo(json.dumps(row, ensure_ascii=False))
        return
    _print_card(row)


def history(ticket: Ticket, state: State = None, as_json: Json = False) -> None:
    """单据经历 (ticket history): every fact of a ticket in every room, as it was recorded."""
    with reached(state) as access:
        steps, away = told_by_rooms(access, ticket)
    if as_json:
        typer.echo(json.dumps({"ticket": ticket, "steps": steps, "away": away}, ensure_ascii=False))
    else:
        print_history(ticket, steps)
        for room in away:
            complain("ticket.away", room=room)
    if not steps:
        complain("ticket.none", ticket=ticket)
    raise typer.Exit(OUT_OF_REACH if away else 0 if steps else FAILED)


def papers(
    ticket: Ticket,
    actor: Annotated[str, typer.Option("--actor", help=say("token.actor"))] = "operator",
    role: Annotated[list[str] | None, typer.Option("--role", help=say("token.role"))] = None,
    branch: Annotated[list[str] | None, typer.Option("--branch", help=say("token.branch"))] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """单据页 (ticket papers): a ticket's papers in every room, and what may be done next."""
    with reached(state) as access:
        token = access.token(actor, role or ["auditor"], branch or [ALL_BRANCHES])
        rows, away = _of_rooms(access, ticket, "papers", token)
    if as_json:
        typer.echo(json.dumps({"ticket": ticket, "papers": rows, "away": away}, ensure_ascii=False))
    else:
        _print_papers(rows)
        for room in away:
            complain("ticket.away", room=room)
    if not rows:
        complain("ticket.none", ticket=ticket)
    raise typer.Exit(OUT_OF_REACH if away else 0 if rows else FAILED)


def told_by_rooms(access: Access, ticket: str) -> tuple[list[dict[str, Any]], list[str]]:
    """A ticket's facts from every room, merged by recorded_at, and the rooms that are away."""
    steps, away = _of_rooms(access, ticket, "history", access.token())
    steps.sort(key=lambda step: (step["recorded_at"], step["room"], step["seq"]))
    return steps, away


def _of_rooms(
    access: Access, ticket: str, what: str, token: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """What every room has of a ticket, and the rooms that are away."""
    rows: list[dict[str, Any]] = []
    away: list[str] = []
    path = f"/v1/tickets/{quote(ticket, safe='')}/{what}"
    for room in access.peers:
        try:
            rows += access.get(room, path, token)["rows"]
        except Away:
            away.append(room)
        except Answered as error:
            if error.status != NOT_FOUND:
                raise
    return rows, away


def print_history(
    ticket: str, steps: Sequence[Mapping[str, Any]], console: "Console | None" = None
) -> None:
    """A ticket's facts as a table, a line each; `--json` has all of it."""
    from rich.console import Console
    from rich.table import Table

    columns = {
        "occurred": [_local(step["occurred_at"]) for step in steps],
        "recorded": [_local(step["recorded_at"]) for step in steps],
        "room": [str(step["room"]) for step in steps],
        "what": [str(step[language()]) for step in steps],
        "by": [str(step["actor"]) for step in steps],
        "detail": [detail(step, ticket) for step in steps],
    }
    if columns["occurred"] == columns["recorded"]:
        del columns["recorded"]  # nothing was told late
    title = ticket
    if len(rooms := {*columns["room"]}) == 1:
        title = f"{ticket} · {rooms.pop()}"
        del columns["room"]
    table = Table(title=title, box=None, title_justify="left", pad_edge=False, expand=True)
    for column in columns:
        width = BY_WIDTH if column == "by" else None
        ratio = 1 if column == "detail" else None  # whatever room the others leave
        table.add_column(say(f"ticket.{column}"), no_wrap=True, max_width=width, ratio=ratio)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    (console or Console(highlight=False)).print(table)


def detail(step: Mapping[str, Any], ticket: str) -> str:
    """The short words of a fact that no other column says; `--json` has the rest."""
    from shared.personal.seal import HIDDEN

    told = (step["actor"], step["branch"], HIDDEN, *ticket.split("-", 1))
    words: list[str] = []
    for value in step["data"].values():
        for each in value if isinstance(value, list) else [value]:
            fresh = isinstance(each, str) and each not in (*told, *words)
            if fresh and not (ticket in each or HASH_OR_MOMENT.fullmatch(each)):
                words.append(each)
    return ", ".join(words)


def _local(moment: str) -> str:
    return datetime.fromisoformat(moment).astimezone().strftime("%y-%m-%d %H:%M")


def _print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    if not rows:
        typer.echo(say("ticket.no_rows"))
        return
    table = Table(box=None, pad_edge=False)
    for column in ("ticket", "state", "open", "branch", "owner", "facts", "changed"):
        table.add_column(say(f"ticket.{column}"), no_wrap=column != "state", overflow="fold")
    for row in rows:
        table.add_row(
            row["ticket"],
            row["state"],
            say("ticket.yes" if row["is_open"] else "ticket.no"),
            row["branch"],
            row["owner"] or "",
            str(row["facts"]),
            _local(row["changed_at"]),
        )
    Console(highlight=False).print(table)


def _print_papers(rows: Sequence[Mapping[str, Any]]) -> None:
    """Each paper with its state, and under it what might be done next, or why it may not."""
    from rich.console import Console
    from rich.markup import escape

    console, spoken = Console(highlight=False), language()
    for row in rows:
        console.print(f"[bold]{row[spoken]}[/] {escape(row['number'])} · {row['stage']}")
        for step in row["next"]:
            mark = "[green]✓[/]" if step["allowed"] else "·"
            why = "; ".join(reason[spoken] for reason in step["reasons"])
            console.print(f"  {mark} {escape(step[spoken])}", style=None if not why else "dim")
            if why:
                console.print(f"      {escape(why)}", style="dim")


def _print_card(row: Mapping[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False)
    for name, value in row.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        table.add_row(name, "" if value is None else str(shown))
    Console(highlight=False).print(table)
