"""Stories of dispatch over HTTP: from the noted approval to the signed order, and every no."""

import pytest

from shared.events.dispatch import WorkOrderDeclined
from shared.events.values import Role
from shared.personal.seal import HIDDEN
from tests.dispatch.desk import EXAMPLES, FORM, PATH, Dispatch
from tests.dispatch.example import BRANCH, CHEN, CLERK, LIU, NUMBER, REPORT, TICKET
from tests.shared.http_desk import codes


def test_an_order_goes_from_the_approval_to_the_signature(dispatch: Dispatch) -> None:
    order = dispatch.shown(dispatch.signed(), dispatch.liu)
    assert (order["number"], order["stage"], order["technician"]) == (NUMBER, "accepted", LIU)
    assert [note["number"] for note in order["notes"]] == [f"{TICKET}-C1"]
    assert order["technician_sig"]["content"] == order["clerk_sig"]["content"] == order["content"]
    assert (order["travel_on"], order["approved"]["contact_name"]) == ("2026-11-24", "王小明")
    told = dispatch.history()
    assert [step["type"] for step in told] == [
        "ApprovalNoted",
        "WorkOrderOpened",
        "TechnicianAssigned",
        "WorkOrderSigned",
    ]
    assert told[2]["policy"] == "core@1"
    assert (told[2]["data"]["due_at"], told[3]["zh"]) != (None, "")


def test_what_awaits_its_order_is_listed_until_it_is_opened(dispatch: Dispatch) -> None:
    dispatch.approved()
    (row,) = dispatch.rows("/awaiting")
    assert (row["number"], row["approved"], row["customer_name"]) == (
        NUMBER,
        REPORT.content,
        HIDDEN,
    )
    dispatch.opened()
    assert dispatch.rows("/awaiting") == []


def test_the_board_is_asked_by_technician_and_day(dispatch: Dispatch) -> None:
    dispatch.assigned()
    dispatch.opened("BX-HZ01-20261123-0002")
    assert [row["number"] for row in dispatch.rows()] == [NUMBER, "BX-HZ01-20261123-0002-W1"]
    (row,) = dispatch.rows(f"?technician={LIU}&travel_on=2026-11-24")
    assert (row["number"], row["stage"], row["contact_phone"]) == (
        NUMBER,
        "assigned",
        HIDDEN,
    )
    (row,) = dispatch.rows(f"?technician={LIU}&travel_on=2026-11-24", dispatch.liu)
    assert row["contact_phone"] == "0571-55501234", "of his own job"
    assert dispatch.rows("?travel_on=2026-11-25") == []
    assert [row["ticket"] for row in dispatch.rows("?stage=opened")] == ["BX-HZ01-20261123-0002"]


def test_a_refused_opening_names_every_broken_rule(dispatch: Dispatch) -> None:
    path = dispatch.approved()
    form = {**FORM, "repair_nature": None, "no_parts": True, "approved": "b" * 64}
    told = dispatch.desk.post(f"{path}/openings", {"form": form}, dispatch.clerk)
    assert told.status_code == 422
    assert codes(told) == ["order-incomplete", "parts-and-none", "differs-from-approved"]
    assert "维修性质" in told.json()["reasons"][0]["zh"]


def test_nothing_is_opened_that_nobody_approved(dispatch: Dispatch) -> None:
    told = dispatch.desk.post(f"{PATH}/openings", {"form": FORM}, dispatch.clerk)
    assert (told.status_code, codes(told)) == (422, ["not-approved"])
    second = dispatch.opened().replace("-W1", "-W2")
    told = dispatch.desk.post(f"{second}/openings", {"form": FORM}, dispatch.clerk)
    assert codes(told) == ["not-continued", "order-open"]


def test_an_order_that_mended_nothing_is_followed_by_another(dispatch: Dispatch) -> None:
    first = dispatch.opened()
    second = first.replace("-W1", "-W2")
    going_on = {"because": "拉回车间再修"}
    told = dispatch.desk.post(f"{first}/continuations", going_on, dispatch.clerk)
    assert told.status_code == 200
    assert dispatch.shown(first)["continued_as"] == second.rpartition("/")[2]
    told = dispatch.desk.post(f"{second}/openings", {"form": FORM}, dispatch.clerk)
    assert told.status_code == 200
    assert dispatch.shown(second)["earlier"][0]["number"] == first.rpartition("/")[2]


