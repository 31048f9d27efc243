"""派工的接线 (the wiring of dispatch): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.dispatch import reactions, visit, work_order
from services.dispatch.visit import schedule
from services.dispatch.work_order import awaiting, board, handing_in_due, taking_due
from services.dispatch.work_order.closing import UrgeHandIn
from services.dispatch.work_order.taking import UrgeTaking
from shared.document import CommandOwed, Timer
from shared.room import Following, Front, Room


def _urge_taking(row: taking_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, UrgeTaking(row.technician, row.due))


def _urge_hand_in(row: handing_in_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, UrgeHandIn(row.due))


def _front() -> Front:
    from services.dispatch import http
    from services.dispatch.visit.http import offered_first_visit

    first_visit = Following(visit.PAPER.prefix, "plans", offered_first_visit)
    return Front(http.routes, following={work_order.PAPER.prefix: (first_visit,)})


room = Room(
    name="dispatch",
    chinese="派工",
    papers={"work_order": work_order, "visit": visit},
    views=(board, awaiting, taking_due, handing_in_due, schedule),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch"),
    timers=(
        Timer("urge-taking", taking_due, _urge_taking),
        Timer("urge-hand-in", handing_in_due, _urge_hand_in),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
