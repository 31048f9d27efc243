"""待截帐 (months due): the last month that a store has closed, and who waits for the next one."""

from collections.abc import Iterable
from dataclasses import dataclass

from shared.events.closings import ClosingUrged, PeriodClosed
from shared.view import Key, Recorded

NAME = "months_due"
VERSION = 1
KEY = ("stream",)
INDEXES = (("branch",),)


@dataclass(frozen=True, slots=True)
class Row:
    """待截帐一行: a store whose next month nobody was reminded of."""

    stream: str
    branch: str
    """The store's."""
    closed: str
    """The last month that is closed."""


def keys(recorded: Recorded) -> Iterable[Key]:
    """The closings of a store."""
    told = isinstance(recorded.fact, PeriodClosed | ClosingUrged)
    return [(recorded.stream,)] if told else []


def project(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There from a closing on until somebody is reminded of the next month."""
    match recorded.fact:
        case PeriodClosed() as closed:
            return Row(str(key[0]), closed.store, closed.period)
        case _:
            return None
