"""截帐 beside a movement that is being written: the month says the same for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.inventory.app import room
from services.inventory.closing.computing import computed, digest_of
from services.inventory.closing.http import books_of
from services.inventory.ledger import stream_of
from services.inventory.periods import bounds
from services.inventory.periods import stream_of as closing_stream
from shared.command import CommandEnvelope
from shared.config import Settings
from shared.decider import Asked
from shared.events.closings import PeriodClosed
from shared.events.inventory import Movement, StockMoved, Valuing
from shared.handler import Handler
from shared.http.registers import Registers
from shared.new_fact import new_fact
from shared.record.postgres import Record
from shared.record.store import Append
from shared.stream_state import StreamState
from tests.inventory.example import BRANCH, KEEPER, RING
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.recording import open_gate

BEGINS, ENDS = bounds("2026-10", "Asia/Shanghai")
CLOSED = PeriodClosed(BRANCH, "2026-10", BEGINS, ENDS, "PD-1", (), Valuing.MOVING_AVERAGE, "F-1")
CAME = StockMoved(
    BRANCH, RING, "supplier", "store", 5, (), Movement.PURCHASE, None, "CG-1", fen=500
)


def written(handler: Handler, stream: str, fact: object, partition: int) -> Append:
    """The append that writes it as the first fact of its stream, as of October."""
    decider = handler.decider(stream)
    asked = Asked(stream, KEEPER, frozenset(), ENDS - timedelta(days=3), BRANCH)
    folded = decider.evolve(decider.initial, fact)
    state = StreamState(1, partition, folded, BRANCH, None)
    envelope = CommandEnvelope(uuid4(), None, asked)
    made = new_fact(decider, envelope, stream, state, fact, 0)
    return Append([made], {stream: 0}, [envelope.id])


@pytest.mark.stack
def test_what_is_being_written_while_a_month_is_closed_counts_in_it_or_never(
    make_database: Callable[..., Settings],
) -> None:
    settings = make_database("inventory")
    open_gate(settings)
    record, keys = Record(settings.runtime_url, "inventory", settings.partitions), memory_keys()
    handler = Handler(record, room.papers, keys)
    views = MemoryViews(Memory("inventory"), keys)
    books = books_of(Registers(handler, views, lambda: datetime.now(UTC)))
    with ThreadPoolExecutor(1) as beside:
        with record.transaction() as writing:
            writing.append(written(handler, stream_of(BRANCH, RING), CAME, 1))
            record.append(written(handler, closing_stream(BRANCH), CLOSED, 2))
            shown = beside.submit(computed, books, BRANCH, "2026-10")
            with pytest.raises(TimeoutError):
                shown.result(0.5)
        found = shown.result(30)
    assert found is not None
    assert [(line.received, line.received_fen) for line in found.lines] == [(5, 500)]
    again = computed(books, BRANCH, "2026-10")
    assert again is not None
    assert digest_of(again) == digest_of(found), "what was shown is what is signed"
    late = written(handler, stream_of(BRANCH, "A-1"), CAME, 0)
    record.append(late)
    assert computed(books, BRANCH, "2026-10") == found, "it counts in the next month"
    record.close()
