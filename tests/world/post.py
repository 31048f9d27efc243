"""邮路 (the post): milestones on their way from room to room, in any order, late, or again.

What a room does with one that arrives is its worker's own code; only the tables are dictionaries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from shared.consumers.consumer_record import ConsumerRecord, published
from shared.consumers.cursors import Source
from shared.consumers.dead_letters import describe
from shared.consumers.documents import NewestDocument, newest
from shared.decider import Refused
from shared.document import Reaction
from shared.handle import Handler, handle_all
from shared.policy.book import PolicyInForce
from shared.room import Room
from shared.worker.plan import PlannedCommand, called_by, plan
from tests.world.record import Clock, Page


@dataclass(frozen=True, slots=True)
class Letter:
    """信件: one milestone on its way to one room."""

    to: str
    record: ConsumerRecord

    def __repr__(self) -> str:
        stored = self.record.stored
        return f"{stored.type}({stored.stream} {self.record.head.version}) to {self.to}"


@dataclass
class Box:
    """收件箱: what a room keeps of others, and how it answers what arrives."""

    room: Room
    desk: Handler
    page: Page
    documents: dict[tuple[str, str], Any]
    """The newest documents as the room's queries see them."""
    policy: PolicyInForce
    clock: Clock
    kept: dict[tuple[str, str], NewestDocument] = field(default_factory=dict)
    parked: list[str] = field(default_factory=list)
    """What could not be done with what arrived; nobody wants to find anything here."""

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self.room.listens)

    def take(self, record: ConsumerRecord) -> None:
        """What the consumer of milestones does with one record."""
        place = (record.source.room, record.stored.stream)
        kept = self.kept[place] = newest(self.kept.get(place), record)
        if kept.newer:
            self.documents[place] = published(kept.room, kept.recorded_at, kept.head).state
        self._react(kept, called_by(self.room.reactions, kept, record, {}))

    def again(self, room: str, stream: str) -> None:
        """重试: look once more at the newest document of a stream."""
        kept = replace(self.kept[room, stream], newer=False)
        document = kept.head.document
        self._react(kept, [r for r in self.room.reactions if r.hears(document) & kept.types])

    def forget(self) -> None:
        """The tables of the room's worker are lost; all that was on the topics comes again."""
        self.kept.clear()
        self.documents.clear()

    def _react(self, kept: NewestDocument, reactions: Sequence[Reaction]) -> None:
        if not reactions:
            return
        calls = plan(kept, reactions, self.clock.now, None, self.policy)
        self.parked += [f"{failure.key}: {failure.reason}" for failure in calls.failures]
        self.decide(calls.commands)

    def decide(self, dues: Sequence[PlannedCommand]) -> None:
        """Decide what is owed, in one append, as the worker does."""
        with self.page.transaction() as transaction:
            outcomes = handle_all(self.desk, [due.order for due in dues], transaction)
        for due, outcome in zip(dues, outcomes, strict=True):
            if isinstance(outcome, Refused):
                self.parked.append(f"{due.reaction}: {describe(outcome)}")


class Post:
    """邮路: whatever the rooms have said and not everybody has heard yet."""

    def __init__(self, boxes: Mapping[str, Box]) -> None:
        self.boxes = boxes
        self.waiting: list[Letter] = []
        self.delivered: list[Letter] = []
        self._collected = dict.fromkeys(boxes, 0)

    def go_on(self, before: "Post") -> None:
        """Begin where another post stands, all of whose letters have arrived."""
        for name, box in self.boxes.items():
            box.kept |= before.boxes[name].kept
        self.delivered += before.delivered
        self._collected |= before._collected

    def collect(self) -> None:
        """Put into the post what became true since."""
        for name, box in self.boxes.items():
            new = box.page.since(self._collected[name])
            self._collected[name] += len(new)
            for stored in new:
                if stored.public is None:
                    continue
                source = Source(stored.type, stored.partition, name)
                record = ConsumerRecord(source, 0, 0, replace(stored, body=b""))
                to = [each for each, to in self.boxes.items() if stored.type in to.topics]
                self.waiting += [Letter(each, record) for each in to]

    @property
    def is_level(self) -> bool:
        """Whether nothing became true that was not collected."""
        return all(len(box.page.whole) == self._collected[n] for n, box in self.boxes.items())

    def deliver(self, which: int = 0) -> Letter:
        """Let one of those that wait arrive."""
        letter = self.waiting.pop(which % len(self.waiting))
        self.delivered.append(letter)
        self._arrive(letter)
        return letter

    def repeat(self, which: int) -> None:
        """Let one that arrived before arrive once more."""
        self._arrive(self.delivered[which % len(self.delivered)])

    def deliver_all(self) -> None:
        """Until nobody has anything to say to anybody."""
        while self.waiting:
            self.deliver()

    def lose(self, room: str, *, backwards: bool) -> None:
        """A room's worker has lost what it kept; all that came to it comes again."""
        self.boxes[room].forget()
        letters = [letter for letter in self.delivered if letter.to == room]
        for letter in reversed(letters) if backwards else letters:
            self._arrive(letter)

    def _arrive(self, letter: Letter) -> None:
        self.boxes[letter.to].take(letter.record)
        self.collect()
