"""回访的指标: what customers said of us, and whether they were called in time."""

from dataclasses import replace
from datetime import UTC, datetime

from services.followup.figures.http import answered
from services.followup.survey import board
from shared.events.followup import Satisfied
from tests.followup.example import ANSWERED, AT, BRANCH, HOME, SCHEDULED, TICKET
from tests.followup.test_api import ANSWERS, SURVEY, FollowUp, followup
from tests.seen import fold_view, recorded_on

__all__ = ["followup"]


def said(*facts: object) -> dict[tuple[str, str], int]:
    told = (
        recorded_on("followup", HOME, fact, seq=n, version=n, ticket=TICKET, branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, start=1)
    )
    (row,) = fold_view(board, told).values()
    assert isinstance(row, board.Row)
    return {(each.figure, each.of): each.amount for each in answered(row, AT)}


def test_each_answer_counts_once() -> None:
    assert said(SCHEDULED) == {}
    assert ANSWERED.score is not None
    partly = replace(ANSWERED, satisfied=Satisfied.PARTLY, score=None)
    assert said(SCHEDULED, partly) == {
        ("satisfaction", "yes"): 0,
        ("satisfaction", "partly"): 1,
        ("satisfaction", "no"): 0,
    }
    assert said(SCHEDULED, ANSWERED)["score", ""] == ANSWERED.score


def test_they_are_told_by_week(followup: FollowUp) -> None:
    followup.closed()
    followup.done(followup.post(f"{SURVEY}/answers", ANSWERS))
    week = datetime.now(UTC).strftime("%G-W%V")
    rows = followup.rows(f"/v1/figures?from_week={week}")
    told = {(row["figure"], row["of"]): row for row in rows}
    yes, score = told["satisfaction", "yes"], told["score", ""]
    assert (yes["count"], yes["total"], yes["value"], yes["unit"]) == (1, 1, 1000, "permille")
    assert (score["value"], score["unit"]) == (500, "hundredths")
    far = followup.desk.staff("K-FAR", ["clerk"], ["SH02"])
    assert followup.rows("/v1/figures", far) == []
