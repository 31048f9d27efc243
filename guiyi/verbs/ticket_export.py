"""The verb `ticket export`: tickets of a selection as a file and a map for `guiyi import`."""

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.plain import JsonObject
from guiyi.reach import reached
from guiyi.refusal import WRONG, complain, refuse
from guiyi.speech import language, say

if TYPE_CHECKING:
    from guiyi.access import Access
    from guiyi.legacy.export import Step

OWN = "guiyi"
"""The source under which our own tickets are read back."""
_RENEWED_S = 240.0
"""A token is made anew so often: it is valid for ten minutes, an export may last longer."""


@dataclass(frozen=True, slots=True)
class Selection:
    """选取: which tickets are written."""

    branch: str
    source: str | None
    """The desk they were imported from; None: our own."""
    since: datetime | None
    until: datetime | None
    numbers: frozenset[str]

    def has(self, row: JsonObject) -> bool:
        """Whether a row of the list is of a ticket that is wanted."""
        received = datetime.fromisoformat(row["received_at"])
        return (
            row["source"] == self.source
            and (self.since is None or received >= self.since)
            and (self.until is None or received < self.until)
        )


class Asking:
    """询问: asks rooms for as long as it takes; texts are opened for a reason."""

    def __init__(self, access: "Access", because: str) -> None:
        self._access, self._who = access, access.acting()
        self._opening = {"open": "true", "because": because} if because else {}
        self._token, self._until = "", 0.0

    def get(self, room: str, path: str, **asked: str | int | None) -> JsonObject:
        """What a room answers. Raises Answered, Away."""
        if time.monotonic() > self._until:
            self._token = self._access.token(who=self._who)
            self._until = time.monotonic() + _RENEWED_S
        return self._access.get(room, path, self._token, **asked)

    def rows(self, wanted: Selection) -> Iterator[JsonObject]:
        """The tickets that are wanted, as the list has them; personal texts masked."""
        if wanted.numbers:
            for number in sorted(wanted.numbers):
                yield self.get("intake", f"/v1/tickets/{quote(number, safe='')}")
            return
        after: str | None = None
        while True:
            page = self.get(
                "intake",
                "/v1/tickets",
                branch=wanted.branch,
                source=wanted.source,
                limit=200,
                after=after,
            )
            yield from filter(wanted.has, page["rows"])
            if (after := page.get("next")) is None:
                return

    def ticket(self, number: str) -> JsonObject:
        """One ticket of the list, its personal texts opened by right or for the reason."""
        return self.get("intake", f"/v1/tickets/{quote(number, safe='')}", **self._opening)

    def facts(self, number: str, rooms: Sequence[str]) -> Sequence[JsonObject]:
        """What these rooms have of a ticket. Raises Answered, Away: half of it is not written."""
        from guiyi.access import Answered

        found: list[JsonObject] = []
        for room in rooms:
            path = f"/v1/tickets/{quote(number, safe='')}/history"
            try:
                found += self.get(room, path, **self._opening)["rows"]
            except Answered as error:
                if error.status not in _NOT_THERE:
                    raise
        return found


_NOT_THERE = (403, 404)
"""A room that has nothing of the ticket, or nothing for whoever asks."""


def export(  # noqa: PLR0913, PLR0917 - a file, which tickets, by whom and why
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("ticket.out"))],
    branch: Annotated[str, typer.Option("--branch", help=say("ticket.export_branch"))],
    source: Annotated[str | None, typer.Option("--source", help=say("ticket.source"))] = None,
    since: Annotated[str | None, typer.Option("--since", help=say("ticket.since"))] = None,
    until: Annotated[str | None, typer.Option("--until", help=say("ticket.until"))] = None,
    ticket: Annotated[list[str] | None, typer.Option("--ticket", help=say("ticket.only"))] = None,
    because: Annotated[str, typer.Option("--because", help=say("lists.because"))] = "",
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """导出单据 (ticket export): tickets as rows that `guiyi import` reads back equal."""
    from guiyi.legacy.export import write

    wanted = Selection(branch, source, _moment(since), _moment(until), frozenset(ticket or ()))
    mapping = file.with_suffix(".toml")
    with reached(state, actor) as access:
        tickets = told(Asking(access, because.strip()), wanted, list(access.peers))
        try:
            with _own_file(file) as out:
                tally, text = write(tickets, out, source or OWN, branch, language())
            mapping.write_text(text, "utf-8")
        except OSError as error:
            refuse("ticket.not_written", WRONG, reason=error)
    if as_json:
        print_json({**asdict(tally), "file": str(file), "mapping": str(mapping)})
        return
    if tally.hidden:
        complain("lists.masked", columns=", ".join(tally.hidden))
    counts = {"tickets": tally.tickets, "rows": tally.rows}
    typer.echo(say("ticket.exported", **counts, file=file, mapping=mapping))


def told(asking: Asking, wanted: Selection, rooms: Sequence[str]) -> "Iterator[Sequence[Step]]":
    """The steps of every ticket that is wanted, ticket by ticket."""
    from guiyi.legacy.export import imported_steps, own_steps

    for row in asking.rows(wanted):
        number = row["ticket"]
        if row["source"] is not None:
            yield [*imported_steps(asking.facts(number, ["intake"]))]
        else:
            facts = asking.facts(number, rooms)
            yield [*own_steps(asking.ticket(number), facts, language())]


def _own_file(file: Path) -> TextIOWrapper:
    """A file that only its owner reads: it may hold what is personal. Raises OSError."""
    place = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.fchmod(place, 0o600)
    return os.fdopen(place, "w", encoding="utf-8", newline="")


def _moment(text: str | None) -> datetime | None:
    """The moment that a day or a moment means; a day begins in the time zone of this machine."""
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        refuse("ticket.no_moment", WRONG, text=text)
