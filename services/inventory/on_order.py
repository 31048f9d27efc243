"""在购台账 (the book of what is on order): what each open paper of a store still waits for.

A stream for each store. It is written with the papers alone, in the same append, so that a request
up to the quota counts what was asked for before, whoever asks at the same moment.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from shared.decider import Asked
from shared.events.replenishments import OnOrderSet, OpenPieces
from shared.step import Address, AnyRow, PaperType, PathField, by_command


@dataclass(frozen=True, slots=True)
class OnOrder:
    """在购: how many of each part every open paper of the store still waits for."""

    papers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unchecked: Mapping[str, date] = field(default_factory=dict)
    """Requests that base has not checked, with the day on which they were asked."""

    def unchecked_on(self, day: date) -> str | None:
        """The request of a day that base has not checked."""
        return next((each for each, asked_on in self.unchecked.items() if asked_on == day), None)

    def of(self, part: str) -> int:
        """How many of a part are still to come, over all papers."""
        return sum(count for _, count in self.by_paper(part))

    def by_paper(self, part: str) -> Sequence[tuple[str, int]]:
        """The papers that wait for a part, each with how many."""
        return [(number, lines[part]) for number, lines in self.papers.items() if part in lines]


PAPER: PaperType[OnOrder] = PaperType(
    "on_order",
    Address("/on-order/{store}", (PathField("store", pattern=r"^[A-Z0-9]{2,8}$"),)),
    snapshot=OnOrder,
    place_of=lambda number: number,
)
STEPS: tuple[AnyRow[OnOrder], ...] = ()
"""It is written with requests alone."""
initial = OnOrder()
decide = by_command(STEPS)


def evolve(book: OnOrder, fact: OnOrderSet) -> OnOrder:
    """The book after the fact."""
    papers = {number: lines for number, lines in book.papers.items() if number != fact.number}
    open_ = {line.part: line.quantity for line in fact.lines if line.quantity}
    unchecked = {number: day for number, day in book.unchecked.items() if number != fact.number}
    if fact.unchecked_on is not None:
        unchecked[fact.number] = fact.unchecked_on
    return OnOrder({**papers, fact.number: open_} if open_ else papers, unchecked)


def stream_of(store: str) -> str:
    """The stream of a store's orders."""
    return PAPER.stream_of(store)


def of_store(asked: Asked, store: str) -> OnOrder:
    """The book of a store, where a command reads it."""
    book = asked.read(stream_of(store))
    assert isinstance(book, OnOrder)
    return book


def waits(
    store: str, number: str, lines: Mapping[str, int], unchecked_on: date | None = None
) -> Sequence[tuple[str, OnOrderSet]]:
    """The paper waits for these pieces from now on, with every part of it."""
    open_ = tuple(OpenPieces(part, count) for part, count in lines.items())
    return [(stream_of(store), OnOrderSet(store, number, open_, unchecked_on))]
