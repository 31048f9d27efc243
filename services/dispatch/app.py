"""派工的接线 (the wiring of dispatch): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.dispatch import reactions, visit, work_order
from services.dispatch.order_commands import UrgeHandIn, UrgeTaking
from services.dispatch.views import awaiting, board, handing_in_due, taking_due, visits
from shared.document import Owed, Timer
from shared.room import Front, Room


def _urge_taking(row: taking_due.Row) -> Owed:
    return Owed(row.stream, UrgeTaking(row.technician, row.due))


def _urge_hand_in(row: handing_in_due.Row) -> Owed:
    return Owed(row.stream, UrgeHandIn(row.due))


def _front() -> Front:
    from services.dispatch import api, api_steps

    return Front(api.routes, api.is_active, api_steps.PAPERS)


room = Room(
    name="dispatch",
    chinese="派工",
    deciders={"work_order": work_order, "visit": visit},
    views=(board, awaiting, taking_due, handing_in_due, visits),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch"),
    timers=(
        Timer("urge-taking", taking_due, _urge_taking),
        Timer("urge-hand-in", handing_in_due, _urge_hand_in),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
