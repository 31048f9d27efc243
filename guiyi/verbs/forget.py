"""The verb `forget`: a customer's personal texts are erased for good, wherever they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.erasures import forget_in, keys_at_hand, write_erasures
from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.rooms import ROOMS
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.personal.key_store import Link


def forget(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=say("forget.customer"))],
    keep: Annotated[Path, typer.Option("--keep", metavar="FILE", help=say("forget.keep"))],
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """删除 (forget): keys first, then the look-up of every room. After a kill, run it again."""
    from shared.personal.keys import KeyState

    subject = f"customer-{customer}"
    with operated(state, actor) as access:
        every = [access.settings(room) for room in ROOMS]
        with keys_at_hand(every[0]) as keys:
            if keys.state(subject) is KeyState.NEVER_MADE:
                refuse("forget.unknown", WRONG, customer=customer)
            if not (yes and as_json):
                _show_reach(customer, keys.links(subject))
            if not yes and not typer.confirm(say("forget.sure", customer=customer), err=True):
                refuse("forget.kept", FAILED, customer=customer)
            erased = list(keys.destroy(subject))
            for settings in every:
                forget_in(settings, erased, "forget", actor)
            try:
                write_erasures(keep, keys)
            except OSError as error:
                refuse("forget.not_kept", FAILED, file=keep, reason=error.strerror)
    if as_json:
        print_json({"customer": customer, "subjects": erased})
    else:
        typer.echo(say("forget.done", customer=customer, subjects=len(erased), file=keep))


def _show_reach(customer: str, links: "Sequence[Link]") -> None:
    """Say which subjects will be erased, and why each: whose it is, by a fact that named them."""
    reached = {subject for subject, _ in links} | {f"customer-{customer}"}
    typer.echo(say("forget.reach", customer=customer, subjects=len(reached)), err=True)
    typer.echo(say("forget.own", subject=f"customer-{customer}"), err=True)
    for subject, owner in links:
        typer.echo(say("forget.linked", subject=subject, owner=owner), err=True)
