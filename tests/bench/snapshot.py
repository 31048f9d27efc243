"""A command on a long stream: a part is issued whose accounts have seen 20,000 movements.

The rules are those of the room. With a snapshot that the worker keeps every 200 facts, and in the
same run without any.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import httpx

from services.inventory import part_store
from services.inventory.app import room
from services.inventory.issue_note.drawing import IssuePart
from services.inventory.issue_note.release import ReleaseNote
from services.inventory.issue_note.sheets import Drawing, issue_content
from services.inventory.ledger import STORE, technician
from services.inventory.part_register import RegisterPart
from shared.config import Settings
from shared.decider import Asked, Decision
from shared.events.inventory import Movement, Outside, PartCard, StockMoved
from shared.events.order_sheet import Delivery
from shared.events.values import PartWanted, RepairNature, SignedHow
from shared.handle import CommandEnvelope, Handler, Rehearsal, handle, handle_all
from shared.personal.keys import Keys
from shared.personal.master import MasterKey
from shared.record import snapshots
from shared.record.database import engine
from shared.record.postgres import Record
from shared.record.transaction import transaction
from shared.signing import TO_BE_DRAWN
from shared.worker.snapshots import EVERY, Snapshots
from tests.bench.latency import percentile
from tests.bench.row import Row
from tests.bench.served_issue import heard_of, issuing, served
from tests.memory_keys import MemoryKeyStore
from tests.relaying import ask
from tests.servers import throw_away
from tests.working import OPEN_GATE

BRANCH, PART, STREAM = "HZ01", "P-1", "stock-HZ01:P-1"
KEEPER, LIU = "K-1", "T-1"
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
NAMED = 10
"""Of so many rounds one names the serials of its pieces."""
BARE = 5
"""Commands without a snapshot."""
SHARE = 4
"""Of so many commands there is one over HTTP."""
BOUND_MS = 20.0


def run(quick: bool = False) -> list[Row]:
    """The 95th percentile with snapshots, and without."""
    count = 100 if quick else 400
    with throw_away() as servers:
        settings = servers.make_database("inventory")
        ask(settings, OPEN_GATE, owner=True)
        record = Record(settings.runtime_url, "inventory", settings.partitions)
        keys = Keys(MemoryKeyStore(), MasterKey(bytes(32)))
        desk = Handler(record, room.papers, keys)
        worker = engine(settings.worker_url)
        keeper = Snapshots(worker, desk)
        fill(Handler(record, {"stock": MOVES}, keys), named=count + BARE + count // SHARE)
        _catalogued(desk)
        orders = [_issue(desk, n) for n in range(count + BARE)]
        bare = [_timed(partial(handle, desk, orders.pop())) for _ in range(BARE)]
        keeper.begin()
        keeper.take()
        took = []
        for n, order in enumerate(orders, 1):
            took.append(_timed(partial(handle, desk, order)))
            if (MOVEMENTS + n) % EVERY == 0:
                keeper.begin()
                keeper.take()
        over_http = _over_http(settings, record, desk, count + BARE, count // SHARE)
        with transaction(worker) as db:
            assert snapshots.drop(db) == 1
        record.close()
        worker.dispose()
    ours, without = percentile(took, 95), percentile(bare, 95)
    return [
        Row(
            "issue of a part with 20,000 movements, p95",
            ours,
            without,
            "ms",
            ours / without,
            f"<= {BOUND_MS:.0f} ms",
            holds=ours <= BOUND_MS,
            note=f"{count} commands; a snapshot each {EVERY} facts, against none",
        ),
        Row(
            "  the same over HTTP, p95",
            percentile(over_http, 95),
            ours,
            "ms",
            percentile(over_http, 95) / ours,
            "",
            holds=True,
            note=f"{len(over_http)} requests, one after the other; the client's share is in it",
        ),
    ]


def _over_http(
    settings: Settings, record: Record, desk: Handler, begin: int, count: int
) -> list[float]:
    """How long a keeper waits for each of so many issues, whose notes are out already."""
    with served(settings, record) as (web, url), httpx.Client(base_url=url) as client:
        keeper = web.staff(KEEPER, ["storekeeper"], [BRANCH])
        took = []
        for n in range(begin, begin + count):
            note = _released(desk, n)
            heard_of(web, note)
            body = {"part": PART, "quantity": 1, "serials": [f"N-{n}"]}
            signed = {**body, "recipient": LIU, "how": SignedHow.DRAWN.value}
            took.append(_timed(issuing(web, client, keeper, note, signed)))
    return took


def fill(desk: Handler, named: int) -> None:
    """Record what is bought, drawn, used, brought back and used up; then pieces to be issued."""
    for begin in range(0, MOVEMENTS, AT_ONCE):
        orders = [_order(_moved(n)) for n in range(begin, begin + AT_ONCE)]
        with desk.store.transaction() as made:
            handle_all(desk, orders, made)
    serials = tuple(f"N-{n}" for n in range(named))
    handle(desk, _order(replace(_moved(0), quantity=named, serials=serials, fen=None)))


def _moved(n: int) -> StockMoved:
    """One movement of a round; a piece that comes back is the first of its three."""
    source, target, quantity, because, fen = ROUND[n % len(ROUND)]
    which = n // len(ROUND)
    there = technician(f"T-{which % 40:02}")
    three = [f"S-{which}-{each}" for each in range(3)] if which % NAMED == 0 else []
    return StockMoved(
        store=BRANCH,
        part=PART,
        source=there if source == HAND else source,
        target=there if target == HAND else target,
        quantity=quantity,
        serials=tuple(three[-quantity:] if because is Movement.USED else three[:quantity]),
        because=because,
        use_nature=None,
        paper=f"BX-HZ01-20261123-{which:04}-C1",
        fen=fen,
    )


def _order(command: object, home: str = STREAM, ticket: str | None = None) -> CommandEnvelope:
    asked = Asked(home, KEEPER, frozenset({"storekeeper"}), datetime.now(UTC), BRANCH, ticket)
    return CommandEnvelope(uuid4(), command, asked)


def _catalogued(desk: Handler) -> None:
    handle(desk, _order(RegisterPart(PartCard(PART, "泵", has_serials=True)), f"part-{PART}"))


def _released(desk: Handler, n: int) -> str:
    """A note is released for one piece."""
    ticket = f"BX-{BRANCH}-20261124-{n:04}"
    release = ReleaseNote(
        ticket=ticket,
        branch=BRANCH,
        order=f"{ticket}-W1",
        version=1,
        recipient=LIU,
        delivery=Delivery.CARRIED,
        repair_nature=RepairNature.WARRANTY,
        lines=(PartWanted(PART, 1),),
    )
    handle(desk, _order(release, f"issue_note-{ticket}-C1", ticket))
    return f"{ticket}-C1"


def _issue(desk: Handler, n: int) -> CommandEnvelope:
    """What the keeper of a note that was released does then, under what they show."""
    number = _released(desk, n)
    home, drawing = f"issue_note-{number}", Drawing(PART, 1, (f"N-{n}",))
    note = Rehearsal(desk, [home]).folded(home).state
    issue = IssuePart(
        part=PART,
        quantity=1,
        recipient=LIU,
        content=issue_content(note, drawing),
        how=SignedHow.DRAWN,
        serials=drawing.serials,
        evidence=TO_BE_DRAWN,
    )
    return _order(issue, home, number.removesuffix("-C1"))


def _becomes(command: Any, _state: Any, asked: Asked) -> Decision:
    return asked.here(command)


MOVES: Any = SimpleNamespace(
    initial=part_store.initial,
    evolve=part_store.evolve,
    PAPER=part_store.PAPER,
    decide=_becomes,
)
"""The accounts of a part, where every movement that is asked for becomes true."""


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000
