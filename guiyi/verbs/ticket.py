"""The verbs `ticket list`, `show`, `history` and `papers`: what the rooms say about tickets."""

import json
from collections.abc import Sequence
from typing import Annotated, NoReturn
from urllib.parse import quote

import typer

from guiyi.history import local_time, print_history, rows_of_rooms, told_by_rooms
from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.refusal import FAILED, OUT_OF_REACH, complain
from guiyi.speech import language, say

Open = Annotated[bool, typer.Option("--open", help=say("ticket.only_open"))]
Ticket = Annotated[str, typer.Argument(metavar="TICKET", help=say("ticket.ticket"))]


def list_(  # noqa: PLR0913, PLR0917 - the filters of a desk
    branch: Annotated[str | None, typer.Option("--branch", help=say("ticket.branch"))] = None,
    stage: Annotated[str | None, typer.Option("--stage", help=say("ticket.stage"))] = None,
    only_open: Open = False,
    machine: Annotated[str | None, typer.Option("--machine", help=say("ticket.machine"))] = None,
    serial: Annotated[str | None, typer.Option("--serial", help=say("ticket.serial"))] = None,
    customer: Annotated[str | None, typer.Option("--customer", help=say("ticket.customer"))] = None,
    region: Annotated[str | None, typer.Option("--region", help=say("ticket.region"))] = None,
    from_on: Annotated[str | None, typer.Option("--from", help=say("ticket.from_on"))] = None,
    until_on: Annotated[str | None, typer.Option("--until", help=say("ticket.until_on"))] = None,
    newest_first: Annotated[
        bool, typer.Option("--newest-first", help=say("ticket.newest_first"))
    ] = False,
    limit: Annotated[int, typer.Option("--limit", min=1, max=200, help=say("ticket.limit"))] = 50,
    after: Annotated[str | None, typer.Option("--after", help=say("ticket.after"))] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """单据列表 (ticket list): tickets as intake's view has them, page by page."""
    with reached(state, actor) as access:
        page = access.get(
            "intake",
            "/v1/tickets",
            access.token(),
            branch=branch,
            state=stage,
            is_open=True if only_open else None,
            machine=machine,
            serial_no=serial,
            customer=customer,
            region=region,
            from_on=from_on,
            until_on=until_on,
            newest_first=True if newest_first else None,
            limit=limit,
            after=after,
        )
    if as_json:
        print_json(page)
        return
    print_rows(page["rows"])
    if page.get("next"):
        typer.echo(say("ticket.more", after=page["next"]))


def find(
    phone: Annotated[str | None, typer.Option("--phone", help=say("ticket.phone"))] = None,
    name: Annotated[str | None, typer.Option("--name", help=say("ticket.name"))] = None,
    only_open: Open = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """单据查找 (ticket find): tickets of a whole phone number or a whole name."""
    sought = {"phone": phone, "name": name}
    body = {each: text for each, text in sought.items() if text is not None}
    is_open = "true" if only_open else None
    with reached(state, actor) as access:
        rows = list(access.found("intake", "/v1/ticket-lookups", body, is_open=is_open))
    if as_json:
        print_json({"rows": rows})
        return
    print_rows(rows)


def show(ticket: Ticket, actor: Actor = "", state: State = None, as_json: Json = False) -> None:
    """单据 (ticket show): one ticket as intake's view has it."""
    with reached(state, actor) as access:
        row = access.get("intake", f"/v1/tickets/{quote(ticket, safe='')}", access.token())
    if as_json:
        print_json(row)
        return
    _print_card(row)


def history(ticket: Ticket, actor: Actor = "", state: State = None, as_json: Json = False) -> None:
    """单据经历 (ticket history): every fact of a ticket in every room, as it was recorded."""
    with reached(state, actor) as access:
        steps, away = told_by_rooms(access, ticket)
    if as_json:
        print_json({"ticket": ticket, "steps": steps, "away": away})
    else:
        print_history(ticket, steps)
    _end(ticket, steps, away, as_json=as_json)


def papers(
    ticket: Ticket,
    actor: Actor = "",
    role: Annotated[list[str] | None, typer.Option("--role", help=say("token.role"))] = None,
    branch: Annotated[list[str] | None, typer.Option("--branch", help=say("token.branch"))] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """单据页 (ticket papers): a ticket's papers in every room, and what may be done next."""
    with reached(state, actor) as access:
        token = access.token(role or (), branch or ())
        rows, away = rows_of_rooms(access, ticket, "papers", token)
    if as_json:
        print_json({"ticket": ticket, "papers": rows, "away": away})
    else:
        _print_papers(rows)
    _end(ticket, rows, away, as_json=as_json)


def _end(
    ticket: str, rows: Sequence[JsonObject], away: Sequence[str], *, as_json: bool
) -> NoReturn:
    """Name the rooms that did not answer, and say if no room has anything of the ticket."""
    for room in away if not as_json else ():
        complain("ticket.away", room=room)
    if not rows:
        complain("ticket.none", ticket=ticket)
    raise typer.Exit(OUT_OF_REACH if away else 0 if rows else FAILED)


def print_rows(rows: Sequence[JsonObject]) -> None:
    """A line for each ticket of a list."""
    if not rows:
        typer.echo(say("ticket.no_rows"))
        return
    heads = ("ticket", "state", "open", "branch", "owner", "facts", "changed")
    cells = [
        (
            row["ticket"],
            row["state"],
            say("ticket.yes" if row["is_open"] else "ticket.no"),
            row["branch"],
            row["owner"] or "",
            str(row["facts"]),
            local_time(row["changed_at"]),
        )
        for row in rows
    ]
    print_table([f"ticket.{head}" for head in heads], cells, wraps=["ticket.state"])


def _print_papers(rows: Sequence[JsonObject]) -> None:
    """Each paper with its state; below it what may be done next, and why other steps may not."""
    from rich.console import Console
    from rich.markup import escape

    console, spoken = Console(highlight=False), language()
    for row in rows:
        console.print(f"[bold]{row[spoken]}[/] {escape(row['number'])} · {row['stage']}")
        if (broken := row.get("broken")) is not None:
            console.print(f"  {escape(broken[spoken])}", style="red")
        for step in row["next"]:
            mark = "[green]✓[/]" if step["allowed"] else "·"
            why = "; ".join(reason[spoken] for reason in step["reasons"])
            console.print(f"  {mark} {escape(step[spoken])}", style=None if not why else "dim")
            if why:
                console.print(f"      {escape(why)}", style="dim")
            if names := [each["name"] or each["person"] for each in step["who"] if each["person"]]:
                console.print(f"      → {escape(', '.join(names))}", style="dim")


def _print_card(row: JsonObject) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, show_header=False)
    for name, value in row.items():
        shown = json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value
        table.add_row(name, "" if value is None else str(shown))
    Console(highlight=False).print(table)
