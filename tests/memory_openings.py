"""内存查看记录 (openings in memory): behaves like `shared.record.openings.OpeningTable`."""

from shared.record.openings import TextsOpened
from shared.record.store import Unavailable


class MemoryOpenings:
    """查看记录 of one room, without a database."""

    def __init__(self) -> None:
        self.kept: list[TextsOpened] = []
        self.is_away = False

    def note(self, opened: TextsOpened) -> None:
        """As Openings.note."""
        if self.is_away:
            raise Unavailable
        self.kept.append(opened)
