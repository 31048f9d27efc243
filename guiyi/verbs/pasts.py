"""The verbs `machines history` and `customers history`: what there was, the newest first."""

from collections.abc import Iterator, Sequence
from typing import Annotated
from urllib.parse import quote

import typer

from guiyi.access import Access, Answered
from guiyi.history import local_time
from guiyi.options import Actor, Json, State
from guiyi.output import print_json, print_table
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.refusal import complain
from guiyi.speech import say

MAY_NOT = 403
Machine = Annotated[str, typer.Argument(metavar="MACHINE", help=say("pasts.machine"))]
Customer = Annotated[str, typer.Argument(metavar="CUSTOMER", help=say("pasts.customer"))]


def of_machine(
    number: Machine, actor: Actor = "", state: State = None, as_json: Json = False
) -> None:
    """设备经历 (machines history): tickets and complaints of a machine, also by its serial number.

    A ticket that names the serial number alone is of the machine if it names no other.
    """
    with reached(state, actor) as access:
        path = f"/v1/machines/{quote(number, safe='')}"
        serial = access.get("intake", path, access.token())["serial_no"]
        found = list(_tickets(access, machine=number))
        if serial:
            by_serial = _tickets(access, serial_no=serial)
            found += [row for row in by_serial if row["machine"] is None]
        complained = _complaints(access, machine=number)
    _tell(found, complained, as_json=as_json)


def of_customer(
    number: Customer, actor: Actor = "", state: State = None, as_json: Json = False
) -> None:
    """用户经历 (customers history): tickets and complaints of a customer."""
    with reached(state, actor) as access:
        found = list(_tickets(access, customer=number))
        complained = _complaints(access, customer=number)
    _tell(found, complained, as_json=as_json)


def _tickets(access: Access, **asked: str) -> Iterator[JsonObject]:
    return access.rows("intake", "/v1/tickets", **asked)


def _complaints(access: Access, **asked: str) -> Sequence[JsonObject] | None:
    """None: whoever asks may not read complaints."""
    try:
        return list(access.rows("intake", "/v1/complaints", **asked))
    except Answered as answer:
        if answer.status != MAY_NOT:
            raise
        return None


def _tell(
    tickets: Sequence[JsonObject], complaints: Sequence[JsonObject] | None, *, as_json: bool
) -> None:
    if as_json:
        print_json({"tickets": tickets, "complaints": complaints})
        return
    if complaints is None:
        complain("pasts.no_complaints")
    lines = sorted(past_lines(tickets, complaints or ()), reverse=True)
    if not lines:
        typer.echo(say("pasts.nothing"))
        return
    heads = ("received", "paper", "state", "ended", "what")
    told = [(local_time(received), *cells) for received, *cells in lines]
    print_table([f"pasts.{head}" for head in heads], told)


def past_lines(
    tickets: Sequence[JsonObject], complaints: Sequence[JsonObject]
) -> Iterator[tuple[str, ...]]:
    """A line for each paper: when it came, its number, where it stands, how it ended, of what."""
    for row in tickets:
        what = row.get("fault_description") or ""
        yield row["received_at"], row["ticket"], row["state"], row.get("ending") or "", what
    for row in complaints:
        subject = row.get("subject") or ""
        yield row["received_at"], row["number"], row["stage"], row.get("ending") or "", subject
