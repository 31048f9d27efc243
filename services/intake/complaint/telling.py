"""紧急上报 (telling): whom an emergency is told to, by the cards of that moment.

It is never told to nobody: where nobody leads the department and nobody is above it, others are
told in their stead, and the paper says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.intake.complaint.checks import is_here
from shared.decider import Asked

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


def told_at_once(turns: Turns, part: Sequence[str], asked: Asked) -> ToldAtOnce:
    """紧急上报: the first of these who are here, without those who are part of it."""
    fit = [
        tuple(each for each in dict.fromkeys(some) if each not in part and is_here(each, asked))
        for some in turns
    ]
    return ToldAtOnce(next((some for some in fit if some), ()), nobody_above=not any(fit[:1]))
