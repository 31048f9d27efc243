"""Resident memory of every Python process of ours, half-way through a long log and after it.

And of `guiyi import --dry-run`, which reads a far longer one: what it takes is flat in the file.

The log is made here. `guiyi import` reads it, and every process of intake gets its facts. Memory
that grows with the length of the log shows as a difference between the two measurements.
"""

import csv
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil

from guiyi.rooms import FIRST_OPERATOR
from guiyi.stack.installation import PROJECT
from tests.bench.local import GUIYI, Stack, stack
from tests.bench.row import Row

FACTS, QUICK_FACTS = 200_000, 20_000
ROWS, QUICK_ROWS = 1_000_000, 20_000
"""Of the file that is only read."""
READ_MB = 250.0
PER_TICKET = 10
BOUND_MB = 200.0
GROWTH = 1.15
"""What the second half may add to a process: caches fill, pages are not given back at once."""
WAIT_S = 900.0
LOOK_S = 0.05
MAPPING = PROJECT / "deploy" / "legacy" / "bpi2013.toml"
STATES = ("Queued+Awaiting Assignment", "Accepted+In Progress", "Completed+Resolved")


def run(quick: bool = False) -> list[Row]:
    """The reading of a long file, the largest process, and the one that grew most."""
    return [_read(QUICK_ROWS if quick else ROWS), *_stays(quick)]


def _read(rows: int) -> Row:
    """What the reading of a whole file takes, of which nothing is written."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.csv"
        _write(file, 0, rows)
        words = ("import", str(file), "--mapping", str(MAPPING), "--dry-run", "--json")
        began = time.monotonic()
        most = _largest([*GUIYI, *words, "--state", folder])
        took = time.monotonic() - began
    return Row(
        name=f"resident: reading a CSV of {rows:,} rows",
        ours=most,
        baseline=None,
        unit="MB",
        ratio=None,
        bound=f"<= {READ_MB:.0f} MB",
        holds=most <= READ_MB,
        note=f"{rows / took:,.0f} rows/s",
    )


def _stays(quick: bool) -> list[Row]:
    """Of the processes of a stack."""
    facts = QUICK_FACTS if quick else FACTS
    with stack() as made, tempfile.TemporaryDirectory() as folder:
        half = _taken(made, Path(folder) / "first.csv", 0, facts // 2)
        whole = _taken(made, Path(folder) / "second.csv", facts // 2, facts)
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
            note=", ".join(f"{name} {more:.2f}" for name, more in sorted(grown.items())),
        ),
    ]


def _taken(made: Stack, file: Path, first: int, end: int) -> Mapping[str, float]:
    """Import these rows, wait for every view, rebuild one; the memory of each process (MB).

    Of commands that end it is their maximum, of the others their memory at the end.
    """
    _write(file, first, end)
    words = ("import", str(file), "--mapping", str(MAPPING), "--actor", FIRST_OPERATOR)
    weights = {"import": _largest(made.verb(*words))}
    made.wait_for_views(WAIT_S)
    rebuild = ("rebuild", "intake", "tickets", "--actor", FIRST_OPERATOR)
    weights["rebuild"] = _largest(made.verb(*rebuild))
    status = made.installation.status() or {}
    stay = {part["name"]: part["pid"] for part in status["parts"]} | {"supervisor": status["pid"]}
    return weights | {
        name: psutil.Process(pid).memory_info().rss / 1e6
        for name, pid in stay.items()
        if name not in ("kafka", "postgres")
    }


def _largest(line: Sequence[str]) -> float:
    """Run a command to its end; the largest memory that was seen (MB)."""
    child = subprocess.Popen(line, cwd=PROJECT, stdout=subprocess.DEVNULL)
    most, until = 0.0, time.monotonic() + WAIT_S
    while child.poll() is None:
        with suppress(psutil.NoSuchProcess):
            most = max(most, psutil.Process(child.pid).memory_info().rss / 1e6)
        if time.monotonic() > until:
            child.kill()
        time.sleep(LOOK_S)
    if child.returncode != 0:
        raise subprocess.CalledProcessError(child.returncode, line)
    return most


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
