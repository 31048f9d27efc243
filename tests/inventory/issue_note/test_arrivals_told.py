"""到货通知 as it is sent: technician and customer are told of a parcel, once each time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from services.inventory.app import room
from shared.document import Around, Timer
from shared.events.notices import NoticeKind
from shared.events.values import Role
from shared.personal.seal import seal
from shared.policy.notices import Notices
from shared.view import View, ViewRow
from tests.inventory.desk import PARCEL, PATH, Inventory
from tests.inventory.example import (
    AT,
    BRANCH,
    LIU,
    NUMBER,
    ORDER,
    PUMP,
    RELEASE_POSTED,
    RING,
    TICKET,
    WORK_ORDER,
)
from tests.notices.office import core, replace_notices
from tests.notices.reminding import EVERYWHERE, fire, outbox_of, reached, timed
from tests.notices.reminding import told as told_of

TO_LIU, TO_CUSTOMER = "13800000001", "0571-55501234"
TELLING = {"technician_told_at": AT.isoformat(), "customer_told_at": AT.isoformat()}


@pytest.fixture
def posted(inventory: Inventory) -> Inventory:
    """The parts of a note are in a parcel, and both can be reached."""
    inventory.released(RELEASE_POSTED)
    inventory.issue({"part": RING, "quantity": 3, "parcel": PARCEL}, how="session")
    pump = {"part": PUMP, "quantity": 1, "serials": ["P-1"], "parcel": PARCEL}
    inventory.done(inventory.issue(pump, how="session"))
    reached(inventory.desk, LIU, Role.TECHNICIAN, BRANCH, TO_LIU)
    approved = replace(WORK_ORDER.approved, contact_phone=TO_CUSTOMER)
    order = seal(replace(WORK_ORDER, approved=approved), f"report-{TICKET}", inventory.desk.keys)
    inventory.views.documents["dispatch", f"work_order-{ORDER}"] = order
    return inventory


def announced(desk: Inventory, days: int = 2) -> datetime:
    """The keeper has told both when it comes."""
    expected = desk.desk.store.now().replace(microsecond=0) + timedelta(days=days)
    saying(desk, expected)
    return expected


def saying(desk: Inventory, expected: datetime, **said: str) -> None:
    """The keeper says when it comes, and when they told it."""
    desk.post(f"{PATH}/announcements", {**TELLING, "expected_at": expected.isoformat(), **said})


def told(desk: Inventory) -> list[tuple[str, str]]:
    """Who is told of a parcel."""
    return told_of(desk.desk, room, NoticeKind.PARCEL_ARRIVAL)


def nothing(_view: View, _where: Mapping[str, object]) -> Sequence[ViewRow]:
    """The rows of a view on which the fact is parked."""
    return ()


def fired(desk: Inventory, notices: Notices = EVERYWHERE, *, lost: bool = False) -> None:
    fire(desk.desk, room, notices, lost=lost, name="tell-arrival")


def test_both_are_told_once_until_when_it_comes(posted: Inventory) -> None:
    expected = announced(posted)
    for lost in (False, True):
        fired(posted, lost=lost)
    both = [(NUMBER, TO_CUSTOMER), (NUMBER, TO_LIU)]
    assert told(posted) == both
    assert {each.until for each in outbox_of(posted.desk, room)} == {expected}
    announced(posted, days=3)
    fired(posted)
    assert told(posted) == sorted(2 * both), "again, as it comes at another time"


def test_a_moment_that_was_told_is_not_told_once_more(posted: Inventory) -> None:
    expected = announced(posted)
    fired(posted)
    for who in ("technician_told_at", "customer_told_at"):
        saying(posted, expected, **{who: (AT + timedelta(minutes=5)).isoformat()})
        fired(posted)
    assert told(posted) == [(NUMBER, TO_CUSTOMER), (NUMBER, TO_LIU)]


def test_of_a_note_that_no_view_has_nobody_is_told(posted: Inventory) -> None:
    announced(posted)
    timer = timed(room, "tell-arrival")
    assert isinstance(timer, Timer)
    (row,) = posted.desk.views.first_rows(timer.view, {})
    parked = Around(replace_notices(core(), EVERYWHERE), nothing, posted.desk.views.documents_of)
    assert timer.owed(row, parked) is None


def test_nobody_is_told_of_what_has_come_nor_where_policy_says_no(posted: Inventory) -> None:
    announced(posted)
    off = msgspec.structs.replace(EVERYWHERE, announcing=frozenset({"NB02"}))
    fired(posted, off)
    assert told(posted) == []
    announced(posted, days=-1)
    fired(posted)
    assert told(posted) == [], "it has come, as was said last"
    announced(posted)
    posted.views.documents.pop(("dispatch", f"work_order-{ORDER}"))
    fired(posted)
    assert told(posted) == [(NUMBER, TO_LIU)], "whose order came not is not reached"
