"""The verb `erasures apply`: after a restore, what had been erased is erased again."""

from pathlib import Path
from typing import Annotated

import typer

from guiyi.because import reasoned
from guiyi.erasures import apply_erasures, confirm_erasures, keys_at_hand, read_erasures
from guiyi.options import Actor, Json, State, Why
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.rooms import ROOMS
from guiyi.speech import say


def apply(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("erasures.file"))],
    because: Why,
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """补行删除 (erasures apply): keys and links first, then the look-up of every room."""
    why, kept = reasoned(actor, because), read_erasures(file)
    with operated(state, actor) as access:
        every = [access.settings(room) for room in ROOMS]
        with keys_at_hand(every[0]) as keys:
            confirm_erasures(kept, yes=yes)
            customers = apply_erasures(keys, every, kept, why)
    if as_json:
        print_json({"customers": customers})
    else:
        typer.echo(say("erasures.applied", customers=customers))
