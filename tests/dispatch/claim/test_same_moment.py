"""同时报销: two claims at one moment; on PostgreSQL in `tests/stack/test_same_second.py`."""

from functools import partial

from services.dispatch.app import room
from services.dispatch.vouchers import streams_named
from shared.handle import Handler
from shared.record.store import Store
from tests.at_once import at_once
from tests.dispatch.claim.journeys import Journey
from tests.dispatch.example import BRANCH, CHEN, LIU, TICKET
from tests.memory_keys import memory_keys
from tests.memory_record import Memory

FAR, FAR_TICKET = "NB01", "BX-NB01-20261123-0001"
VOUCHER = "E3301-088"


def same_voucher(store: Store) -> None:
    """Of two branches, each with the same voucher: it counts for the claim that was first."""
    handler = Handler(store, room.papers, memory_keys())
    near = Journey(handler, TICKET, BRANCH).made()
    far = Journey(handler, FAR_TICKET, FAR).made()
    found = at_once(
        store, partial(near.claims, LIU, VOUCHER), partial(far.claims, CHEN, "e3301.088")
    )
    made = [each for each in found if each != ["voucher-twice"]]
    assert made in ([[f"claim-{TICKET}-L1"]], [[f"claim-{FAR_TICKET}-L1"]]), found
    (book,) = streams_named(VOUCHER)
    assert len(store.read([book]).streams[book].facts) == 1


def same_order(store: Store) -> None:
    """Two who travelled for one order: each has a number, and nobody is sent away."""
    handler = Handler(store, room.papers, memory_keys())
    order = Journey(handler, TICKET, BRANCH).made()
    found = at_once(store, partial(order.claims, LIU, "L-1"), partial(order.claims, CHEN, "C-1"))
    assert sorted(found) == [[f"claim-{TICKET}-L1"], [f"claim-{TICKET}-L2"]]


def test_one_voucher_of_two_claims_of_two_branches_counts_once() -> None:
    same_voucher(Memory("dispatch"))


def test_two_travellers_of_one_order_have_a_number_each() -> None:
    same_order(Memory("dispatch"))
