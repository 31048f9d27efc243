"""The command `guiyi`: every verb is mounted here. Each theme of verbs is a module of `verbs`.

Modules import what they need inside their verbs, so that `guiyi --help` answers at once.
"""

import typer

from guiyi.refusal import Verbs
from guiyi.speech import say
from guiyi.verbs import (
    demo,
    erasures,
    forget,
    imports,
    parts,
    relay,
    restore,
    retired,
    stack,
    ticket,
    token,
    worker,
)

app = typer.Typer(
    name="guiyi",
    help=say("guiyi.help"),
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
VERBS = (
    stack,
    demo,
    ticket,
    imports,
    parts,
    relay,
    restore,
    worker,
    retired,
    forget,
    erasures,
    token,
)
for module in VERBS:
    module.mount(app)


def main() -> None:
    """Entry of the command."""
    app()
