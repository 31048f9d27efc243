"""The verb `retired`: versions of views that a newer one has replaced, and dropping them."""

import json
from datetime import timedelta
from typing import Annotated

import typer

from guiyi.speech import say
from guiyi.verbs.reach import reached, room_named
from guiyi.verbs.stack import Json, State

Room = Annotated[str, typer.Argument(metavar="ROOM", help=say("guiyi.room"))]


def mount(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("retired", help=say("retired.help"))(retired)


def retired(
    room: Room,
    drop: Annotated[bool, typer.Option("--drop", help=say("retired.drop"))] = False,
    hours: Annotated[int, typer.Option("--hours", min=0, help=say("retired.hours"))] = 24,
    state: State = None,
    as_json: Json = False,
) -> None:
    """退役 (retired): versions of views that answer no more; with --drop they go."""
    from shared.record.database import engine
    from shared.views import retiring
    from shared.views.rows import transaction

    grace = timedelta(hours=hours)
    with reached(state) as access:
        database = engine(access.settings(room_named(room)).worker_url, pool=1)
        try:
            if drop:
                found = retiring.drop(database, room, grace)
            else:
                with transaction(database) as rows:
                    found = retiring.retired(rows, grace)
        finally:
            database.dispose()
    if as_json:
        import msgspec

        typer.echo(json.dumps({"dropped": drop, "views": msgspec.to_builtins(found)}))
        return
    if not found:
        typer.echo(say("retired.none", room=room))
    for each in found:
        key = "retired.dropped" if drop else "retired.due" if each.due else "retired.waits"
        told = {"since": f"{each.since:%Y-%m-%d %H:%M}", "megabytes": f"{each.size / 1e6:,.1f}"}
        typer.echo(say(key, view=f"{each.view}@{each.version}", parked=each.parked, **told))
