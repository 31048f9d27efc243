"""签字人与见证人 (signer and witness): nobody of ours stands in the customer's place."""

from shared.events.values import Role
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import LIU
from tests.shared.http_desk import codes

NAME = "刘洋"


def done(dispatch: Dispatch) -> str:
    """The work is recorded and waits to be signed; the technician's card is known."""
    path = dispatch.there()
    dispatch.know(LIU, Role.TECHNICIAN, name=NAME)
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", {"outcome": "done"}))
    return path


def test_the_technician_does_not_sign_as_the_customer(dispatch: Dispatch) -> None:
    path = done(dispatch)
    shown = {"content": dispatch.shown(path)["work_content"], **dispatch.drawn_by_hand()}
    body = {**EXAMPLES["customer-signatures"], **shown}
    told = dispatch.does(dispatch.liu, f"{path}/customer-signatures", {**body, "signer": NAME})
    assert codes(told) == ["signer-is-ours"]
    named = {**body, "signer": f"{NAME}（用户）"}
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/customer-signatures", named))


def test_the_technician_is_not_their_own_witness(dispatch: Dispatch) -> None:
    path = done(dispatch)
    body = {
        **EXAMPLES["signature-refusals"],
        "content": dispatch.shown(path)["work_content"],
    }
    told = dispatch.does(dispatch.liu, f"{path}/signature-refusals", {**body, "witness": NAME})
    assert codes(told) == ["witness-is-ours"]
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/signature-refusals", body))