def test_only_that_technician_signs_and_what_he_was_shown(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    body = {"content": dispatch.shown(path)["content"]}
    told = dispatch.desk.post(f"{path}/signatures", body, dispatch.chen)
    assert (told.status_code, codes(told)) == (422, ["not-your-order"])
    told = dispatch.desk.post(f"{path}/signatures", {"content": "0" * 64}, dispatch.liu)
    assert codes(told) == ["signature-stale"]
    told = dispatch.desk.post(f"{path}/signatures", body, dispatch.clerk)
    assert (told.status_code, codes(told)) == (403, ["role"])


def test_the_register_says_who_may_be_sent(dispatch: Dispatch) -> None:
    path = dispatch.opened()

    def assigning(person: str) -> list[str]:
        body = {"technician": person}
        return codes(dispatch.desk.post(f"{path}/assignments", body, dispatch.clerk))

    assert assigning("T-NOBODY") == ["technician-unknown"]
    assert assigning(CLERK) == ["not-a-technician"]
    dispatch.know(CHEN, Role.TECHNICIAN, active=False, branches=("NB01",))
    assert assigning(CHEN) == ["technician-inactive", "technician-foreign"]


def test_who_is_no_longer_active_is_refused_at_the_door(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    dispatch.know(CHEN, Role.TECHNICIAN, active=False)
    told = dispatch.desk.post(f"{path}/declines", {"because": "x"}, dispatch.chen)
    assert (told.status_code, codes(told)) == (403, ["person-inactive"])


def test_a_full_day_is_warned_of_and_not_forbidden(dispatch: Dispatch) -> None:
    for n in range(1, 5):
        dispatch.assigned(f"BX-HZ01-20261123-{n:04}")
    path = dispatch.opened("BX-HZ01-20261123-0005")
    told = dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk)
    (warned,) = dispatch.done(told).json()["warnings"]
    assert warned["code"] == "many-orders-that-day"
    assert len(warned["numbers"]["about"]) == 4


def test_orders_that_are_over_fill_no_day(dispatch: Dispatch) -> None:
    ended = {
        "ending": "withdrawn",
        "reason": "用户不修了",
        "customer_told_at": "2026-11-23T02:00:00+00:00",
    }
    for n in range(1, 5):
        path = dispatch.assigned(f"BX-HZ01-20261123-{n:04}")
        dispatch.done(dispatch.desk.post(f"{path}/closings", ended, dispatch.clerk))
    path = dispatch.opened("BX-HZ01-20261123-0005")
    told = dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk)
    assert dispatch.done(told).json()["warnings"] == []


def test_orders_that_were_given_back_fill_no_day_however_the_board_lags(
    dispatch: Dispatch,
) -> None:
    for n in range(1, 5):
        dispatch.assigned(f"BX-HZ01-20261123-{n:04}")
    back = "/v1/work-orders/BX-HZ01-20261123-0004-W1"
    dispatch.done(dispatch.desk.post(f"{back}/declines", {"because": "满了"}, dispatch.liu))
    dispatch.views.unseen = frozenset({WorkOrderDeclined})
    path = dispatch.opened("BX-HZ01-20261123-0005")
    told = dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk)
    assert dispatch.done(told).json()["warnings"] == []


