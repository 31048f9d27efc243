"""Any command that fits the interface is decided or refused. No rule fails on odd input."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from guiyi.rooms import ROOMS, wiring
from shared.decider import Asked, Refused
from shared.events.values import Role
from shared.room import Room
from tests.reads import with_reads, write
from tests.strategies import AT, commands_of

TICKET = "BX-HZ01-20261123-0001"
NUMBERS = {
    "work_order": f"{TICKET}-W1",
    "visit": f"{TICKET}-V1",
    "claim": f"{TICKET}-L1",
    "issue_note": f"{TICKET}-C1",
}
PAPERS = [
    pytest.param(wiring(name), prefix, id=f"{name}-{prefix}")
    for name in ROOMS
    for prefix, paper in wiring(name).papers.items()
    if paper.STEPS
]


def decided(room: Room, states: dict[str, Any], home: str, command: Any, role: Role) -> int:
    """Decide as `handle` does, on states in memory; the number of facts."""
    paper = room.papers[home.partition("-")[0]]
    asked = Asked(home, "C-WANGFANG", frozenset({role}), AT, "HZ01", TICKET)
    known = with_reads(room, command, states, asked)
    try:
        facts = paper.decide(command, states.get(home, paper.initial), known)
    except Refused:
        return 0
    for stream, fact in facts:
        write(room, states, stream, fact)
    return len(facts)


@pytest.mark.parametrize(("room", "prefix"), PAPERS)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@for_all(data=st.data())
def test_any_command_is_decided_or_refused_and_twice_is_once(
    room: Room, prefix: str, data: st.DataObject
) -> None:
    number = NUMBERS.get(prefix, TICKET)
    home, states = f"{prefix}-{number}", dict[str, Any]()
    commands = commands_of(room.papers[prefix])
    for _ in range(data.draw(st.integers(1, 12), "how many")):
        command, role = data.draw(commands), data.draw(st.sampled_from(Role))
        if decided(room, states, home, command, role):
            assert decided(room, states, home, command, role) == 0, "asking twice did something"
