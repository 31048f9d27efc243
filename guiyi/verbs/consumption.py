"""The verb `stock consumption`: the consumption report of a closed month, as a file."""

from pathlib import Path
from typing import Annotated

import typer

from guiyi.options import Actor, Json, State
from guiyi.output import print_json
from guiyi.reach import reached
from guiyi.refusal import WRONG, refuse
from guiyi.speech import say
from shared.sheets import SheetForm


def consumption(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=say("stock.report_file"))],
    store: Annotated[str, typer.Option("--store", help=say("stock.report_store"))],
    period: Annotated[str, typer.Option("--period", help=say("stock.report_period"))],
    actor: Actor = "",
    state: State = None,
    as_json: Json = False,
) -> None:
    """消耗报表 (stock consumption): the report of a closed month as CSV or as a workbook."""
    form = file.suffix.removeprefix(".").lower()
    forms = [each.value for each in SheetForm]
    if form not in forms:
        refuse("stock.report_form", WRONG, file=file, forms=", ".join(forms))
    with reached(state, actor) as access:
        path = f"/v1/consumption/{store}/{period}/sheet"
        content = access.content("inventory", path, form=form)
    try:
        file.write_bytes(content)
    except OSError as error:
        refuse("ticket.not_written", WRONG, reason=error)
    if as_json:
        print_json({"file": str(file), "bytes": len(content)})
    else:
        typer.echo(say("stock.reported", file=file, store=store, period=period))
