"""The verb `forget`: a customer's personal texts are erased, for good, wherever they stand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.options import Json, State
from guiyi.reach import reached
from guiyi.refusal import FAILED, OUT_OF_REACH, WRONG, refuse
from guiyi.rooms import ROOMS
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.config import Settings


def mount(app: typer.Typer) -> None:
    """Add this verb."""
    app.command("forget", help=say("forget.help"))(forget)


def forget(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help=say("forget.customer"))],
    keep: Annotated[Path, typer.Option("--keep", metavar="FILE", help=say("forget.keep"))],
    yes: Annotated[bool, typer.Option("--yes", help=say("parked.yes"))] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """删除 (forget): keys first, then the look-up of every room. Killed half-way: say it again."""
    from guiyi.stack.installation import replace
    from shared.personal.keys import KeyState, open_keys

    subject = f"customer-{customer}"
    with reached(state) as access, _keys_at_hand():
        every = [access.settings(room) for room in ROOMS]
        keys = open_keys(every[0].keys_url, every[0].master_key_file)
        if keys.state(subject) is KeyState.NEVER_MADE:
            refuse("forget.unknown", WRONG, customer=customer)
        if not yes and not typer.confirm(say("forget.sure", customer=customer), err=True):
            refuse("forget.kept", FAILED, customer=customer)
        erased = list(keys.destroy(subject))
        for settings in every:
            _forget_in(settings, erased)
        told = [
            {
                "customer": each.customer,
                "erased_at": each.erased_at.isoformat(),
                "subjects": list(each.subjects),
            }
            for each in keys.erasures()
        ]
        try:
            replace(keep, told)
        except OSError as error:
            refuse("forget.not_kept", FAILED, file=keep, reason=error.strerror)
    if as_json:
        typer.echo(json.dumps({"customer": customer, "subjects": erased}, ensure_ascii=False))
    else:
        typer.echo(say("forget.done", customer=customer, subjects=len(erased), file=keep))


def _forget_in(settings: "Settings", subjects: list[str]) -> None:
    from guiyi.database import worker_database
    from shared.personal import lookup
    from shared.views.rows import transaction

    with worker_database(settings) as database, transaction(database) as rows:
        lookup.forget(rows, subjects)


@contextmanager
def _keys_at_hand() -> Iterator[None]:
    from shared.personal.keys import KeysUnavailable, MasterKeyWrong
    from shared.personal.master import MasterKeyUnusable

    try:
        yield
    except KeysUnavailable:
        refuse("reach.away", OUT_OF_REACH, name="KEYS_URL")
    except (MasterKeyWrong, MasterKeyUnusable) as error:
        refuse("forget.no_key", FAILED, reason=error)
