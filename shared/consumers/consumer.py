"""消费者 (consumers): each takes records in its own transactions and has its own cursors."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from shared.consumers.consumer_record import ConsumerRecord
from shared.consumers.cursors import Advance, Gap, Source
from shared.record.store import StoreError


@dataclass(slots=True)
class BatchOutcome:
    """What became of some records; for metrics and for the watch over gaps."""

    applied: int = 0
    unknown: int = 0
    parked: int = 0
    copies: list[ConsumerRecord] = field(default_factory=list)
    refused: list[ConsumerRecord] = field(default_factory=list)
    """Records that are not what the room's own record holds; see `Advance`."""
    gaps: dict[Source, Gap] = field(default_factory=dict)
    at: dict[Source, int] = field(default_factory=dict)
    """Where the cursors stand now."""

    @classmethod
    def of(cls, walked: Advance[ConsumerRecord]) -> "BatchOutcome":
        """The outcome of advancing over records."""
        return cls(
            applied=len(walked.applied),
            copies=list(walked.copies),
            refused=list(walked.refused),
            gaps=walked.gaps,
            at={source: cursor.seq for source, cursor in walked.cursors.items()},
        )

    def and_then(self, later: "BatchOutcome") -> None:
        """Add what became of later records."""
        self.applied += later.applied
        self.unknown += later.unknown
        self.parked += later.parked
        self.copies += later.copies
        self.refused += later.refused
        self.at |= later.at
        gaps = {**self.gaps, **later.gaps}
        self.gaps = {s: gap for s, gap in gaps.items() if gap.wanted > self.at.get(s, 0)}


class StaleConsumer(Exception):
    """The consumer's tables were dropped: a newer program answers instead of this one."""


def take_one_by_one(
    records: Sequence[ConsumerRecord],
    take: Callable[[Sequence[ConsumerRecord]], BatchOutcome],
    give_up: Callable[[Sequence[ConsumerRecord], Exception], BatchOutcome],
) -> BatchOutcome:
    """Take the records; if that fails, one by one. Only what fails alone is given up."""
    try:
        return take(records)
    except (StoreError, StaleConsumer):
        raise
    except Exception as error:  # noqa: BLE001 - a row the database does not take
        if len(records) == 1:
            return give_up(records, error)
    taken = BatchOutcome()
    for record in records:
        taken.and_then(take_one_by_one([record], take, give_up))
    return taken


class Consumer(Protocol):
    """消费者: takes records from the worker. It may have several cursors, each with a name."""

    @property
    def names(self) -> Collection[str]:
        """The names of its cursors, in the database and in metrics."""

    @property
    def topics(self) -> Collection[str]:
        """The topics whose records it takes."""

    def take(self, records: Sequence[ConsumerRecord]) -> Mapping[str, BatchOutcome]:
        """Take records of its topics, in order; what became of them, by name of the cursor.

        Raises Unavailable; then no record is half taken.
        """
