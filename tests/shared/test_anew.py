"""A cursor that is set to 0 is read from there; one that has taken nothing yet stands at 0 too."""

from typing import cast

import pytest

from shared.record.transaction import DatabaseTransaction
from shared.worker.anew import AnewWatch, ReadAnew

SPOT = ("journal.intake", 3)


class Cursors:
    """The table of cursors: one line, or none."""

    def __init__(self, *begun: bool) -> None:
        self.begun = begun

    def query(self, _statement: str) -> list[tuple[object, ...]]:
        return [(*SPOT, "intake", "lookup", begun) for begun in self.begun]


def look(watch: AnewWatch, cursors: Cursors) -> None:
    watch.look(cast("DatabaseTransaction", cursors), {SPOT})


def test_a_cursor_that_has_taken_nothing_yet_is_no_reason_to_read_again() -> None:
    watch = AnewWatch()
    for cursors in (Cursors(), Cursors(False), Cursors(False), Cursors(True), Cursors(True)):
        look(watch, cursors)


def test_a_cursor_that_was_set_to_0_is_read_from_there() -> None:
    watch = AnewWatch()
    look(watch, Cursors(True))
    with pytest.raises(ReadAnew, match="lookup"):
        look(watch, Cursors(False))
