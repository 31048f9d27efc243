"""到货通知: a parcel is found by its number, with what both were told, before and after."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.inventory.issue_note import arrivals
from shared.events.issue_notes import (
    ArrivalAnnounced,
    ParcelDelivered,
    ParcelOpened,
)
from tests.inventory.desk import PARCEL as SENT
from tests.inventory.desk import Inventory
from tests.inventory.example import (
    AT,
    NUMBER,
    OPENED,
    PARCEL,
    RELEASE_POSTED,
    RING,
    TICKET,
    drawn,
    posted,
)
from tests.inventory.test_views import seen

POSTED = posted().facts
TOLD = ArrivalAnnounced(AT + timedelta(days=1), AT, AT + timedelta(minutes=5))
CAME = ParcelDelivered(AT + timedelta(days=1))


def test_a_parcel_is_listed_with_its_number_before_anybody_is_told() -> None:
    (row,) = seen(arrivals, POSTED).values()
    assert (row.note, row.ticket, row.carrier) == (NUMBER, TICKET, PARCEL.carrier)
    assert (row.parcel_no, row.expected_at) == (PARCEL.parcel_no, PARCEL.expected_at)
    assert (row.told, row.told_by, row.opened) == (False, None, False)
    assert seen(arrivals, drawn().facts) == {}


def test_a_notice_is_listed_until_it_is_opened_and_after() -> None:
    (row,) = seen(arrivals, [*POSTED, TOLD]).values()
    assert (row.parcel_no, row.told, row.opened) == (PARCEL.parcel_no, True, False)
    assert (row.expected_at, row.customer_told_at) == (TOLD.expected_at, TOLD.customer_told_at)
    (row,) = seen(arrivals, [*POSTED, TOLD, CAME]).values()
    assert row.delivered_at == CAME.at
    again = ArrivalAnnounced(AT + timedelta(days=2), AT, AT)
    (row,) = seen(arrivals, [*POSTED, TOLD, CAME, again]).values()
    assert (row.expected_at, row.delivered_at) == (again.expected_at, CAME.at)
    opened = ParcelOpened(OPENED, None, "用户签字仪坏了")
    (row,) = seen(arrivals, [*POSTED, TOLD, CAME, opened]).values()
    assert row.opened


def test_a_parcel_has_a_page_and_is_found_by_its_number_and_by_day(inventory: Inventory) -> None:
    inventory.released(RELEASE_POSTED)
    inventory.issue({"part": RING, "quantity": 3, "parcel": SENT}, how="session")
    page = inventory.told(f"/v1/arrival-notices/{NUMBER}", inventory.keeper)
    assert (page["carrier"], page["parcel_no"], page["told"]) == ("顺丰", "SF1", False)
    on = (AT + timedelta(days=1)).astimezone(ZoneInfo("Asia/Shanghai")).date()
    for asked, found in (
        ("parcel_no=SF1", 1),
        ("parcel_no=SF2", 0),
        ("told=true", 0),
        (f"on={on}", 1),
        (f"on={on - timedelta(days=1)}", 0),
    ):
        rows = inventory.told(f"/v1/arrival-notices?{asked}", inventory.keeper)["rows"]
        assert len(rows) == found, asked
