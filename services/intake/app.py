"""受理的接线 (the wiring of intake): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.intake import (
    delegation,
    legacy,
    reactions,
    registers,
    report,
)
from services.intake.report_commands import UrgeApproval
from services.intake.views import (
    approvals_due,
    branches,
    customers,
    machines,
    open_reports,
    people,
    tickets,
)
from shared.document import Owed, Timer
from shared.room import Front, Room


def _urge_approval(row: approvals_due.Row) -> Owed:
    return Owed(row.stream, UrgeApproval(row.round, row.due))


def _front() -> Front:
    from services.intake import api, api_registers, api_steps

    return Front(api.routes, api_registers.is_active, api_steps.PAPERS)


room = Room(
    name="intake",
    chinese="报修受理",
    deciders={
        "report": report,
        "legacy": legacy,
        "delegation": delegation,
        "branch": registers,
        "person": registers,
        "customer": registers,
        "machine": registers,
    },
    views=(open_reports, tickets, approvals_due, branches, people, customers, machines),
    reactions=reactions.REACTIONS,
    timers=(Timer("urge-approval", approvals_due, _urge_approval),),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
