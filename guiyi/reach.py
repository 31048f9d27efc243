"""How a verb that talks to an installation ends: a sentence that says what is wrong, and a code."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from guiyi.access import Access, Answered, Away, OutOfReach, access
from guiyi.acting import LacksRight, NotRegistered
from guiyi.refusal import FAILED, OUT_OF_REACH, WRONG, complain, refuse
from guiyi.speech import language
from guiyi.story_clock import ahead_of


@contextmanager
def reached(state: Path | None, actor: str = "") -> Iterator[Access]:
    """An installation to talk to. Its errors end the command with a sentence, not a traceback."""
    import psycopg2
    from sqlalchemy.exc import DBAPIError

    from shared.rebuild.topic import JournalLacks
    from shared.record.schema import SchemaDiffers
    from shared.record.store import Unavailable
    from shared.token import TokenKeyUnusable
    from shared.worker.offsets import BrokerSilent

    try:
        with acted(actor):
            reaching = access(state, actor)
            yield reaching
            _say_story(reaching)
    except OutOfReach as error:
        refuse("reach.nothing_runs", OUT_OF_REACH, reason=error)
    except (Away, Unavailable, BrokerSilent) as error:
        refuse("reach.away", OUT_OF_REACH, name=error)
    except (psycopg2.Error, DBAPIError) as error:
        refused = error.orig if isinstance(error, DBAPIError) else error
        refuse("reach.refuses", FAILED, reason=str(refused).strip())
    except SchemaDiffers as error:
        refuse("reach.differs", WRONG, reason=error)
    except JournalLacks as error:
        refuse("reach.journal_lacks", FAILED, reason=error)
    except TokenKeyUnusable as error:
        refuse("token.no_key", OUT_OF_REACH, reason=error)
    except Answered as error:
        told = {"status": error.status, "reasons": error.problem.get("reasons", [])}
        refuse("reach.said_no", FAILED, more=told, told="\n".join(_said(error)))


@contextmanager
def operated(state: Path | None, actor: str) -> Iterator[Access]:
    """An installation, for a verb that works on its databases: an operator of the register asks."""
    from shared.personal.master import MasterKeyUnusable

    with reached(state, actor) as access:
        try:
            access.operating()
        except MasterKeyUnusable as error:
            refuse("forget.no_key", FAILED, reason=error)
        yield access
        _hear(access)


@contextmanager
def looked_into(state: Path | None) -> Iterator[Access]:
    """An installation, for a verb that shows what its databases say, to anybody."""
    with reached(state) as access:
        yield access
        _hear(access)


@contextmanager
def acted(actor: str) -> Iterator[None]:
    """Who may not do what they ask for ends the command with a sentence."""
    try:
        yield
    except NotRegistered as error:
        refuse("acting.not_registered" if actor else "acting.nobody", WRONG, actor=error)
    except LacksRight as error:
        refuse("acting.lacks", FAILED, lacks=error)


def _hear(access: Access) -> None:
    """What is read from the databases themselves is a story as what the rooms answer is."""
    from shared.record.store import Unavailable
    from shared.record.story_clock import iso

    with suppress(Unavailable):  # the verb itself has said what it could not reach
        access.heard.update({room: iso(each) for room, each in ahead_of(access).items()})


def _say_story(access: Access) -> None:
    """Beside whatever was shown: its moments are no real ones."""
    if access.heard:
        complain("clock.story", ahead=max(access.heard.values()))


def _said(error: Answered) -> Iterator[str]:
    """A problem's sentences in the user's language."""
    yield str(error)
    for each in error.problem.get("reasons", ()):
        yield f"  {each.get('code')}: {each.get(language()) or ''}"
