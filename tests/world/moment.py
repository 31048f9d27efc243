"""一刻 (a moment): all that is so in a world, to come back to as often as one likes.

The tables of a record are never changed, only replaced: keeping a moment copies no fact.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from tests.memory_tables import MemoryTables
from tests.world.post import Letter
from tests.world.world import World


@dataclass(frozen=True, slots=True)
class Moment:
    """一刻: the records, what every room has heard, what is on its way, and the time."""

    now: datetime
    tables: Mapping[str, MemoryTables] = field(repr=False)
    documents: Mapping[str, Mapping[Any, Any]] = field(repr=False)
    kept: Mapping[str, Mapping[Any, Any]] = field(repr=False)
    files: Mapping[str, Mapping[Any, Any]] = field(repr=False)
    bringers: Mapping[str, Mapping[Any, Any]] = field(repr=False)
    waiting: tuple[Letter, ...] = field(repr=False)
    collected: Mapping[str, int] = field(repr=False)
    fired: frozenset[Any] = field(repr=False)

    @classmethod
    def of(cls, world: World) -> Self:
        """As it is now."""
        boxes = world.post.boxes
        return cls(
            now=world.clock.now,
            tables={name: page.tables for name, page in world.pages.items()},
            documents={name: dict(views.documents) for name, views in world.views.items()},
            kept={name: dict(box.kept) for name, box in boxes.items()},
            files={name: dict(files.kept) for name, files in world.files.items()},
            bringers={name: dict(files.bringers) for name, files in world.files.items()},
            waiting=tuple(world.post.waiting),
            collected=dict(world.post._collected),
            fired=frozenset(world._fired),
        )

    def restore(self, world: World) -> None:
        """It is so again."""
        world.clock.now = self.now
        for name, page in world.pages.items():
            page.tables = self.tables[name]
            world.files[name].kept = dict(self.files[name])
            world.files[name].bringers = dict(self.bringers[name])
        for name, box in world.post.boxes.items():
            box.documents.clear()
            box.documents.update(self.documents[name])
            box.kept.clear()
            box.kept.update(self.kept[name])
            box.parked.clear()
        world.post.waiting[:] = self.waiting
        world.post.delivered.clear()
        world.post._collected.update(self.collected)
        world._fired.clear()
        world._fired.update(self.fired)
        world._last = None
