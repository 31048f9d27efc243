"""回访的接线 (the wiring of followup): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.followup import api, api_steps, dossier, reactions, survey
from services.followup.survey_commands import UrgeCallBack
from services.followup.views import call_backs_due, dossiers, surveys
from shared.document import Owed, Timer
from shared.room import Room


def _urge_call_back(row: call_backs_due.Row) -> Owed:
    return Owed(row.stream, UrgeCallBack(row.due))


room = Room(
    name="followup",
    chinese="回访",
    deciders={"survey": survey, "dossier": dossier},
    views=(call_backs_due, surveys, dossiers),
    reactions=reactions.REACTIONS,
    timers=(Timer("urge-call-back", call_backs_due, _urge_call_back),),
    routes=api.routes,
    texts=Path(__file__).with_name("texts.toml"),
    active=api.is_active,
    papers=api_steps.PAPERS,
)
