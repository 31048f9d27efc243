"""The rule of gaps against a relay that fails in every way it may: nothing twice, nothing lost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.consumers import cursors as rule
from shared.consumers.consumer import BatchOutcome
from shared.consumers.cursors import Cursor, CursorVerdict, Gap, Source, advance, judge
from shared.envelope import FIRST, Generation
from shared.worker.gaps import PATIENCE_S, GapWatch
from tests.tries import tries

SOURCE = Source("journal.intake", 0, "intake")
OTHER = Source("RepairClosed", 0, "dispatch")
T0 = datetime(2026, 11, 23, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as a relay sends it; the offset is where it landed."""

    seq: int
    prev: int
    offset: int = 0
    source: Source = SOURCE
    generation: Generation = FIRST

    @property
    def hash(self) -> bytes:
        return b"%d" % self.seq

    @property
    def recorded_at(self) -> datetime:
        return T0 + timedelta(seconds=self.seq)


Round = tuple[int, int, int]
"""How many records a relay sends, which of them the broker keeps, which of those it acknowledges
(bits)."""


def topic(belongs: Sequence[int], rounds: Sequence[Round], *, resend: bool = True) -> list[Sent]:
    """What lies on a topic after relays have failed so often and one has succeeded.

    `belongs`: the seqs that belong on it. What follows a gap is sent again behind it, because
    `published` moves over what was acknowledged without one; not so if `resend` is reverted.
    """
    chain = [Sent(seq, prev) for prev, seq in zip([0, *belongs], belongs, strict=False)]
    landed: list[Sent] = []
    published = 0
    for size, kept, acknowledged in rounds:
        window = range(published, min(published + size, len(chain)))
        landed += [chain[n] for n in window if kept >> (n - published) & 1]
        sure = [n for n in window if kept & acknowledged & 1 << (n - published)]
        if resend:
            while published in sure:
                published += 1
        else:
            published = max([published, *(n + 1 for n in sure)])
    landed += chain[published:]
    return [Sent(each.seq, each.prev, offset) for offset, each in enumerate(landed)]


def taken(
    landed: Sequence[Sent], sizes: Iterator[int], restarts: Iterator[int | None]
) -> list[int]:
    """What one consumer takes, in batches of any size, starting over from any earlier offset."""
    applied: list[int] = []
    cursors: dict[Source, Cursor] = {}
    at = 0
    while at < len(landed):
        batch = landed[at : at + max(1, next(sizes, len(landed)))]
        walked = advance(cursors, batch)
        applied += [each.seq for each in walked.applied]
        cursors, at = walked.cursors, at + len(batch)
        if (back := next(restarts, None)) is not None:
            at = min(at, back)
    return applied


rounds = st.lists(st.tuples(st.integers(1, 5), st.integers(0, 31), st.integers(0, 31)), max_size=8)
seqs = st.sets(st.integers(1, 40), max_size=14).map(sorted)
sizes = st.lists(st.integers(1, 6), max_size=30)
restarts = st.lists(st.none() | st.integers(0, 30), max_size=10)


@tries(500)
@for_all(seqs, rounds, sizes, restarts)
def test_every_fact_is_taken_once_and_in_order(
    belongs: list[int], failed: list[Round], batches: list[int], back: list[int | None]
) -> None:
    landed = topic(belongs, failed)
    assert taken(landed, iter(batches), iter(back)) == belongs


@tries(300)
@for_all(seqs, seqs, st.data())
def test_two_rooms_on_one_topic_do_not_disturb_each_other(
    ours: list[int], theirs: list[int], data: st.DataObject
) -> None:
    here = [Sent(s, p, 0, SOURCE) for p, s in zip([0, *ours], ours, strict=False)]
    there = [Sent(s, p, 0, OTHER) for p, s in zip([0, *theirs], theirs, strict=False)]
    order = data.draw(st.permutations([0] * len(here) + [1] * len(there)))
    streams = (iter(here), iter(there))
    walked = advance({}, [next(streams[which]) for which in order])
    assert [each.seq for each in walked.applied if each.source == SOURCE] == ours
    assert [each.seq for each in walked.applied if each.source == OTHER] == theirs
    assert walked.gaps == {}


def every_failure(length: int) -> Iterator[list[Round]]:
    """Two rounds that fail in every way, over as many records."""
    masks = range(1 << length)
    for first, second in product(product(masks, masks), product(masks, masks)):
        yield [(length, *first), (length, *second)]


def apply_behind_holes(at: int, _: int, seq: int) -> CursorVerdict:
    return CursorVerdict.APPLY if seq > at else CursorVerdict.SKIP


def apply_copies(at: int, prev: int, _: int) -> CursorVerdict:
    return CursorVerdict.APPLY if prev <= at else CursorVerdict.GAP


