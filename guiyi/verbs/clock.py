"""The verbs `clock`: the clock of an installation for stories, which only advances."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from guiyi import story_clock
from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import operated, reached
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say
from guiyi.story_clock import Ahead, RealClock, ahead_of, for_stories


def show(state: State = None, as_json: Json = False) -> None:
    """时钟 (clock show): whether the clock is real, and how far one for stories is ahead."""
    with reached(state) as access:
        found = ahead_of(access)
    _say(found, as_json=as_json)


def advance(
    by: Annotated[str, typer.Argument(metavar="DURATION", help=say("clock.by"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """拨快 (clock advance): let the clock of every room go on by a duration, such as P1D."""
    step = _duration(by)
    with operated(state, actor) as access:
        try:
            story_clock.advance(access, step, actor)
        except RealClock:
            refuse("clock.real", FAILED)
        found = ahead_of(access)
    _say(found, as_json=as_json)


def check_for_stories(state: Path | None) -> None:
    """End the command if the installation that runs is a real one."""
    with reached(state) as access:
        try:
            for_stories(access)
        except RealClock:
            refuse("clock.real", FAILED)


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
    from shared.record.story_clock import iso

    ahead = {room: iso(each) for room, each in found.items()}
    if as_json:
        print_json({"story_clock": bool(found), "ahead": ahead})
    elif not found:
        typer.echo(say("clock.is_real"))
    else:
        for room, each in ahead.items():
            typer.echo(say("clock.ahead", room=room, ahead=each))
