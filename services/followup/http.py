"""回访的接口 (HTTP of followup): its steps and what it shows."""

from fastapi import APIRouter

from services.followup import survey
from services.followup.dossier import http as dossier_http
from services.followup.survey import http as survey_http
from shared.http.door import Door
from shared.http.steps import hang_steps


def routes(door: Door) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    hang_steps(door, router, {survey.PAPER.prefix: survey_http.FORMS})
    survey_http.queries(door, router)
    dossier_http.queries(door, router)
    return router
