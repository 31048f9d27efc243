"""回访的接线 (the wiring of followup): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.followup import dossier, reactions, survey
from services.followup.survey_commands import UrgeCallBack
from services.followup.views import call_backs_due, dossiers, surveys
from shared.document import Owed, Timer
from shared.room import Front, Room


def _urge_call_back(row: call_backs_due.Row) -> Owed:
    return Owed(row.stream, UrgeCallBack(row.due))


def _front() -> Front:
    from services.followup import api, api_steps

    return Front(api.routes, api.is_active, api_steps.PAPERS)


room = Room(
    name="followup",
    chinese="回访",
    deciders={"survey": survey, "dossier": dossier},
    views=(call_backs_due, surveys, dossiers),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch"),
    timers=(Timer("urge-call-back", call_backs_due, _urge_call_back),),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
