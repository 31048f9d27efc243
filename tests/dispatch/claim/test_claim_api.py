"""差旅报销 over HTTP: from the hand-in to the payment, the walls, and two claims at one moment."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import httpx
import pytest

from guiyi.play.evidence import drawing
from services.dispatch.app import room
from services.dispatch.claim.http import MOST
from services.dispatch.work_order.notices import NoteApproval
from shared.decider import Asked
from shared.events.cards import Delegated, DelegationDocument
from shared.events.dispatch import ApprovalNoted
from shared.events.order_sheet import NoteStage
from shared.events.values import Role, Travel, TravelMode
from tests.at_once import at_once
from tests.dispatch.desk import (
    CLAIM,
    CLAIM_PATH,
    EXAMPLES,
    FORM,
    PATH,
    PLAIN,
    TRIP,
    VISIT_PATH,
    Dispatch,
)
from tests.dispatch.example import AT, BRANCH, LIU, NUMBER, TICKET, TRAVEL_AT
from tests.dispatch.job import ISSUED, LATER
from tests.dispatch.test_deputies import TODAY
from tests.shared.http_desk import codes

REVIEW = {
    "lines": [
        {"line": 1, "allowed_fen": 4_600},
        {"line": 2, "allowed_fen": 35_000, "because": "超过住宿标准"},
    ]
}
WHOLE = {"lines": [{"line": 1, "allowed_fen": 4_600}, {"line": 2, "allowed_fen": 42_000}]}
PAID = {"reference": "FK-7", "fen": 39_600}


@pytest.fixture
def money(dispatch: Dispatch) -> str:
    """Somebody of finance."""
    return dispatch.desk.staff("F-QIANWEI", ["finance"], [BRANCH])


def post(dispatch: Dispatch, who: str, step: str, body: Any) -> Any:
    return dispatch.does(who, f"{CLAIM_PATH}/{step}", body)


def test_a_claim_with_a_cut_line_is_paid_as_it_was_allowed(dispatch: Dispatch, money: str) -> None:
    dispatch.handed_in()
    made = dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", CLAIM))
    assert made.headers["Location"] == CLAIM_PATH
    assert codes(post(dispatch, money, "reviews", WHOLE)) == ["beyond-rate"]
    dispatch.done(post(dispatch, money, "reviews", REVIEW))
    assert codes(post(dispatch, money, "payments", PAID)) == ["claim-stage"]
    dispatch.done(post(dispatch, dispatch.boss, "approvals", {"allowed_fen": 39_600}))
    dispatch.done(post(dispatch, money, "payments", PAID))
    shown = dispatch.shown(CLAIM_PATH, money)["claim"]
    allowed = [each["allowed_fen"] for each in shown["reviewed"]["lines"]]
    assert shown["paid"]["fen"] == sum(allowed) == 39_600
    assert [each["rule"] for each in shown["reviewed"]["lines"]] == ["as-paid", "lodging"]
    assert shown["reviewed"]["policy"] == "core@1"
    assert shown["submitted"]["report"]["content"]
    (row,) = dispatch.told("/v1/claims?stage=paid", money)["rows"]
    assert (row["paid_ref"], row["allowed_fen"]) == ("FK-7", 39_600)


def drove(dispatch: Dispatch) -> None:
    """The technician went by their own car, as it was approved, and brought the task home."""
    travel = Travel(TravelMode.OWN_CAR, TRAVEL_AT, (LIU,))
    report = replace(PLAIN, diagnosis=replace(PLAIN.diagnosis, travel=travel))
    path = dispatch.approved(report=report)
    form: Any = {**FORM, "travel": {**TRIP, "mode": "own_car"}}
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/openings", {"form": form}))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/assignments", {"technician": LIU}))
    signing = {"content": dispatch.shown(path)["content"], "how": "session"}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/signatures", signing))
    dispatch.heard(ISSUED.note)
    for step in ("plans", "appointments", "departures", "arrivals"):
        by_car = {"mode": "own_car"} if step == "departures" else {}
        body = {**EXAMPLES[step], **by_car}
        dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/{step}", body))
    dispatch.brought(dispatch.signed_for(path))


def test_ones_own_car_is_paid_by_its_rate_of_the_day(dispatch: Dispatch, money: str) -> None:
    """Fuel and tolls of one day together: the row and its version stand on the review."""
    drove(dispatch)
    fare = CLAIM["lines"][0]
    fuel, toll = ({**fare, "fen": fen, "voucher_no": f"E-{fen}"} for fen in (26_000, 9_000))
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [fuel, toll]}))
    whole = [{"line": 1, "allowed_fen": 26_000}, {"line": 2, "allowed_fen": 9_000}]
    told = post(dispatch, money, "reviews", {"lines": whole})
    assert codes(told) == ["beyond-rate"]
    (why,) = told.json()["reasons"]
    assert (why["numbers"]["rule"], why["numbers"]["limit_fen"]) == ("own-car", 30_000)
    silent = [whole[0], {"line": 2, "allowed_fen": 4_000}]
    assert codes(post(dispatch, money, "reviews", {"lines": silent})) == ["cut-unexplained"]
    cut = [whole[0], {**silent[1], "because": "超过自备车标准"}]
    dispatch.done(post(dispatch, money, "reviews", {"lines": cut}))
    reviewed = dispatch.shown(CLAIM_PATH, money)["claim"]["reviewed"]
    assert {each["rule"] for each in reviewed["lines"]} == {"own-car"}
    assert (reviewed["policy"], reviewed["allowed_fen"]) == ("core@1", 30_000)


def test_what_was_approved_and_what_was_paid_wrongly_is_put_right(
    dispatch: Dispatch, money: str
) -> None:
    dispatch.claimed()
    allowed = {"allowed_fen": 39_600}
    dispatch.done(post(dispatch, money, "reviews", REVIEW))
    dispatch.done(post(dispatch, dispatch.boss, "approvals", allowed))
    dispatch.done(post(dispatch, money, "approval-withdrawals", {"because": "核错了"}))
    (row,) = dispatch.told("/v1/claims", money)["rows"]
    assert (row["stage"], row["approved_by"], row["report_returned_at"]) == ("reviewed", None, None)
    dispatch.done(post(dispatch, dispatch.boss, "approvals", allowed))
    dispatch.done(post(dispatch, money, "payments", PAID))
    back = {"reference": "SK-1", "fen": -40_000, "because": "多付"}
    chief = dispatch.desk.staff("G-LIN", ["general_manager"], ["*"])
    assert codes(post(dispatch, dispatch.boss, "corrections", {**back, "fen": -600})) == [
        "self-approval"
    ]
    assert codes(post(dispatch, chief, "corrections", back)) == ["correction-beyond"]
    dispatch.done(post(dispatch, chief, "corrections", {**back, "fen": -600}))
    (row,) = dispatch.told("/v1/claims?stage=paid", money)["rows"]
    assert (row["paid_ref"], row["allowed_fen"], row["paid_fen"]) == ("FK-7", 39_600, 39_000)


def test_a_night_is_paid_once_whatever_the_claims(dispatch: Dispatch, money: str) -> None:
    dispatch.handed_in()
    night = {**CLAIM["lines"][1], "fen": 35_000}
    for n in (1, 2):
        lines = [{**night, "voucher_no": f"A-{n}"}]
        dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": lines}))
    whole = {"lines": [{"line": 1, "allowed_fen": 35_000}]}
    dispatch.done(dispatch.does(money, f"/v1/claims/{TICKET}-L1/reviews", whole))
    told = dispatch.does(money, f"/v1/claims/{TICKET}-L2/reviews", whole)
    assert codes(told) == ["beyond-rate"]


def test_nobody_is_back_after_their_own_hand_in(
    dispatch: Dispatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispatch.handed_in()
    later = dispatch.desk.store.now() + timedelta(days=2)
    monkeypatch.setattr(dispatch.desk.store, "now", lambda: later)
    late = {**CLAIM["trips"][0], "back_at": later.isoformat()}
    told = dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "trips": [late]})
    assert "back-after-hand-in" in codes(told)


def test_who_reviewed_in_the_place_of_somebody_leaves_the_approval_to_others(
    dispatch: Dispatch, money: str
) -> None:
    dispatch.claimed()
    boss = dispatch.desk.staff("F-ONE", ["finance", "approver"], [BRANCH])
    deputy = dispatch.desk.staff("K-D", ["clerk"], [BRANCH])
    given = Delegated(1, "K-D", ("finance", "approver"), BRANCH, TODAY, TODAY)
    dispatch.views.documents["intake", "delegation-F-ONE"] = DelegationDocument((given,))
    path = f"{CLAIM_PATH}/reviews"
    dispatch.done(dispatch.desk.post(path, REVIEW, deputy, X_Acting_For="F-ONE"))
    assert codes(post(dispatch, boss, "approvals", {"allowed_fen": 39_600})) == ["self-approval"]


@pytest.mark.parametrize(("person", "deputy"), [(LIU, "A-ZHAOLEI"), ("A-ZHAOLEI", LIU)])
def test_who_acts_for_whoever_claims_or_for_whom_they_act_approves_nothing_of_it(
    dispatch: Dispatch, money: str, person: str, deputy: str
) -> None:
    dispatch.claimed()
    dispatch.done(post(dispatch, money, "reviews", REVIEW))
    other = dispatch.desk.staff("A-OTHER", ["approver"], [BRANCH])
    given = Delegated(1, deputy, ("approver",), BRANCH, TODAY, TODAY)
    dispatch.views.documents["intake", f"delegation-{person}"] = DelegationDocument((given,))
    approval = {"allowed_fen": 39_600}
    told = post(dispatch, dispatch.boss, "approvals", approval)
    assert codes(told) == ["stands-in-for-claimant"]
    dispatch.done(post(dispatch, other, "approvals", approval))


def test_a_large_payment_that_the_only_general_manager_approved_is_corrected(
    dispatch: Dispatch, money: str
) -> None:
    dispatch.handed_in()
    line = {**CLAIM["lines"][0], "fen": 600_000}
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [line]}))
    chief = dispatch.desk.staff("G-LIN", ["general_manager"], [BRANCH])
    whole = {"lines": [{"line": 1, "allowed_fen": 600_000}]}
    dispatch.done(post(dispatch, money, "reviews", whole))
    dispatch.done(post(dispatch, chief, "approvals", {"allowed_fen": 600_000}))
    dispatch.done(post(dispatch, money, "payments", {"reference": "FK-9", "fen": 600_000}))
    back = {"reference": "SK-9", "fen": -200_000, "because": "退票 the ticket was given back"}
    assert codes(post(dispatch, chief, "corrections", back)) == ["self-approval"]
    dispatch.know("G-TWO", Role.GENERAL_MANAGER)
    assert codes(post(dispatch, dispatch.boss, "corrections", back)) == ["claim-asks-more"]
    dispatch.know("G-TWO", Role.GENERAL_MANAGER, active=False)
    dispatch.done(post(dispatch, dispatch.boss, "corrections", back))
    shown = dispatch.shown(CLAIM_PATH, money)["claim"]
    assert [each["fen"] for each in shown["corrections"]] == [-200_000]


def test_a_large_claim_of_the_general_manager_is_approved_by_one_who_is_lent_or_taken_back(
    dispatch: Dispatch, money: str
) -> None:
    """Nobody below approves it, nor who acts for them; the card of another one lends them here."""
    dispatch.handed_in()
    line = {**CLAIM["lines"][0], "fen": 600_000}
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [line]}))
    claimant = dispatch.desk.staff(LIU, ["technician", "general_manager"], [BRANCH])
    whole = {"lines": [{"line": 1, "allowed_fen": 600_000}]}
    dispatch.done(post(dispatch, money, "reviews", whole))
    approval = {"allowed_fen": 600_000}
    assert codes(post(dispatch, claimant, "approvals", approval)) == ["self-approval"]
    told = post(dispatch, dispatch.boss, "approvals", approval)
    assert codes(told) == ["claim-asks-more"]
    assert "lent" in told.json()["reasons"][0]["en"]
    lent = dispatch.desk.staff("G-LIN", ["general_manager"], ["SH02", BRANCH])
    assert [row["step"] for row in dispatch.told("/v1/tasks?mine=true", lent)["rows"]] == [
        "approvals"
    ]
    dispatch.done(post(dispatch, lent, "approvals", approval))


def test_before_the_hand_in_it_is_refused(dispatch: Dispatch) -> None:
    dispatch.repaired()
    told = dispatch.does(dispatch.liu, "/v1/claims", CLAIM)
    assert codes(told) == ["not-handed-in"]


def test_what_comes_back_keeps_its_number(dispatch: Dispatch, money: str) -> None:
    dispatch.claimed()
    dispatch.done(post(dispatch, money, "returns", {"reasons": ["车票不清"]}))
    again = {name: CLAIM[name] for name in ("trips", "lines")}
    assert codes(post(dispatch, dispatch.chen, "resubmissions", again)) == [
        "not-your-claim",
        "not-your-journey",
    ]
    dispatch.done(post(dispatch, dispatch.liu, "resubmissions", again))
    assert dispatch.shown(CLAIM_PATH, dispatch.liu)["claim"]["stage"] == "submitted"


def test_a_further_claim_takes_the_next_number_and_no_voucher_again(dispatch: Dispatch) -> None:
    dispatch.claimed()
    told = dispatch.does(dispatch.liu, "/v1/claims", CLAIM)
    assert codes(told) == ["voucher-twice"]
    line = {**CLAIM["lines"][0], "voucher_no": "E-9"}
    made = dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [line]}))
    assert made.headers["Location"] == CLAIM_PATH.replace("-L1", "-L2")


@pytest.mark.long
def test_a_ticket_has_as_many_claims_as_its_numbers_have_digits(dispatch: Dispatch) -> None:
    dispatch.handed_in()
    for n in range(1, MOST + 1):
        made = dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", CLAIM))
        assert made.headers["Location"] == CLAIM_PATH.replace("-L1", f"-L{n}")
        withdrawn = {"because": "票据拿错了"}
        dispatch.done(
            dispatch.does(dispatch.liu, f"{made.headers['Location']}/withdrawals", withdrawn)
        )
    assert codes(dispatch.does(dispatch.liu, "/v1/claims", CLAIM)) == ["too-many"]


FAR_TRAVEL = Travel(TravelMode.COMPANY_CAR, TRAVEL_AT, ("T-FAR",))
FAR, FAR_TICKET = "NB01", "BX-NB01-20261123-0001"


def travelled_far(dispatch: Dispatch) -> tuple[str, Any]:
    """Of another branch somebody went in vain, and the case ended; their token, and their claim."""
    order, visit = f"{FAR_TICKET}-W1", f"{FAR_TICKET}-V1"
    paths = f"/v1/work-orders/{order}", f"/v1/visits/{visit}"
    clerk = dispatch.desk.staff("C-FAR", ["clerk"], [FAR])
    technician = dispatch.desk.staff("T-FAR", ["technician"], [FAR])
    diagnosis = replace(PLAIN.diagnosis, parts_to_bring=(), no_parts=True, travel=FAR_TRAVEL)
    report = replace(PLAIN, diagnosis=diagnosis)
    noted = ApprovalNoted(order, FAR_TICKET, FAR, f"report-{FAR_TICKET}", 7, report)
    home = f"work_order-{order}"
    asked = Asked(home, "reaction:x", frozenset(), AT, FAR, FAR_TICKET)
    dispatch.decided(room, NoteApproval(noted), asked)
    form = {**FORM, "parts": [], "no_parts": True, "travel": {**TRIP, "travellers": ["T-FAR"]}}
    dispatch.done(dispatch.does(clerk, f"{paths[0]}/openings", {"form": form}))
    dispatch.done(dispatch.does(clerk, f"{paths[0]}/assignments", {"technician": "T-FAR"}))
    content = dispatch.shown(paths[0], clerk)["content"]
    signing = {"content": content, "how": "session"}
    dispatch.done(dispatch.does(technician, f"{paths[0]}/signatures", signing))
    plan = {**EXAMPLES["plans"], "order": order}
    for step, body in (
        ("plans", plan),
        *((n, EXAMPLES[n]) for n in ("appointments", "departures")),
    ):
        dispatch.done(dispatch.does(technician, f"{paths[1]}/{step}", body))
    over = {"because": "用户不修了", "customer_told_at": LATER.isoformat()}
    dispatch.done(dispatch.does(clerk, f"{paths[1]}/cancellations", over))
    end = {"ending": "withdrawn", "reason": "用户不修了", "customer_told_at": LATER.isoformat()}
    dispatch.done(dispatch.does(clerk, f"{paths[0]}/closings", end))
    trip, line = {**CLAIM["trips"][0], "visit": visit}, {**CLAIM["lines"][0], "visit": visit}
    return technician, {"order": order, "trips": [trip], "lines": [line]}


def test_of_two_claims_at_one_moment_the_second_is_told_of_the_voucher(dispatch: Dispatch) -> None:
    """Both looked when the voucher was free; they are of two branches."""
    dispatch.handed_in()
    technician, claim = travelled_far(dispatch)
    claims = (dispatch.liu, CLAIM), (technician, claim)
    found = at_once(
        dispatch.record, *(partial(dispatch.does, who, "/v1/claims", body) for who, body in claims)
    )
    (told,) = (each for each in found if not each.is_success)
    assert dispatch.record.conflicts == 1
    assert codes(told) == ["voucher-twice"]
    assert (TICKET if told is found[1] else FAR_TICKET) not in told.text


def test_of_two_at_one_moment_each_has_a_number_and_what_is_sent_again_keeps_it(
    dispatch: Dispatch,
) -> None:
    dispatch.handed_in()
    bodies = [{**CLAIM, "lines": [{**CLAIM["lines"][0], "voucher_no": n}]} for n in ("1", "2")]

    def sent(n: int) -> httpx.Response:
        key = f"claim-{n}"
        return dispatch.desk.post("/v1/claims", bodies[n], dispatch.liu, Idempotency_Key=key)

    made = at_once(dispatch.record, *(partial(sent, n) for n in (0, 1)))
    numbers = [dispatch.done(each).headers["Location"] for each in made]
    assert sorted(numbers) == [CLAIM_PATH, CLAIM_PATH.replace("-L1", "-L2")]
    assert [dispatch.done(sent(n)).headers["Location"] for n in (0, 1)] == numbers


def test_the_voucher_is_brought_as_a_picture(dispatch: Dispatch, money: str) -> None:
    dispatch.handed_in()
    kept = dispatch.done(dispatch.desk.bring(None, drawing(), dispatch.liu)).json()
    line = {**CLAIM["lines"][0], "file": {"name": "车票.png", **kept}}
    unknown = {**line, "file": {**line["file"], "sha256": "0" * 64}}
    told = dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [unknown]})
    assert codes(told) == ["file-unknown"]
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", {**CLAIM, "lines": [line]}))
    assert dispatch.desk.get(f"/v1/files/{kept['sha256']}", money).status_code == 200


def test_the_steps_of_the_approver_take_a_deputy_who_is_neither_side(
    dispatch: Dispatch, money: str
) -> None:
    dispatch.claimed()
    dispatch.done(post(dispatch, money, "reviews", REVIEW))
    both = dispatch.desk.staff(LIU, ["approver", "technician"], [BRANCH])
    assert codes(post(dispatch, both, "approvals", {"allowed_fen": 39_600})) == ["self-approval"]
    reviewer = dispatch.desk.staff("F-QIANWEI", ["approver", "finance"], [BRANCH])
    told = post(dispatch, reviewer, "approvals", {"allowed_fen": 39_600})
    assert codes(told) == ["self-approval"]


def test_another_branch_learns_nothing_of_it(dispatch: Dispatch) -> None:
    dispatch.claimed()
    far = dispatch.desk.staff("F-FAR", ["finance", "approver", "technician"], ["NB01"])
    assert dispatch.desk.get(CLAIM_PATH, far).status_code == 404
    assert post(dispatch, far, "reviews", REVIEW).status_code == 404
    assert dispatch.does(far, "/v1/claims", CLAIM).status_code == 404


def test_the_page_of_the_ticket_offers_it_once_the_task_came_home(dispatch: Dispatch) -> None:
    dispatch.handed_in()
    papers = dispatch.told(f"/v1/tickets/{TICKET}/papers", dispatch.liu)["rows"]
    (order,) = (each for each in papers if each["number"] == NUMBER)
    (offered,) = (each for each in order["next"] if each["path"] == "/v1/claims")
    assert offered["allowed"], offered["reasons"]


FROM_BASE = "T-BASE"
SENDING = {"technician": FROM_BASE, "because": "本网点无人"}
HELP = {"ground": "capacity", "tried": "全部在外"}


def sent_from_base(dispatch: Dispatch, who: str = FROM_BASE) -> str:
    """Base sends somebody of another branch, who does the whole job alone; their token."""
    desk = dispatch.desk
    base = desk.staff("B-1", ["base"], ["*"])
    guest = desk.staff(FROM_BASE, ["technician"], ["JD01"])
    path = dispatch.opened()
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/base-help-requests", HELP))
    dispatch.done(dispatch.does(base, f"{path}/base-technicians", SENDING))
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/assignments", {"technician": who}))
    signing = {"content": dispatch.shown(path)["content"], "how": "session"}
    dispatch.done(dispatch.does(guest, f"{path}/signatures", signing))
    dispatch.heard(replace(ISSUED.note, recipient=FROM_BASE))
    plan = EXAMPLES["plans"]
    dispatch.done(dispatch.does(dispatch.clerk, f"{VISIT_PATH}/plans", plan))
    for step in ("appointments", "departures", "arrivals"):
        dispatch.done(dispatch.does(guest, f"{VISIT_PATH}/{step}", EXAMPLES[step]))
    gone = {"outcome": "customer_declined", "because": "不修了", "next_step": "结案"}
    dispatch.done(dispatch.does(guest, f"{VISIT_PATH}/endings", gone))
    void = replace(ISSUED.note, version=3, stage=NoteStage.VOID, lines=())
    dispatch.heard(void)
    end = {"ending": "withdrawn", "reason": "不修了", "customer_told_at": LATER.isoformat()}
    dispatch.done(dispatch.does(dispatch.clerk, f"{path}/closings", end))
    return guest


class TestFromAnotherBranch:
    """外派: whom base sends does the job, claims the journey and is told, behind no wall."""

    def test_they_claim_and_see_what_becomes_of_it(self, dispatch: Dispatch, money: str) -> None:
        guest = sent_from_base(dispatch)
        papers = dispatch.told(f"/v1/tickets/{TICKET}/papers", guest)["rows"]
        assert {each["kind"] for each in papers} == {"work_order", "visit"}
        made = dispatch.done(dispatch.does(guest, "/v1/claims", CLAIM))
        assert made.headers["Location"] == CLAIM_PATH
        dispatch.done(post(dispatch, money, "returns", {"reasons": ["车票不清"]}))
        shown = dispatch.shown(CLAIM_PATH, guest)["claim"]
        assert shown["returned"]["reasons"] == ["车票不清"]
        again = {name: CLAIM[name] for name in ("trips", "lines")}
        dispatch.done(post(dispatch, guest, "resubmissions", again))
        (row,) = dispatch.told("/v1/claims", guest)["rows"]
        assert (row["number"], row["stage"]) == (f"{TICKET}-L1", "submitted")
        (page,) = (
            each
            for each in dispatch.told(f"/v1/tickets/{TICKET}/papers", guest)["rows"]
            if each["kind"] == "claim"
        )
        assert [each["path"] for each in page["next"] if each["allowed"]] == [
            f"{CLAIM_PATH}/withdrawals",
            f"{CLAIM_PATH}/urgings",
        ]
        dispatch.done(post(dispatch, guest, "withdrawals", {"because": "票据拿错了"}))

    def test_the_wall_holds_for_their_colleagues(self, dispatch: Dispatch) -> None:
        guest = sent_from_base(dispatch)
        dispatch.done(dispatch.does(guest, "/v1/claims", CLAIM))
        desk, roles = dispatch.desk, ["technician", "finance", "approver", "clerk"]
        other = desk.staff("T-BASE-2", roles, ["JD01"])
        for path in (CLAIM_PATH, VISIT_PATH, PATH, f"/v1/tickets/{TICKET}/papers"):
            assert desk.get(path, other).status_code == 404
        assert dispatch.told(f"/v1/claims?claimant={FROM_BASE}", other)["rows"] == []
        assert dispatch.told("/v1/claims?claimant=T-BASE-2", other)["rows"] == []
        assert dispatch.does(other, "/v1/claims", CLAIM).status_code == 404
        assert post(dispatch, other, "reviews", REVIEW).status_code == 404
        assert post(dispatch, other, "withdrawals", {"because": "误"}).status_code == 404

    def test_they_read_the_voucher_that_they_brought_and_nobody_else_of_their_branch(
        self, dispatch: Dispatch
    ) -> None:
        guest = sent_from_base(dispatch)
        kept = dispatch.done(dispatch.desk.bring(None, drawing(), guest)).json()
        line = {**CLAIM["lines"][0], "file": {"name": "车票.png", **kept}}
        dispatch.done(dispatch.does(guest, "/v1/claims", {**CLAIM, "lines": [line]}))
        path = f"/v1/files/{kept['sha256']}"
        assert dispatch.desk.get(path, guest).status_code == 200
        other = dispatch.desk.staff("T-BASE-2", ["technician", "finance"], ["JD01"])
        assert dispatch.desk.get(path, other).status_code == 404

    def test_who_went_along_is_told_until_they_claim(self, dispatch: Dispatch) -> None:
        base = dispatch.desk.staff("B-1", ["base"], ["*"])
        guest = dispatch.desk.staff(FROM_BASE, ["technician"], ["JD01"])
        path = dispatch.there()
        dispatch.done(dispatch.does(dispatch.clerk, f"{path}/base-help-requests", HELP))
        dispatch.done(dispatch.does(base, f"{path}/base-technicians", SENDING))
        dispatch.brought(dispatch.signed_for(path))
        (row,) = dispatch.told("/v1/claims-due", guest)["rows"]
        assert row["travellers"] == [LIU, FROM_BASE]
        dispatch.done(dispatch.does(guest, "/v1/claims", CLAIM))
        assert dispatch.told("/v1/claims-due", guest)["rows"] == []
        (row,) = dispatch.told("/v1/claims-due", dispatch.liu)["rows"]
        assert row["travellers"] == [LIU]

    def test_what_else_they_are_at_home_counts_for_nothing(self, dispatch: Dispatch) -> None:
        sent_from_base(dispatch)
        roles = ["technician", "clerk", "approver", "finance"]
        guest = dispatch.desk.staff(FROM_BASE, roles, ["JD01"])
        dispatch.done(dispatch.does(guest, "/v1/claims", CLAIM))
        for path, body in (
            (f"{PATH}/closings", {"ending": "withdrawn"}),
            (f"{PATH}/assignments", {"technician": FROM_BASE}),
            (f"{VISIT_PATH}/deviation-grants", {}),
            (f"{CLAIM_PATH}/reviews", REVIEW),
            (f"{CLAIM_PATH}/returns", {"reasons": ["误"]}),
        ):
            assert dispatch.does(guest, path, body).status_code in (403, 404), path

    def test_and_for_them_where_nobody_has_sent_them(self, dispatch: Dispatch) -> None:
        dispatch.claimed()
        guest = dispatch.desk.staff(FROM_BASE, ["technician"], ["JD01"])
        for path in (CLAIM_PATH, VISIT_PATH, PATH, f"/v1/tickets/{TICKET}/papers"):
            assert dispatch.desk.get(path, guest).status_code == 404
        assert dispatch.does(guest, "/v1/claims", CLAIM).status_code == 404


def test_who_came_home_is_on_the_list_until_they_claim(dispatch: Dispatch) -> None:
    dispatch.handed_in()
    (row,) = dispatch.told("/v1/claims-due", dispatch.liu)["rows"]
    assert (row["order"], row["travellers"], row["urged"]) == (NUMBER, [LIU], False)
    assert dispatch.told("/v1/claims-due", dispatch.chen)["rows"] == []
    assert len(dispatch.told("/v1/claims-due", dispatch.boss)["rows"]) == 1
    dispatch.done(dispatch.does(dispatch.liu, "/v1/claims", CLAIM))
    assert dispatch.told("/v1/claims-due", dispatch.liu)["rows"] == []
