"""A command accepted over HTTP until it is seen in a view, on a whole local stack.

Every part and the client run on this machine. The client sends 30 commands a second, each when it
is due, also if earlier ones were not answered yet. "Seen" is a query that carries the command's
token and is answered as fresh. Its own time counts.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any

import httpx

from guiyi.rooms import FIRST_OPERATOR
from guiyi.stack.installation import Installation
from services.intake.app import room
from shared.events.values import SEVERAL
from shared.token import make_token
from tests.bench.local import stack
from tests.bench.row import Row
from tests.examples import examples_of

RATE = 30
ROUNDS, SECONDS = 3, 20
QUICK_ROUNDS, QUICK_SECONDS = 1, 5
WARM_UP_S = 3
REPORTS = 40
BOUNDS = {50: 60.0, 99: 300.0}
WAIT_S = 120.0
EXAMPLES = examples_of(room)


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds of one command: until it was accepted, and from then until it was seen."""

    accepted: float
    seen: float


def run(quick: bool = False) -> list[Row]:
    """Percentiles of accepted to seen, and of sent to accepted."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if quick else (ROUNDS, SECONDS)
    with stack() as made:
        desk = Desk(made.intake, made.installation)
        try:
            desk.begin(int(RATE * (WARM_UP_S + rounds * seconds)))
            desk.load(WARM_UP_S)
            took = [desk.load(seconds) for _ in range(rounds)]
        finally:
            desk.close()
    note = f"{RATE} commands/s, {rounds} x {seconds} s, {sum(map(len, took))} commands"
    seen = [[each.seen for each in one] for one in took]
    accepted = [[each.accepted for each in one] for one in took]
    return [
        *(_row(f"accepted to seen, p{p}", seen, p, bound, note) for p, bound in BOUNDS.items()),
        _row("sent to accepted, p50", accepted, 50, None, note),
        _row("sent to accepted, p99", accepted, 99, None, note),
    ]


def percentile(figures: Sequence[float], p: int) -> float:
    """The figure that p percent of all figures do not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, len(ordered) * p // 100)]


def _row(
    name: str, rounds: Sequence[Sequence[float]], p: int, bound: float | None, note: str
) -> Row:
    ours = median(percentile(each, p) for each in rounds)
    said = f"<= {bound:.0f} ms" if bound else ""
    holds = bound is None or ours <= bound
    return Row(name, ours, None, "ms", None, said, holds=holds, note=note)


class Desk:
    """The client: a branch with its people, its reports, and 30 commands a second."""

    def __init__(self, url: str, installation: Installation) -> None:
        self._url = url
        self._http = httpx.Client(timeout=30, limits=httpx.Limits(max_connections=64))
        self._threads = ThreadPoolExecutor(48)
        self._sent = 0
        self._reports: list[str] = []
        self._tokens = {
            role: make_token(
                installation.token_private_key_file, actor, [role], branches, timedelta(hours=2)
            )
            for role, actor, branches in (
                ("operator", FIRST_OPERATOR, ["*"]),
                ("clerk", "K-CHENJING", ["HZ01"]),
                ("technician", "T-LIUYANG", ["HZ01"]),
            )
        }

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._http.close()

    def begin(self, commands: int) -> None:
        """Register what this many commands are about; a report takes SEVERAL of them."""
        self._post("/v1/branches", EXAMPLES["branches"], "operator")
        for person, role in (("K-CHENJING", "clerk"), ("T-LIUYANG", "technician")):
            card = {**EXAMPLES["people"], "id": person, "roles": [role]}
            self._post("/v1/people", card, "operator")
        self._post("/v1/customers", EXAMPLES["customers"], "clerk")
        self._post("/v1/machines", EXAMPLES["machines"], "clerk")
        body = {**EXAMPLES["reports"], "equipment": {}}
        for _ in range(max(REPORTS, -(-commands // SEVERAL))):
            taken = self._post("/v1/reports", body, "clerk")
            self._reports.append(taken.headers["location"])

    def load(self, seconds: float, rate: int = RATE) -> list[Took]:
        """Send `rate` commands a second for `seconds`; how long each took."""
        began, asked = time.perf_counter(), list[Future[Took]]()
        for n in range(int(rate * seconds)):
            time.sleep(max(0.0, began + n / rate - time.perf_counter()))
            self._sent += 1
            asked.append(self._threads.submit(self._one, self._sent))
        return [each.result(timeout=WAIT_S) for each in asked]

    def _one(self, n: int) -> Took:
        """Note one remote guidance, and read the list of reports until it is there."""
        path = f"{self._reports[n % len(self._reports)]}/remote-guidances"
        body = {"result": "not_solved", "steps": f"第 {n} 次电话指导，仍漏水"}
        sent = time.perf_counter()
        taken = self._post(path, body, "technician")
        accepted = time.perf_counter()
        headers = {**self._bearer("clerk"), "X-Token": taken.headers["x-token"]}
        while not self._sees(headers):
            if time.perf_counter() - accepted > WAIT_S:
                raise AssertionError(f"not seen within {WAIT_S:.0f} s")
        return Took((accepted - sent) * 1000, (time.perf_counter() - accepted) * 1000)

    def _sees(self, headers: Mapping[str, str]) -> bool:
        """Whether the list of reports holds what the token names; it waits two seconds for it."""
        seen = self._http.get(f"{self._url}/v1/reports?limit=1", headers=headers)
        return bool(seen.raise_for_status().headers.get("x-fresh") == "true")

    def _post(self, path: str, body: Any, role: str) -> httpx.Response:
        headers = {**self._bearer(role), "Idempotency-Key": f"{path}-{time.perf_counter_ns()}"}
        taken = self._http.post(self._url + path, json=body, headers=headers)
        return taken.raise_for_status()

    def _bearer(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tokens[role]}"}
