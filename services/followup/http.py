"""回访的接口 (HTTP of followup): its steps and what it shows."""

from fastapi import APIRouter

from services.followup import dossier, survey
from services.followup.dossier import http as dossier_http
from services.followup.figures import http as figures
from services.followup.survey import http as survey_http
from services.followup.waiting import tasks
from shared.http import clocks as clocks_http
from shared.http import figures as figures_http
from shared.http import tasks as tasks_http
from shared.http import urging
from shared.http.api import RoomApi
from shared.http.steps import add_steps


def routes(api: RoomApi) -> APIRouter:
    """Every route of the room."""
    router = APIRouter(prefix="/v1")
    forms = {
        survey.PAPER.prefix: {**survey_http.FORMS, **urging.FORMS},
        dossier.PAPER.prefix: {**dossier_http.FORMS, **urging.FORMS},
    }
    add_steps(api, router, forms)
    survey_http.queries(api, router)
    dossier_http.queries(api, router)
    tasks_http.routes(api, router, tasks)
    figures_http.routes(api, router, figures.SOURCES)
    clocks_http.routes(api, router, figures.CLOCKS)
    return router
