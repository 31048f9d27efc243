"""The verb `restore`: after a database was restored from a backup."""

import json
from collections.abc import Callable
from typing import Annotated

import typer

from guiyi.options import Json, RoomName, State, room_named
from guiyi.reach import reached
from guiyi.refusal import FAILED, complain, refuse
from guiyi.speech import say


def mount(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("restore", help=say("restore.help"))(restore)


def restore(
    room: RoomName,
    from_journal: Annotated[bool, typer.Option("--from-journal", help=say("restore.from_journal"))],
    state: State = None,
    as_json: Json = False,
) -> None:
    """从日志恢复 (restore): put back what the room's journal has and its record lacks."""
    from shared.config import SettingMissing
    from shared.relay.restore import JournalDiffers, restore_from_journal
    from shared.relay.topics import BrokerAway

    if not from_journal:
        raise typer.BadParameter(say("restore.only_from_journal"), param_hint="--from-journal")
    try:
        with reached(state) as access:
            told = restore_from_journal(access.settings(room_named(room)), _progress(as_json))
    except (SettingMissing, JournalDiffers, BrokerAway) as error:
        refuse("restore.failed", FAILED, reason=error)
    count = sum(told.facts.values())
    if as_json:
        typer.echo(json.dumps({"room": room, "facts": count, "lacking": told.lacking}))
    else:
        typer.echo(say("restore.done", room=room, facts=count))
    for partition, seq in told.lacking.items():
        complain("restore.lacking", partition=partition, seq=seq)
    if told.lacking:
        raise typer.Exit(FAILED)


def _progress(quiet: bool) -> Callable[[int], None]:
    done = 0

    def tell(facts: int) -> None:
        nonlocal done
        done += facts
        if not quiet:
            typer.echo(say("restore.progress", facts=done), err=True)

    return tell
