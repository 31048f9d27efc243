"""遗忘: what was remembered of commands leaves after its time, whatever fails meanwhile."""

import threading
from datetime import timedelta

from shared.http.command_expiry import CommandExpiry
from shared.record.store import Unavailable


class Shelf:
    """A record that is away the first time."""

    def __init__(self) -> None:
        self.asked: list[timedelta] = []
        self.answered = threading.Event()

    def forget_commands(self, keep: timedelta, limit: int = 10_000) -> int:
        self.asked.append(keep)
        if len(self.asked) == 1:
            raise Unavailable("away")
        self.answered.set()
        return min(limit, 3)


def test_commands_leave_again_and_again_although_the_record_was_away() -> None:
    shelf = Shelf()
    forgetting = CommandExpiry(shelf, timedelta(days=30), pause=0.01)
    forgetting.begin()
    assert shelf.answered.wait(30)
    forgetting.close()
    assert set(shelf.asked) == {timedelta(days=30)}
