"""The verb `openings`: who had hidden texts shown to them, whose, when and why."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.options import Actor, Json, State, room_named
from guiyi.output import print_json, print_table
from guiyi.reach import reached
from guiyi.refusal import WRONG, complain, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from guiyi.access import Access
    from shared.record.openings import NotedOpening, OpeningsWanted

MOST = 1_000
SINCE = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z"]


def openings(  # noqa: PLR0913, PLR0917 - which of them, how many, and who asks
    room: Annotated[
        list[str] | None, typer.Option("--room", metavar="ROOM", help=say("openings.rooms"))
    ] = None,
    ticket: Annotated[
        str, typer.Option("--ticket", metavar="NUMBER", help=say("openings.ticket"))
    ] = "",
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help=say("openings.by"))] = "",
    since: Annotated[
        datetime | None, typer.Option("--since", formats=SINCE, help=say("openings.since"))
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", min=1, max=MOST, help=say("openings.limit"))
    ] = 100,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """查看记录 (openings): the newest first, of all rooms together."""
    from shared.record.openings import OpeningsWanted

    moment = since.astimezone() if since is not None else None
    with reached(state, actor) as access:
        _may_read(access)
        rooms = [room_named(each) for each in room or access.rooms]
        whom = _subjects(access, ticket) if ticket else None
        wanted = OpeningsWanted(by or None, moment, whom, limit + 1)
        found = [(each, one) for each in rooms for one in _listed(access, each, wanted)]
    found.sort(key=lambda line: line[1].at, reverse=True)
    _show(found[:limit], as_json=as_json, is_cut=len(found) > limit)


def _may_read(access: "Access") -> None:
    """They are not divided by branch, so whoever reads them has all branches."""
    from shared.events.values import ALL_BRANCHES, Role

    roles = {Role.AUDITOR.value, Role.OPERATOR.value}
    access.acting().needs(roles, ALL_BRANCHES)


def _subjects(access: "Access", ticket: str) -> Sequence[str]:
    """Whose texts stand on the papers of a ticket, in any room."""
    from shared.record.openings import subjects_of

    found: set[str] = set()
    for each in access.rooms:
        found |= {*subjects_of(_owner_url(access, each), ticket)}
    return sorted(found)


def _listed(access: "Access", room: str, wanted: "OpeningsWanted") -> "Sequence[NotedOpening]":
    from shared.record.openings import listed

    return listed(_owner_url(access, room), wanted)


def _owner_url(access: "Access", room: str) -> str:
    """No process reads the openings, so only the owner's login can."""
    if not (url := access.settings(room).owner_url):
        refuse("openings.no_owner", WRONG, setting=f"{room.upper()}_OWNER_URL")
    return url


def _show(found: "Sequence[tuple[str, NotedOpening]]", *, as_json: bool, is_cut: bool) -> None:
    if as_json:
        print_json({"rows": [{"room": r, **asdict(each)} for r, each in found], "cut": is_cut})
        return
    if not found:
        typer.echo(say("openings.none"))
        return
    rows = [
        (f"{e.at:%Y-%m-%d %H:%M:%S}", room, e.actor, e.reason, ", ".join(e.whom), e.request)
        for room, e in found
    ]
    heads = ("at", "room", "actor", "reason", "whom", "request")
    print_table([f"openings.{head}" for head in heads], rows)
    if is_cut:
        complain("openings.cut", most=len(found))
