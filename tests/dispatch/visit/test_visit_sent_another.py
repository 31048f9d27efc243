"""Stories of a customer who keeps the time that was agreed: somebody else is sent for it."""

from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import CHEN, CLERK
from tests.shared.http_desk import codes


def test_a_customer_who_refuses_the_new_time_gets_another_technician(dispatch: Dispatch) -> None:
    path = dispatch.assigned()
    for step in ("plans", "appointments"):
        dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/{step}", EXAMPLES[step], dispatch.liu))
    agreed = dispatch.shown(VISIT_PATH)["window"]
    early = dispatch.desk.post(f"{VISIT_PATH}/reassignments", {"because": "x"}, dispatch.clerk)
    assert codes(early) == ["their-visit-already"]
    refused = {"because": "用户不同意改期 the customer keeps the time"}
    dispatch.done(dispatch.desk.post(f"{path}/recalls", refused, dispatch.clerk))
    nobody = dispatch.desk.post(f"{VISIT_PATH}/reassignments", refused, dispatch.clerk)
    assert codes(nobody) == ["nobody-to-go"]
    dispatch.done(dispatch.desk.post(f"{path}/assignments", {"technician": CHEN}, dispatch.clerk))
    own = dispatch.desk.post(f"{VISIT_PATH}/reassignments", refused, dispatch.chen)
    assert codes(own) == ["role"]
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/reassignments", refused, dispatch.clerk))
    shown = dispatch.shown(VISIT_PATH)
    assert (shown["stage"], shown["window"]) == ("confirmed", agreed)
    assert shown["reassigned"]["technician"] == CHEN
    (row,) = dispatch.shown("/v1/visits")["rows"]
    assert (row["technician"], row["stage"]) == (CHEN, "confirmed")
    assert dispatch.history()[-1]["actor"] == CLERK
