"""受理的接线 (the wiring of intake): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.intake import delegation, legacy, reactions, registers, report
from services.intake.report import approvals_due, open_reports
from services.intake.report.submission import UrgeApproval
from services.intake.views import branches, customers, machines, people, tickets
from shared.document import CommandOwed, Timer
from shared.room import Front, Room


def _urge_approval(row: approvals_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, UrgeApproval(row.round, row.due))


def _front() -> Front:
    from services.intake import http

    return Front(http.routes)


room = Room(
    name="intake",
    chinese="报修受理",
    papers={
        "report": report,
        "legacy": legacy,
        "delegation": delegation,
        "branch": registers.BRANCHES,
        "person": registers.PEOPLE,
        "customer": registers.CUSTOMERS,
        "machine": registers.MACHINES,
    },
    views=(open_reports, tickets, approvals_due, branches, people, customers, machines),
    reactions=reactions.REACTIONS,
    timers=(Timer("urge-approval", approvals_due, _urge_approval),),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
