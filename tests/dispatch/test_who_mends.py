"""Whom an answer to a refused step names: those whom the papers name for what mends it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from shared.events.report_form import ReportDocument
from shared.events.values import Role, Signature
from shared.http.named import told_to
from tests.dispatch.desk import EXAMPLES, FORM, PLAIN, VISIT_PATH, Dispatch
from tests.dispatch.example import AT, BRANCH, CLERK, LIU, TICKET
from tests.shared.goldens import sample
from tests.shared.http_desk import codes
from tests.shared.room_desk import know

SIGNED = sample(Signature)
APPROVER, DEPUTY = "A-CHENFANG", "K-DEPUTY"
GRANT = "travel-change-approvals"


def approved(dispatch: Dispatch) -> str:
    """The order is out with its technician; a deputy approved its report for somebody."""
    for person, role in ((APPROVER, Role.APPROVER), (DEPUTY, Role.CLERK)):
        dispatch.know(person, role)
    path = dispatch.approved(report=replace(PLAIN, approved_by=(DEPUTY, APPROVER)))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/openings", {"form": FORM}))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/assignments", {"technician": LIU}))
    return path


def who(
    dispatch: Dispatch, token: str, path: str, body: Mapping[str, Any], step: str
) -> Sequence[tuple[str, str, str | None]]:
    """Whom the refusal names for the step that mends it, in which role and by which name."""
    reasons = dispatch.does(token, path, body).json()["reasons"]
    (mend,) = (each for one in reasons for each in one["mends"] if each["path"].endswith(step))
    return [(each["role"], each["person"], each["name"]) for each in mend["who"]]


def test_whoever_the_paper_names_is_named_with_their_role(dispatch: Dispatch) -> None:
    path = approved(dispatch)
    approver = dispatch.desk.staff(APPROVER, ["approver"], [BRANCH], skills=("filling",))
    found = who(dispatch, approver, f"{path}/{GRANT}", EXAMPLES[GRANT], "/travel-changes")
    assert [each[:2] for each in found] == [("clerk", CLERK), ("technician", LIU)]
    assert all(name for *_, name in found)


def test_of_those_who_approved_only_an_approver_is_named(dispatch: Dispatch) -> None:
    path = approved(dispatch)
    told = dispatch.does(dispatch.clerk, f"{path}/hand-ins", {})
    assert "not-entrusted" in codes(told)
    nothing: Mapping[str, Any] = {}
    grant = (dispatch, dispatch.clerk, f"{path}/hand-ins", nothing, "/hand-in-grants")
    (one,) = who(*grant)
    assert one[:2] == ("approver", APPROVER)
    dispatch.know(APPROVER, Role.APPROVER, active=False)
    assert who(*grant) == [("approver", "A-ZHAOLEI", "某人")], "who has left is named for nothing"


def test_who_sees_nothing_of_the_paper_is_told_roles_alone(dispatch: Dispatch) -> None:
    path = approved(dispatch)
    signing = {**EXAMPLES["travel-changes"], "because": "车坏了"}
    step = (f"{path}/travel-changes", signing, "/signatures")
    assert [each[1] for each in who(dispatch, dispatch.liu, *step)] == [LIU]
    assert who(dispatch, dispatch.chen, *step) == []


def test_of_another_room_whoever_has_the_role_at_the_branch_is_named(dispatch: Dispatch) -> None:
    """In the answer and on the page alike; not whose own work it is, which that room knows."""
    path = dispatch.repaired()
    dispatch.know("S-ZHOUMIN", Role.STOREKEEPER)
    know(dispatch.views, "S-FAR", Role.STOREKEEPER, "SH02")
    keeper = [("storekeeper", "S-ZHOUMIN")]
    handing = (f"{path}/hand-ins", EXAMPLES["hand-ins"], "/reconciliations")
    assert [each[:2] for each in who(dispatch, dispatch.liu, *handing)] == keeper
    page = dispatch.told(f"/v1/tickets/{TICKET}/papers", dispatch.liu)["rows"]
    mends = (
        mend
        for paper in page
        for each in paper["next"]
        for told in (*each["reasons"], *each["conditions"])
        for mend in told["mends"]
        if each["path"].endswith("/hand-ins") and mend["path"].endswith("/reconciliations")
    )
    assert [(one["role"], one["person"]) for one in next(mends)["who"]] == keeper


def test_of_another_room_whom_its_paper_names_is_named_first(dispatch: Dispatch) -> None:
    """By the newest document that came of it; who sees their own papers alone is told of those."""
    path = approved(dispatch)
    dispatch.know("K-OTHER", Role.CLERK)
    beyond = {
        "ending": "out_of_scope",
        "reason": "不是我们的设备",
        "customer_told_at": AT.isoformat(),
    }
    closing = (dispatch, dispatch.clerk, f"{path}/closings", beyond, "/amendment-drafts")
    everybody = [each[:2] for each in who(*closing)]
    assert ("clerk", "K-OTHER") in everybody
    assert "technician" not in {role for role, _ in everybody}, "whose own work it is"
    report = replace(sample(ReportDocument), branch=BRANCH)
    report = replace(
        report, technician_sig=replace(SIGNED, by=LIU), clerk_sig=replace(SIGNED, by=CLERK)
    )
    dispatch.views.documents["intake", f"report-{TICKET}"] = report
    assert [each[:2] for each in who(*closing)] == [("clerk", CLERK), ("technician", LIU)]


def test_who_sees_their_own_papers_alone_is_told_of_those() -> None:
    named = {"technician": (LIU,), "clerk": (CLERK,)}
    assert told_to(LIU, {Role.TECHNICIAN}, named) == named
    assert told_to("S-X", {Role.STOREKEEPER}, named) == named
    assert told_to("T-OTHER", {Role.TECHNICIAN}, named) == {}
    assert told_to("YH-1", {Role.CUSTOMER}, named) == {}


def test_a_visit_says_which_order_the_step_that_mends_it_is_taken_on(dispatch: Dispatch) -> None:
    path = dispatch.drawn()
    for step in ("plans", "appointments"):
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    told = dispatch.does(dispatch.liu, f"{VISIT_PATH}/departures", {"mode": "coach"})
    (unlike,) = (each for each in told.json()["reasons"] if each["code"] == "travel-not-approved")
    assert unlike["mends"][0]["path"] == f"{path}/travel-changes"
