"""派工的接线 (the wiring of dispatch): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.dispatch import api, api_steps, reactions, visit, work_order
from services.dispatch.order_commands import UrgeHandIn, UrgeTaking
from services.dispatch.views import awaiting, board, handing_in_due, taking_due, visits
from shared.document import Owed, Timer
from shared.room import Room


def _urge_taking(row: taking_due.Row) -> Owed:
    return Owed(row.stream, UrgeTaking(row.technician, row.due))


def _urge_hand_in(row: handing_in_due.Row) -> Owed:
    return Owed(row.stream, UrgeHandIn(row.due))


room = Room(
    name="dispatch",
    chinese="派工",
    deciders={"work_order": work_order, "visit": visit},
    views=(board, awaiting, taking_due, handing_in_due, visits),
    reactions=reactions.REACTIONS,
    timers=(
        Timer("urge-taking", taking_due, _urge_taking),
        Timer("urge-hand-in", handing_in_due, _urge_hand_in),
    ),
    routes=api.routes,
    texts=Path(__file__).with_name("texts.toml"),
    active=api.is_active,
    papers=api_steps.PAPERS,
)
