"""回访的接线 (the wiring of followup): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.followup import dossier, reactions, survey
from services.followup.survey import board, call_backs_due
from services.followup.survey.schedule import UrgeCallBack
from services.followup.views import dossiers
from shared.document import CommandOwed, Timer
from shared.room import Front, Room


def _urge_call_back(row: call_backs_due.Row) -> CommandOwed:
    return CommandOwed(row.stream, UrgeCallBack(row.due))


def _front() -> Front:
    from services.followup import http

    return Front(http.routes)


room = Room(
    name="followup",
    chinese="回访",
    papers={"survey": survey, "dossier": dossier},
    views=(call_backs_due, board, dossiers),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch"),
    timers=(Timer("urge-call-back", call_backs_due, _urge_call_back),),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
