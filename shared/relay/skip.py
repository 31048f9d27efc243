"""剔除 (skipping): a record on a topic of a room that is nobody's is taken off the topic.

Kafka deletes only from a topic's front. So everything up to the record goes, and the relays send
the room's own facts again from the record, byte for byte. Before that, every fact of the room up
to there must be in its record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from shared.broker.admin import delete_before
from shared.broker.reader import FetchedRecord, OffsetRange, Reader
from shared.config import Settings
from shared.proof.check import Proofs
from shared.relay.check import TopicScan, begun
from shared.relay.lease_store import Checkpoint, LeaseStore
from shared.relay.operations import NothingToRewind, rewind
from shared.topics import TopicPartition


class RecordPlace(NamedTuple):
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


class CannotSkip(Exception):
    """There is no record at the place, or before it stands a fact that the record lacks."""


@dataclass(frozen=True, slots=True)
class SkippedRecord:
    """A record that is to go, as it stands on the topic."""

    place: RecordPlace
    headers: Mapping[str, bytes]
    value: bytes


@dataclass(frozen=True, slots=True)
class Skips:
    """The records that a person has named as nobody's."""

    places: Sequence[RecordPlace] = ()
    keep_record: bool = False
    """The record is right: whatever on the journal stands in its way is meant as well."""
    may_void: bool = False
    """Numbers that the record has given to no fact are declared void."""
    keep: Callable[[Sequence[SkippedRecord]], None] = field(default=lambda _records: None)
    """Called with the records before anything is deleted."""

    def also(self, places: Iterable[RecordPlace]) -> "Skips":
        """These, and further records."""
        return replace(self, places=sorted({*self.places, *places}))

    def offsets(self, place: TopicPartition) -> frozenset[int]:
        """Those of one partition of a topic."""
        return frozenset(each.offset for each in self.places if each[:2] == place)


def read_skipped(reader: Reader, places: Iterable[RecordPlace]) -> Sequence[SkippedRecord]:
    """The records at these places. Raises CannotSkip if one is not there."""
    wanted = sorted(set(places))
    bounds = reader.bounds(sorted({place[:2] for place in wanted}))
    spans: dict[TopicPartition, OffsetRange] = {}
    for topic, partition, offset in wanted:
        spot = (topic, partition)
        if not bounds[spot].begin <= offset < bounds[spot].end:
            raise CannotSkip(f"{topic}/{partition}/{offset}: no such record")
        first = spans[spot].begin if spot in spans else offset
        spans[spot] = OffsetRange(first, offset + 1)
    known = frozenset(wanted)
    named = {
        place: SkippedRecord(place, each.headers, each.value)
        for spot, records in reader.read(spans, lambda: None)
        for each in records
        if (place := RecordPlace(*spot, each.offset)) in known
    }
    if missing := [place for place in wanted if place not in named]:
        raise CannotSkip(f"{missing[0]}: no such record")
    return [named[place] for place in wanted]


def skip(
    settings: Settings,
    skips: Skips,
    records: Sequence[SkippedRecord],
    reader: Reader,
    lease_store: LeaseStore,
    proofs: Proofs,
) -> None:
    """Take these records off their topics, and have the relays send what stood before them.

    Raises CannotSkip with nothing deleted, Unavailable, BrokerAway.
    """
    spots = sorted({record.place[:2] for record in records})
    ends = {spot: max(skips.offsets(spot)) + 1 for spot in spots}
    for spot, end in ends.items():
        span = OffsetRange(reader.bounds([spot])[spot].begin, end)
        scan = begun(settings.room, spot, Checkpoint(), span, whole=True, proofs=proofs)
        _check_before(scan, skips.offsets(spot), reader, lease_store)
    skips.keep(records)
    delete_before(settings.kafka_admin, ends)
    for topic, partition in spots:
        with suppress(NothingToRewind):
            rewind(settings, topic=topic, partition=partition, to=0)


def _check_before(
    scan: TopicScan, skipped: frozenset[int], reader: Reader, lease_store: LeaseStore
) -> None:
    """Raise CannotSkip if a record that would go too is of the room, but not in its record."""
    for _, records in reader.read({scan.place: scan.span}, lambda: None):
        scan.take(_others(records, skipped), lease_store)
    if scan.mismatch is not None:
        raise CannotSkip(f"{scan.mismatch}; it would go too, so name it as well or put it back")


def _others(records: Iterable[FetchedRecord], skipped: frozenset[int]) -> Iterable[FetchedRecord]:
    return (each for each in records if each.offset not in skipped)
