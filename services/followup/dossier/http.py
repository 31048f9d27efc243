"""四档归一的接口 (HTTP of the dossier): what is shown of it."""

from typing import Annotated

from fastapi import APIRouter

from services.followup.dossier import PAPER, TICKET, papers_lent
from services.followup.dossier.custody import Lending, LendPaper, offered_lending
from services.followup.dossier.state import DossierSheet, sheet_of
from services.followup.reading import READING
from services.followup.survey.state import Survey
from services.followup.survey.state import stream_of as stream_of_survey
from services.followup.views import dossiers
from shared.events.order_sheet import standing_of
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms
from shared.http.query import Shown
from shared.http.steps import in_path

TicketNumber = Annotated[str, in_path(TICKET)]


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show dossiers."""
    api.listing(
        router,
        "/dossiers",
        dossiers,
        reads=READING["dossiers"],
        said="档案: the files of tickets by stage, with what is missing in each and why.",
        named="list_dossiers",
        filters=("branch", "stage", "urged"),
        newest_first=True,
    )

    api.listing(
        router,
        "/papers-lent",
        papers_lent,
        reads=READING["papers_lent"],
        said="借出在外: papers that are out: with whom, why, until when, and what is overdue.",
        named="list_papers_lent",
        filters=("branch", "ticket", "kind", "to", "claim", "urged"),
        newest_first=True,
    )

    @api.query(router, "/dossiers/{ticket}", reads=READING["dossier"], shows=DossierSheet)
    def show_dossier(ticket: TicketNumber) -> Shown:
        """归档表: the file of one ticket: what is in, what is missing and why, what came late."""
        seen = api.existing(PAPER.stream_of(ticket))
        call_back: Survey = api.registers.stream(stream_of_survey(ticket)).state
        sheet = sheet_of(ticket, seen.state, call_back.stage)
        return Shown(sheet, ticket, seen.branch, seen.version, of=call_back)


def _lending(request: FormRequest, body: Lending) -> LendPaper:
    return filled(LendPaper, body, standing=standing_of(body.to, request.registers.person(body.to)))


FORMS: Forms = {"lendings": Form(Lending, _lending, offered_lending)}