@pytest.mark.parametrize("reverted", [apply_behind_holes, apply_copies])
def test_another_rule_would_fail(
    reverted: Callable[[int, int, int], CursorVerdict], monkeypatch: pytest.MonkeyPatch
) -> None:
    topics = [topic([1, 2, 3], failed) for failed in every_failure(3)]
    assert all(taken(landed, iter(()), iter(())) == [1, 2, 3] for landed in topics)
    monkeypatch.setattr(rule, "judge", reverted)
    assert not all(taken(landed, iter(()), iter(())) == [1, 2, 3] for landed in topics)


def test_another_relay_would_fail() -> None:
    topics = [topic([1, 2, 3], failed, resend=False) for failed in every_failure(3)]
    assert not all(taken(landed, iter(()), iter(())) == [1, 2, 3] for landed in topics)


def test_what_each_record_meets() -> None:
    assert judge(0, 0, 1) is CursorVerdict.APPLY
    assert judge(3, 3, 7) is CursorVerdict.APPLY
    assert judge(3, 2, 3) is CursorVerdict.SKIP
    assert judge(3, 0, 1) is CursorVerdict.SKIP
    assert judge(3, 4, 5) is CursorVerdict.GAP
    assert judge(5, 3, 7) is CursorVerdict.APPLY


def test_a_hole_is_told_until_it_is_closed() -> None:
    behind = [Sent(1, 0, 0), Sent(4, 3, 1), Sent(3, 2, 2), Sent(9, 8, 3)]
    walked = advance({}, behind)
    assert walked.gaps == {SOURCE: Gap(SOURCE, 1, 2)}
    assert walked.cursors[SOURCE].next_offset == 1
    assert walked.cursors[SOURCE].seen_offset == 4
    closed = advance(walked.cursors, [Sent(2, 1, 4), Sent(3, 2, 5), Sent(4, 3, 6)])
    assert closed.gaps == {}
    assert closed.cursors[SOURCE].seq == 4


class Watch:
    """The watch over gaps, with a clock in the story's hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.gaps = GapWatch(clock=lambda: self.now)

    def see(self, at: int, wanted: int | None = None) -> None:
        gaps = {} if wanted is None else {SOURCE: Gap(SOURCE, at, wanted)}
        self.gaps.note("v", BatchOutcome(gaps=gaps, at={SOURCE: at}))

    def overdue(self) -> list[int]:
        return [found.gap.wanted for found in self.gaps.overdue().values()]


def test_a_hole_that_is_closed_in_time_is_nothing() -> None:
    watch = Watch()
    watch.see(4, wanted=6)
    watch.now = PATIENCE_S - 1
    watch.see(7)
    watch.now = PATIENCE_S + 1
    assert watch.overdue() == []


def test_a_hole_that_stays_open_is_overdue() -> None:
    watch = Watch()
    watch.see(4, wanted=6)
    watch.now = PATIENCE_S
    watch.see(4, wanted=8)
    assert watch.overdue() == [6]


def test_what_reading_anew_did_not_close_ends_the_process_no_more() -> None:
    watch = Watch()
    watch.gaps.findings["v", SOURCE] = 1_000_000
    watch.see(4, wanted=1_000_000)
    watch.now = 10 * PATIENCE_S
    watch.see(9)
    assert watch.overdue() == []
    watch.see(9, wanted=12)
    watch.now += PATIENCE_S
    assert watch.overdue() == [12], "a gap below it is another one"


def test_a_finding_ends_when_the_cursor_has_reached_it() -> None:
    watch = Watch()
    watch.gaps.findings["v", SOURCE] = 6
    assert watch.gaps.note("v", BatchOutcome(at={SOURCE: 6})) == {("v", SOURCE)}
    assert watch.gaps.findings == {}


def test_a_partition_that_went_elsewhere_takes_its_holes_along() -> None:
    watch = Watch()
    watch.see(4, wanted=6)
    watch.gaps.keep({("journal.intake", 1)})
    watch.now = PATIENCE_S
    assert watch.overdue() == []


def test_the_younger_holes_of_the_same_partition_are_given_up_along() -> None:
    watch = Watch()
    watch.see(4, wanted=6)
    watch.now = 1.0
    watch.gaps.note("w", BatchOutcome(gaps={SOURCE: Gap(SOURCE, 5, 6)}, at={SOURCE: 5}))
    watch.gaps.note("w", BatchOutcome(gaps={OTHER: Gap(OTHER, 5, 6)}, at={OTHER: 5}))
    watch.now = PATIENCE_S
    assert watch.gaps.overdue().keys() == {("v", SOURCE), ("w", SOURCE)}
