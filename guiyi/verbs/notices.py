"""The verbs `notices list|resend`: what people were to be told, and what became of it."""

from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

from guiyi.because import noted, reasoned
from guiyi.options import Actor, Json, RoomName, State, Why, room_named
from guiyi.output import print_json, print_table
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.rooms import wiring
from guiyi.speech import language, say

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.decider import Refused
    from shared.notices.outbox import Row
    from shared.record.interventions import Because

MOST = 100
STAGES = ("waiting", "sent", "dead")
SHOWN = ("number", "kind", "channel", "stage", "attempts", "why", "due", "sent_at")
"""Without addresses: they are for whoever sends."""


def list_(
    room: RoomName,
    stage: Annotated[str, typer.Option("--stage", help=say("notices.stages"))] = "",
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """通知清单 (notices list): the newest of a room."""
    if stage and stage not in STAGES:
        refuse("notices.no_stage", WRONG, stage=stage, stages=", ".join(STAGES))
    with operated(state, actor) as access:
        found = _newest(access.settings(room_named(room)), [stage] if stage else STAGES)
    rows = [{name: getattr(each, name) for name in SHOWN} for each in found]
    if as_json:
        print_json({"rows": rows})
        return
    if not rows:
        typer.echo(say("notices.none"))
        return
    lines = [tuple("" if each is None else str(each) for each in row.values()) for row in rows]
    print_table([f"notices.{name}" for name in SHOWN], lines)


def resend(
    room: RoomName,
    number: Annotated[str, typer.Argument(metavar="NUMBER", help=say("notices.named"))],
    because: Why = "",
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """重发通知 (notices resend): have one sent again, as long as it is of use."""
    from shared.decider import Refused

    why = reasoned(actor, because)
    with operated(state, actor) as access:
        settings = access.settings(room_named(room))
        noted(settings, "notices resend", number, why)
        try:
            asked = _ask_again(settings, number, why)
        except Refused as refused:
            refuse("notices.refused", FAILED, reason=_sentences(room, refused))
    if as_json:
        print_json({"number": number, "asked": asked})
    else:
        typer.echo(say("notices.asked" if asked else "notices.waits", number=number))


def _newest(settings: "Settings", stages: Sequence[str]) -> "Sequence[Row]":
    from guiyi.database import worker_database
    from shared.notices import outbox
    from shared.record import branch_wall
    from shared.record.transaction import transaction
    from shared.views.table import view_table

    table = view_table(outbox)
    asked = f"""
        SELECT {table.selected_placed} FROM {table.full_name} AS t WHERE t.stage = ANY (%s)
        ORDER BY t.asked_at DESC LIMIT {MOST}
    """  # noqa: S608 - the names of our own columns
    with worker_database(settings) as database, transaction(database) as db:
        shown = branch_wall.shown(db.connection, None)
        return [row for _, row in map(table.placed, shown.query(asked, (list(stages),)))]


def _ask_again(settings: "Settings", number: str, because: "Because") -> bool:
    """Whether it was asked for again: one that waits already is not. Raises Refused."""
    from shared.decider import Asked
    from shared.handle import CommandEnvelope, Rehearsal, handle
    from shared.notices.paper import PAPER, AskNoticeAgain
    from shared.worker.wiring import wired

    home = PAPER.stream_of(number)
    with closing(wired(wiring(settings.room), settings, pool=1)) as wires:
        seen = Rehearsal(wires.handler).folded(home)
        now = wires.handler.store.now()
        ticket = PAPER.ticket_of(number)
        asked = Asked(home, because.actor, frozenset(), now, seen.branch, ticket)
        again = AskNoticeAgain(seen.state.attempts, because.reason)
        answer = handle(wires.handler, CommandEnvelope(uuid4(), again, asked))
        wires.waker.wake()
    return bool(answer.facts)


def _sentences(room: str, refused: "Refused") -> str:
    """What is wrong, in the user's language."""
    from shared.texts import load

    texts = load(wiring(room).texts, room=room)
    return "; ".join(getattr(texts.sentence(each), language()) for each in refused.reasons)
