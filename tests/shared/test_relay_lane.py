"""在途窗口: what counts as published, and which relay gives back partitions."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.relay.window import InFlightWindow, SendFailed, TailLost, fair_share, surplus


@dataclass
class Sent:
    """What a producer returns for a record."""

    is_done: bool = False
    value: Any = None
    exception: BaseException | None = None

    def arrive(self, offset: int) -> None:
        self.is_done, self.value = True, SimpleNamespace(offset=offset)

    def fail(self) -> None:
        self.is_done, self.exception = True, TimeoutError("no answer")


def window(published: int = 0, offset: int | None = None) -> InFlightWindow:
    return InFlightWindow("journal.intake", 3, published, offset, previous=published)


def flown(made: InFlightWindow, count: int) -> list[Sent]:
    sent = [Sent() for _ in range(count)]
    for seq, one in enumerate(sent, start=made.published + 1):
        made.fly(seq, 100, one)
    return sent


@for_all(st.lists(st.booleans(), max_size=30), st.integers(0, 5))
def test_published_moves_over_the_contiguous_prefix_alone(arrived: list[bool], start: int) -> None:
    made = window(start, start - 1 if start else None)
    sent = flown(made, len(arrived))
    for n, (one, has) in enumerate(zip(sent, arrived, strict=True)):
        if has:
            one.arrive(start + n)
    prefix = [*arrived, False].index(False)
    assert made.settle() == prefix
    assert made.acked == start + prefix
    assert made.moved == (prefix > 0)
    assert made.weight == 100 * (len(arrived) - prefix)
    for n, one in enumerate(sent):
        one.arrive(start + n)
    made.settle()
    assert made.acked == start + len(arrived)
    assert not made.flying


def test_what_failed_stops_the_lane_where_it_is() -> None:
    made = window()
    first, second, third = flown(made, 3)
    first.arrive(0)
    second.fail()
    third.arrive(1)
    with pytest.raises(SendFailed, match="seq 2"):
        made.settle()
    assert (made.acked, made.acked_offset) == (1, 0)


@pytest.mark.parametrize("offset", [-1, 0, 41, 42])
def test_a_broker_that_counts_from_below_has_lost_its_tail(offset: int) -> None:
    made = window(7, offset=42)
    (sent,) = flown(made, 1)
    sent.arrive(offset)
    with pytest.raises(TailLost, match="not behind 42"):
        made.settle()
    assert made.acked == 7


@for_all(st.sets(st.integers(1, 60)), st.integers(0, 60))
def test_prev_is_a_function_of_the_record_alone(own: set[int], published: int) -> None:
    """Wherever a relay begins, the prev of a record is the greatest smaller own seq."""
    before = max((seq for seq in own if seq <= published), default=0)
    made = InFlightWindow("RepairReported", 0, published, None, previous=before)
    for seq in sorted(seq for seq in own if seq > published):
        assert made.link(seq) == max((s for s in own if s < seq), default=0)


def test_no_record_is_linked_twice() -> None:
    made = window(4)
    made.link(5)
    with pytest.raises(ValueError, match="5 after 5"):
        made.link(5)


@for_all(st.integers(1, 64), st.integers(1, 20))
def test_fair_shares_are_enough_for_all_and_too_much_for_none(partitions: int, live: int) -> None:
    share = fair_share(partitions, live)
    assert share * live >= partitions
    assert (share - 1) * live < partitions


@for_all(st.sets(st.integers(0, 23)), st.integers(1, 10))
def test_only_the_surplus_is_given_up(held: set[int], live: int) -> None:
    given_up = surplus(held, 24, live)
    assert set(given_up) <= held
    assert len(held) - len(given_up) == min(len(held), fair_share(24, live))
