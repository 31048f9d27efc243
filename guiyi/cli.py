"""The command `guiyi`: every verb, mounted. A group of verbs is a module `cli_*.py`.

Modules import what they need inside their verbs, so that `guiyi --help` answers at once.
"""

import typer

from guiyi import cli_demo, cli_import, cli_relay, cli_stack, cli_ticket, cli_token, cli_worker
from guiyi.speech import say

app = typer.Typer(
    name="guiyi",
    help=say("guiyi.help"),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for module in (cli_stack, cli_demo, cli_ticket, cli_import, cli_relay, cli_worker, cli_token):
    module.mount(app)


def main() -> None:
    """Entry of the command."""
    app()
