"""The verbs `relay status` and `relay rewind`."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.because import reasoned
from guiyi.options import Actor, Json, RoomName, State, Why, room_named
from guiyi.output import print_json
from guiyi.reach import looked_into, operated
from guiyi.refusal import FAILED, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.relay.operations import RelayStatus


def status(room: RoomName, state: State = None, as_json: Json = False) -> None:
    """转发状态 (relay status): who sends which partition, how far, and whether the room is open."""
    from shared.relay import operations

    with looked_into(state) as access:
        told = operations.status(access.settings(room_named(room)))
    if as_json:
        print_json(told)
        return
    gate = say("relay.gate_open" if told.gate_open else "relay.gate_closed")
    typer.echo(say("relay.summary", room=room, relays=len(told.relays), gate=gate))
    typer.echo(say("relay.backlog", facts=told.unpublished, oldest=_age(told.oldest_unpublished)))
    _print_partitions(told)
    for each in told.partitions:
        if each.refused is not None:
            key = f"relay.waits_{str(each.refused_kind).replace('-', '_')}"
            typer.echo(say(key, partition=each.partition, record=each.refused))
    for done in told.interventions:
        at = f"{done.at:%Y-%m-%d %H:%M}"
        typer.echo(say("relay.intervened", **{**asdict(done), "at": at}))
    for line in told.taken_over:
        typer.echo(say("relay.taken_over", line=line))


def rewind(  # noqa: PLR0913, PLR0917 - what is sent again, and who says so
    room: RoomName,
    topic: Annotated[str, typer.Option("--topic", help=say("relay.topic"))],
    partition: Annotated[
        int, typer.Option("--partition", min=0, max=9_999, help=say("relay.partition"))
    ],
    to: Annotated[int, typer.Option("--to", min=0, max=2**63 - 1, help=say("relay.to"))],
    because: Why,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """重发 (relay rewind): send everything after a seq of a topic again."""
    from shared.relay import operations

    place = {"topic": topic, "partition": partition, "to": to}
    why = reasoned(actor, because)
    with operated(state, actor) as access:
        settings = access.settings(room_named(room))
        try:
            stood = operations.rewind(
                settings, topic=topic, partition=partition, to=to, because=why
            )
        except operations.NothingToRewind as error:
            refuse("relay.nothing", FAILED, reason=error)
    if as_json:
        print_json({**place, "from": stood})
    else:
        typer.echo(say("relay.rewound", **place, stood=stood))


def _print_partitions(status: "RelayStatus") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for column in ("partition", "holder", "epoch", "facts", "published", "halted"):
        table.add_column(say(f"relay.{column}"))
    published = {
        window.partition: window.published
        for window in status.lanes
        if window.topic.startswith("journal.")
    }
    for each in status.partitions:
        sent = str(published.get(each.partition, 0))
        cells = (
            each.partition,
            each.holder or "—",
            each.epoch,
            each.facts,
            sent,
            each.halted or "",
        )
        table.add_row(*(str(cell) for cell in cells))
    Console(highlight=False).print(table)


def _age(oldest: datetime | None) -> str:
    if oldest is None:
        return "—"
    return f"{(datetime.now(oldest.tzinfo) - oldest).total_seconds():.1f} s"
