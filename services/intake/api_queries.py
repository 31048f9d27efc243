"""受理的查询 (questions to intake): open reports, one report as it stands, the list of tickets."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from services.intake.api_terms import READERS, Number
from services.intake.report_checks import missing_to_submit
from services.intake.report_state import Report
from services.intake.views import open_reports, tickets
from shared.events.report_form import Stage
from shared.events.values import Ticket
from shared.http.door import Door
from shared.http.query import Listed, Paged, Shown, Single
from shared.policy import Core


@dataclass(frozen=True, slots=True)
class Lacks:
    """所缺: a field that must be filled in before the report can be submitted."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class ReportShown:
    """报修单: as it stands; `report.content` is what a signature is put under."""

    ticket: str
    report: Report
    missing: Sequence[Lacks]


def hang(door: Door, router: APIRouter, policy: Core) -> None:
    """The routes that answer questions of reports and tickets."""
    _reports(door, router, policy)
    _tickets(door, router)


def _reports(door: Door, router: APIRouter, policy: Core) -> None:
    @door.query(router, "/reports", by=READERS, shows=open_reports.Row)
    def list_reports(
        page: Paged,
        *,
        branch: str | None = None,
        owner: str | None = None,
        state: Stage | None = None,
        machine: str | None = None,
        customer: str | None = None,
    ) -> Listed:
        """在办报修单: what your branches have on the desk, by owner, state, machine, customer."""
        where = {
            "branch": branch,
            "owner": owner,
            "stage": state,
            "machine": machine,
            "customer": customer,
        }
        return Listed(open_reports, page, where)

    @door.query(router, "/reports/{ticket}", by=READERS, shows=ReportShown)
    def show_report(ticket: Ticket) -> Shown:
        """报修单: one report as it stands, and what it lacks to be submitted."""
        seen = door.existing(f"report-{ticket}")
        lacking = missing_to_submit(seen.state, consent_on_site=policy.quote.consent_on_site)
        labels = [(name, door.texts.label(name)) for name in lacking]
        missing = [Lacks(name, said.zh, said.en) for name, said in labels]
        return Shown(ReportShown(ticket, seen.state, missing), seen.branch, seen.version)


def _tickets(door: Door, router: APIRouter) -> None:
    @door.query(router, "/tickets", by=READERS, shows=tickets.Row)
    def list_tickets(  # noqa: PLR0913 - the filters of a desk
        page: Paged,
        *,
        branch: str | None = None,
        state: str | None = None,
        is_open: bool | None = None,
        owner: str | None = None,
        source: str | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """单据一览: every ticket, the imported ones (`source`) among them."""
        where = {
            "branch": branch,
            "state": state,
            "is_open": is_open,
            "owner": owner,
            "source": source,
        }
        return Listed(tickets, page, where, newest_first=newest_first)

    @door.query(router, "/tickets/{ticket:path}", by=READERS, shows=tickets.Row)
    def show_ticket(ticket: Number) -> Single:
        """单据: one ticket as the list has it."""
        return Single(tickets, (ticket,))
