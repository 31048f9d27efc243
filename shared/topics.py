"""话题 (topics): the names of a room's topics, and the header that says whose a record is."""

from functools import cache
from typing import TypeAlias

import shared.events.reading  # noqa: F401  enters every fact in the book
from shared.events import BOOK

JOURNAL = "journal."

TopicPartition: TypeAlias = tuple[str, int]
"""A topic and the number of one of its partitions."""


def journal_topic(room: str) -> str:
    """The topic that carries every fact of the room."""
    return JOURNAL + room


def milestone_topics(room: str) -> tuple[str, ...]:
    """The topics of the milestones that the room writes, each named as its type."""
    return tuple(
        sorted(line.name for line in BOOK.values() if line.milestone and room in line.writers)
    )


def topics_of(room: str) -> tuple[str, ...]:
    """Every topic that the room's relays write, the journal first."""
    return (journal_topic(room), *milestone_topics(room))


def worker_group(room: str) -> str:
    """The consumer group in which the workers of a room share its partitions."""
    return f"guiyi-{room}-worker"


@cache
def source_header(room: str) -> bytes:
    """The value of the header `source`: whose record it is."""
    return f"/guiyi/{room}".encode()
