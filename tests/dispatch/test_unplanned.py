"""待排上门: taken and nobody has been there, or been there and not done, and nobody is to go."""

from dataclasses import replace
from typing import Any

from guiyi.verbs.desk import to_plan_line
from services.dispatch.views import unplanned
from services.dispatch.views.unplanned import NothingPlanned
from shared.events.dispatch import (
    ApprovalNoted,
    RepairContinued,
    SignatureVoided,
    WorkOrderRecalled,
)
from shared.events.order_sheet import VisitOutcome
from shared.events.visits import VisitCancelled, VisitEnded
from shared.view import Recorded
from tests.dispatch.desk import VISIT_PATH, Dispatch
from tests.dispatch.example import (
    ASSIGNED,
    BY_MAIL,
    HOME,
    LIU,
    NOTED,
    NUMBER,
    OPENED,
    SIGNED,
    TICKET,
)
from tests.dispatch.job import CLOSED, CUSTOMER_SIGNED, ENDED, PLANNED, V1, VISIT
from tests.dispatch.seen import recorded
from tests.seen import fold_view

NOT_DONE = VisitEnded(VisitOutcome.PARTS_MISSING, "缺轴承", "等配件", None)
TAKEN = ((HOME, NOTED), (HOME, OPENED), (HOME, ASSIGNED), (HOME, SIGNED))
FURTHER = f"{TICKET}-W2"


def told(*facts: tuple[str, Any]) -> list[Recorded]:
    return [recorded(fact, n, stream) for n, (stream, fact) in enumerate(facts, start=1)]


def row(*facts: tuple[str, Any]) -> unplanned.Row | None:
    rows = fold_view(unplanned, told(*facts))
    assert set(rows) <= {(TICKET,)}
    found = rows.get((TICKET,))
    assert found is None or isinstance(found, unplanned.Row)
    return found


def why(*facts: tuple[str, Any]) -> NothingPlanned | None:
    found = row(*facts)
    return found.why if found else None


class TestTheView:
    """视图: why nobody is to go, and since when."""

    def test_an_order_that_is_taken_needs_a_visit(self) -> None:
        assert why(*TAKEN[:3]) is None
        assert why(*TAKEN) is NothingPlanned.NO_VISIT
        assert why(*TAKEN, (VISIT, PLANNED)) is None
        assert (
            why(*TAKEN, (VISIT, PLANNED), (VISIT, VisitCancelled("x", None)))
            is NothingPlanned.NO_VISIT
        )
        assert why(*TAKEN, (HOME, WorkOrderRecalled(LIU, "换人"))) is None

    def test_what_is_not_done_on_site_needs_none(self) -> None:
        remote: ApprovalNoted = replace(NOTED, approved=BY_MAIL)
        assert why((HOME, remote), *TAKEN[1:]) is None

    def test_a_visit_that_was_not_done_needs_another(self) -> None:
        gone = (*TAKEN, (VISIT, PLANNED), (VISIT, NOT_DONE))
        found = row(*gone)
        assert found is not None
        assert (found.why, found.last_visit) == (NothingPlanned.NOT_DONE, V1)
        assert (found.outcome, found.next_step) == (VisitOutcome.PARTS_MISSING, "等配件")
        assert found.since == told(*gone)[-1].recorded_at
        assert why(*gone, (VISIT.replace("V1", "V2"), PLANNED)) is None
        assert why(*TAKEN, (VISIT, PLANNED), (VISIT, ENDED)) is None

    def test_the_end_of_the_work_ends_it(self) -> None:
        gone = (*TAKEN, (VISIT, PLANNED), (VISIT, NOT_DONE))
        assert why(*gone, (HOME, CUSTOMER_SIGNED)) is None
        voided = (HOME, SignatureVoided("x"))
        assert why(*gone, (HOME, CUSTOMER_SIGNED), voided) is NothingPlanned.NOT_DONE
        assert row(*gone, (HOME, CLOSED)) is None

    def test_a_further_order_begins_anew(self) -> None:
        stream = f"work_order-{FURTHER}"
        gone = (*TAKEN, (VISIT, PLANNED), (VISIT, NOT_DONE))
        over = (HOME, RepairContinued(FURTHER, "进厂修", None, ()))
        further = (stream, replace(NOTED, number=FURTHER))
        assert why(*gone, over) is None
        assert why(*gone, over, further) is None
        taken = row(*gone, over, further, (stream, ASSIGNED), (stream, SIGNED))
        assert taken is not None
        assert (taken.why, taken.order) == (NothingPlanned.NO_VISIT, FURTHER)


class TestTheList:
    """清单: over HTTP, by branch, technician and why."""

    def rows(self, dispatch: Dispatch, asked: str = "", token: str | None = None) -> Any:
        path = f"/v1/visits-to-plan{asked}"
        return dispatch.told(path, token or dispatch.clerk)["rows"]

    def test_it_follows_the_repair(self, dispatch: Dispatch) -> None:
        dispatch.signed()
        (found,) = self.rows(dispatch)
        assert (found["order"], found["why"], found["technician"]) == (NUMBER, "no_visit", LIU)
        for asked, count in (
            ("?why=no_visit", 1),
            ("?why=not_done", 0),
            (f"?technician={LIU}", 1),
            (f"?ticket={TICKET}&order={NUMBER}&branch=HZ01", 1),
            ("?technician=X", 0),
        ):
            assert len(self.rows(dispatch, asked)) == count, asked

    def test_a_visit_that_was_not_done_is_on_it_until_another_is_planned(
        self, dispatch: Dispatch
    ) -> None:
        dispatch.there()
        assert self.rows(dispatch) == []
        ending = {"outcome": "unsolved", "because": "没修好", "next_step": "再来一次"}
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", ending))
        (found,) = self.rows(dispatch, "?why=not_done")
        assert (found["last_visit"], found["outcome"]) == (V1, "unsolved")
        number, who, why, _, outcome, following = to_plan_line(found)
        assert (number, who, why) == (NUMBER, LIU, "not_done")
        assert (outcome, following) == ("unsolved", "再来一次")

    def test_other_questions_are_refused_and_another_branch_sees_nothing(
        self, dispatch: Dispatch
    ) -> None:
        dispatch.signed()
        for asked in ("why=late", "since=1"):
            told = dispatch.desk.get(f"/v1/visits-to-plan?{asked}", dispatch.clerk)
            assert told.status_code == 422, asked
        far = dispatch.desk.staff("K-FAR", ["clerk"], ["SH02"])
        assert self.rows(dispatch, "", far) == []
