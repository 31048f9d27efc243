"""The verb `reread`: a consumer whose cursor cannot be believed reads a partition once more."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from guiyi.because import reasoned
from guiyi.kept import append
from guiyi.options import Actor, Json, RoomName, State, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say

_PLACE = re.compile(r"([\w.-]+)/(\d{1,9})")


def reread(  # noqa: PLR0913, PLR0917 - who reads what again, and why
    room: RoomName,
    consumer: Annotated[str, typer.Argument(metavar="CONSUMER", help=say("reread.consumer"))],
    place: Annotated[str, typer.Argument(metavar="TOPIC/PARTITION", help=say("reread.place"))],
    because: Annotated[str, typer.Option(metavar="REASON", help=say("reread.because"))],
    keep: Annotated[Path, typer.Option("--keep", metavar="FILE", help=say("reread.keep"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """从头再读 (reread): let the look-up or the reactions take a partition from its beginning."""
    from guiyi.database import worker_database
    from shared.record import interventions
    from shared.record.transaction import transaction
    from shared.worker.anew import CONSUMERS, begin_anew

    match = _PLACE.fullmatch(place)
    if match is None:
        refuse("reread.no_place", WRONG, place=place)
    if consumer not in CONSUMERS:
        refuse("reread.not_so", WRONG, consumer=consumer, consumers=", ".join(CONSUMERS))
    why = reasoned(actor, because, "reread.no_reason")
    line = {"room": room_named(room), "consumer": consumer, "place": place, "because": because}
    with (
        operated(state, actor) as access,
        worker_database(access.settings(room)) as database,
        transaction(database) as db,
    ):
        stood = begin_anew(db, consumer, match[1], int(match[2]))
        if stood:
            _keep(keep, line)
            what = f"{consumer} reads {place} from its beginning"
            interventions.note(db, "reread", what, why)
    if not stood:
        refuse("reread.nothing", FAILED, room=room, consumer=consumer, place=place)
    if as_json:
        print_json({**line, "stood": dict(stood)})
    else:
        typer.echo(say("reread.done", consumer=consumer, place=place))


def _keep(file: Path, line: Mapping[str, str]) -> None:
    """Append why to the file, before it is done for good. What cannot be kept is not done."""
    try:
        append(file, [{**line, "at": datetime.now(UTC).isoformat()}])
    except OSError as error:
        refuse("reread.not_kept", FAILED, reason=error)
