"""The command `guiyi`: all of its verbs. Each theme of verbs is a module of `verbs`.

Modules import what they need inside their verbs, so that `guiyi --help` answers at once.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import typer

from guiyi.refusal import Verbs
from guiyi.speech import say
from guiyi.verbs import (
    clock,
    consumption,
    demo,
    desk,
    erasures,
    forget,
    generation,
    imports,
    keys,
    lists,
    notices,
    openings,
    pasts,
    relay,
    reread,
    restore,
    retired,
    stack,
    stock,
    stock_lists,
    ticket,
    ticket_export,
    token,
    withdraw,
    worker,
)

Verb: TypeAlias = Callable[..., None]

VERBS: Mapping[str, Verb | Mapping[str, Verb]] = {
    "up": stack.up,
    "down": stack.down,
    "status": stack.status,
    "demo": demo.demo,
    "ticket": {
        "list": ticket.list_,
        "find": ticket.find,
        "show": ticket.show,
        "history": ticket.history,
        "papers": ticket.papers,
        "export": ticket_export.export,
    },
    "import": imports.import_,
    "withdraw": withdraw.withdraw,
    "parts": {"load": lists.load_parts, "export": lists.export_parts},
    "machines": {
        "load": lists.cards_loader("machines"),
        "export": lists.cards_exporter("machines"),
        "history": pasts.of_machine,
    },
    "customers": {
        "load": lists.cards_loader("customers"),
        "export": lists.cards_exporter("customers"),
        "history": pasts.of_customer,
    },
    "people": {"load": lists.load_people, "export": lists.cards_exporter("people")},
    "stock": {
        "balance": stock.balance,
        "out": stock_lists.out,
        "late": stock_lists.late,
        "low": stock_lists.low,
        "quota": stock_lists.quota,
        "consumption": consumption.consumption,
    },
    "desk": {
        "tasks": desk.tasks,
        "to-plan": desk.to_plan,
        "figures": desk.figures,
        "clocks": desk.clocks,
        "delegations": desk.delegations,
        "lent": desk.lent,
        "complaints": desk.complaints,
    },
    "relay": {"status": relay.status, "rewind": relay.rewind},
    "restore": restore.restore,
    "lag": worker.lag,
    "rebuild": worker.rebuild,
    "reread": reread.reread,
    "generation": {"begin": generation.begin, "new": generation.new},
    "parked": {
        "list": worker.list_,
        "show": worker.show,
        "retry": worker.retry,
        "discard": worker.discard,
    },
    "retired": retired.retired,
    "forget": forget.forget,
    "erasures": {"apply": erasures.apply},
    "notices": {"list": notices.list_, "resend": notices.resend},
    "openings": openings.openings,
    "keys": {"rotate": keys.rotate, "forget": keys.forget},
    "clock": {"show": clock.show, "advance": clock.advance},
    "token": token.token,
}
"""Every verb by its name; a group of verbs by the name that they share."""

app = typer.Typer(
    name="guiyi",
    help=say("guiyi.help"),
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _add_group(name: str, verbs: Mapping[str, Verb]) -> None:
    group = typer.Typer(help=say(f"{name}.help"), no_args_is_help=True)
    group.callback()(lambda: None)  # without it typer leaves out the name of a verb that is alone
    for each, verb in verbs.items():
        group.command(each, help=say(f"{name}.{each}_help"))(verb)
    app.add_typer(group, name=name)


for name, verb in VERBS.items():
    if callable(verb):
        app.command(name, help=say(f"{name}.help"))(verb)
    else:
        _add_group(name, verb)


def main() -> None:
    """Entry of the command."""
    app()
