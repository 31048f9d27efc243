"""序列号: each piece with a serial is in one place, and its life is told to whoever may see it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.inventory.views import pieces
from shared.events.inventory import Movement
from tests.inventory.desk import Inventory, inventory_desk
from tests.inventory.example import AT, BRANCH, LIU, NUMBER, PUMP, move
from tests.seen import fold_view, recorded_on

LIFE = f"/v1/serials/{PUMP}/P-1"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Inventory]:
    """A store one of whose pumps is in a technician's hands."""
    with inventory_desk(tmp_path) as made:
        made.issued()
        yield made


def test_the_life_of_a_piece_is_told_from_the_shelf_to_the_machine(store: Inventory) -> None:
    (row,) = store.rows(LIFE)
    assert (row["store"], row["account"], row["inside"]) == (BRANCH, f"technician:{LIU}", True)
    told = [(each["source"], each["because"], each["paper"]) for each in row["moves"]]
    assert told == [("supplier", "opening", None), ("store", "issue", NUMBER)]
    held = store.rows(f"/v1/serials?technician={LIU}")
    assert [each["serial"] for each in held] == ["P-1"]
    assert [e["serial"] for e in store.rows("/v1/serials?account=store")] == ["P-2"]


def test_another_branch_learns_nothing_of_it(store: Inventory) -> None:
    far = store.desk.staff("K-FAR", ["storekeeper"], ["NB01"])
    assert store.desk.get(LIFE, far).status_code == 404
    assert store.rows("/v1/serials", far) == []


def test_a_piece_that_never_was_here_is_not_there(store: Inventory) -> None:
    assert store.desk.get(f"/v1/serials/{PUMP}/P-99", store.keeper).status_code == 404


def test_who_carries_parts_asks_for_no_serials(store: Inventory) -> None:
    assert store.desk.get(LIFE, store.liu).status_code == 403


def test_of_a_long_life_the_newest_movements_are_shown() -> None:
    hands = f"technician:{LIU}"
    there = move(PUMP, "store", hands, 1, Movement.ISSUE, "P-1")
    back = move(PUMP, hands, "store", 1, Movement.UNUSED, "P-1")
    facts = [(there, back)[n % 2] for n in range(pieces.MOST + 7)]
    (row,) = fold_view(
        pieces,
        (
            recorded_on(
                "inventory", "stock", fact, seq=n, version=n, ticket=NUMBER, branch=BRANCH, at=AT
            )
            for n, fact in enumerate(facts, 1)
        ),
    ).values()
    assert (len(row.moves), row.earlier, row.account) == (pieces.MOST, 7, hands)
    assert row.changed_at == AT + timedelta(minutes=pieces.MOST + 7)
