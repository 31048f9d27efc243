"""紧急上报 (telling): whom an emergency is told to, by the cards of that moment.

It is never told to nobody: where nobody leads the department and nobody is above it, others are
told in their stead, and the paper says so. Whoever is told, and whose card says where they are
reached, is sent a notice, which says the number of the complaint and nothing of what is in it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from services.intake.complaint.checks import is_here
from shared.decider import Asked, Decision, Fact, Series, number_of
from shared.events.cards import PersonCard
from shared.notices.wanted import ToPeople, ask_each, series_of

GOOD_FOR = timedelta(days=1)
"""So long it is of use to send it."""
Turns = Sequence[tuple[str, ...]]
"""Who is told together; each after the first only where nobody of those before is there."""


@dataclass(frozen=True, slots=True)
class ToldAtOnce:
    """上报对象: who is told at once, and whether nobody was there who should have been."""

    people: tuple[str, ...] = ()
    nobody_above: bool = False


def reads_told(turns: Turns) -> Iterator[str]:
    """The cards of those who may be told."""
    people = dict.fromkeys(each for some in turns for each in some)
    return (f"person-{each}" for each in people)


def reads_of_emergency(turns: Turns, number: str) -> Iterator[str | Series]:
    """The cards of those who may be told of an emergency, and what people were sent of it."""
    yield from reads_told(turns)
    yield series_of(number)


def told_at_once(turns: Turns, part: Sequence[str], asked: Asked) -> ToldAtOnce:
    """紧急上报: the first of these who are here, without those who are part of it."""
    fit = [
        tuple(each for each in dict.fromkeys(some) if each not in part and is_here(each, asked))
        for some in turns
    ]
    return ToldAtOnce(next((some for some in fit if some), ()), nobody_above=not any(fit[:1]))


def notices(
    number: str, people: Sequence[str], wanted: ToPeople | None, asked: Asked
) -> Iterator[tuple[str, Fact]]:
    """通知待发: of this complaint, to each whose card was read and says where, by an open way."""
    if wanted is None:
        return
    cards = (asked.read(f"person-{each}") for each in people)
    theirs = (wanted.to(each.phone, each.email) for each in cards if isinstance(each, PersonCard))
    until = asked.recorded_at + GOOD_FOR
    fit = [each for each in theirs if each is not None]
    yield from ask_each(asked, number, fit, until)


def telling(fact: Fact, told: ToldAtOnce, wanted: ToPeople | None, asked: Asked) -> Decision:
    """The fact, and a notice of it to each of those who are told at once."""
    return [*asked.here(fact), *notices(number_of(asked.home), told.people, wanted, asked)]


def without(part: Sequence[str], people: Sequence[str]) -> tuple[str, ...]:
    """Those of them who are no part of it."""
    return tuple(each for each in people if each not in part)
