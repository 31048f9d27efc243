"""The verb `forget`: a customer's personal texts are erased for good, wherever they are."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.because import reasoned
from guiyi.erasures import (
    enter,
    false_links,
    forget_in,
    keys_at_hand,
    led_to,
    write_erasures,
)
from guiyi.options import Actor, Json, State, Why
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.rooms import ROOMS
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.personal.key_store import Link


def forget(  # noqa: PLR0913, PLR0917 - whom, where it is kept, and who says so
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=say("forget.customer"))],
    keep: Annotated[Path, typer.Option("--keep", metavar="FILE", help=say("forget.keep"))],
    because: Why,
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """删除 (forget): keys first, then the look-up of every room. After a kill, run it again."""
    from shared.personal.keys import KeyState

    why, subject = reasoned(actor, because), f"customer-{customer}"
    with operated(state, actor) as access:
        every = [access.settings(room) for room in ROOMS]
        with keys_at_hand(every[0]) as keys:
            if keys.state(subject) is KeyState.NEVER_MADE:
                refuse("forget.unknown", WRONG, customer=customer)
            links = keys.links(subject)
            false = false_links(every, links)
            if not (yes and as_json):
                _show_reach(customer, links, false)
            if not yes and not typer.confirm(say("forget.sure", customer=customer), err=True):
                refuse("forget.kept", FAILED, customer=customer)
            enter(every, "forget", "a customer, and all that is linked to them, is erased", why)
            erased = list(keys.destroy(subject, false))
            for settings in every:
                forget_in(settings, erased)
            try:
                write_erasures(keep, keys)
            except OSError as error:
                refuse("forget.not_kept", FAILED, file=keep, reason=error.strerror)
    if as_json:
        print_json({"customer": customer, "subjects": erased, "false_links": false})
    else:
        typer.echo(say("forget.done", customer=customer, subjects=len(erased), file=keep))


def _show_reach(customer: str, links: "Sequence[Link]", false: "Sequence[Link]") -> None:
    """Say which subjects will be erased, and why each: whose it is, by a fact that named them.

    What the key store links although no fact says so is named too; it will not be erased.
    """
    own = f"customer-{customer}"
    true = led_to(own, [link for link in links if link not in false])
    subjects = {own, *(subject for subject, _ in true)}
    typer.echo(say("forget.reach", customer=customer, subjects=len(subjects)), err=True)
    typer.echo(say("forget.own", subject=own), err=True)
    for said, these in (("forget.linked", true), ("forget.false", false)):
        for subject, owner in these:
            typer.echo(say(said, subject=subject, owner=owner), err=True)
