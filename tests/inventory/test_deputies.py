"""Stories of deputies beyond the report: whoever grants has one, and both are held apart."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.events.cards import Delegated, DelegationDocument
from tests.inventory.desk import PATH, Inventory
from tests.inventory.example import APPROVER, AT, BRANCH, KEEPER, NUMBER, RING, TICKET
from tests.shared.http_desk import codes

DEPUTY = "K-DEPUTY"
TODAY = AT.astimezone(ZoneInfo("Asia/Shanghai")).date()
LOSS = {
    "loss": {
        "part": RING,
        "quantity": 1,
        "where": "technician",
        "how": "遗失 lost",
        "borne_by": "store",
        "fen": 1200,
    }
}


@pytest.fixture
def asked(inventory: Inventory) -> Inventory:
    """The keeper has asked for a loss."""
    inventory.issued()
    inventory.priced()
    inventory.post(f"{PATH}/losses", LOSS, inventory.keeper)
    inventory.desk.staff(APPROVER, ["approver"], [BRANCH])
    return inventory


def test_who_grants_it_is_shown_on_the_page_what_is_asked_for(asked: Inventory) -> None:
    token = asked.desk.staff("A-2", ["approver"], [BRANCH])
    (paper,) = asked.rows(f"/v1/tickets/{TICKET}/papers", token)
    (wanted,) = paper["paper"]["requests"]
    assert (wanted["kind"], wanted["asked_by"], wanted["decided"]) == ("loss", KEEPER, "open")
    assert (wanted["what"]["quantity"], wanted["what"]["how"]) == (1, "遗失 lost")


def granted(
    desk: Inventory, actor: str, *delegated: Delegated, person: str = APPROVER, **headers: str
) -> httpx.Response:
    """Somebody grants it in the place of the approver, by what has come of delegations."""
    document = DelegationDocument(delegated)
    desk.views.documents["intake", f"delegation-{APPROVER}"] = document
    token = desk.desk.staff(actor, ["clerk", "storekeeper"], [BRANCH])
    told = {"X_Acting_For": person, **headers}
    return desk.desk.post(f"{PATH}/loss-approvals", {"number": f"{NUMBER}-S1"}, token, **told)


def delegated(deputy: str = DEPUTY, from_: int = 0, until: int = 0) -> Delegated:
    days = TODAY + timedelta(from_), TODAY + timedelta(until)
    return Delegated(1, deputy, ("approver",), BRANCH, *days)


def test_a_deputy_grants_and_the_history_says_for_whom(asked: Inventory) -> None:
    told = asked.done(granted(asked, DEPUTY, delegated())).json()
    assert told["facts"] == ["LossApproved"]
    ticket = NUMBER.rpartition("-")[0]
    auditor = asked.desk.staff("AU-1", ["auditor"], [BRANCH])
    lines = asked.rows(f"/v1/tickets/{ticket}/history", auditor)
    found = [(e["actor"], e["acting_for"]) for e in lines if e["type"] == "LossApproved"]
    assert found == [(DEPUTY, APPROVER)]
    assert {e["acting_for"] for e in lines if e["type"] != "LossApproved"} == {None}


def test_a_deputy_has_a_delegation_of_today(asked: Inventory) -> None:
    for each in (
        (),
        (delegated("K-OTHER"),),
        (delegated(from_=1, until=2),),
        (delegated(from_=-2, until=-1),),
    ):
        told = granted(asked, DEPUTY, *each)
        assert (told.status_code, codes(told)) == (403, ["no-deputy"])


def test_what_is_not_a_decision_nobody_does_for_another(asked: Inventory) -> None:
    granted(asked, DEPUTY)
    asked.views.documents["intake", f"delegation-{APPROVER}"] = DelegationDocument((delegated(),))
    token = asked.desk.staff(DEPUTY, ["clerk", "storekeeper"], [BRANCH])
    told = asked.desk.post(f"{PATH}/losses", LOSS, token, X_Acting_For=APPROVER)
    assert (told.status_code, codes(told)) == (403, ["no-deputy"])


def test_who_asked_grants_it_for_nobody_and_nobody_grants_it_for_them(asked: Inventory) -> None:
    own = granted(asked, KEEPER, delegated(KEEPER))
    assert (own.status_code, codes(own)) == (422, ["own-request"])
    both = asked.desk.staff(KEEPER, ["storekeeper", "approver"], [BRANCH])
    assert both
    document = DelegationDocument((delegated(),))
    asked.views.documents["intake", f"delegation-{KEEPER}"] = document
    theirs = granted(asked, DEPUTY, delegated(), person=KEEPER)
    assert (theirs.status_code, codes(theirs)) == (422, ["own-request"])
