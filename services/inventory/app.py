"""配件库的接线 (the wiring of inventory): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.inventory import part_register, part_store, parts_issue, reactions
from services.inventory.views import issue_notes, low_stock, parts, stock
from shared.room import Front, Room


def _front() -> Front:
    from services.inventory import api, api_steps

    return Front(api.routes, api.is_active, api_steps.PAPERS)


room = Room(
    name="inventory",
    chinese="配件库",
    deciders={"part": part_register, "stock": part_store, "issue_note": parts_issue},
    views=(issue_notes, stock, low_stock, parts),
    reactions=reactions.REACTIONS,
    keeps=("person",),
    timers=(),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
