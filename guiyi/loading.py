"""装入一张表 (loading a list): from the words of a verb to its end.

Rights and the branch are looked at before anything is written.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from guiyi.output import print_json
from guiyi.reach import reached
from guiyi.refusal import OUT_OF_REACH, WRONG, complain, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from guiyi.access import Access
    from guiyi.lists.kinds import Kind, ListKind
    from guiyi.lists.loader import LoadTally
    from guiyi.lists.room import ListRoom
    from guiyi.lists.sheet import Sheet

DONE, STOPPED, REJECTED = 0, 3, 4
"""Exit codes, as those of `guiyi import`; 2: nothing was loaded."""


@dataclass(frozen=True, slots=True)
class Loading:
    """装入: what a person says of a list, by whom it is loaded, and how it is read."""

    file: Path
    branch: str
    actor: str
    people: Mapping[str, str]
    """Who gives each kind of command; whom it does not name, `actor` stands for."""
    encoding: str | None
    delimiter: str | None
    mapping: Path | None
    rejects: Path | None
    state: Path | None


@dataclass(frozen=True, slots=True)
class Ended:
    """结果: how a loading ended."""

    rejects: Path | None
    stopped: str | None
    seconds: float
    is_dry: bool


def run(of: str, how: Loading, *, dry_run: bool, as_json: bool) -> NoReturn:
    """Load a list, or only read it; say what became of its rows, and exit."""
    from guiyi.lists.loader import LoadStopped
    from guiyi.tables.faults import Unusable

    path, began = (
        how.rejects or how.file.with_name(f"{how.file.name}.rejects.csv"),
        time.monotonic(),
    )
    stopped: str | None = None
    try:
        tally = _loaded(_list_of(of), how, None if dry_run else path)
    except Unusable as error:
        refuse("lists.wrong", WRONG, reason=error.said)
    except LoadStopped as error:
        tally, stopped = error.tally, str(error)
    written = path if tally.rejected and not dry_run else None
    _end(tally, Ended(written, stopped, time.monotonic() - began, dry_run), as_json=as_json)


def _list_of(name: str) -> "ListKind":
    from guiyi.lists.cards import CARDS
    from guiyi.lists.parts import PARTS

    return CARDS.get(name, PARTS)


def _loaded(of: "ListKind", how: Loading, rejects: Path | None) -> "LoadTally":
    """Load it; without a place for rejects only read it. Raises Unusable, LoadStopped."""
    from guiyi.lists.columns import NO_MAP, read_map
    from guiyi.lists.loader import load
    from guiyi.lists.sheet import open_sheet
    from guiyi.tables.table import Reading

    named = read_map(how.mapping, of.headings) if how.mapping else NO_MAP
    with open_sheet(how.file, of, Reading(how.encoding, how.delimiter), named) as sheet:
        if rejects is None:
            _tell_left(sheet)
            return load(sheet, how.branch, None, None)
        with _room(how, sheet) as room:
            _tell_left(sheet)
            return load(sheet, how.branch, room, rejects)


def _tell_left(sheet: "Sheet") -> None:
    """Say what of the file is not read."""
    from guiyi.tables.table import shown

    if sheet.table.others:
        complain("lists.other_sheets", sheets=shown(sheet.table.others))
    if sheet.unknown:
        complain("lists.unknown_columns", columns=shown(sheet.unknown))


@contextmanager
def _room(how: Loading, sheet: "Sheet") -> "Iterator[ListRoom]":
    """The room of the list, asked by those who may give its commands."""
    import httpx

    from guiyi.lists.room import PATIENCE_S, ListRoom

    with reached(how.state, how.actor) as access:
        if (url := access.peers.get(sheet.of.room)) is None:
            refuse("lists.no_room", OUT_OF_REACH, room=sheet.of.room)
        _check_branch(access, how)
        tokens = _tokens(access, sheet, how)
        with httpx.Client(base_url=url, timeout=PATIENCE_S) as client:
            yield ListRoom(
                lambda method, path, headers, body: client.request(
                    method, path, headers=headers, content=body
                ),
                tokens,
                how.branch,
            )


def _check_branch(access: "Access", how: Loading) -> None:
    """End the command if no branch of this code is registered, whoever may write there."""
    from guiyi.access import Answered, Away

    if not how.branch or access.peers.get("intake") is None:
        return
    asks = next((each for each in how.people.values() if each), "")
    token = access.token(who=access.acting(asks))
    try:
        access.get("intake", f"/v1/branches/{how.branch}", token)
    except Away:
        return  # the room of the parts may run without the room of the registers
    except Answered as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        refuse("lists.branch_unknown", WRONG, branch=how.branch)


def _tokens(access: "Access", sheet: "Sheet", how: Loading) -> "Mapping[Kind, str]":
    """A token for each kind of command, of the person named for it. Raises LacksRight."""
    from guiyi.lists.rights import claimed

    named = {kind: how.people.get(kind, "") for kind in sheet.kinds}
    cards = {actor: access.acting(actor) for actor in set(named.values())}
    asking = {kind: cards[actor] for kind, actor in named.items()}
    branches = [how.branch] if sheet.of.one_branch else []
    roles = claimed(sheet.of.needed(), sheet.kinds, asking, how.branch or None)
    return {kind: access.token(roles[kind], branches, who) for kind, who in asking.items()}


def _end(tally: "LoadTally", ended: Ended, *, as_json: bool) -> NoReturn:
    """The counts, and how it ended."""
    if as_json:
        rejects = str(ended.rejects) if ended.rejects else None
        told = {"seconds": round(ended.seconds, 1), "rejects": rejects, "dry_run": ended.is_dry}
        # `asdict` spoils a Counter before Python 3.12.
        counts = asdict(tally) | {"reasons": dict(tally.reasons)}
        print_json({**counts, **told, "stopped": ended.stopped})
    else:
        _say(tally, ended)
    code = REJECTED if tally.rejected else DONE
    raise typer.Exit(STOPPED if ended.stopped is not None else code)


def _say(tally: "LoadTally", ended: Ended) -> None:
    counts = asdict(tally)
    del counts["reasons"]
    typer.echo(say("lists.looked" if ended.is_dry else "lists.done", **counts))
    for code, times in sorted(tally.reasons.items()):
        typer.echo(f"  {code} {times:,}")
    if ended.stopped is not None:
        complain("import.stopped", reason=ended.stopped)
    if ended.rejects is not None:
        typer.echo(say("import.see", path=ended.rejects))
