"""配件库的接线 (the wiring of inventory): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.inventory import (
    closing,
    issue_note,
    old_lines,
    old_parts,
    on_order,
    own_use,
    part_register,
    part_store,
    purchase,
    reactions,
    replenishment,
    serial_book,
    stocktake,
    transfer,
)
from services.inventory.views import (
    keepers_reminded,
    low_stock,
    part_use,
    parts,
    parts_out,
    pieces,
    refill_drafts,
    reminders,
    stock,
    stock_value,
)
from services.inventory.waiting import arrivals_told, store_clocks, tasks
from shared.notices import outbox
from shared.notices import paper as notice
from shared.notices.reminders import as_heard, timer_of
from shared.room import Front, Room


def _front() -> Front:
    from services.inventory import http
    from services.inventory.reading import READING

    return Front(http.routes, READING, file_subject=http.file_subject)


room = Room(
    name="inventory",
    chinese="配件库",
    papers={
        "part": part_register,
        "stock": part_store,
        "serials": serial_book,
        "issue_note": issue_note,
        "purchase": purchase,
        "transfer": transfer,
        "stocktake": stocktake,
        "own_use": own_use,
        "replenishment": replenishment,
        "on_order": on_order,
        "old_parts": old_parts,
        "old_line": old_lines,
        "closing": closing,
        "notice": notice,
    },
    views=(
        *issue_note.VIEWS,
        *purchase.VIEWS,
        *transfer.VIEWS,
        *stocktake.VIEWS,
        *own_use.VIEWS,
        *replenishment.VIEWS,
        *old_parts.VIEWS,
        *closing.VIEWS,
        stock,
        parts_out,
        low_stock,
        refill_drafts,
        stock_value,
        part_use,
        pieces,
        parts,
        *keepers_reminded.VIEWS,
        tasks,
        store_clocks,
        outbox,
        reminders,
        arrivals_told,
    ),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch", "delegation", "visit", "work_order"),
    timers=(
        *replenishment.TIMERS,
        *closing.TIMERS,
        *reactions.TIMERS,
        timer_of(reminders, tasks, as_heard),
        arrivals_told.timer_of(arrivals_told),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
