"""What a command costs: CPU of every process for one command and the fresh read behind it.

The CPU times of intake's processes, of their sessions in PostgreSQL, of the rest of PostgreSQL and
of Kafka are read before and after a load of 30 commands a second. What the same processes use at
rest is subtracted. Then the time from accepted to seen is measured at 50 commands a second.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from tests.bench.latency import Desk, Took, percentile
from tests.bench.local import Stack, stack
from tests.bench.row import Row

RATE, FAST = 30, 50
ROUNDS, SECONDS, IDLE_S = 3, 20, 15
QUICK_ROUNDS, QUICK_SECONDS, QUICK_IDLE_S = 1, 6, 4
WARM_UP_S = 5
BOUND_MS = 20.0
SEEN = {50: 20.0, 99: 60.0}
ROLES = ("web", "worker", "relay")


@dataclass(frozen=True, slots=True)
class Spent:
    """CPU seconds by part, in this many seconds of the clock."""

    cpu: Mapping[str, float]
    seconds: float


def run(quick: bool = False) -> list[Row]:
    """CPU by part, their sum, and both percentiles at 50 a second."""
    rounds, seconds, idle = (
        (QUICK_ROUNDS, QUICK_SECONDS, QUICK_IDLE_S) if quick else (ROUNDS, SECONDS, IDLE_S)
    )
    with stack() as made:
        desk = Desk(made.intake, made.installation)
        try:
            desk.begin(int((RATE + FAST) * (WARM_UP_S + rounds * seconds)))
            desk.load(WARM_UP_S, RATE)
            costs = [_cost(made, desk, seconds, idle) for _ in range(rounds)]
            desk.load(WARM_UP_S, FAST)
            took = [desk.load(seconds, FAST) for _ in range(rounds)]
        finally:
            desk.close()
    return [*_rows(costs, rounds, seconds), *_seen(took, rounds, seconds)]


def _cost(made: Stack, desk: Desk, seconds: float, idle: float) -> dict[str, float]:
    """Milliseconds of CPU for one command and its read, by part."""
    at_rest = _spent(made, lambda: time.sleep(idle))
    commands = 0

    def load() -> None:
        nonlocal commands
        commands = len(desk.load(seconds, RATE))

    at_work = _spent(made, load)
    return {
        part: (cpu - at_rest.cpu.get(part, 0.0) * at_work.seconds / at_rest.seconds)
        * 1000
        / commands
        for part, cpu in at_work.cpu.items()
    }


def _spent(made: Stack, work: Callable[[], None]) -> Spent:
    parts = _parts(made)
    before, began = {pid: _cpu(pid) for pid in parts}, time.monotonic()
    work()
    cpu: dict[str, float] = dict.fromkeys(parts.values(), 0.0)
    for pid, part in parts.items():
        cpu[part] += max(_cpu(pid) - before[pid], 0.0)
    return Spent(cpu, time.monotonic() - began)


def _cpu(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _parts(made: Stack) -> dict[int, str]:
    """The part that each process counts for, by process id."""
    parts: dict[int, str] = {}
    owners: dict[int, str] = {}
    servers: list[psutil.Process] = []
    for process in psutil.process_iter():
        words = _words(process)
        if "kafka.Kafka" in words and str(made.installation.folder) in " ".join(words):
            parts[process.pid] = "Kafka"
        elif "guiyi.serve" in words and _is_of(process, made.installation.folder):
            room, role = words[-2:]
            parts[process.pid] = role if room == "intake" else "other rooms"
            for port in _ports(process):
                owners[port] = parts[process.pid]
        elif (
            words
            and words[0].endswith("/postgres")
            and any(word.startswith(str(made.installation.folder)) for word in words)
        ):
            servers.append(process)
    for server in servers:
        parts[server.pid] = "rest of PostgreSQL"
        for session in server.children():
            parts[session.pid] = next(
                (
                    f"sessions of {owners[port]}"
                    for port in _remote_ports(session)
                    if owners.get(port) in ROLES
                ),
                "rest of PostgreSQL",
            )
    return parts


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return []


def _is_of(process: psutil.Process, folder: Path) -> bool:
    try:
        return str(folder) in "\n".join(process.environ().values())
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def _ports(process: psutil.Process) -> list[int]:
    return [int(each.laddr[1]) for each in _connections(process)]


def _remote_ports(process: psutil.Process) -> list[int]:
    return [int(each.raddr[1]) for each in _connections(process)]


def _connections(process: psutil.Process) -> list[Any]:
    with suppress(psutil.NoSuchProcess):  # a session may end while it is looked at
        found = process.net_connections("tcp")
        return [each for each in found if each.status == psutil.CONN_ESTABLISHED]
    return []


def _rows(costs: list[dict[str, float]], rounds: int, seconds: float) -> list[Row]:
    names = sorted({part for cost in costs for part in cost} - {"other rooms"})
    found = {part: median(cost.get(part, 0.0) for cost in costs) for part in names}
    whole = median(sum(cost.get(part, 0.0) for part in names) for cost in costs)
    note = f"{RATE} commands/s, {rounds} x {seconds} s, each with its read; idle share taken off"
    return [
        Row(
            "CPU of a command and its read",
            whole,
            None,
            "ms",
            None,
            f"<= {BOUND_MS:.0f} ms",
            holds=whole <= BOUND_MS,
            note=note,
        ),
        *(
            Row(f"  of it {part}", cost, None, "ms", None, "", holds=True)
            for part, cost in sorted(found.items(), key=lambda item: -item[1])
        ),
    ]


def _seen(took: list[list[Took]], rounds: int, seconds: float) -> list[Row]:
    note = f"{FAST} commands/s, {rounds} x {seconds} s"
    rows = []
    for p, bound in SEEN.items():
        ours = median(percentile([each.seen for each in one], p) for one in took)
        name = f"accepted to seen at {FAST}/s, p{p}"
        holds = ours <= bound
        rows.append(Row(name, ours, None, "ms", None, f"<= {bound:.0f} ms", holds=holds, note=note))
    return rows
