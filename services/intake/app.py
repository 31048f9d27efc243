"""受理的接线 (the wiring of intake): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.intake import (
    complaint,
    delegation,
    hidden_values,
    legacy,
    reactions,
    registers,
    report,
    serials,
)
from services.intake.complaint import kept_apart
from services.intake.views import (
    branches,
    case_times,
    customers,
    delegations,
    machines,
    people,
    reminders,
    tasks,
    tickets,
)
from services.intake.views import hidden_values as hidden_values_listed
from shared.events.values import Role
from shared.notices import outbox
from shared.notices import paper as notice
from shared.notices.reminders import KeptApart, as_registered, timer_of
from shared.room import Front, Room

KEPT_APART = KeptApart(kept_apart, instead=(Role.GENERAL_MANAGER, Role.BASE))
"""Whom a complaint is about, and who ever had it, neither call back about it nor close it."""


def _front() -> Front:
    from services.intake import http
    from services.intake.reading import READING
    from services.intake.report.http import guests

    return Front(
        http.routes,
        READING,
        colleagues=http.colleagues,
        deputies=http.deputies,
        delegating=http.delegating,
        guests={"report": guests},
    )


room = Room(
    name="intake",
    chinese="报修受理",
    papers={
        "report": report,
        "complaint": complaint,
        "legacy": legacy,
        "notice": notice,
        "delegation": delegation,
        "hidden_values": hidden_values,
        "branch": registers.BRANCHES,
        "person": registers.PEOPLE,
        "customer": registers.CUSTOMERS,
        "machine": registers.MACHINES,
        "serial": serials,
    },
    views=(
        *report.VIEWS,
        *complaint.VIEWS,
        outbox,
        tickets,
        branches,
        people,
        customers,
        machines,
        delegations,
        hidden_values_listed,
        tasks,
        tasks.CLOCKS,
        reminders,
        case_times,
    ),
    reactions=reactions.REACTIONS,
    keeps=("part", "work_order"),
    timers=(
        *report.TIMERS,
        *complaint.TIMERS,
        *reactions.TIMERS,
        timer_of(reminders, tasks, as_registered(people), (people,), KEPT_APART),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
