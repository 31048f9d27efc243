"""派工的接线 (the wiring of dispatch): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.dispatch import (
    appointment_links,
    claim,
    leave,
    reactions,
    visit,
    vouchers,
    work_order,
)
from services.dispatch.claim.submitting import offered_submitting
from services.dispatch.views import (
    away,
    case_work,
    cash_due,
    claims_due,
    next_visit,
    reminders,
    unplanned,
)
from services.dispatch.waiting import appointments_told, order_clocks, tasks
from shared.notices import outbox
from shared.notices import paper as notice
from shared.notices.reminders import as_heard, timer_of
from shared.room import Following, Front, Room


def _front() -> Front:
    from services.dispatch import http
    from services.dispatch.reading import READING
    from services.dispatch.visit.http import offered_first_visit

    first_visit = Following(visit.PAPER.prefix, "plans", offered_first_visit)
    first_claim = Following(claim.PAPER.prefix, "/claims", offered_submitting)
    following = {work_order.PAPER.prefix: (first_visit, first_claim)}
    return Front(http.routes, READING, following=following)


room = Room(
    name="dispatch",
    chinese="派工",
    papers={
        "work_order": work_order,
        "visit": visit,
        "claim": claim,
        "leave": leave,
        "appointment_link": appointment_links,
        "voucher": vouchers,
        "notice": notice,
    },
    views=(
        *work_order.VIEWS,
        *visit.VIEWS,
        *claim.VIEWS,
        outbox,
        away,
        cash_due,
        claims_due,
        next_visit,
        unplanned,
        tasks,
        tasks.CLOCKS,
        reminders,
        order_clocks,
        appointments_told,
        case_work,
    ),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch", "customer", "delegation", "part", "hidden_values", "report"),
    timers=(
        *work_order.TIMERS,
        *reactions.TIMERS,
        timer_of(reminders, tasks, as_heard),
        appointments_told.timer_of(appointments_told),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
