"""The verbs `generation`: after a record was set back, begin one, or go on with another room's."""

from typing import Annotated

import typer

from guiyi.because import reasoned
from guiyi.options import Actor, Json, RoomName, State, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, refuse
from guiyi.speech import say


def begin(
    room: RoomName,
    of: Annotated[str, typer.Option("--of", metavar="SENDER", help=say("generation.of"))],
    because: Annotated[str, typer.Option(metavar="REASON", help=say("generation.because"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """世代 (generation begin): read the sender's topics again, without what it no longer has."""
    from guiyi.database import worker_database
    from shared.record import interventions
    from shared.record.transaction import transaction
    from shared.worker.left_behind import begin_generation

    why = reasoned(actor, because, "generation.no_reason")
    named, sender = room_named(room), room_named(of)
    with (
        operated(state, actor) as access,
        worker_database(access.settings(named)) as database,
        transaction(database) as db,
    ):
        begun = begin_generation(db, sender, why.actor, why.reason)
        if begun:
            what = f"went on with the generation {begun[0].generation} of {sender}"
            interventions.note(db, "generation begin", what, why)
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


def new(
    room: RoomName,
    because: Annotated[str, typer.Option(metavar="REASON", help=say("generation.because"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """新世代 (generation new): what this room records from now on belongs to a new generation."""
    from shared.config import SettingMissing
    from shared.relay.restore import begin_generation

    why = reasoned(actor, because, "generation.no_reason")
    with operated(state, actor) as access:
        settings = access.settings(room_named(room))
        try:
            generation = begin_generation(settings, why)
        except SettingMissing as error:
            refuse("generation.not_begun", FAILED, reason=error)
    if as_json:
        print_json({"room": room, "generation": generation})
    else:
        typer.echo(say("generation.begun", room=room, generation=generation))
