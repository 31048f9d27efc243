"""The verb `restore`: after a database was restored from a backup."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.erasures import apply_erasures, confirm_erasures, keys_at_hand, read_erasures
from guiyi.options import Json, RoomName, State, room_named
from guiyi.output import print_json
from guiyi.reach import reached
from guiyi.refusal import FAILED, complain, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.relay.restore import Restored


def restore(
    room: RoomName,
    from_journal: Annotated[bool, typer.Option("--from-journal", help=say("restore.from_journal"))],
    kept: Annotated[
        Path | None, typer.Option("--erasures", metavar="FILE", help=say("restore.erasures"))
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """从日志恢复 (restore): apply the erasures again, then put back what the record lacks."""
    from shared.broker.admin import BrokerAway
    from shared.config import SettingMissing
    from shared.relay.restore import JournalDiffers, restore_from_journal

    if not from_journal:
        raise typer.BadParameter(say("restore.only_from_journal"), param_hint="--from-journal")
    erasures = read_erasures(kept) if kept is not None else ()
    try:
        with reached(state) as access:
            settings = access.settings(room_named(room))
            with keys_at_hand(settings) as keys:
                confirm_erasures(erasures, yes=yes)
                customers = apply_erasures(keys, [settings], erasures)
            if customers and not as_json:
                typer.echo(say("erasures.applied", customers=customers))
            restored = restore_from_journal(settings, _progress(as_json))
    except (SettingMissing, JournalDiffers, BrokerAway) as error:
        refuse("restore.failed", FAILED, reason=error)
    _end(room, restored, as_json)


def _end(room: str, restored: "Restored", as_json: bool) -> None:
    """How many facts were put back, and where the journal itself lacks some."""
    count = sum(restored.facts.values())
    if as_json:
        print_json({"room": room, "facts": count, "lacking": restored.lacking})
    else:
        typer.echo(say("restore.done", room=room, facts=count))
    for partition, seq in restored.lacking.items():
        complain("restore.lacking", partition=partition, seq=seq)
    if restored.lacking:
        raise typer.Exit(FAILED)


def _progress(quiet: bool) -> Callable[[int], None]:
    done = 0

    def tell(facts: int) -> None:
        nonlocal done
        done += facts
        if not quiet:
            typer.echo(say("restore.progress", facts=done), err=True)

    return tell
