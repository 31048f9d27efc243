"""The verbs `keys rotate` and `keys forget`: new keys take the place of old ones; all runs on."""

from contextlib import closing, contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.because import noted, reasoned
from guiyi.options import Actor, Json, State, Why, room_named
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from guiyi.access import Access
    from shared.config import Settings
    from shared.record.interventions import Because


class Kind(StrEnum):
    """种类: what is exchanged."""

    PROOF = "proof"
    MASTER = "master"
    TOKENS = "tokens"
    KAFKA = "kafka"
    DATABASE = "database"


class Former(StrEnum):
    """旧钥: what stays beside the new one until its time is over."""

    MASTER = "master"
    TOKENS = "tokens"


def rotate(
    kind: Annotated[Kind, typer.Argument(help=say("keys.kind"))],
    because: Why,
    room: Annotated[
        list[str] | None, typer.Option("--room", metavar="ROOM", help=say("keys.rooms"))
    ] = None,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """换密钥 (keys rotate): what is made from now on has a new key, or a new password."""
    if kind is not Kind.PROOF and room:
        refuse("keys.for_all", WRONG)
    why = reasoned(actor, because)
    with operated(state, actor) as access, _usable():
        if kind is Kind.PROOF:
            rooms = [room_named(each) for each in room or access.rooms]
            begun = {each: _rotate_proof(access.settings(each), why) for each in rooms}
            _end_proof(begun, as_json)
            return
        _note(access, "keys rotate", f"exchanges: {kind}", why)
        if kind is Kind.MASTER:
            _end_master(_rotate_master(access), as_json)
        elif kind is Kind.TOKENS:
            _end(as_json, "keys.tokens_done", kind=kind, kid=_rotate_tokens(access))
        else:
            _end(as_json, "keys.logins_done", kind=kind, waiting=_rotate_logins(access, kind))


def forget(
    former: Annotated[Former, typer.Argument(help=say("keys.former"))],
    because: Why,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """忘掉旧钥 (keys forget): what was exchanged counts no longer, once nobody needs it."""
    from guiyi.stack.exchange import NotYet, forget_former
    from shared.token.exchange import StillNeeded, forget_previous

    why = reasoned(actor, because)
    with operated(state, actor) as access, _usable():
        settings = access.settings(access.rooms[0])
        _note(access, "keys forget", f"forgets what was before: {former}", why)
        try:
            if former is Former.MASTER:
                count = forget_former(settings, _owner_url(access))
            else:
                count = int(forget_previous(_previous_key(settings), settings.token_life))
        except NotYet as error:
            refuse("keys.not_yet", FAILED, days=error.days)
        except StillNeeded as error:
            refuse("keys.tokens_not_yet", FAILED, left=error.left)
    _end(as_json, "keys.forgotten", forgotten=count)


@contextmanager
def _usable() -> "Iterator[None]":
    from shared.personal.keys import MasterKeyWrong
    from shared.personal.master import MasterKeyUnusable
    from shared.token import TokenKeyUnusable

    try:
        yield
    except (MasterKeyUnusable, MasterKeyWrong, TokenKeyUnusable) as error:
        refuse("forget.no_key", FAILED, reason=error)


def _end(as_json: bool, sentence: str, **told: object) -> None:
    if as_json:
        print_json(told)
    else:
        typer.echo(say(sentence, **told))


def _previous_key(settings: "Settings") -> "Path":
    if settings.token_previous_key_file is None:
        refuse("keys.no_previous", WRONG)
    return settings.token_previous_key_file


def _rotate_tokens(access: "Access") -> str:
    """The `kid` of the key that signs from now on."""
    from shared.token.exchange import StillNeeded, exchange_key_pair

    settings = access.settings(access.rooms[0])
    signing, shown = access.installation.token_private_key_file, settings.token_public_key_file
    if shown != access.installation.token_public_key_file:
        refuse("keys.elsewhere", WRONG)
    try:
        return exchange_key_pair(signing, shown, _previous_key(settings), settings.token_life)
    except StillNeeded as error:
        refuse("keys.tokens_not_yet", FAILED, left=error.left)


def _rotate_logins(access: "Access", kind: Kind) -> "Sequence[str]":
    """The parts that have not started again with their new passwords yet."""
    from guiyi.stack.logins import NotOurs, exchange_logins

    try:
        return exchange_logins(access.installation, access.environ, kind)
    except NotOurs:
        refuse("keys.elsewhere", WRONG)


def _rotate_proof(settings: "Settings", why: "Because") -> dict[int, int]:
    """The first seq of the new key, by partition."""
    from shared.personal.master import read_master_key
    from shared.proof.rotation import begin_key
    from shared.proof.store import proof_store

    with closing(proof_store(settings)) as store:
        if not store.is_settled():
            refuse("keys.unsettled", FAILED, room=settings.room)
        noted(settings, "keys rotate", "begins a new proof key", why)
        rows = begin_key(store, read_master_key(settings.master_key_file))
    return {row.partition: row.first_seq for row in rows}


def _end_proof(begun: dict[str, dict[int, int]], as_json: bool) -> None:
    if as_json:
        print_json({"kind": Kind.PROOF, "rooms": begun})
        return
    for each, firsts in begun.items():
        shown = ", ".join(f"{partition}: {seq}" for partition, seq in sorted(firsts.items()))
        typer.echo(say("keys.proof_done", room=each, firsts=shown))


def _owner_url(access: "Access") -> str:
    from shared.config import database_url

    if not (url := database_url(access.environ, "KEYS_OWNER_URL")):
        refuse("keys.no_owner", WRONG)
    return url


def _note(access: "Access", verb: str, what: str, why: "Because") -> None:
    """Enter it in the ledger of every room, before it is done."""
    for each in access.rooms:
        noted(access.settings(each), verb, what, why)


def _rotate_master(access: "Access") -> dict[str, object]:
    from guiyi.stack.exchange import exchange_master, fill_look_up

    rooms = [access.settings(each) for each in access.rooms]
    wrapped = exchange_master(rooms[0].master_key_file, _owner_url(access))
    late = [each.room for each in rooms if not fill_look_up(each)]
    return {"wrapped": wrapped, "late": late}


def _end_master(told: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json({"kind": Kind.MASTER, **told})
        return
    typer.echo(say("keys.master_done", wrapped=told["wrapped"]))
    if late := told["late"]:
        typer.echo(say("keys.late", rooms=late))
