"""世代: a consumer has what the room has, or stands still, whatever is set back, and whenever."""

from dataclasses import dataclass, field, replace
from itertools import count

from hypothesis import given as for_all
from hypothesis import strategies as st

from shared.consumers.cursors import Cursor, Source, advance
from shared.consumers.generations import sift
from shared.envelope import FIRST, Generation
from tests.shared.test_cursor import SOURCE, Sent
from tests.tries import tries

G1, G2 = Generation("1" * 32, 4), Generation("2" * 32, 6)


@dataclass
class Sender:
    """A record that may be set back, with its topic lost at the same time."""

    facts: list[int] = field(default_factory=list)
    """Which fact has seq 1, 2, …"""
    generations: list[Generation] = field(default_factory=list)
    numbers: "count[int]" = field(default_factory=count)

    def append(self, facts: int) -> None:
        self.facts += [next(self.numbers) for _ in range(facts)]

    def set_back(self, to: int) -> None:
        """Restored from a backup with so many facts, its generations too; then a new one begins."""
        del self.facts[to:]
        self.generations = [each for each in self.generations if each.first_seq <= to]
        self.generations.append(Generation(f"{next(self.numbers):032x}", len(self.facts) + 1))

    def topic(self) -> list[Sent]:
        return [
            Sent(seq, seq - 1, offset, generation=self.generation(seq))
            for offset, seq in enumerate(range(1, len(self.facts) + 1))
        ]

    def generation(self, seq: int) -> Generation:
        known = [each for each in self.generations if each.first_seq <= seq]
        return known[-1] if known else FIRST


@dataclass
class Reader:
    """A consumer of one source."""

    cursors: dict[Source, Cursor] = field(default_factory=dict)
    taken: list[int] = field(default_factory=list)

    def read(self, sender: Sender, start: int, size: int) -> None:
        landed = sender.topic()[start:]
        for first in range(0, len(landed), size):
            batch = landed[first : first + size]
            while True:
                sifted = sift(self.cursors, batch)
                walked = advance(self.cursors, sifted.going)
                if not walked.applied:
                    break
                self.taken += [sender.facts[each.seq - 1] for each in walked.applied]
                self.cursors = walked.cursors
            for source, later in sifted.left_behind.items():
                self.cursors[source] = replace(self.cursors[source], next=later)

    @property
    def is_left_behind(self) -> bool:
        return any(cursor.next.id for cursor in self.cursors.values())


deeds = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.integers(1, 6), st.just(0)),
        st.tuples(st.just("set back"), st.integers(0, 30), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 3), st.integers(1, 5)),
    ),
    max_size=25,
)


@tries(400)
@for_all(deeds)
def test_a_consumer_has_what_the_room_has_or_stands_still(done: list[tuple[str, int, int]]) -> None:
    sender, reader = Sender(), Reader()
    for deed, number, size in [*done, ("read", 0, 3)]:
        match deed:
            case "append":
                sender.append(number)
            case "set back":
                sender.set_back(min(number, len(sender.facts)))
            case _:
                reader.read(sender, 0 if number else len(sender.facts) // 2, size)
        common = min(len(reader.taken), len(sender.facts))
        if reader.taken[:common] != sender.facts[:common] and deed == "read":
            assert reader.is_left_behind, "its facts are gone, and it has met new ones"
    common = min(len(reader.taken), len(sender.facts))
    if reader.taken[:common] == sender.facts[:common] and not reader.is_left_behind:
        return
    stood = list(reader.taken)
    sender.append(4)
    reader.read(sender, 0, 3)
    assert reader.taken == stood, "it takes nothing more"


def test_whoever_is_within_the_record_goes_on() -> None:
    sender, reader = Sender(), Reader()
    sender.append(9)
    reader.read(sender, 0, 5)
    sender.append(5)
    sender.set_back(9)
    sender.append(3)
    reader.read(sender, 0, 5)
    assert reader.taken == sender.facts
    assert reader.cursors[SOURCE].generation == sender.generations[-1].id


def test_copies_of_an_earlier_generation_are_copies() -> None:
    at = {SOURCE: Cursor(seq=8, generation=G2.id)}
    old = [Sent(3, 2), Sent(5, 4, generation=G1), Sent(7, 6, generation=G2)]
    sifted = sift(at, old)
    assert (sifted.going, sifted.ended, sifted.left_behind) == (old, [], {})


def test_what_was_sent_of_an_ended_generation_is_not_taken() -> None:
    at = {SOURCE: Cursor(seq=8, generation=G2.id)}
    late = Sent(9, 8, generation=G1)
    assert sift(at, [late]).ended == [late]


def test_who_reads_from_the_beginning_is_left_behind_by_nobody() -> None:
    at = {SOURCE: Cursor(seq=0, generation=G2.id, next=G1)}
    first = [Sent(1, 0), Sent(2, 1)]
    assert (sift(at, first).going, sift(at, first).left_behind) == (first, {})
