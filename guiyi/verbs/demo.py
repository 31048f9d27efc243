"""The verb `demo`: the main job, shown and proved on a stack of its own."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from guiyi.options import Json
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import both, say

LEAST, MOST = 60, 2_000
"""How many tickets a month may have; every repair is told at least once."""
MOST_MONTHS, MOST_BRANCHES = 24, 8
INTERRUPTED = 130
"""Exit code of Ctrl-C."""


def demo(  # noqa: PLR0913, PLR0917 - the options of a command
    legacy: Annotated[
        Path | None, typer.Option("--legacy", metavar="FILE", help=say("demo.legacy"))
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="MAP", help=say("demo.mapping"))
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help=say("demo.keep"))] = False,
    month: Annotated[bool, typer.Option("--month", help=say("demo.month"))] = False,
    tickets: Annotated[
        int, typer.Option("--tickets", min=LEAST, max=MOST, help=say("demo.tickets"))
    ] = 200,
    months: Annotated[
        int | None, typer.Option("--months", min=1, max=MOST_MONTHS, help=say("demo.months"))
    ] = None,
    branches: Annotated[
        int | None, typer.Option("--branches", min=1, max=MOST_BRANCHES, help=say("demo.branches"))
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help=say("demo.seed"))] = 7,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help=say("demo.state"))
    ] = None,
    as_json: Json = False,
) -> None:
    """演示 (demo): repairs from the call to the filed dossier, a month of the store, another log.

    LEGACY and KEEP of the environment work like the options. GUIYI_STATE does not: it names an
    installation that somebody uses.
    """
    from guiyi.demo.screen import screen

    named = os.environ.get("LEGACY")
    kept = os.environ.get("KEEP", "").lower() not in ("", "0", "no", "false")
    shown = screen(as_json=as_json)
    if month or months or branches:
        from guiyi.demo.branch_month import MonthWish, run_month

        wish = MonthWish(tickets, seed, state, keep or kept, months or 1, branches or 1)
        line = _told(lambda: run_month(wish, shown).line())
    else:
        from guiyi.demo.legacy import SAMPLE
        from guiyi.demo.run import Wish, run

        file = legacy or (Path(named) if named else SAMPLE)
        line = _told(lambda: run(Wish(file, mapping, state, keep or kept), shown).line())
    if as_json:
        typer.echo(line)


def _told(play: Callable[[], str]) -> str:
    """The result as one line; every other end is a sentence."""
    from guiyi.access import Answered, Away
    from guiyi.demo.stage import NotBack, StateInUse
    from guiyi.play.player import NotSo
    from guiyi.stack.run import Failed, Late
    from guiyi.tables.faults import Unusable
    from shared.rebuild.topic import JournalLacks
    from shared.record.store import Unavailable
    from shared.worker.offsets import BrokerSilent

    try:
        return play()
    except Unusable as error:
        refuse("demo.no_log", WRONG, reason=error)
    except StateInUse as error:
        refuse("demo.state_in_use", WRONG, state=error)
    except KeyboardInterrupt:
        refuse("demo.interrupted", INTERRUPTED)
    except (Failed, Late, OSError) as error:
        refuse("demo.not_up", FAILED, reason=error)
    except Answered as error:
        refuse("demo.failed", FAILED, reason=error.problem.get("detail") or error)
    except NotBack as error:
        refuse("demo.failed", FAILED, reason=both("demo.not_back", name=error))
    except (NotSo, Away, Unavailable, BrokerSilent, JournalLacks) as error:
        refuse("demo.failed", FAILED, reason=error)
