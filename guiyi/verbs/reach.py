"""Kind ends for verbs that talk to an installation: a sentence of what is wrong, an exit code."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from guiyi.rooms import ROOMS
from guiyi.speech import language, say
from guiyi.verbs.access import Access, Answered, Away, OutOfReach, access

FAILED, WRONG, OUT_OF_REACH = 1, 2, 3
"""Exit codes: it said no; wrong words; nothing runs or it does not answer."""


@contextmanager
def reached(state: Path | None) -> Iterator[Access]:
    """An installation to talk to; its refusals end the command with a sentence, never a trace."""
    from shared.record.store import Unavailable
    from shared.token import TokenKeyUnusable
    from shared.views.journal import JournalLacks
    from shared.worker.peeking import BrokerSilent

    try:
        yield access(state)
    except OutOfReach as error:
        _end(say("reach.nothing_runs", reason=error), OUT_OF_REACH)
    except (Away, Unavailable, BrokerSilent) as error:
        _end(say("reach.away", name=error), OUT_OF_REACH)
    except JournalLacks as error:
        _end(str(error), FAILED)
    except TokenKeyUnusable as error:
        _end(say("token.no_key", reason=error), OUT_OF_REACH)
    except Answered as error:
        _end("\n".join(_said(error)), FAILED)


def room_named(name: str) -> str:
    """The room of that name; wrong words end the command with the names there are."""
    if name not in ROOMS:
        _end(say("reach.no_room", name=name, rooms=", ".join(ROOMS)), WRONG)
    return name


def _said(error: Answered) -> Iterator[str]:
    """A problem's sentences in the user's language."""
    yield str(error)
    for each in error.problem.get("reasons", ()):
        yield f"  {each.get('code')}: {each.get(language()) or ''}"


def _end(sentence: str, code: int) -> None:
    typer.echo(sentence, err=True)
    raise typer.Exit(code) from None
