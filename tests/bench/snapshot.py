"""A command on a long stream: the accounts of a part after 20,000 movements.

With a snapshot that the worker keeps every 200 facts, and in the same run without any.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from services.inventory import part_store
from services.inventory.ledger import STORE, technician
from shared.decider import Asked, Decision
from shared.events.inventory import Movement, Outside, StockMoved
from shared.handle import CommandEnvelope, Handler, handle, handle_all
from shared.personal.keys import Keys
from shared.personal.master import MasterKey
from shared.record import snapshots
from shared.record.database import engine
from shared.record.postgres import Record
from shared.record.transaction import transaction
from shared.worker.snapshots import EVERY, Snapshots
from tests.bench.latency import percentile
from tests.bench.row import Row
from tests.memory_keys import MemoryKeyStore
from tests.relaying import ask
from tests.servers import throw_away
from tests.working import OPEN_GATE

STREAM = "stock-HZ01:P-1"
HAND = technician("")
ROUND = (
    (Outside.SUPPLIER.value, STORE, 3, Movement.PURCHASE, 1_234),
    (STORE, HAND, 3, Movement.ISSUE, None),
    (HAND, Outside.INSTALLED.value, 2, Movement.USED, None),
    (HAND, STORE, 1, Movement.UNUSED, None),
    (STORE, Outside.CONSUMED.value, 1, Movement.OWN_USE, None),
)
"""What happens to the part again and again, each time by a paper of its own."""
MOVEMENTS, AT_ONCE = 20_000, 500
BOUND_MS = 20.0


def run(quick: bool = False) -> list[Row]:
    """The 95th percentile with snapshots, and without."""
    count = 100 if quick else 400
    with throw_away() as servers:
        settings = servers.make_database("inventory")
        ask(settings, OPEN_GATE, owner=True)
        record = Record(settings.runtime_url, "inventory", settings.partitions)
        desk = Handler(record, {"stock": MOVES}, Keys(MemoryKeyStore(), MasterKey(bytes(32))))
        worker = engine(settings.worker_url)
        keeper = Snapshots(worker, desk)
        fill(desk)
        bare = [_timed(lambda: move(desk, 1)) for _ in range(5)]
        keeper.begin()
        keeper.take()
        took = []
        for n in range(1, count + 1):
            took.append(_timed(lambda: move(desk, 1)))
            if (MOVEMENTS + n) % EVERY == 0:
                keeper.begin()
                keeper.take()
        with transaction(worker) as db:
            assert snapshots.drop(db) == 1
        record.close()
        worker.dispose()
    ours, without = percentile(took, 95), percentile(bare, 95)
    return [
        Row(
            "command on a stream of 20,000 facts, p95",
            ours,
            without,
            "ms",
            ours / without,
            f"<= {BOUND_MS:.0f} ms",
            holds=ours <= BOUND_MS,
            note=f"{count} commands; a snapshot each {EVERY} facts, against none",
        )
    ]


def fill(desk: Handler) -> None:
    """Record what is bought, drawn, used, brought back and used up."""
    for begin in range(0, MOVEMENTS, AT_ONCE):
        orders = [_order(n) for n in range(begin, begin + AT_ONCE)]
        with desk.store.transaction() as made:
            handle_all(desk, orders, made)


def move(desk: Handler, n: int) -> None:
    """Record one more movement."""
    handle(desk, _order(n))


def _order(n: int) -> CommandEnvelope:
    source, target, quantity, because, fen = ROUND[n % len(ROUND)]
    there, which = technician(f"T-{n // len(ROUND) % 40:02}"), n // len(ROUND)
    moved = StockMoved(
        store="HZ01",
        part="P-1",
        source=there if source == HAND else source,
        target=there if target == HAND else target,
        quantity=quantity,
        serials=(),
        because=because,
        use_nature=None,
        paper=f"BX-HZ01-20261123-{which:04}-C1",
        fen=fen,
    )
    asked = Asked(STREAM, "K-1", frozenset({"storekeeper"}), datetime.now(UTC), "HZ01")
    return CommandEnvelope(uuid4(), moved, asked)


def _becomes(command: Any, _state: Any, asked: Asked) -> Decision:
    return asked.here(command)


MOVES: Any = SimpleNamespace(
    initial=part_store.initial,
    evolve=part_store.evolve,
    PAPER=part_store.PAPER,
    decide=_becomes,
)
"""The accounts of a part, where every movement that is asked for becomes true."""


def _timed(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
