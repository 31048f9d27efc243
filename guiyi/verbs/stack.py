"""The verbs of the local stack: `up`, `down`, `status`."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.options import Json, State, room_named
from guiyi.output import print_json
from guiyi.refusal import FAILED, complain, refuse
from guiyi.rooms import ROOMS
from guiyi.speech import say
from guiyi.verbs.clock import check_for_stories

if TYPE_CHECKING:
    from guiyi.stack.run import Run
    from guiyi.stack.status import Status

NOT_RUNNING = 3
"""Exit code of `status` when nothing runs, the same as of service managers."""


def up(  # noqa: PLR0913, PLR0917 - how many of what, and how to wait for it
    state: State = None,
    detach: Annotated[bool, typer.Option("--detach", help=say("up.detach"))] = False,
    relays: Annotated[int, typer.Option(min=1, max=16, help=say("up.relays"))] = 1,
    workers: Annotated[int, typer.Option(min=1, max=16, help=say("up.workers"))] = 1,
    rooms: Annotated[
        str, typer.Option(envvar="GUIYI_ROOMS", metavar="ROOM,…", help=say("up.rooms"))
    ] = ",".join(ROOMS),
    story_clock: Annotated[
        bool,
        typer.Option("--story-clock", envvar="GUIYI_STORY_CLOCK", help=say("up.story_clock")),
    ] = False,
    timeout: Annotated[float, typer.Option(min=1, help=say("up.timeout"))] = 300,
    as_json: Json = False,
) -> None:
    """启动 (up): run everything on this machine."""
    from guiyi.stack.plan import STORY_CLOCK
    from guiyi.stack.run import Another, Failed, Late, Run

    if story_clock:
        os.environ[STORY_CLOCK] = "1"  # the supervisor is told by it
    named = [room_named(each.strip()) for each in rooms.split(",")]
    asked = [room for room in ROOMS if room in named]
    run = Run(state, relays=relays, workers=workers, quiet=as_json, rooms=asked)
    if run.installation.supervisor() is not None:
        _join(run, timeout, as_json=as_json)
        if story_clock:
            check_for_stories(state)
        return
    try:
        took = run.begin(detach=detach, seconds=timeout)
        _say_running(run.status(), say("up.ready", seconds=f"{took:.0f}"), as_json)
        if not as_json:
            typer.echo(say("up.logs", folder=run.installation.logs))
            typer.echo(say("up.how_down" if detach else "up.how_stop"))
        if not detach:
            raise typer.Exit(run.follow())
    except Another:
        _join(run, timeout, as_json=as_json)
    except (Failed, OSError) as error:
        refuse("up.failed", FAILED, reason=error)
    except Late as error:
        complain("up.late", seconds=f"{timeout:.0f}", names=error)
        raise typer.Exit(FAILED if detach else run.follow()) from None


def down(state: State = None, as_json: Json = False) -> None:
    """停止 (down): end what `up` runs, and name it."""
    from guiyi.stack.run import end, installation_at

    ended, forced, left = end(installation_at(state))
    if as_json:
        print_json({"ended": ended, "forced": forced, "left": left})
    else:
        names = ", ".join(ended)
        typer.echo(say("down.ended", names=names) if ended else say("down.nothing"))
        if forced:
            complain("down.forced")
        if left:
            complain("down.left", names=", ".join(left))
    raise typer.Exit(1 if left else 0)


def status(state: State = None, as_json: Json = False) -> None:
    """状态 (status): every part, its process, port, restarts and log, and what it says itself."""
    from guiyi.access import surroundings
    from guiyi.stack.asked import as_they_say
    from guiyi.stack.living import as_it_is
    from guiyi.stack.run import installation_at, table
    from guiyi.stack.years import years_unpublished
    from shared.disk import free_mib

    installation = installation_at(state)
    told = installation.status() or {"state": "stopped", "parts": []}
    runs = installation.supervisor() is not None
    if not runs:
        told |= {"state": "stopped", "pid": None}
        told["parts"] = [part | {"state": "stopped", "pid": None} for part in told["parts"]]
    else:
        told = as_they_say(as_it_is(installation, told))
        told["free_mib"] = free_mib(installation.folder)
        told["unpublished"] = years_unpublished(surroundings(installation))
    if as_json:
        print_json(told)
    elif runs:
        table(told)
        for part in told["parts"]:
            for note in part.get("notes", ()):
                complain("status.note", name=part["name"], note=note)
        for each in told["unpublished"]:
            complain("status.unpublished", **each)
        _say_free(told["free_mib"])
    else:
        typer.echo(say("status.nothing", folder=installation.folder))
    raise typer.Exit(NOT_RUNNING if not runs else 0 if told["state"] == "ready" else 1)


def _say_free(free: int) -> None:
    from shared.config import least_free

    least = least_free(os.environ)
    typer.echo(say("status.free", free=free))
    if free < least:
        complain("status.nearly_full", free=free, least=least)


def _join(run: "Run", timeout: float, *, as_json: bool) -> None:
    """Somebody else has started it: wait until it is ready, and leave it running."""
    from guiyi.stack.run import Failed, Late

    try:
        told = run.join(timeout)
    except Failed as error:
        refuse("up.failed", FAILED, reason=error)
    except Late as error:
        refuse("up.late", FAILED, seconds=f"{timeout:.0f}", names=error)
    _say_running(told, say("up.already", pid=told["pid"]), as_json)


def _say_running(told: "Status", sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(told)
        return
    typer.echo(sentence)
    for room, url in told.get("addresses", {}).items():
        typer.echo("  " + say("up.address", room=room, url=url))
