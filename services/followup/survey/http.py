"""回访单的接口 (HTTP of the survey): what an ending is looked up for, and what is shown."""

from typing import Annotated

from fastapi import APIRouter

from services.followup.reading import READING
from services.followup.survey import NUMBER, PAPER, board, call_backs_due
from services.followup.survey.call import ANSWER_EXAMPLE
from services.followup.survey.ending import EndCallBack, GivenUp, GivingUp
from services.followup.survey.link import SurveyLinkWanted, offered_link
from services.followup.survey.link import http as link
from services.followup.survey.state import CallSheet, call_sheet
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms
from shared.http.query import Shown
from shared.http.steps import in_path
from shared.policy import time_zone
from shared.step import WORDS

SurveyNumber = Annotated[str, in_path(NUMBER)]


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show call-backs, and those by which customers answer."""
    link.routes(api, router, PAPER, _BY_LINK)
    api.listing(
        router,
        "/surveys",
        board,
        reads=READING["survey"],
        said="回访: call-backs by branch, stage and what customers said.",
        named="list_surveys",
        filters=("branch", "ticket", "stage", "satisfied", "action"),
        newest_first=True,
    )

    api.listing(
        router,
        "/surveys/due",
        call_backs_due,
        reads=READING["survey"],
        said="待回访: whom to call, by when, and how often they were tried.",
        named="list_call_backs_due",
        filters=("branch", "urged"),
    )

    @api.query(router, "/surveys/{number}", reads=READING["survey"], shows=CallSheet)
    def show_survey(number: SurveyNumber) -> Shown:
        """回访表: one call-back with whom to call, the questions, and what came of it."""
        seen = api.existing(PAPER.stream_of(number))
        return Shown(call_sheet(seen.state), number, seen.branch, seen.version, of=seen.state)


def _ending(request: FormRequest, body: GivingUp) -> EndCallBack:
    zone = time_zone(request.policy(), request.registers.branch(request.branch))
    return filled(EndCallBack, body, time_zone=zone)


_BY_LINK = {n: said for n, said in ANSWER_EXAMPLE.items() if n not in ("channel", "answered_by")}
_OFFERED = (GivingUp(GivenUp.UNREACHED, WORDS), GivingUp(GivenUp.DECLINED, WORDS, channel=WORDS))
FORMS: Forms = {
    "endings": Form(GivingUp, _ending, offer=lambda _number, _survey: _OFFERED),
    "answer-links": Form(SurveyLinkWanted, link.asked, offered_link, tells=link.told),
}
