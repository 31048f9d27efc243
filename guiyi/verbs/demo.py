"""The verb `demo`: the main job, shown and proved on a stack of its own."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from guiyi.options import Json
from guiyi.refusal import FAILED, WRONG, refuse
from guiyi.speech import both, say

if TYPE_CHECKING:
    from guiyi.demo.run import Wish
    from guiyi.demo.screen import Screen

INTERRUPTED = 130
"""Exit code of Ctrl-C."""


def demo(
    legacy: Annotated[
        Path | None, typer.Option("--legacy", metavar="FILE", help=say("demo.legacy"))
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--mapping", metavar="MAP", help=say("demo.mapping"))
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help=say("demo.keep"))] = False,
    state: Annotated[
        Path | None, typer.Option("--state", metavar="DIR", help=say("demo.state"))
    ] = None,
    as_json: Json = False,
) -> None:
    """演示 (demo): repairs from the call to the filed dossier, a month of the store, another log.

    LEGACY and KEEP of the environment work like the options. GUIYI_STATE does not: it names an
    installation that somebody uses.
    """
    from guiyi.demo.legacy import SAMPLE
    from guiyi.demo.run import Wish
    from guiyi.demo.screen import screen

    named = os.environ.get("LEGACY")
    kept = os.environ.get("KEEP", "").lower() not in ("", "0", "no", "false")
    wish = Wish(legacy or (Path(named) if named else SAMPLE), mapping, state, keep or kept)
    shown = screen(as_json=as_json)
    line = _run(wish, shown)
    if as_json:
        typer.echo(line)


def _run(wish: "Wish", shown: "Screen") -> str:
    """The result as one line; every other end is a sentence."""
    from guiyi.access import Answered, Away
    from guiyi.demo.run import run
    from guiyi.demo.stage import NotBack, StateInUse
    from guiyi.play.player import NotSo
    from guiyi.stack.run import Failed, Late
    from guiyi.tables.faults import Unusable
    from shared.rebuild.topic import JournalLacks
    from shared.record.store import Unavailable
    from shared.worker.offsets import BrokerSilent

    try:
        return run(wish, shown).line()
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
