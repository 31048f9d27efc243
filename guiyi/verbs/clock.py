"""The verbs `clock`: the clock of an installation for stories, which only advances."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import operated, reached
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from guiyi.access import Access

Ahead = Mapping[str, timedelta]
"""By room, how far its clock is ahead."""


def show(state: State = None, as_json: Json = False) -> None:
    """时钟 (clock show): whether the clock is real, and how far one for stories is ahead."""
    with reached(state) as access:
        found = _ahead(access)
    _say(found, as_json=as_json)


def advance(
    by: Annotated[str, typer.Argument(metavar="DURATION", help=say("clock.by"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """拨快 (clock advance): let the clock of every room go on by a duration, such as P1D."""
    from guiyi.database import worker_database
    from shared.record import interventions, story_clock
    from shared.record.interventions import Because
    from shared.record.transaction import transaction

    step = _duration(by)
    with operated(state, actor) as access:
        found = _for_stories(access)
        # The same for all, also for one that was away when the others advanced.
        to = max(found.values()) + step
        for room in found:
            settings = access.settings(room)
            with worker_database(settings) as database, transaction(database) as db:
                story_clock.advance(db, to)
                what = f"ahead by {story_clock.iso(to)}"
                interventions.note(db, "clock advance", what, Because(actor, "a story goes on"))
        found = _ahead(access)
    _say(found, as_json=as_json)


def check_for_stories(state: Path | None) -> None:
    """End the command if the installation that runs is a real one."""
    with reached(state) as access:
        _for_stories(access)


def _for_stories(access: "Access") -> Ahead:
    found = _ahead(access)
    if not found or len(found) < len(access.rooms):
        refuse("clock.real", FAILED)
    return found


def _ahead(access: "Access") -> Ahead:
    """Of the rooms with a clock for stories. Raises Unavailable."""
    from guiyi.database import worker_database
    from shared.record import story_clock
    from shared.record.transaction import transaction

    found: dict[str, timedelta] = {}
    for room in access.rooms:
        with worker_database(access.settings(room)) as database, transaction(database) as db:
            if (ahead := story_clock.ahead(db)) is not None:
                found[room] = ahead
    return found


def _duration(text: str) -> timedelta:
    import msgspec

    try:
        found = msgspec.convert(text, timedelta)
    except msgspec.ValidationError:
        found = timedelta()
    if found <= timedelta():
        refuse("clock.no_duration", WRONG, text=text)
    return found


def _say(found: Ahead, *, as_json: bool) -> None:
    from shared.record import story_clock

    ahead = {room: story_clock.iso(each) for room, each in found.items()}
    if as_json:
        print_json({"story_clock": bool(found), "ahead": ahead})
    elif not found:
        typer.echo(say("clock.is_real"))
    else:
        for room, each in ahead.items():
            typer.echo(say("clock.ahead", room=room, ahead=each))
