"""Resident memory of every Python process of ours, half-way through a long log and after it.

The log is a desk's history made here: it goes in by `guiyi import` and through every process of
intake. What grows with the log's length shows as a difference between the two looks.
"""

import csv
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from guiyi.rooms import wiring
from guiyi.stack.installation import PROJECT, Installation
from guiyi.verbs.lagging import room_lags
from shared.config import read
from tests.bench.latency import stack
from tests.bench.row import Row

FACTS, QUICK_FACTS = 200_000, 20_000
PER_TICKET = 10
BOUND_MB = 200.0
GROWTH = 1.15
"""What the second half may add to a process: caches fill, pages are not given back at once."""
WAIT_S = 900.0
MAPPING = PROJECT / "deploy" / "legacy" / "bpi2013.toml"
STATES = ("Queued+Awaiting Assignment", "Accepted+In Progress", "Completed+Resolved")


def run(quick: bool = False) -> list[Row]:
    """The largest process, and the one that grew most."""
    facts = QUICK_FACTS if quick else FACTS
    with stack() as (_, installation), tempfile.TemporaryDirectory() as folder:
        half = _taken(installation, Path(folder) / "first.csv", 0, facts // 2)
        whole = _taken(installation, Path(folder) / "second.csv", facts // 2, facts)
    largest = max(whole, key=lambda name: whole[name])
    grown = {name: whole[name] / half[name] for name in whole}
    most = max(grown, key=lambda name: grown[name])
    note = ", ".join(f"{name} {size:.0f}" for name, size in sorted(whole.items()))
    return [
        Row(
            name=f"resident after {facts:,} facts: {largest}",
            ours=whole[largest],
            baseline=None,
            unit="MB",
            ratio=None,
            bound=f"<= {BOUND_MB:.0f} MB",
            holds=whole[largest] <= BOUND_MB,
            note=note,
        ),
        Row(
            name=f"growth over the second half: {most}",
            ours=whole[most],
            baseline=half[most],
            unit="MB",
            ratio=grown[most],
            bound=f"<= {GROWTH}",
            holds=grown[most] <= GROWTH,
        ),
    ]


def _taken(installation: Installation, file: Path, first: int, end: int) -> Mapping[str, float]:
    """Import these rows, wait until every view has them, and weigh the processes."""
    _write(file, first, end)
    guiyi = str(Path(sys.executable).with_name("guiyi"))
    where = ["--state", str(installation.folder)]
    line = [guiyi, "import", str(file), "--mapping", str(MAPPING), "--json", *where]
    subprocess.run(line, check=True, capture_output=True, timeout=WAIT_S)
    _caught_up(installation)
    return {
        part["name"]: psutil.Process(part["pid"]).memory_info().rss / 1e6
        for part in (installation.status() or {})["parts"]
        if part["name"] not in ("kafka", "postgres")
    }


def _write(file: Path, first: int, end: int) -> None:
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out)
        rows.writerow(("caseid", "task", "user", "end_timestamp"))
        for n in range(first, end):
            at = begin + timedelta(seconds=n)
            state = STATES[n % len(STATES)]
            stamp = at.strftime("%Y-%m-%dT%H:%M:%S.000000")
            rows.writerow((n // PER_TICKET, state, f"person {n % 97}", stamp))


def _caught_up(installation: Installation) -> None:
    settings = read("intake", installation.environment())
    until = time.monotonic() + WAIT_S
    while any(each.facts for each in room_lags(wiring("intake"), settings)):
        if time.monotonic() > until:
            raise TimeoutError(f"the views are still behind after {WAIT_S:.0f} s")
        time.sleep(0.5)
