"""The verb `keys rotate`: new keys take the place of old ones while everything runs."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.because import noted
from guiyi.options import Actor, Json, State, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.config import Settings


class Kind(StrEnum):
    """种类: what is exchanged."""

    PROOF = "proof"


def rotate(
    kind: Annotated[Kind, typer.Argument(help=say("keys.kind"))],
    room: Annotated[
        list[str] | None, typer.Option("--room", metavar="ROOM", help=say("keys.rooms"))
    ] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """换密钥 (keys rotate): proof: what rooms record from now on is proved by a new key."""
    from shared.personal.master import MasterKeyUnusable

    try:
        with operated(state, actor) as access:
            named = [room_named(each) for each in room or access.rooms]
            begun = {each: _rotate_proof(access.settings(each), actor) for each in named}
    except MasterKeyUnusable as error:
        refuse("forget.no_key", FAILED, reason=error)
    if as_json:
        print_json({"kind": kind, "rooms": begun})
        return
    for each, firsts in begun.items():
        shown = ", ".join(f"{partition}: {seq}" for partition, seq in sorted(firsts.items()))
        typer.echo(say("keys.proof_done", room=each, firsts=shown))


def _rotate_proof(settings: "Settings", actor: str) -> dict[int, int]:
    """The first seq of the new key, by partition."""
    from contextlib import closing

    from shared.personal.master import read_master_key
    from shared.proof.rotation import begin_key
    from shared.proof.store import proof_store

    with closing(proof_store(settings)) as store:
        if not store.is_settled():
            refuse("keys.unsettled", FAILED, room=settings.room)
        rows = begin_key(store, read_master_key(settings.master_key_file))
    noted(settings, "keys rotate", "began a new proof key", actor)
    return {row.partition: row.first_seq for row in rows}
