"""回访的待办: whom to call, which dossier to file, and by when."""

from dataclasses import replace
from typing import Any

from services.followup.dossier.filing import digest_of
from services.followup.waiting import tasks
from shared.events.custody import ClaimSaid
from shared.events.followup import (
    Attempt,
    AttemptResult,
    CallBackAttempted,
    DossierFiled,
    FilingDue,
)
from tests.followup.dossier.test_custody import BACK, L1, L2, LENT, MISSED, UNTIL, claimed
from tests.followup.example import (
    ALL,
    ANSWERED,
    AT,
    BRANCH,
    CLERK,
    DUE,
    FILE,
    HOME,
    LIU,
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


def out(*facts: Any) -> list[tuple[Any, ...]]:
    """Who has the paper, and by when it is to be back."""
    told = (
        recorded_on("followup", FILE, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    return [(row.step, row.whom, row.due_at) for row in fold_view(tasks, told).values()]


class TestLent:
    """借出: whoever has a paper of the dossier is to bring it back."""

    def test_it_waits_for_whoever_has_it_until_it_is_back(self) -> None:
        assert out(LENT) == [("returns", (LIU,), UNTIL)]
        assert out(LENT, BACK) == []

    def test_of_several_who_have_it_the_first_one_brings_it_back(self) -> None:
        finance = (f"finance@{BRANCH}", "finance@*")
        let_go = replace(BACK, condition=None, claim=ClaimSaid(L1, 3), taken_from=None)
        all_back = replace(BACK, taken_from=None)
        assert out(claimed(L1), claimed(L2)) == [("returns", finance, UNTIL)]
        assert out(claimed(L1), LENT, let_go) == [("returns", (LIU,), UNTIL)]
        assert out(claimed(L1), claimed(L2), all_back) == [], "a clerk has it in hand"

    def test_one_that_is_not_found_waits_for_an_approver(self) -> None:
        ((step, whom, due),) = out(LENT, MISSED)
        assert (step, whom[0], due) == ("loss-acceptances", f"approver@{BRANCH}", None)
        assert out(LENT, MISSED, BACK) == []


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
