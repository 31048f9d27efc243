"""The closing of a month: a store of 2,000 parts, in which 50,000 movements were recorded.

The month is closed by its command, and a process of its own computes the consumption report and
its digest. Its memory at its largest is compared with the one that it needs for half as much.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from services.inventory import closing, part_store, stocktake
from services.inventory.closing.closing import ClosePeriod
from services.inventory.closing.computing import computed, digest_of
from services.inventory.closing.http import books_of
from services.inventory.ledger import STORE, stream_of, technician
from services.inventory.periods import bounds
from shared.config import Settings
from shared.decider import Asked, Decision
from shared.events.inventory import Movement, Outside, StockMoved, UseNature, Valuing
from shared.events.stocktakes import StocktakeApproved, StocktakeKind, StocktakeOpened
from shared.handle import CommandEnvelope, Handler, handle, handle_all
from shared.http.registers import Registers
from shared.personal.keys import Keys
from shared.personal.master import MasterKey
from shared.record.postgres import Record
from tests.bench.row import Row
from tests.memory_keys import MemoryKeyStore
from tests.relaying import ask
from tests.servers import throw_away
from tests.working import OPEN_GATE

WHOLE, HALF, ZONE = "HZ01", "NB01", "Asia/Shanghai"
"""The store that is measured, and one with half as many movements."""
PARTS, MOVEMENTS = 2_000, 50_000
QUICK_PARTS, QUICK_MOVEMENTS = 200, 5_000
AT_ONCE = 500
BOUND_S, GROWTH = 20.0, 1.15
HAND = technician("T-1")
ROUND = (
    (Outside.SUPPLIER.value, STORE, 8, Movement.PURCHASE, None, 1_234),
    (STORE, HAND, 4, Movement.ISSUE, UseNature.WARRANTY, None),
    (HAND, Outside.INSTALLED.value, 3, Movement.USED, UseNature.WARRANTY, None),
    (HAND, STORE, 1, Movement.UNUSED, UseNature.WARRANTY, None),
    (Outside.INSTALLED.value, "old_warranty", 3, Movement.OLD_PART, UseNature.WARRANTY, None),
)
"""What happens to a part again and again: bought, drawn, used, brought back, its old ones home."""


@dataclass(frozen=True, slots=True)
class Month:
    """The month before this one, as the store knows it."""

    period: str
    begins_at: datetime
    ends_at: datetime


def run(quick: bool = False) -> list[Row]:
    """Seconds of a closing with its report, and how far its memory grows with what it reads."""
    parts, movements = (QUICK_PARTS, QUICK_MOVEMENTS) if quick else (PARTS, MOVEMENTS)
    month = _last_month()
    with throw_away() as servers:
        settings = servers.make_database("inventory")
        ask(settings, OPEN_GATE, owner=True)
        record = Record(settings.runtime_url, "inventory", settings.partitions)
        desk = _desk(record)
        took = dict[str, float]()
        for store, many in ((HALF, movements // 2), (WHOLE, movements)):
            fill(desk, store, month, parts, many // parts)
            took[store] = _closed(desk, store, month)
        half, ours = (_made(settings, store, month) for store in (HALF, WHOLE))
        record.close()
    seconds, growth = took[WHOLE] + ours["seconds"], ours["peak"] / half["peak"]
    what = f"{parts:,} parts and {movements:,} movements"
    return [
        Row(
            f"closing a month of {what}",
            seconds,
            None,
            "s",
            None,
            f"<= {BOUND_S:.0f} s",
            holds=seconds <= BOUND_S,
            note=f"the command, the report and its digest; {ours['cpu']:.1f} s of CPU",
        ),
        Row(
            "  resident memory of that, against half the movements",
            ours["peak"],
            half["peak"],
            "MB",
            growth,
            f"<= {GROWTH}",
            holds=growth <= GROWTH,
        ),
    ]


def _last_month() -> Month:
    ends = datetime.now(UTC).replace(day=1) - timedelta(days=1)
    period = f"{ends:%Y-%m}"
    return Month(period, *bounds(period, ZONE))


def _desk(record: Record) -> Handler:
    papers = {"stock": MOVES, "stocktake": TAKEN, "closing": closing}
    return Handler(record, papers, Keys(MemoryKeyStore(), MasterKey(bytes(32))))


def fill(desk: Handler, store: str, month: Month, parts: int, many: int) -> None:
    """Record so many movements of each part, which happened in the month."""
    names = [f"P-{part:05}" for part in range(parts)]
    orders = [_order(store, month, name, n) for name in names for n in range(many)]
    for begin in range(0, len(orders), AT_ONCE):
        with desk.store.transaction() as made:
            handle_all(desk, orders[begin : begin + AT_ONCE], made)


def _order(store: str, month: Month, part: str, n: int) -> CommandEnvelope:
    source, target, quantity, because, nature, fen = ROUND[n % len(ROUND)]
    paper = f"BX-HZ01-20261123-{n:04}-C1"
    moved = StockMoved(store, part, source, target, quantity, (), because, nature, paper, fen)
    return _envelope(stream_of(store, part), moved, month.begins_at + timedelta(hours=n), store)


def _envelope(stream: str, command: object, at: datetime, store: str) -> CommandEnvelope:
    asked = Asked(stream, "F-1", frozenset({"finance"}), at, store)
    return CommandEnvelope(uuid4(), command, asked)


def _closed(desk: Handler, store: str, month: Month) -> float:
    """Close the month, which one stocktake has counted; the seconds of the command."""
    number, now = f"PD-{store}-{month.ends_at.year}-0001", datetime.now(UTC)
    kind, valuing = StocktakeKind.MONTHLY, Valuing.MOVING_AVERAGE
    opened = StocktakeOpened(number, store, kind, month.period, month.ends_at, "K-1")
    for fact in (opened, StocktakeApproved((), 0, "F-2")):
        handle(desk, _envelope(stocktake.PAPER.stream_of(number), fact, now, store))
    of_month = month.begins_at, month.ends_at
    command = ClosePeriod(store, month.period, *of_month, valuing, month.ends_at, (number,))
    began = time.perf_counter()
    handle(desk, _envelope(closing.PAPER.stream_of(store), command, now, store))
    return time.perf_counter() - began


def _made(settings: Settings, store: str, month: Month) -> Mapping[str, float]:
    """What a process of its own needs for the report of the month."""
    asked = (settings.runtime_url, str(settings.partitions), store, month.period)
    words = [sys.executable, "-m", "tests.bench.closing", *asked]
    done = subprocess.run(words, check=True, capture_output=True)
    told: Mapping[str, float] = json.loads(done.stdout)
    return told


def report(url: str, partitions: str, store: str, period: str) -> Mapping[str, float]:
    """Compute the report of a month; how long it took, and the memory of this process."""
    record = Record(url, "inventory", int(partitions))
    nowhere: Any = None  # the report looks at no view
    registers = Registers(_desk(record), nowhere, lambda: datetime.now(UTC))
    began = time.perf_counter()
    made = computed(books_of(registers), store, period)
    assert made is not None
    assert digest_of(made)
    seconds = time.perf_counter() - began
    record.close()
    return {
        "seconds": seconds,
        "cpu": time.process_time(),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _becomes(command: Any, _state: Any, asked: Asked) -> Decision:
    return asked.here(command)


MOVES: Any = SimpleNamespace(
    initial=part_store.initial, evolve=part_store.evolve, PAPER=part_store.PAPER, decide=_becomes
)
"""The accounts of a part, where every movement that is asked for becomes true."""
TAKEN: Any = SimpleNamespace(
    initial=stocktake.initial, evolve=stocktake.evolve, PAPER=stocktake.PAPER, decide=_becomes
)
"""Stocktakes, where the same holds."""

if __name__ == "__main__":
    sys.stdout.write(json.dumps(report(*sys.argv[1:])))