def test_who_is_not_made_for_the_order_is_warned_of_and_not_forbidden(dispatch: Dispatch) -> None:
    path = dispatch.opened()
    dispatch.know(LIU, Role.TECHNICIAN, skills=("pumps",), regions=("ningbo",))
    told = dispatch.desk.post(f"{path}/assignments", {"technician": LIU}, dispatch.clerk)
    warned = dispatch.done(told).json()["warnings"]
    assert [(each["code"], each["numbers"]["about"]) for each in warned] == [
        ("skill-missing", ["filling"]),
        ("other-area", ["hangzhou"]),
    ]
    assigned = dispatch.history()[-1]["data"]
    assert [each["code"] for each in assigned["warnings"]] == ["skill-missing", "other-area"]
    dispatch.know(CHEN, Role.TECHNICIAN, regions=("hangzhou",))
    told = dispatch.desk.post(f"{path}/assignments", {"technician": CHEN}, dispatch.clerk)
    (only,) = dispatch.done(told).json()["warnings"]
    assert (only["code"], only["numbers"]["about"]) == ("traveller-not-approved", [LIU])


@pytest.mark.parametrize("step", ["declines", "recalls"])
def test_an_order_that_came_back_says_why(dispatch: Dispatch, step: str) -> None:
    path = dispatch.assigned()
    by = dispatch.liu if step == "declines" else dispatch.clerk
    dispatch.done(dispatch.desk.post(f"{path}/{step}", EXAMPLES[step], by))
    (row,) = dispatch.rows()
    assert (row["stage"], row["technician"]) == ("opened", None)
    assert row["because"] == EXAMPLES[step]["because"]


def test_the_documented_examples_are_taken(dispatch: Dispatch) -> None:
    """As they are, but for the hashes, which are those of what is shown."""
    path = dispatch.approved()
    opening = EXAMPLES["openings"]
    form = {**opening["form"], "approved": REPORT.content, "parts": FORM["parts"]}
    body = {**opening, "form": form}
    dispatch.done(dispatch.desk.post(f"{path}/openings", body, dispatch.clerk))
    dispatch.done(
        dispatch.desk.post(f"{path}/assignments", EXAMPLES["assignments"], dispatch.clerk)
    )
    signing = {**EXAMPLES["signatures"], "content": dispatch.shown(path)["content"]}
    dispatch.done(dispatch.desk.post(f"{path}/signatures", signing, dispatch.liu))


def test_another_branch_sees_and_does_nothing(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    other = dispatch.desk.staff("C-SH", ["clerk"], ["SH01"])
    assert dispatch.rows("", other) == []
    assert codes(dispatch.desk.get(path, other)) == ["unknown"]
    told = dispatch.desk.post(f"{path}/recalls", {"because": "x"}, other)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    forged = dispatch.desk.post(f"{PATH}/openings", {"form": FORM}, other)
    assert codes(forged) == ["unknown"]


def test_who_has_no_right_to_customers_sees_the_order_without_them(dispatch: Dispatch) -> None:
    path = dispatch.signed()
    auditor = dispatch.desk.staff("A-1", ["auditor"], [BRANCH])
    assert dispatch.shown(path, auditor)["approved"]["contact_phone"] == HIDDEN
    assert (
        dispatch.shown(f"{path}?open=true&because=投诉", auditor)["approved"]["contact_phone"]
        != HIDDEN
    )


def test_what_somebody_saw_and_was_changed_since_is_not_decided_on(dispatch: Dispatch) -> None:
    path = dispatch.opened()
    body = {"technician": LIU}
    told = dispatch.desk.post(f"{path}/assignments", body, dispatch.clerk, If_Match='"1"')
    assert (told.status_code, codes(told)) == (412, ["version-mismatch"])
    told = dispatch.desk.post(f"{path}/assignments", body, dispatch.clerk, If_Match='"2"')
    assert dispatch.done(told).headers["etag"] == '"3"'


@pytest.mark.parametrize(
    "path", ["BX-HZ01-20261123-0001", "BX-HZ01-20261123-0001-W0", "W1", "report-1-W1"]
)
def test_what_is_no_orders_number_is_said(dispatch: Dispatch, path: str) -> None:
    told = dispatch.desk.get(f"/v1/work-orders/{path}", dispatch.clerk)
    assert (told.status_code, codes(told)) == (422, ["wrong-form"])
    unknown = dispatch.desk.get("/v1/work-orders/BX-HZ01-20261123-0009-W1", dispatch.clerk)
    assert (unknown.status_code, codes(unknown)) == (404, ["unknown"])
