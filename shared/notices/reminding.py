"""提醒通知 (reminding): those of us whom a fact reminds of a paper are to be told, once a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.decider import Asked, Decision, Series
from shared.events.values import At, Ref
from shared.notices.wanted import NoticeWanted, ask_each, series_of


@dataclass(frozen=True, slots=True)
class TellReminded:
    """提醒通知: these of us are to be told what a paper reminds them of; by timer."""

    about: Ref
    """The number of the paper."""
    under: Ref
    """Under which number their notices stand: that of the fact that reminds them."""
    to: tuple[NoticeWanted, ...]
    """Obligation: each of them, as policy and their cards have it now."""
    until: At


# Any: a stream before the first of the notices. Nothing is ever written on it.
def reads_reminded(command: TellReminded, _home: Any, _asked: Asked) -> Sequence[Series]:
    """What people were sent of the same fact."""
    return (series_of(command.under),)


def tell_reminded(command: TellReminded, _home: Any, asked: Asked) -> Decision:
    """提醒通知: whoever was told of this fact once is told of it no more."""
    if asked.read_series(series_of(command.under).prefix):
        return []
    return [*ask_each(asked, command.about, command.to, command.until, command.under)]
