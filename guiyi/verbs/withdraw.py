"""The verb `withdraw`: an import counts no more, as a whole; its rows stay in the record."""

from dataclasses import asdict
from typing import Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import operated
from guiyi.refusal import OUT_OF_REACH, WRONG, refuse
from guiyi.speech import say


def withdraw(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help=say("withdraw.source"))],
    because: Annotated[str, typer.Option("--because", help=say("withdraw.because"))],
    generation: Annotated[
        int, typer.Option("--generation", min=1, help=say("withdraw.generation"))
    ] = 1,
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """撤回旧单 (withdraw): one fact a ticket; after a stop, run it again."""
    from contextlib import ExitStack

    from guiyi.legacy.imports import RecordAway, desk
    from guiyi.legacy.withdrawal import Withdrawal, WithdrawalTally
    from guiyi.legacy.withdrawal import withdraw as withdraw_all

    if not because.strip():
        refuse("withdraw.no_reason", WRONG)
    with operated(state, actor) as access, ExitStack() as stack:
        try:
            handler, wake = desk(access.settings("intake"), stack)
        except RecordAway as error:
            refuse("reach.away", OUT_OF_REACH, name=error)
        wanted = Withdrawal(source, generation, because.strip(), access.acting())

        def watch(tally: WithdrawalTally) -> None:
            wake()
            if not as_json:
                typer.echo(say("withdraw.far", **asdict(tally)), err=True)

        tally = withdraw_all(handler, wanted, watch)
        if not tally.tickets:
            refuse("withdraw.unknown", WRONG, source=source, generation=generation)
    if as_json:
        print_json({"source": source, "generation": generation, **asdict(tally)})
    else:
        again = generation + 1
        typer.echo(say("withdraw.done", source=source, **asdict(tally), again=again))
