"""经历 (the history of a ticket): asked of every room, put together, and drawn as a table."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from guiyi.access import Access, Answered, Away
from guiyi.plain import JsonObject
from guiyi.speech import language, say

if TYPE_CHECKING:
    from rich.console import Console

NOT_FOUND = 404
BY_WIDTH = 14
HASH_OR_MOMENT = re.compile(r"[0-9a-f]{64}|\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")


def told_by_rooms(access: Access, ticket: str) -> tuple[list[JsonObject], list[str]]:
    """A ticket's facts from every room, merged by recorded_at, and the rooms that are away."""
    steps, away = rows_of_rooms(access, ticket, "history", access.token())
    steps.sort(key=lambda step: (step["recorded_at"], step["room"], step["seq"]))
    return steps, away


def rows_of_rooms(
    access: Access, ticket: str, what: str, token: str
) -> tuple[list[JsonObject], list[str]]:
    """What every room has of a ticket, and the rooms that are away."""
    rows: list[JsonObject] = []
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
    ticket: str, steps: Sequence[JsonObject], console: "Console | None" = None
) -> None:
    """A ticket's facts as a table, a line each; `--json` has all of it."""
    from rich.console import Console
    from rich.table import Table

    columns = {
        "occurred": [local_time(step["occurred_at"]) for step in steps],
        "recorded": [local_time(step["recorded_at"]) for step in steps],
        "room": [str(step["room"]) for step in steps],
        "what": [str(step[language()]) for step in steps],
        "by": [str(step["actor"]) for step in steps],
        "detail": [detail(step, ticket) for step in steps],
    }
    if columns["occurred"] == columns["recorded"]:
        del columns["recorded"]  # no fact was recorded late
    title = ticket
    if len(rooms := {*columns["room"]}) == 1:
        title = f"{ticket} · {rooms.pop()}"
        del columns["room"]
    table = Table(title=title, box=None, title_justify="left", pad_edge=False, expand=True)
    for column in columns:
        width = BY_WIDTH if column == "by" else None
        ratio = 1 if column == "detail" else None  # the width that the others leave
        table.add_column(say(f"ticket.{column}"), no_wrap=True, max_width=width, ratio=ratio)
    for row in zip(*columns.values(), strict=True):
        table.add_row(*row)
    (console or Console(highlight=False)).print(table)


def detail(step: JsonObject, ticket: str) -> str:
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


def local_time(moment: str) -> str:
    """A moment as the clock of this machine showed it."""
    return datetime.fromisoformat(moment).astimezone().strftime("%y-%m-%d %H:%M")
