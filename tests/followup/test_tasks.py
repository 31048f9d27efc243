"""回访的待办: whom to call, which dossier to file, and by when."""

from dataclasses import replace
from typing import Any

from services.followup.dossier.filing import digest_of
from services.followup.views import tasks
from shared.events.followup import (
    Attempt,
    AttemptResult,
    CallBackAttempted,
    DossierFiled,
    FilingDue,
)
from tests.followup.example import (
    ALL,
    ANSWERED,
    AT,
    BRANCH,
    CLERK,
    DUE,
    FILE,
    HOME,
    SCHEDULED,
    TICKET,
)
from tests.followup.test_api import ANSWERS, SURVEY, FollowUp, followup
from tests.seen import fold_view, recorded_on

__all__ = ["followup"]
LATER = DUE.replace(hour=11)
AGAIN = CallBackAttempted(Attempt(AT, CLERK, "phone", AttemptResult.CALL_AGAIN, LATER))
FILED = DossierFiled(ALL, digest_of(ALL), CLERK)


def waits(*facts: Any, home: str = HOME) -> list[tuple[Any, ...]]:
    """The step, who takes it and by when."""
    told = (
        recorded_on("followup", home, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    rows = fold_view(tasks, told).values()
    return [(row.step, row.roles, row.due_at) for row in rows]


def test_a_call_back_waits_for_the_clerks_until_it_is_answered() -> None:
    clerk = ("clerk",)
    assert waits(SCHEDULED) == [("answers", clerk, SCHEDULED.due_at)]
    assert waits(SCHEDULED, AGAIN) == [("answers", clerk, LATER)]
    assert waits(SCHEDULED, replace(SCHEDULED, due_at=LATER)) == [("answers", clerk, LATER)]
    assert waits(SCHEDULED, ANSWERED) == []
    assert waits(SCHEDULED, ANSWERED, SCHEDULED) == [], "it does not come back"


def test_a_dossier_waits_to_be_filed() -> None:
    assert waits(FilingDue(DUE), home=FILE) == [("filings", ("clerk",), DUE)]
    assert waits(FilingDue(DUE), FILED, home=FILE) == []


def test_it_is_listed_for_the_clerks_of_the_branch(followup: FollowUp) -> None:
    followup.closed()
    assert [row["step"] for row in followup.rows("/v1/tasks?mine=true")] == ["answers"]
    assert [row["step"] for row in followup.rows("/v1/tasks?overdue=true")] == ["answers"]
    technician = followup.desk.staff("T-1", ["technician"], [BRANCH])
    far = followup.desk.staff("K-FAR", ["clerk"], ["SH02"])
    for token in (technician, far):
        assert followup.rows("/v1/tasks", token) == []
    followup.done(followup.post(f"{SURVEY}/answers", ANSWERS))
    assert followup.rows("/v1/tasks?mine=true") == []
