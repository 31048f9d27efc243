"""A round of fuzzing: so many requests to every room, and what was answered."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from services.dispatch.app import room as dispatch
from services.followup.app import room as followup
from services.intake.app import room as intake
from services.inventory.app import room as inventory
from shared.events.values import Role
from tests.fuzz.served import ServedRoom, served_room
from tests.servers import Servers

ROOMS = (intake, dispatch, inventory, followup)
CHECKS = "not_a_server_error,content_type_conformance,response_schema_conformance"
EVERYBODY = [role for role in Role if role is not Role.CUSTOMER]
ASKED_BY = (EVERYBODY, [Role.CUSTOMER])
EACH = 15
"""Examples of a route in one run."""
LEAST_S = 20.0


@dataclass
class FuzzReport:
    """What a round has found."""

    answers: dict[str, Mapping[int, int]] = field(default_factory=dict)
    """By room: how many answers of each status."""
    failures: list[str] = field(default_factory=list)
    """What schemathesis printed of a run with findings."""

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(sum(each.values()) for each in self.answers.values())

    def of(self, least: int, most: int) -> int:
        """How many answers had a status within these bounds."""
        told = (each.items() for each in self.answers.values())
        return sum(count for each in told for status, count in each if least <= status <= most)


@dataclass(frozen=True)
class Wish:
    """How many requests, how long at most, and which ones."""

    requests: int
    seconds: float
    seed: int = 1


def fuzz(servers: Servers, folder: Path, wish: Wish, say: Callable[[str], None]) -> FuzzReport:
    """Ask until so many requests are answered or the time is over; every room gets its share."""
    report, ends = FuzzReport(), time.monotonic() + wish.seconds
    for number, room in enumerate(ROOMS):
        share = (ends - time.monotonic()) / (len(ROOMS) - number)
        home = folder / room.name
        home.mkdir()
        with served_room(servers, room, home) as served:
            own = Wish(wish.requests // len(ROOMS), share, wish.seed)
            report.failures += _room(served, home, own)
            report.answers[room.name] = served.answers()
            say(f"{room.name}: {dict(sorted(report.answers[room.name].items()))}")
    return report


def _room(served: ServedRoom, folder: Path, wish: Wish) -> list[str]:
    """The share of one room, in runs of other seeds; what was found."""
    failures, turn, ends = list[str](), 0, time.monotonic() + wish.seconds
    while sum(served.answers().values()) < wish.requests:
        left = ends - time.monotonic()
        if turn and left < LEAST_S:
            break
        failures += _run(served, folder, turn, wish.seed + turn // 2, max(left, LEAST_S))
        turn += 1
    return failures


def _run(served: ServedRoom, folder: Path, turn: int, seed: int, seconds: float) -> list[str]:
    """One run of schemathesis; what it printed if it found something."""
    roles = ASKED_BY[turn % 2 if served.desk.store.room == intake.name else 0]
    token = served.desk.caller(roles, timedelta(hours=2))
    told = subprocess.run(
        [
            str(Path(sys.executable).with_name("schemathesis")),
            *("run", f"{served.url}/openapi.json", "--mode", "all", "--checks", CHECKS),
            *("--max-examples", str(EACH), "--seed", str(seed), "--max-time", f"{seconds:.0f}"),
            *("--header", f"Authorization: Bearer {token}", "--no-color", "--no-shrink"),
            *("--generation-database", "none", "--suppress-health-check", "all"),
            *("--continue-on-failure", "--warnings", "off"),
            *("--request-timeout", "60"),  # a room describes itself slowly where much runs
        ],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 120,
    )
    return [] if told.returncode == 0 else [told.stdout[-20_000:] + told.stderr[-2_000:]]
