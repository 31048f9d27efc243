"""A step that mends a refusal has the number of its paper in its path, where that is known."""

from shared.decider import reason
from shared.http.problem import broken
from tests.house.test_mends import texts_of

TICKET = "BX-HZ01-20261123-0001"


def paths(room: str, code: str, *named: str, **numbers: str) -> list[str]:
    return [each.path for each in broken(reason(code, **numbers), texts_of(room), named).mends]


def test_the_number_that_the_rule_names_stands_in_the_path() -> None:
    assert paths("dispatch", "not-departed", number=f"{TICKET}-V2") == [
        f"/v1/visits/{TICKET}-V2/departures"
    ]


def test_a_paper_of_another_room_is_found_by_the_ticket() -> None:
    assert paths("dispatch", "not-approved", ticket=TICKET) == [f"/v1/reports/{TICKET}/approvals"]


def test_what_only_the_request_names_stands_in_the_path_too() -> None:
    assert paths("intake", "unsigned", "v1", "reports", TICKET, "submissions") == [
        f"/v1/reports/{TICKET}/signatures"
    ]


def test_a_card_is_found_by_its_number() -> None:
    assert paths("intake", "customer-inactive", customer="C-1001") == [
        "/v1/customers/C-1001/changes"
    ]
    told = paths("intake", "not-delegated", person="A-1", deputy="K-1", as_what="approver")
    assert told == ["/v1/people/A-1/delegations"]
    last = paths("intake", "last-value-shown", field="travel_mode", value="air", branch="HZ01")
    assert last == ["/v1/branches/HZ01/hidden-values/showings"]


def test_a_further_paper_has_no_number_yet_and_an_unknown_one_keeps_its_braces() -> None:
    assert paths("dispatch", "visit-over", number=f"{TICKET}-V1") == ["/v1/visits/{number}/plans"]
    assert paths("dispatch", "not-arrived", number=f"{TICKET}-W1") == [
        "/v1/visits/{number}/arrivals"
    ]
