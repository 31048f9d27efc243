"""Who reads a paper is said by its room; of what it does not say it, nobody is shown anything."""

from dataclasses import replace
from pathlib import Path

import pytest

from services.followup.app import room
from shared.events.values import Role
from shared.http.api import NOBODY, ReadingMissing
from shared.room import Front, Room
from shared.visibility import Onlooker, sight
from tests.shared.http_desk import web_desk


def without(kind: str) -> Room:
    """The room, which does not say who reads a kind of paper."""
    front = room.front()
    said = {each: reads for each, reads in front.reading.items() if each != kind}
    return replace(room, front=lambda: Front(front.routes, said))


@pytest.mark.parametrize("kind", sorted(room.papers))
def test_a_room_that_does_not_say_who_reads_a_paper_does_not_start(
    kind: str, tmp_path: Path
) -> None:
    with pytest.raises(ReadingMissing, match=kind), web_desk(without(kind), tmp_path):
        pass


def test_what_nobody_said_is_shown_to_nobody() -> None:
    everything = Onlooker("O-1", frozenset(Role), asks=True)
    assert sight(NOBODY, everything, object(), is_own=True) is None
