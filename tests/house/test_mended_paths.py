"""A step that mends a refusal has the number of its paper in its path, where that is known."""

from shared.decider import reason
from shared.http.problem import broken
from shared.mends import MendKind
from tests.house.test_mends import texts_of

TICKET = "BX-HZ01-20261123-0001"
NOTE = f"{TICKET}-C1"


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


def test_of_what_a_number_tells_apart_only_what_helps_is_named() -> None:
    def lacking(why: str) -> list[str]:
        return paths("followup", "papers-missing", paper="issue_note", number=NOTE, why=why)

    assert lacking("note_open") == [
        f"/v1/issue-notes/{NOTE}/reconciliations",
        f"/v1/issue-notes/{NOTE}/voidings",
    ]
    assert lacking("not_arrived") == []
    claim = f"{TICKET}-L1"
    assert paths("dispatch", "claim-stage", number=claim, stage="reviewed") == [
        f"/v1/claims/{claim}/approvals",
        f"/v1/claims/{claim}/reviews",
    ]
    late = paths("intake", "wrong-stage", stage="approved")
    assert [each.rpartition("/")[2] for each in late] == ["amendment-drafts", "contact-corrections"]


def test_an_order_that_was_superseded_is_recalled_and_made_out_anew() -> None:
    order = f"{TICKET}-W1"
    told = paths("dispatch", "order-superseded", number=order)
    assert told == [f"/v1/work-orders/{order}/{step}" for step in ("recalls", "openings")]


def test_of_a_value_that_nobody_foresaw_everything_is_named_that_may_help() -> None:
    told = paths("dispatch", "claim-stage", number=f"{TICKET}-L1", stage="unheard")
    assert {each.rpartition("/")[2] for each in told} == {
        *("claims", "reviews", "resubmissions", "approvals", "payments"),
        *("approval-withdrawals", "corrections"),
    }


def test_what_passes_is_told_as_such() -> None:
    texts = texts_of("followup")
    told = reason("papers-missing", paper="report", number=TICKET, why="not_arrived")
    assert broken(told, texts).mended is MendKind.WAIT
    over = reason("complaint-stage", number="TS-HZ01-2026-0001", stage="closed", allowed=())
    assert broken(over, texts_of("intake")).mended is MendKind.OVER


def test_a_stage_is_told_by_the_word_that_it_has_on_that_paper() -> None:
    def told(room: str, code: str, stage: str) -> str:
        return texts_of(room).sentence(reason(code, number="1", stage=stage)).zh

    assert "现在是“已付款”" in told("dispatch", "claim-stage", "paid")
    assert "现在是“已批准”" in told("dispatch", "claim-stage", "approved")
    assert "现在是“已点收”" in told("inventory", "old-parts-stage", "received")
    assert texts_of("dispatch").label("paid").zh == "收费", "as the nature of a repair"
