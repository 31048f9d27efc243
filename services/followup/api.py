"""回访的接口 (HTTP of followup): bodies to commands, views to answers; no rule is asked here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Path

from services.followup import dossier, rules, survey
from services.followup.dossier import DossierSheet, FileDossier, sheet_of
from services.followup.survey_commands import (
    AnswerSurvey,
    AttemptCallBack,
    Command,
    EndCallBack,
    GivenUp,
)
from services.followup.survey_state import CallSheet, Survey, call_sheet
from services.followup.views import call_backs_due, dossiers, surveys
from shared.events.cards import BranchCard, BranchDocument, PersonDocument
from shared.events.followup import Action, DossierStage, Satisfied, SurveyStage
from shared.events.values import Note, Role, Sealed, Text
from shared.handle import Order
from shared.http.door import Door
from shared.http.errand import Errand
from shared.http.query import Listed, Paged, Shown
from shared.policy import CORE, Core
from shared.policy.source import read

EXAMPLES: Mapping[str, Any] = json.loads(
    FilePath(__file__).with_name("examples.json").read_text("utf-8")
)
"""An example body for each route that takes one; a story shows that each is accepted."""
HEARERS = (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR)
"""Who reads what customers said."""
READERS = (*HEARERS, Role.TECHNICIAN, Role.STOREKEEPER, Role.FINANCE)
TICKET = r"BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}"
SurveyNumber = Annotated[str, Path(pattern=rf"^{TICKET}-H1$", description="回访单号 BX-…-H1")]
TicketNumber = Annotated[str, Path(pattern=rf"^{TICKET}$", description="单号 BX-…")]


@dataclass(frozen=True, slots=True)
class Ending:
    """回访终结: give the customer up; `channel` if he was tried once more just now."""

    ending: GivenUp
    because: Note
    channel: Text | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """归档: file what is there; nothing is said beyond that."""


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    policy = read(door.fittings.policy_dir / CORE, Core)
    router = APIRouter(prefix="/v1")
    _calls(door, router)
    _endings(door, router, policy)
    _files(door, router)
    _surveys(door, router)
    _dossiers(door, router)
    return router


def _calls(door: Door, router: APIRouter) -> None:
    @door.command(
        router, "/surveys/{number}/attempts", by=(Role.CLERK,), example=EXAMPLES["attempts"]
    )
    def attempt_call_back(errand: Errand, number: SurveyNumber, body: AttemptCallBack) -> Order:
        """回访尝试: the customer was called and has not answered the questions."""
        return _order(door, errand, number, body)

    @door.command(
        router, "/surveys/{number}/answers", by=(Role.CLERK,), example=EXAMPLES["answers"]
    )
    def answer_survey(errand: Errand, number: SurveyNumber, body: AnswerSurvey) -> Order:
        """回访应答: the customer answered; what follows is named if he is not satisfied."""
        return _order(door, errand, number, body)


def _endings(door: Door, router: APIRouter, policy: Core) -> None:
    @door.command(
        router, "/surveys/{number}/endings", by=(Role.CLERK,), example=EXAMPLES["endings"]
    )
    def end_call_back(errand: Errand, number: SurveyNumber, body: Ending) -> Order:
        """回访终结: the customer cannot be reached, or will not answer."""
        branch = door.existing(_stream(number)).branch
        zone = rules.time_zone(_branch(door, branch), policy)
        command = EndCallBack(body.ending, body.because, body.channel, zone)
        return _order(door, errand, number, command)


def _files(door: Door, router: APIRouter) -> None:
    @door.command(
        router, "/dossiers/{ticket}/filings", by=(Role.CLERK,), example=EXAMPLES["filings"]
    )
    def file_dossier(errand: Errand, ticket: TicketNumber, body: Filing) -> Order:
        """归档: file the papers of the ticket as one, once all of them are there."""
        del body
        home = dossier.stream_of(ticket)
        return errand.order(
            home,
            FileDossier(),
            branch=door.existing(home).branch,
            ticket=ticket,
            reads=(survey.stream_of(ticket),),
        )


def _surveys(door: Door, router: APIRouter) -> None:
    @door.query(router, "/surveys", by=HEARERS, shows=surveys.Row)
    def list_surveys(  # noqa: PLR0913 - the filters of the list
        page: Paged,
        *,
        branch: str | None = None,
        ticket: str | None = None,
        stage: SurveyStage | None = None,
        satisfied: Satisfied | None = None,
        action: Action | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """回访: call-backs by branch, stage and what customers said."""
        where = {
            "branch": branch,
            "ticket": ticket,
            "stage": stage,
            "satisfied": satisfied,
            "action": action,
        }
        return Listed(surveys, page, where, newest_first=newest_first)

    @door.query(router, "/surveys/due", by=HEARERS, shows=call_backs_due.Row)
    def list_call_backs_due(
        page: Paged, *, branch: str | None = None, urged: bool | None = None
    ) -> Listed:
        """待回访: whom to call, with by when and how often he was tried."""
        return Listed(call_backs_due, page, {"branch": branch, "urged": urged})

    @door.query(router, "/surveys/{number}", by=HEARERS, shows=CallSheet)
    def show_survey(number: SurveyNumber) -> Shown:
        """回访表: one call-back with whom to call, the questions, and what came of it."""
        seen = door.existing(_stream(number))
        return Shown(call_sheet(seen.state), seen.branch, seen.version)


def _dossiers(door: Door, router: APIRouter) -> None:
    @door.query(router, "/dossiers", by=READERS, shows=dossiers.Row)
    def list_dossiers(
        page: Paged,
        *,
        branch: str | None = None,
        stage: DossierStage | None = None,
        newest_first: bool = False,
    ) -> Listed:
        """档案: the files of tickets by stage, with what is missing in each and why."""
        where = {"branch": branch, "stage": stage}
        return Listed(dossiers, page, where, newest_first=newest_first)

    @door.query(router, "/dossiers/{ticket}", by=READERS, shows=DossierSheet)
    def show_dossier(ticket: TicketNumber) -> Shown:
        """归档表: the file of one ticket: what is in, what is missing and why, what came late."""
        seen = door.existing(dossier.stream_of(ticket))
        call_back: Survey = door.state(survey.stream_of(ticket)).state
        return Shown(sheet_of(ticket, seen.state, call_back.stage), seen.branch, seen.version)


def is_active(door: Door, person: str) -> bool | None:
    """Whether a person may still act, by the newest card this room has; None: it has none."""
    found = door.fittings.views.document("intake", f"person-{person}")
    assert found is None or isinstance(found, PersonDocument)
    return found.card.active if found else None


def _order(door: Door, errand: Errand, number: str, command: Command) -> Order:
    home = _stream(number)
    seen = door.existing(home)
    return errand.order(
        home,
        command,
        branch=seen.branch,
        ticket=number.rpartition("-")[0],
        subject=_subject(seen.state),
    )


def _subject(call_back: Survey) -> str | None:
    """Whose key seals what the customer says: the one that sealed how to reach him."""
    phone = call_back.scheduled.contact_phone if call_back.scheduled else None
    return phone.subject if isinstance(phone, Sealed) else None


def _stream(number: str) -> str:
    return f"survey-{number}"


def _branch(door: Door, branch: str) -> BranchCard | None:
    found = door.fittings.views.document("intake", f"branch-{branch}")
    assert found is None or isinstance(found, BranchDocument)
    return found.card if found else None
