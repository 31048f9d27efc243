"""Every fact that reminds somebody has them told, by the view of reminders of its room."""

from collections.abc import Iterator

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events import BOOK
from tests.shared.goldens import sample


def reminders() -> Iterator[tuple[str, str]]:
    """Every room and every fact that it writes to remind somebody, by their names."""
    for room in ROOMS:
        for entry in BOOK.values():
            if room in entry.writers and entry.name.endswith(("Urged", "Overdue", "Late")):
                yield room, entry.name


@pytest.mark.parametrize(("room", "fact"), [*reminders()])
def test_whoever_is_reminded_is_told(room: str, fact: str) -> None:
    whom = wiring(room).view("reminders").reminds(sample(BOOK[fact].kind))  # type: ignore[attr-defined]
    assert whom is not None
    assert whom.people or whom.roles or whom.line
