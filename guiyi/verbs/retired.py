"""The verb `retired`: versions of views that a newer one has replaced, and dropping them."""

from datetime import timedelta
from typing import Annotated

import typer

from guiyi.because import reasoned
from guiyi.options import Actor, Json, RoomName, State, Why, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.speech import say

TEN_YEARS = 87_600


def retired(  # noqa: PLR0913, PLR0917 - what is dropped, and who says so
    room: RoomName,
    drop: Annotated[bool, typer.Option("--drop", help=say("retired.drop"))] = False,
    hours: Annotated[
        int, typer.Option("--hours", min=0, max=TEN_YEARS, help=say("retired.hours"))
    ] = 24,
    because: Why = "",
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """退役 (retired): versions of views that no longer answer; --drop removes them."""
    from guiyi.database import worker_database
    from shared.record.transaction import transaction
    from shared.views import retired_versions

    grace = timedelta(hours=hours)
    why = reasoned(actor, because) if drop else None
    with (
        operated(state, actor) as access,
        worker_database(access.settings(room_named(room))) as database,
    ):
        if why is not None:
            found = retired_versions.drop(database, room, grace, why)
        else:
            with transaction(database) as db:
                found = retired_versions.retired(db, grace)
    if as_json:
        print_json({"dropped": drop, "views": found})
        return
    if not found:
        typer.echo(say("retired.none", room=room))
    for each in found:
        key = "retired.dropped" if drop else "retired.due" if each.due else "retired.waits"
        told = {"since": f"{each.since:%Y-%m-%d %H:%M}", "megabytes": f"{each.size / 1e6:,.1f}"}
        typer.echo(say(key, view=f"{each.view}@{each.version}", parked=each.parked, **told))
