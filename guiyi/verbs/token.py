"""The verb `token`: a token with which a person can talk to the rooms."""

from datetime import timedelta
from typing import Annotated

import typer

from guiyi.options import Json, State
from guiyi.output import print_json
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import say


def token(
    actor: Annotated[str, typer.Option("--actor", help=say("token.actor"))],
    role: Annotated[list[str], typer.Option("--role", help=say("token.role"))],
    branch: Annotated[list[str], typer.Option("--branch", help=say("token.branch"))],
    hours: Annotated[float, typer.Option("--hours", min=0.01, max=24 * 30)] = 8.0,
    state: State = None,
    as_json: Json = False,
) -> None:
    """令牌 (token): a token signed with this installation's key."""
    from guiyi.access import surroundings
    from guiyi.stack.run import installation_at
    from shared.config import token_life
    from shared.events.values import Role
    from shared.token import TokenKeyUnusable, TokenReserved, make_token

    known = [each.value for each in Role]
    if unknown := [name for name in role if name not in known]:
        refuse("token.unknown_role", WRONG, role=unknown[0], roles=", ".join(known))
    installation = installation_at(state)
    longest = token_life(surroundings(installation))
    if timedelta(hours=hours) > longest:
        refuse("token.too_long", WRONG, hours=longest.total_seconds() / 3600)
    key = installation.token_private_key_file
    try:
        text = make_token(key, actor, role, branch, timedelta(hours=hours))
    except TokenReserved:
        refuse("token.reserved", WRONG, actor=actor)
    except TokenKeyUnusable as error:
        refuse("token.no_key", FAILED, reason=error)
    if as_json:
        print_json({"token": text})
    else:
        typer.echo(text)
