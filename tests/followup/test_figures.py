"""回访的指标: what customers said of us, and whether they were called in time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.followup.figures.http import answered
from services.followup.survey import board
from services.followup.waiting import lent_clocks
from shared.clock_runs import MOST, counted
from shared.events.custody import PaperReturnUrged
from shared.events.followup import Satisfied
from tests.followup.dossier.test_custody import (
    BACK,
    L2,
    LENT,
    LOST,
    MISSED,
    REPORT,
    UNTIL,
    claimed,
    gone,
)
from tests.followup.example import ANSWERED, AT, BRANCH, HOME, SCHEDULED, TICKET
from tests.followup.test_api import ANSWERS, SURVEY, FollowUp, followup
from tests.followup.test_views import seen
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


class TestPapersThatAreLent:
    """借出: met by when they come back, each by whoever answers for it."""

    LATER = UNTIL + timedelta(days=60)

    def met(self, *facts: object, now: datetime = LATER) -> list[tuple[str, int]]:
        rows = seen(lent_clocks, *facts).values()
        return [(each.of, each.amount) for row in rows for each in counted(row, now)]

    def test_a_paper_is_back_in_time_or_not(self) -> None:
        assert self.met(LENT, now=AT) == []
        assert self.met(LENT) == [("returns", 0)]
        assert self.met(LENT, BACK) == [("returns", 1)]
        early = replace(LENT, until=AT)
        urged = PaperReturnUrged(REPORT, None, AT)
        assert self.met(early, urged, BACK) == [("returns", 0)]
        assert self.met(LENT, BACK, LENT) == [("returns", 1), ("returns", 0)]

    def test_one_that_is_lost_waits_until_that_is_accepted(self) -> None:
        assert self.met(LENT, MISSED) == [("returns", 0)]
        assert self.met(LENT, MISSED, LOST) == [("returns", 1)]

    def test_each_claim_that_holds_it_counts(self) -> None:
        both = (claimed(), claimed(L2))
        assert self.met(*both) == [("returns", 0)] * 2
        assert self.met(*both, gone()) == [("returns", 1), ("returns", 0)]
        assert self.met(*both, gone(), gone(L2)) == [("returns", 1)] * 2

    def test_an_old_one_that_is_no_longer_kept_is_not_missed(self) -> None:
        often = (claimed(L2), gone(L2)) * MOST
        assert self.met(claimed(), *often, gone()) == [("returns", 1)] * MOST


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
