"""Stories of inventory over HTTP: from the catalogue to the settled note, and every no."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from guiyi.play.evidence import drawing
from guiyi.verbs.stock_lists import low_line
from services.inventory.issue_note.http import DRAWING_EXAMPLE, SETTLING_EXAMPLE
from services.inventory.issue_note.release import NoteSignature
from shared.events.values import PartWanted, Role
from shared.personal.seal import HIDDEN
from shared.record.store import Read
from tests.dispatch.example import REPORT
from tests.inventory.desk import DRAWN, EXAMPLES, PARCEL, PATH, Inventory
from tests.inventory.example import (
    AT,
    BRANCH,
    CHEN,
    CLERK,
    KEEPER,
    LIU,
    NUMBER,
    ORDER,
    PUMP,
    RELEASE,
    RELEASE_POSTED,
    RING,
    SIGNED,
    TICKET,
    signing,
)
from tests.shared.http_desk import codes
from tests.shared.room_desk import know

ACCOUNT = {"used": 2, "unused": 1, "old_returned": 2, "fault_nature": "wear"}
PUMP_ACCOUNT = {
    "used": 1,
    "unused": 0,
    "old_returned": 1,
    "fault_nature": "wear",
    "new_serials": ["P-1"],
    "old_serials": ["OLD-7"],
}


def test_a_note_goes_from_its_release_to_its_settlement(inventory: Inventory) -> None:
    inventory.issued()
    assert inventory.shown()["note"]["stage"] == "issued"
    inventory.reacted(signing(7, ring=2, pump=1))
    inventory.done(inventory.settle({"part": RING, "account": ACCOUNT}))
    inventory.done(inventory.settle({"part": PUMP, "account": PUMP_ACCOUNT}))
    note = inventory.shown()["note"]
    assert (note["stage"], note["content"]) == ("settled", SIGNED)
    assert (note["technician_sig"]["by"], note["keeper_sig"]["by"]) == (LIU, KEEPER)
    told = inventory.rows(f"/v1/tickets/{TICKET}/history")
    assert sorted(step["type"] for step in told) == [
        "IssueNoteReleased",
        *["PartIssued"] * 2,
        *["PartReconciled"] * 2,
        "SignatureNoted",
        *["StockMoved"] * 7,
    ]
    assert all(step["zh"] != step["type"] for step in told)


def test_who_has_left_draws_nothing_and_brings_home_what_they_drew(inventory: Inventory) -> None:
    inventory.released()
    inventory.done(inventory.issue({"part": RING, "quantity": 3}))
    know(inventory.views, LIU, Role.TECHNICIAN, BRANCH, active=False)
    refused = inventory.issue({"part": PUMP, "quantity": 1, "serials": ["P-1"]})
    assert codes(refused) == ["recipient-inactive"]
    inventory.reacted(signing(7, ring=2))
    inventory.done(inventory.settle({"part": RING, "account": ACCOUNT}))


def test_the_books_show_where_every_piece_is(inventory: Inventory) -> None:
    inventory.issued()
    hands = f"technician:{LIU}"
    assert inventory.accounts(RING) == {"supplier": -10, "store": 7, hands: 3}
    held = inventory.rows(f"/v1/stock?technician={LIU}")
    assert [(row["part"], row["quantity"], row["serials"]) for row in held] == [
        (PUMP, 1, ["P-1"]),
        (RING, 3, []),
    ]
    inventory.reacted(signing(7, ring=2, pump=1))
    inventory.done(inventory.settle({"part": RING, "account": ACCOUNT}))
    inventory.done(inventory.settle({"part": PUMP, "account": PUMP_ACCOUNT}))
    assert inventory.accounts(RING) == {"supplier": -10, "store": 8, "old_warranty": 2}
    inside = inventory.rows(f"/v1/stock?part={PUMP}&inside=true")
    assert [(row["account"], row["serials"]) for row in inside] == [
        ("old_warranty", ["OLD-7"]),
        ("store", ["P-2"]),
    ]
    assert inventory.rows(f"/v1/stock?technician={LIU}") == []
    book = inventory.shown(f"/v1/stock/{BRANCH}/{PUMP}")
    assert book["accounts"] == {"supplier": -2, "store": 1, "old_warranty": 1}
    assert book["serials"] == {"P-2": "store", "OLD-7": "old_warranty"}


def test_what_the_note_shows_can_be_signed_as_it_is(inventory: Inventory) -> None:
    inventory.released()
    rings, pump = inventory.shown()["to_sign"]
    assert (rings["step"], rings["drawing"]["quantity"], pump["part"]) == ("issues", 3, PUMP)
    body = {"part": RING, "quantity": 3, **DRAWN, "content": rings["content"], **inventory.drawn()}
    inventory.post(f"{PATH}/issues", body)
    inventory.reacted(signing(7, ring=1))
    shown = inventory.shown()
    (signed,) = shown["signed_use"]
    assert (shown["signed_content"], signed["part"], signed["used"]) == (SIGNED, RING, 1)
    (settling,) = (each for each in shown["to_sign"] if each["step"] == "reconciliations")
    assert settling["account"]["fault_nature"] == REPORT.diagnosis.fault_nature
    inventory.post(
        f"{PATH}/reconciliations",
        {
            "part": RING,
            "account": settling["account"],
            "technician": LIU,
            "how": "drawn",
            "content": settling["content"],
            **inventory.drawn(),
        },
    )
    assert inventory.shown()["to_sign"] == []


def test_the_sheet_says_whether_the_old_part_is_due(inventory: Inventory) -> None:
    inventory.released()
    drawing = {"part": RING, "quantity": 3}
    for token in (inventory.keeper, inventory.liu):
        sheet = inventory.done(inventory.desk.post(f"{PATH}/issue-sheets", drawing, token)).json()
        assert (sheet["permitted"], sheet["issued"]["old_part_due"]) == (3, True)
        assert sheet["recipient"] == LIU


def test_a_parcel_goes_from_the_post_to_the_joint_opening(inventory: Inventory) -> None:
    inventory.released(RELEASE_POSTED)
    inventory.done(inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session"))
    pump = {"part": PUMP, "quantity": 1, "serials": ["P-1"], "parcel": PARCEL}
    inventory.done(inventory.issue(pump, how="session"))
    inventory.post(f"{PATH}/announcements", EXAMPLES["announcements"])
    inventory.post(f"{PATH}/deliveries", EXAMPLES["deliveries"], inventory.liu)
    photo = {"name": "箱内", "sha256": "5f" * 32, "media_type": "image/png", "size": 100}
    opening = {**EXAMPLES["joint-openings"], **inventory.drawn()}
    seen = {**opening, "opened": {**opening["opened"], "photos": [photo]}}
    told = inventory.desk.post(f"{PATH}/joint-openings", seen, inventory.liu)
    assert codes(told) == ["file-unknown"]
    inventory.post(f"{PATH}/joint-openings", opening, inventory.liu)
    note = inventory.shown(token=inventory.liu)["note"]
    assert (note["parcel"]["receiver"], note["opened"]["customer"]) == ("王小明", "王小明")
    assert inventory.shown()["note"]["parcel"]["receiver"] == "王小明", "the keeper posted it"
    approver = inventory.desk.staff("A-1", ["approver"], [BRANCH])
    assert inventory.shown(token=approver)["note"]["parcel"]["receiver"] == HIDDEN
    (row,) = inventory.rows(f"/v1/issue-notes?recipient={LIU}")
    assert (row["announced"], row["opening"], row["parcel_no"]) == (True, "as_sent", "SF1")
    assert inventory.accounts(RING)[f"technician:{LIU}"] == 3


def test_a_customers_name_is_sealed_with_the_orders_key(inventory: Inventory) -> None:
    """Whoever erases the customer erases their name on the parcel too."""
    inventory.released(RELEASE_POSTED)
    inventory.done(inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session"))
    told = inventory.rows(f"/v1/tickets/{TICKET}/history", inventory.liu)
    assert told[1]["data"]["parcel"]["receiver"] == "王小明"
    facts = inventory.desk.store.read((f"issue_note-{NUMBER}",)).streams[f"issue_note-{NUMBER}"]
    assert f'"subject":"report-{TICKET}"'.encode() in facts.facts[1].body


def test_no_customers_name_is_taken_before_it_is_known_whose_key_seals_it(
    inventory: Inventory,
) -> None:
    """While a worker refills its tables the order is not there; the note is, in the record."""
    inventory.released(RELEASE_POSTED)
    order = inventory.views.documents.pop(("dispatch", f"work_order-{ORDER}"))
    told = inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session")
    assert (told.status_code, codes(told)) == (503, ["order-not-here"])
    told = inventory.desk.bring(NUMBER, drawing(), inventory.keeper)
    assert (told.status_code, codes(told)) == (503, ["order-not-here"])
    inventory.views.documents["dispatch", f"work_order-{ORDER}"] = order
    inventory.done(inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session"))


@pytest.mark.parametrize(
    ("drawing", "more", "said"),
    [
        ({"part": RING, "quantity": 4}, {}, ["beyond-note"]),
        ({"part": RING, "quantity": 12}, {}, ["beyond-note", "beyond-stock"]),
        ({"part": RING, "quantity": 2}, {}, ["short-unexplained"]),
        ({"part": "X-1", "quantity": 1}, {}, ["part-unknown", "beyond-note"]),
        ({"part": RING, "quantity": 3}, {"recipient": CHEN}, ["wrong-recipient"]),
        ({"part": RING, "quantity": 3}, {"how": "session"}, ["session-of-another"]),
        ({"part": RING, "quantity": 3}, {"content": "0" * 64}, ["signature-stale"]),
        ({"part": PUMP, "quantity": 1}, {}, ["serials-unnamed"]),
    ],
)
def test_a_refused_issue_names_every_broken_rule(
    inventory: Inventory, drawing: Mapping[str, Any], more: Mapping[str, Any], said: list[str]
) -> None:
    inventory.released()
    told = inventory.issue(drawing, **more)
    assert (told.status_code, codes(told)) == (422, said)


def test_nothing_is_reconciled_otherwise_than_the_customer_signed(inventory: Inventory) -> None:
    inventory.issued()
    told = inventory.settle({"part": RING, "account": ACCOUNT})
    assert codes(told) == ["no-customer-signature"]
    inventory.reacted(signing(7, ring=1, pump=1))
    told = inventory.settle({"part": RING, "account": {**ACCOUNT, "unused": 0}})
    assert codes(told) == ["differs-from-signed", "unbalanced"]
    assert "用量：用户签字是 1，核销写的是 2" in told.json()["reasons"][0]["zh"]


def test_whoever_draws_neither_issues_nor_reconciles(inventory: Inventory) -> None:
    inventory.released()
    both = inventory.desk.staff(LIU, ["technician", "storekeeper"], [BRANCH])
    content = inventory.shown()["to_sign"][0]["content"]
    body = {"part": RING, "quantity": 3, **DRAWN, "content": content, **inventory.drawn()}
    assert codes(inventory.desk.post(f"{PATH}/issues", body, both)) == ["self-issue"]
    assert codes(inventory.desk.post(f"{PATH}/issues", body, inventory.liu)) == ["role"]
    inventory.post(f"{PATH}/issues", body)
    account = {"used": 0, "unused": 3}
    sheet = inventory.post(f"{PATH}/reconciliation-sheets", {"part": RING, "account": account})
    settling = {
        "part": RING,
        "account": account,
        "technician": LIU,
        "how": "drawn",
        "content": sheet["content"],
        **inventory.drawn(),
    }
    told = inventory.desk.post(f"{PATH}/reconciliations", settling, both)
    assert codes(told) == ["self-reconciliation"]


def test_a_note_is_made_void_at_the_clerks_word(inventory: Inventory) -> None:
    inventory.released()
    told = inventory.desk.post(f"{PATH}/voidings", {"because": "x", "asked_by": LIU})
    assert told.status_code == 403
    told = inventory.desk.post(f"{PATH}/voidings", {"asked_by": CLERK}, inventory.keeper)
    assert codes(told) == ["clerk-has-not-asked"]
    asking = {"because": "用户撤单"}
    told = inventory.desk.post(f"{PATH}/voiding-requests", asking, inventory.keeper)
    assert codes(told) == ["role"]
    inventory.post(f"{PATH}/voiding-requests", asking, inventory.clerk)
    inventory.post(f"{PATH}/voidings", {})
    (row,) = inventory.rows("/v1/issue-notes?stage=void")
    assert (row["number"], row["void_because"]) == (NUMBER, "用户撤单")
    assert codes(inventory.issue({"part": RING, "quantity": 3})) == ["note-void"]


def test_what_is_below_its_quota_is_listed(inventory: Inventory) -> None:
    inventory.issued()
    path = f"/v1/stock/{BRANCH}/{RING}/quotas"
    told = inventory.desk.post(path, {"quota": 9999}, inventory.keeper)
    assert (told.status_code, codes(told)) == (403, ["role"])
    inventory.post(path, {"quota": 7}, inventory.base)
    assert inventory.rows("/v1/stock/low") == []
    inventory.post(path, {"quota": 9}, inventory.base)
    (row,) = inventory.rows("/v1/stock/low")
    assert low_line(row) == (BRANCH, RING, "9", "7", "0", "0", "2")
    assert (row["part"], row["on_hand"], row["quota"], row["lacking"]) == (RING, 7, 9, 2)
    assert len(inventory.rows("/v1/stock/low?low=false")) == 1


def test_the_catalogue_is_the_same_for_every_branch(inventory: Inventory) -> None:
    inventory.stocked()
    other = inventory.desk.staff("K-SH", ["storekeeper"], ["SH01"])
    assert [row["id"] for row in inventory.rows("/v1/parts", other)] == [PUMP, RING]
    card = {"id": RING, "name": "密封圈", "active": False}
    told = inventory.desk.change(f"/v1/parts/{RING}", card, inventory.keeper)
    assert (told.status_code, codes(told)) == (403, ["role"])
    far = inventory.desk.staff("B-SH", ["base"], ["SH01"])
    inventory.done(inventory.desk.change(f"/v1/parts/{RING}", card, far))
    assert inventory.shown(f"/v1/parts/{RING}")["active"] is False
    assert [row["id"] for row in inventory.rows("/v1/parts?active=true")] == [PUMP]


def test_another_branch_sees_and_does_nothing(inventory: Inventory) -> None:
    inventory.released()
    other = inventory.desk.staff("K-SH", ["storekeeper"], ["SH01"])
    assert inventory.rows("/v1/stock", other) == []
    assert inventory.rows("/v1/issue-notes", other) == []
    assert codes(inventory.desk.get(PATH, other)) == ["unknown"]
    path = f"/v1/stock/{BRANCH}/{RING}/openings"
    assert codes(inventory.desk.post(path, {"quantity": 1}, other)) == ["unknown"]


def test_a_note_nobody_released_is_unknown(inventory: Inventory) -> None:
    inventory.stocked()
    told = inventory.desk.get(PATH, inventory.keeper)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    inventory.reacted(NoteSignature(7, SIGNED, waived=False, used=()))
    told = inventory.desk.get(PATH, inventory.keeper)
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    inventory.reacted(RELEASE)
    assert inventory.shown()["signed_content"] == SIGNED


def test_the_tickets_page_says_what_comes_next(inventory: Inventory) -> None:
    inventory.released(replace(RELEASE, lines=(PartWanted(RING, 3),)))
    (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers")
    assert (paper["kind"], paper["stage"], paper["zh"]) == ("issue_note", "released", "出库单")
    allowed = [step["path"].rpartition("/")[2] for step in paper["next"] if step["allowed"]]
    assert allowed == ["issues"]
    inventory.done(inventory.issue({"part": RING, "quantity": 3}))
    (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers")
    told = {step["path"].rpartition("/")[2]: step for step in paper["next"]}
    assert told["reconciliations"]["allowed"]
    assert "voidings" not in told, "parts are drawn"
    (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers", inventory.liu)
    allowed = [step["path"].rpartition("/")[2] for step in paper["next"] if step["allowed"]]
    assert allowed == ["losses", "hand-overs"]


def test_a_settled_line_is_offered_to_its_keeper_again_under_a_newer_signature(
    inventory: Inventory,
) -> None:
    inventory.released(replace(RELEASE, lines=(PartWanted(RING, 3),)))
    inventory.done(inventory.issue({"part": RING, "quantity": 3}))
    inventory.reacted(signing(7, ring=2))
    account = {"used": 2, "unused": 1, "old_returned": 2, "fault_nature": "wear"}
    inventory.done(inventory.settle({"part": RING, "account": account}))

    def offered() -> list[Mapping[str, Any]]:
        (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers")
        return [step for step in paper["next"] if step["allowed"]]

    assert offered() == []
    inventory.reacted(signing(9, "6" * 64, ring=2))
    (again,) = offered()
    assert again["path"].endswith("/reconciliations")
    (waits,) = inventory.shown()["to_sign"]
    assert (waits["part"], waits["step"]) == (RING, "reconciliations")
    inventory.done(inventory.settle({"part": RING, "account": waits["account"]}))
    assert (offered(), inventory.shown()["to_sign"]) == ([], [])


def test_the_page_reads_no_stock_that_no_step_asks_for(
    inventory: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Movements of stock name the ticket too, and stock streams are long."""
    inventory.released(replace(RELEASE, lines=(PartWanted(RING, 3),)))
    inventory.done(inventory.issue({"part": RING, "quantity": 3}))
    account = {"used": 0, "unused": 3}
    inventory.done(inventory.settle({"part": RING, "account": account}))
    store, looked = inventory.desk.store, set[str]()
    read = store.read

    def watched(streams: Sequence[str], *asked: Any) -> Read:
        looked.update(streams)
        return read(streams, *asked)

    monkeypatch.setattr(store, "read", watched)
    (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers")
    assert (paper["stage"], paper["next"]) == ("settled", [])
    assert {name.partition("-")[0] for name in looked} == {"issue_note"}


def test_the_page_offers_the_steps_of_a_parcel(inventory: Inventory) -> None:
    inventory.released(replace(RELEASE_POSTED, lines=(PartWanted(RING, 3),)))

    passed_on = ["losses", "hand-overs", "hand-overs"]

    def allowed(token: str | None = None) -> list[str]:
        (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers", token)
        return [step["path"].rpartition("/")[2] for step in paper["next"] if step["allowed"]]

    assert allowed() == ["issues"]
    inventory.done(inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session"))
    assert allowed() == ["announcements", "deliveries", "parcel-returns", *passed_on]
    inventory.post(f"{PATH}/announcements", EXAMPLES["announcements"])
    assert allowed() == ["announcements", "deliveries", "parcel-returns", *passed_on]
    assert allowed(inventory.liu) == ["deliveries", *passed_on]
    inventory.post(f"{PATH}/deliveries", {"at": AT.isoformat()})
    assert allowed(inventory.liu) == ["joint-openings", "parcel-withdrawals", *passed_on]
    opening = {**EXAMPLES["joint-openings"], **inventory.drawn()}
    inventory.post(f"{PATH}/joint-openings", opening, inventory.liu)
    assert allowed() == ["parcel-withdrawals", "reconciliations", "losses", "counts", "hand-overs"]
    again = ["joint-openings", "parcel-withdrawals", "parcel-withdrawals"]
    assert allowed(inventory.liu)[:3] == again


def test_of_a_parcel_that_came_back_the_page_offers_its_account(inventory: Inventory) -> None:
    inventory.released(replace(RELEASE_POSTED, lines=(PartWanted(RING, 3),)))
    inventory.done(inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session"))
    settling = {"part": RING, "account": {"used": 0, "unused": 3}}
    told = inventory.settle(settling)
    assert codes(told) == ["parcel-not-received"]
    mends = [each["path"].rpartition("/")[2] for each in told.json()["reasons"][0]["mends"]]
    assert mends == ["deliveries", "parcel-returns", "joint-openings", "losses"]
    inventory.post(f"{PATH}/parcel-returns", EXAMPLES["parcel-returns"])
    (paper,) = inventory.rows(f"/v1/tickets/{TICKET}/papers")
    offered = [step["path"].rpartition("/")[2] for step in paper["next"]]
    assert offered == ["parcel-withdrawals", "reconciliations", "losses"]
    inventory.done(inventory.settle(settling))


def test_the_documented_examples_are_taken(inventory: Inventory) -> None:
    """As they are, but for the hashes, which are those of what is shown."""
    inventory.post("/v1/parts", EXAMPLES["parts"], inventory.base)
    part = EXAMPLES["parts"]["id"]
    inventory.done(inventory.desk.change(f"/v1/parts/{part}", EXAMPLES["parts"], inventory.base))
    inventory.post(f"/v1/stock/{BRANCH}/{part}/openings", EXAMPLES["openings"])
    inventory.post(f"/v1/stock/{BRANCH}/{part}/quotas", EXAMPLES["quotas"], inventory.base)
    inventory.reacted(replace(RELEASE, lines=(PartWanted(part, 2),)))
    sheet = inventory.post(f"{PATH}/issue-sheets", DRAWING_EXAMPLE)
    inventory.post(
        f"{PATH}/issues", {**EXAMPLES["issues"], "content": sheet["content"], **inventory.drawn()}
    )
    inventory.reacted(signing(7, ring=1))
    sheet = inventory.post(f"{PATH}/reconciliation-sheets", SETTLING_EXAMPLE)
    body = {**EXAMPLES["reconciliations"], "content": sheet["content"], **inventory.drawn()}
    inventory.post(f"{PATH}/reconciliations", body)
    assert codes(
        inventory.desk.post(f"{PATH}/voidings", EXAMPLES["voidings"], inventory.keeper)
    ) == ["parts-drawn", "clerk-has-not-asked"]


HOSE = {"id": "HOSE", "name": "软管", "unit": "metre", "old_part_due": []}


def test_fractions_of_a_metre_are_taken_exactly_and_shown_as_written(inventory: Inventory) -> None:
    inventory.post("/v1/parts", HOSE, inventory.base)
    at = f"/v1/stock/{BRANCH}/HOSE"
    for said, code in (
        ("2.0005", "amount-fraction"),
        ("2.5 只", "unit-differs"),
        ("2.5 升", "unit-differs"),
        ("2.5 丈", "amount-unreadable"),
        ("两米", "wrong-form"),
        ("-1 米", "wrong-form"),
        ("NaN", "wrong-form"),
        ("2", "wrong-form"),
        ("9999999 米", "amount-unreadable"),
    ):
        told = inventory.desk.post(f"{at}/openings", {"quantity": said}, inventory.keeper)
        assert code in codes(told)
    inventory.post(f"{at}/openings", {"quantity": "2.5 米"})
    approver = inventory.desk.staff("A-1", ["approver"], [BRANCH])
    inventory.post(f"{at}/quotas", {"quota": "350 厘米"}, approver)
    shown = inventory.done(inventory.desk.get(at, inventory.keeper)).json()
    assert (shown["accounts"]["store"], shown["quota"]) == (2500, 3500)
    assert (shown["unit"], shown["amounts"]["store"]) == ("metre", "2.5 米")
    assert shown["amounts"]["supplier"] == "-2.5 米"


def test_of_pieces_there_is_no_half(inventory: Inventory) -> None:
    inventory.post("/v1/parts", {"id": "FAN", "name": "风扇"}, inventory.base)
    at = f"/v1/stock/{BRANCH}/FAN"
    told = inventory.desk.post(f"{at}/openings", {"quantity": "2.5 台"}, inventory.keeper)
    assert codes(told) == ["amount-fraction"]
    told = inventory.desk.post(f"{at}/openings", {"quantity": 2.5}, inventory.keeper)
    assert told.status_code == 422
    assert {why["numbers"]["field"] for why in told.json()["reasons"]} == {"quantity"}
    inventory.post(f"{at}/openings", {"quantity": "3 台"})
    shown = inventory.done(inventory.desk.get(at, inventory.keeper)).json()
    assert (shown["accounts"]["store"], shown["amounts"]["store"]) == (3, "3 件")
