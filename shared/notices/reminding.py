"""提醒通知 (reminding): those whom a fact reminds of a paper are to be told, once a fact."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.decider import Asked, Decision, Series
from shared.events.values import At, Personal, Ref
from shared.notices.wanted import ToPeople, ask_each, series_of


@dataclass(frozen=True, slots=True)
class Addressee:
    """收信人: where somebody is reached who is told by themselves."""

    phone: Personal | None = None
    email: Personal | None = None


@dataclass(frozen=True, slots=True)
class TellReminded:
    """提醒通知: these are to be told what a fact of a paper says to them; by timer."""

    about: Ref
    """The number of the paper."""
    under: Ref
    """Under which number their notices stand: that of the fact that reminds them."""
    notice: ToPeople
    """Obligation: as policy has it now."""
    people: tuple[Addressee, ...]
    """Obligation: each of them, as their cards are now."""
    until: At


# Any: a stream before the first of the notices. Nothing is ever written on it.
def reads_reminded(command: TellReminded, _home: Any, _asked: Asked) -> Sequence[Series]:
    """What people were sent of the same fact."""
    return (series_of(command.under),)


def tell_reminded(command: TellReminded, _home: Any, asked: Asked) -> Decision:
    """提醒通知: whoever was told of this fact once is told of it no more."""
    if asked.read_series(series_of(command.under).prefix):
        return []
    theirs = (command.notice.to(each.phone, each.email) for each in command.people)
    fit = [each for each in theirs if each is not None]
    return [*ask_each(asked, command.about, fit, command.until, command.under)]
