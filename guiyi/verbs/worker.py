"""The verbs of the workers: `lag`, `parked list|show|retry|discard`, `rebuild`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.because import reasoned
from guiyi.options import Actor, Json, RoomName, State, Why, room_named
from guiyi.output import print_json, print_table
from guiyi.reach import looked_into, operated
from guiyi.refusal import FAILED, WRONG, complain, refuse
from guiyi.rooms import wiring
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.rebuild.rebuild import Rebuilt
    from shared.worker.retry import DeadLetterQueue

Line = Annotated[int, typer.Argument(metavar="ID", help=say("parked.id"))]


def lag(
    room: Annotated[str | None, typer.Argument(metavar="[ROOM]", help=say("guiyi.room"))] = None,
    state: State = None,
    as_json: Json = False,
) -> None:
    """滞后 (lag): how far every consumer is behind, in facts and in seconds."""
    from guiyi.lag import room_lags

    named = [room_named(room)] if room else []
    with looked_into(state) as access:
        names = named or access.rooms
        found = {name: room_lags(wiring(name), access.settings(name)) for name in names}
    if as_json:
        rounded = {
            name: [replace(lag, seconds=round(lag.seconds, 3)) for lag in lags]
            for name, lags in found.items()
        }
        print_json(rounded)
        return
    rows = [
        (name, lag.consumer, f"{lag.facts:,}", f"{lag.seconds:.1f}")
        for name, lags in found.items()
        for lag in lags
    ]
    print_table(("lag.room", "lag.consumer", "lag.facts", "lag.seconds"), rows)


def rebuild(  # noqa: PLR0913, PLR0917 - what is built, and who swaps it, and why
    room: RoomName,
    view: Annotated[str, typer.Argument(metavar="VIEW", help=say("rebuild.view"))],
    swap: Annotated[bool, typer.Option("--swap", help=say("rebuild.swap"))] = False,
    because: Why = "",
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """重建 (rebuild): build a view again from the beginning of the journal and compare it."""
    from shared.rebuild.comparison import RebuildRuns
    from shared.rebuild.rebuild import rebuild as build

    known = wiring(room_named(room))
    if view not in {each.NAME for each in known.views}:
        names = ", ".join(each.NAME for each in known.views)
        refuse("rebuild.no_view", WRONG, room=room, view=view, views=names)
    why = reasoned(actor, because) if swap else None
    with operated(state, actor) as access, _progress(quiet=as_json) as tell:
        try:
            made = build(known, access.settings(room), view, swap=swap, say=tell, because=why)
        except RebuildRuns:
            refuse("rebuild.runs", FAILED, view=view)
    if as_json:
        print_json(asdict(made) | {"equal": made.equal})
    else:
        _say_rebuilt(made)
    raise typer.Exit(0 if made.equal or made.swapped else FAILED)


def list_(
    room: RoomName,
    discarded: Annotated[bool, typer.Option("--discarded", help=say("parked.discarded"))] = False,
    after: Annotated[
        int, typer.Option("--after", min=0, max=2**63 - 1, metavar="ID", help=say("parked.after"))
    ] = 0,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """停放清单 (parked list): what could not be done and waits for an operator."""
    from shared.consumers.dead_letters import MOST

    with _healing(state, room, actor) as queue:
        found = queue.listed(discarded=discarded, after=after)
    if len(found) == MOST:
        complain("parked.cut", most=MOST, after=found[-1].id)
    if as_json:
        print_json(found)
        return
    if not found:
        typer.echo(say("parked.none", room=room))
        return
    rows = [
        (str(each.id), each.consumer, each.kind.value, each.key, each.stream, each.reason)
        for each in found
    ]
    heads = ("id", "consumer", "kind", "key", "stream", "reason")
    print_table([f"parked.{head}" for head in heads], rows)


def show(
    room: RoomName, line: Line, actor: Actor = "", state: State = None, as_json: Json = False
) -> None:
    """停放内容 (parked show): one whole line of the list."""
    from msgspec import to_builtins

    with _healing(state, room, actor) as queue:
        parked = queue.shown(line)
    if as_json:
        print_json(parked)
        return
    for name, value in to_builtins(parked).items():
        typer.echo(f"{name:>13}  {value}")


def retry(
    room: RoomName,
    line: Line,
    because: Why,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """重试 (parked retry): try it again; the whole row of a view is folded again."""
    why = reasoned(actor, because)
    with _healing(state, room, actor) as queue:
        tried = queue.retry(line, why)
    if as_json:
        print_json({"id": line, "healed": tried.healed})
    else:
        typer.echo(say("parked.healed" if tried.healed else "parked.still", id=line))
    raise typer.Exit(0 if tried.healed else FAILED)


def discard(  # noqa: PLR0913, PLR0917 - which line, and who says so
    room: RoomName,
    line: Line,
    because: Why,
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """弃置 (parked discard): leave it out for ever; later rebuilds leave it out too."""
    why = reasoned(actor, because)
    if not yes and not typer.confirm(say("parked.sure", id=line)):
        refuse("parked.kept", FAILED, id=line)
    with _healing(state, room, actor) as queue:
        queue.discard(line, why)
    if as_json:
        print_json({"id": line})
    else:
        typer.echo(say("parked.gone", id=line))


@contextmanager
def _healing(state: Path | None, room: str, actor: str) -> "Iterator[DeadLetterQueue]":
    """The parked lines of a room."""
    from shared.worker.retry import NotAlone, VersionRetired, dead_letter_queue

    known = wiring(room_named(room))
    with (
        operated(state, actor) as access,
        dead_letter_queue(known, access.settings(room)) as opened,
    ):
        try:
            yield opened
        except KeyError as error:
            refuse("parked.no_line", WRONG, room=room, id=error.args[0])
        except VersionRetired as error:
            id_, consumer = error.args
            refuse("parked.retired", WRONG, room=room, id=id_, consumer=consumer)
        except NotAlone as error:
            refuse("parked.not_alone", FAILED, reason=error)


def _say_rebuilt(made: "Rebuilt") -> None:
    counts = {name: f"{getattr(made, name):,}" for name in ("facts", "rows", "differing")}
    verdict = "rebuild.equal" if made.equal else "rebuild.differs"
    view = f"{made.view}@{made.version}"
    typer.echo(say(verdict, view=view, seconds=f"{made.seconds:.1f}", **counts))
    if made.garbage:
        typer.echo(say("rebuild.garbage", records=made.garbage))
    if made.unproved:
        typer.echo(say("rebuild.unproved", records=made.unproved))
    if made.moved:
        key = "rebuild.put_right" if made.swapped else "rebuild.moved"
        typer.echo(say(key, places=", ".join(made.moved)))
    if made.not_recorded:
        places = ", ".join(made.false_records)
        typer.echo(say("rebuild.not_recorded", records=made.not_recorded, places=places))
    if made.not_compared:
        typer.echo(say("rebuild.not_compared", rows=made.not_compared))
    for sample in made.samples:
        typer.echo(f"  {sample}")


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar over the facts that are read; it gets how many are read, and of how many."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    hidden = quiet or not console.is_terminal
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=hidden) as shown:
        task = shown.add_task("", total=None)
        yield lambda done, of: shown.update(task, completed=done, total=of)
