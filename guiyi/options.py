"""选项 (options): what many verbs share: the state folder, `--json`, the name of a room."""

from pathlib import Path
from typing import Annotated

import typer

from guiyi.refusal import WRONG, refuse, remember
from guiyi.rooms import ROOMS
from guiyi.speech import say

State = Annotated[
    Path | None, typer.Option("--state", envvar="GUIYI_STATE", help=say("guiyi.state"))
]
Json = Annotated[
    bool,
    typer.Option("--json", is_eager=True, callback=remember, help=say("guiyi.json")),
]
Actor = Annotated[
    str,
    typer.Option("--actor", metavar="PERSON", envvar="GUIYI_ACTOR", help=say("guiyi.actor")),
]
"""Who uses a verb: somebody of the register."""
Why = Annotated[str, typer.Option("--because", metavar="REASON", help=say("because.help"))]
"""Why a verb is used. The ledger of interventions keeps it."""
RoomName = Annotated[str, typer.Argument(metavar="ROOM", help=say("guiyi.room"))]


def room_named(name: str) -> str:
    """The room of that name; a wrong name ends the command and lists the right ones."""
    if name not in ROOMS:
        refuse("reach.no_room", WRONG, name=name, rooms=", ".join(ROOMS))
    return name
