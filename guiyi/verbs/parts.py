"""The verb `parts load`: catalogue, opening stock and quotas of a store from a CSV file."""

import time
from dataclasses import asdict
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import reached
from guiyi.refusal import OUT_OF_REACH, WRONG, complain, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from httpx import Client

    from guiyi.access import Access
    from guiyi.parts.loader import LoadTally, Send
    from guiyi.parts.rights import Kind

DONE, STOPPED, REJECTED = 0, 3, 4
"""Exit codes, as those of `guiyi import`; 2: nothing was loaded."""


def load(  # noqa: PLR0913, PLR0917 - a file, whose store it fills, and how it is read
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("parts.file"))],
    branch: Annotated[str, typer.Option("--branch", help=say("parts.branch"))],
    actor: Actor = "",
    catalogue: Annotated[str, typer.Option("--catalogue", help=say("parts.catalogue"))] = "",
    stock: Annotated[str, typer.Option("--stock", help=say("parts.stock"))] = "",
    quota: Annotated[str, typer.Option("--quota", help=say("parts.quota"))] = "",
    encoding: Annotated[str | None, typer.Option("--encoding", help=say("parts.encoding"))] = None,
    delimiter: Annotated[
        str | None, typer.Option("--delimiter", help=say("parts.delimiter"))
    ] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help=say("parts.mapping"))] = None,
    rejects: Annotated[Path | None, typer.Option("--rejects", help=say("import.rejects"))] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """装入配件表 (parts load): every row that the part store does not have yet."""
    import httpx

    from guiyi.parts.loader import PATIENCE_S, LoadStopped, PartStore
    from guiyi.parts.loader import load as load_all
    from guiyi.parts.rights import Kind
    from guiyi.parts.sheet import open_sheet, read_map
    from guiyi.tables.faults import Unusable
    from guiyi.tables.table import Reading, shown

    path, began = rejects or file.with_name(f"{file.name}.rejects.csv"), time.monotonic()
    stopped: str | None = None
    with reached(state, actor) as access:
        if (room := access.peers.get("inventory")) is None:
            refuse("parts.no_store", OUT_OF_REACH)
        people = {Kind.CATALOGUE: catalogue, Kind.STOCK: stock, Kind.QUOTA: quota}
        try:
            renamed = read_map(mapping) if mapping else {}
            with (
                open_sheet(file, Reading(encoding, delimiter), renamed) as sheet,
                httpx.Client(base_url=room, timeout=PATIENCE_S) as client,
            ):
                _check_branch(access, people, branch)
                tokens = _tokens(access, sheet.kinds, people, branch)
                if sheet.unknown:
                    complain("parts.unknown_columns", columns=shown(sheet.unknown))
                tally = load_all(sheet, PartStore(_sending(client), tokens, branch), path)
        except Unusable as error:
            refuse("parts.wrong", WRONG, reason=error.said)
        except LoadStopped as error:
            tally, stopped = error.tally, str(error)
    _end(tally, path if tally.rejected else None, stopped, time.monotonic() - began, as_json)


def export(
    branch: Annotated[str, typer.Option("--branch", help=say("parts.branch"))],
    actor: Actor = "",
    state: State = None,
) -> None:
    """导出配件表 (parts export): a store's catalogue, stock and quotas, as a list to load."""
    import sys
    from functools import partial

    from guiyi.parts.export import export as write

    with reached(state, actor) as access:
        if access.peers.get("inventory") is None:
            refuse("parts.no_store", OUT_OF_REACH)
        write(partial(access.rows, "inventory"), branch, sys.stdout)


def _check_branch(access: "Access", people: "Mapping[Kind, str]", branch: str) -> None:
    """End the command if no branch of this code is registered, whoever may write there."""
    from guiyi.access import Answered, Away

    if access.peers.get("intake") is None:
        return
    asks = next((each for each in people.values() if each), "")
    token = access.token(who=access.acting(asks))
    try:
        access.get("intake", f"/v1/branches/{branch}", token)
    except Away:
        return  # the room of the parts may run without the room of the registers
    except Answered as error:
        if error.status != HTTPStatus.NOT_FOUND:
            raise
        refuse("parts.branch_unknown", WRONG, branch=branch)


def _tokens(
    access: "Access", kinds: "Collection[Kind]", people: "Mapping[Kind, str]", branch: str
) -> "Mapping[Kind, str]":
    """A token for each kind of command, of the person named for it. Raises LacksRight."""
    from guiyi.parts.rights import claimed

    cards = {actor: access.acting(actor) for actor in {people[kind] for kind in kinds}}
    asking = {kind: cards[people[kind]] for kind in kinds}
    roles = claimed(kinds, asking, branch)
    return {kind: access.token(roles[kind], [branch], who) for kind, who in asking.items()}


def _sending(client: "Client") -> "Send":
    return lambda path, headers, body: client.post(path, headers=headers, content=body)


def _end(
    tally: "LoadTally",
    rejects: Path | None,
    stopped: str | None,
    seconds: float,
    as_json: bool,
) -> NoReturn:
    """The counts, and how it ended."""
    if as_json:
        told = {"seconds": round(seconds, 1), "rejects": str(rejects) if rejects else None}
        print_json({**asdict(tally), **told, "stopped": stopped})
    else:
        counts = {"rows": tally.rows, "added": tally.added, "known": tally.known}
        typer.echo(say("parts.done", **counts, rejected=tally.rejected))
        for code, times in sorted(tally.reasons.items()):
            typer.echo(f"  {code} {times:,}")
        if stopped is not None:
            complain("import.stopped", reason=stopped)
        if rejects is not None:
            typer.echo(say("import.see", path=rejects))
    raise typer.Exit(STOPPED if stopped is not None else REJECTED if tally.rejected else DONE)
