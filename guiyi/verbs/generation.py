"""The verb `generation begin`: a room goes on after the record of another one was set back."""

from typing import Annotated

import typer

from guiyi.options import Json, RoomName, State, room_named
from guiyi.output import print_json
from guiyi.reach import reached
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say


def begin(
    room: RoomName,
    of: Annotated[str, typer.Option("--of", metavar="SENDER", help=say("generation.of"))],
    because: Annotated[str, typer.Option(metavar="REASON", help=say("generation.because"))],
    actor: Annotated[str, typer.Option("--actor", help=say("generation.actor"))] = "operator",
    state: State = None,
    as_json: Json = False,
) -> None:
    """世代 (generation begin): read the sender's topics again, without what it no longer has."""
    from guiyi.database import worker_database
    from shared.record.transaction import transaction
    from shared.worker.left_behind import begin_generation

    if not because.strip():
        refuse("generation.no_reason", WRONG)
    named, sender = room_named(room), room_named(of)
    with (
        reached(state) as access,
        worker_database(access.settings(named)) as database,
        transaction(database) as db,
    ):
        begun = begin_generation(db, sender, actor, because.strip())
    if not begun:
        refuse("generation.nothing", FAILED, room=named, sender=sender)
    if as_json:
        print_json({"room": named, "of": sender, "begun": begun})
        return
    told = {"room": named, "sender": sender}
    for each in begun:
        place = {"partition": each.partition, "first_seq": each.first_seq}
        typer.echo(say("generation.done", **told, **place))
        for stream in each.documents:
            typer.echo(say("generation.look_at", **told, stream=stream))
