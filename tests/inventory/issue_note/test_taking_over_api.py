"""在手登记 over HTTP: a note of no ticket, from the keeper's list to its settlement."""

from typing import Any

from guiyi.play.evidence import drawing
from services.inventory.issue_note import board
from shared.events.cards import PersonCard, PersonDocument
from shared.events.issue_notes import AccountOpened
from shared.events.values import Role
from tests.inventory.desk import Inventory
from tests.inventory.example import APPROVER, BRANCH, LIU, PUMP, RING
from tests.inventory.issue_note.test_taking_over import OPENED, SIGNED
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import codes

NUMBER = f"ZS-{BRANCH}-2026-0001"
PATH = f"/v1/issue-notes/{NUMBER}"
LIST = {
    "technician": LIU,
    "repair_nature": "warranty",
    "lines": [
        {"part": RING, "quantity": 2, "old_paper": "旧出库单 0917", "fen": 7_600},
        {"part": PUMP, "quantity": 1, "old_paper": "旧出库单 0917", "serials": ["P-7"]},
    ],
}
SETTLED = {"part": RING, "account": {"used": 1, "unused": 1}}


def opened(inventory: Inventory) -> None:
    inventory.stocked()
    card = PersonCard(LIU, "刘洋", (Role.TECHNICIAN,), (BRANCH,))
    inventory.views.documents["intake", f"person-{LIU}"] = PersonDocument(card)
    made = inventory.done(inventory.desk.post("/v1/issue-notes", LIST, inventory.keeper))
    assert (made.headers["Location"], made.json()["ticket"]) == (PATH, None)


def signed(inventory: Inventory) -> Any:
    (to_sign,) = inventory.shown(PATH)["to_sign"]
    kept = inventory.done(inventory.desk.bring(NUMBER, drawing(), inventory.keeper)).json()
    body = {"how": "drawn", "content": to_sign["content"], "evidence": {"name": "签.png", **kept}}
    return inventory.desk.post(f"{PATH}/{to_sign['step']}", body, inventory.keeper)


def test_from_the_list_to_the_settlement(inventory: Inventory) -> None:
    opened(inventory)
    assert f"technician:{LIU}" not in inventory.accounts(RING), "nobody has signed"
    inventory.done(signed(inventory))
    assert inventory.accounts(RING)[f"technician:{LIU}"] == 2
    (row,) = inventory.rows("/v1/issue-notes?stage=issued")
    assert (row["number"], row["ticket"], row["recipient"]) == (NUMBER, "", LIU)
    sheet = inventory.post(f"{PATH}/reconciliation-sheets", SETTLED)
    kept = inventory.done(inventory.desk.bring(NUMBER, drawing(), inventory.keeper)).json()
    body = {**SETTLED, "technician": LIU, "how": "drawn", "content": sheet["content"]}
    body["evidence"] = {"name": "签.png", **kept}
    inventory.post(f"{PATH}/reconciliations", body)
    assert inventory.accounts(RING) == {"supplier": -12, "store": 11, "installed": 1}
    (value,) = inventory.rows(f"/v1/stock/values?part={RING}")
    assert (value["fen"], value["unknown"]) == (3_800, 10)


def test_who_has_the_parts_sees_the_note_and_another_technician_does_not(
    inventory: Inventory,
) -> None:
    opened(inventory)
    assert inventory.shown(PATH, inventory.liu)["note"]["recipient"] == LIU
    other = inventory.desk.staff("T-CHEN", ["technician"], [BRANCH])
    assert inventory.desk.get(PATH, other).status_code == 404
    far = inventory.desk.staff("K-FAR", ["storekeeper"], ["NB01"])
    assert inventory.desk.get(PATH, far).status_code == 404


def test_a_list_that_is_wrong_is_voided_at_the_word_of_a_clerk(inventory: Inventory) -> None:
    opened(inventory)
    asks = {"because": "数量写错"}
    inventory.post(f"{PATH}/voiding-requests", asks, inventory.clerk)
    inventory.post(f"{PATH}/voidings", {})
    body = {"how": "session", "content": "4b7e" * 16}
    late = inventory.desk.post(f"{PATH}/account-signatures", body, inventory.liu)
    assert "note-void" in codes(late)
    again = inventory.done(inventory.desk.post("/v1/issue-notes", LIST, inventory.keeper))
    assert again.headers["Location"] == PATH[:-1] + "2"


def test_the_list_shows_what_is_signed_for_only_once_it_is() -> None:
    def seen(*facts: Any) -> board.Row:
        told = (
            recorded_on(
                "inventory",
                f"issue_note-{NUMBER}",
                fact,
                seq=n,
                version=n,
                ticket="",
                branch=BRANCH,
                at=SIGNED.signature.signed_at,
            )
            for n, fact in enumerate(facts, 1)
        )
        (row,) = fold_view(board, told).values()
        assert isinstance(row, board.Row)
        return row

    assert isinstance(OPENED, AccountOpened)
    assert [line.issued for line in seen(OPENED).lines] == [None, None]
    row = seen(OPENED, SIGNED)
    assert [line.issued.quantity for line in row.lines if line.issued] == [2, 1]
    assert row.stage == "issued"


def test_a_serial_that_was_listed_wrongly_is_corrected_by_an_approver(inventory: Inventory) -> None:
    """The list said P-7, and both signed; the plate of the piece in hand says P-8."""
    opened(inventory)
    inventory.done(signed(inventory))
    handed = {"quantity": 1, "serials": ["P-8"]}
    body = {"part": PUMP, "handed": handed, "because": "登记时抄错号"}
    inventory.post(f"{PATH}/corrections", body)
    one = {"number": f"{NUMBER}-G1"}
    told = inventory.desk.post(f"{PATH}/correction-approvals", one, inventory.liu)
    assert codes(told) == ["approver-corrects"]
    near = inventory.desk.staff(APPROVER, ["approver"], [BRANCH])
    inventory.post(f"{PATH}/correction-approvals", one, near)
    stock = inventory.shown(f"/v1/stock/{BRANCH}/{PUMP}", near)
    assert stock["serials"] == {"P-1": "store", "P-2": "store", "P-8": f"technician:{LIU}"}
    assert stock["accounts"] == {"supplier": -3, "store": 2, f"technician:{LIU}": 1}
    nothing = {**body, "handed": {"quantity": 0}}
    assert codes(inventory.desk.post(f"{PATH}/corrections", nothing, inventory.keeper)) == [
        "line-not-undone"
    ]
