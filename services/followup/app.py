"""回访的接线 (the wiring of followup): its papers, its read models, what it owes, its routes."""

from pathlib import Path

from services.followup import dossier, reactions, survey, survey_links
from services.followup.views import dossiers, reminders
from services.followup.waiting import lent_clocks, tasks
from shared.notices import outbox
from shared.notices import paper as notice
from shared.notices.reminders import as_heard, timer_of
from shared.room import Front, Room


def _front() -> Front:
    from services.followup import http
    from services.followup.reading import READING

    return Front(http.routes, READING)


room = Room(
    name="followup",
    chinese="回访",
    papers={
        "survey": survey,
        "dossier": dossier,
        "survey_link": survey_links,
        "notice": notice,
    },
    views=(
        *survey.VIEWS,
        *dossier.VIEWS,
        outbox,
        dossiers,
        tasks,
        tasks.CLOCKS,
        lent_clocks,
        reminders,
    ),
    reactions=reactions.REACTIONS,
    keeps=("person", "branch", "customer", "delegation", "report"),
    timers=(
        *survey.TIMERS,
        *dossier.TIMERS,
        *reactions.TIMERS,
        timer_of(reminders, tasks, as_heard),
    ),
    front=_front,
    texts=Path(__file__).with_name("texts.toml"),
)
