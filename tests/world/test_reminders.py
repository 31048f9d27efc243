"""提醒通知 in a month of the store: told as it goes on, and not again whatever was forgotten."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from msgspec.structs import replace as changed

from guiyi.play.store.papers import ZONE
from shared.decider import Document
from shared.document import Timer
from shared.events.cards import PersonDocument
from shared.events.notices import NoticeKind
from shared.notices.outbox import Row
from shared.personal.seal import seal
from shared.view import recorded
from tests.memory_views import MemoryViews
from tests.notices.office import folded_rows
from tests.notices.reminding import EVERYWHERE, TELL, timed
from tests.world.test_store_month import played
from tests.world.world import World

PHONE = "13800000001"


class Reached(MemoryViews):
    """Views of a room for which everybody's card has a phone."""

    def documents_of(self, room: str, prefix: str) -> Mapping[str, Document]:
        """As Views.documents_of."""
        heard = super().documents_of(room, prefix)
        return {stream: self._reached(stream, each) for stream, each in heard.items()}

    def _reached(self, stream: str, document: Document) -> Document:
        if not isinstance(document, PersonDocument):
            return document
        return seal(PersonDocument(replace(document.card, phone=PHONE)), stream, self._keys)


class Reminding(World):
    """A world in which whoever is reminded is sent it."""

    def _views(self, name: str) -> MemoryViews:
        return Reached(self.pages[name], self._keys)


def reminders(world: World) -> list[Row]:
    """Every reminder that inventory has asked for."""
    page = world.pages["inventory"]
    stored = [each for n in range(page.partitions) for each in page.facts(n, 0, 100_000)]
    rows = folded_rows([recorded("inventory", each) for each in stored])
    return [each for each in rows if each.kind is NoticeKind.REMINDER]


def test_a_month_reminds_people_and_nobody_of_it_again() -> None:
    with Reminding() as world:
        world.policy = changed(world.policy, notices=EVERYWHERE)
        played(world, datetime(2026, 11, 30, 9, tzinfo=ZONE))
        told = reminders(world)
        days = [each.number for each in told if each.about == world.branch]
        assert days, "of the parts of the store once a day"
        world._fired.clear()
        timer = timed(world.rooms["inventory"], TELL)
        assert isinstance(timer, Timer)
        world._fire("inventory", replace(timer, good_for=None))
        assert not world.parked
        assert world._fired, "all of them once more"
        assert {each.number for each in reminders(world)} == {each.number for each in told}
