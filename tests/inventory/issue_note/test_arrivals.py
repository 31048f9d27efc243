"""到货通知: what both were told of a parcel is listed, before it is opened together and after."""

from datetime import timedelta

from services.inventory.issue_note import arrivals
from shared.events.issue_notes import ArrivalAnnounced, ParcelDelivered, ParcelOpened
from tests.inventory.example import AT, NUMBER, OPENED, TICKET
from tests.inventory.test_views import seen

TOLD = ArrivalAnnounced(AT + timedelta(days=1), AT, AT + timedelta(minutes=5))
CAME = ParcelDelivered(AT + timedelta(days=1))


def test_a_notice_is_listed_until_it_is_opened_and_after() -> None:
    (row,) = seen(arrivals, [TOLD]).values()
    assert (row.note, row.ticket, row.opened) == (NUMBER, TICKET, False)
    assert (row.expected_at, row.customer_told_at) == (TOLD.expected_at, TOLD.customer_told_at)
    (row,) = seen(arrivals, [TOLD, CAME]).values()
    assert row.delivered_at == CAME.at
    again = ArrivalAnnounced(AT + timedelta(days=2), AT, AT)
    (row,) = seen(arrivals, [TOLD, CAME, again]).values()
    assert (row.expected_at, row.delivered_at) == (again.expected_at, CAME.at)
    opened = ParcelOpened(OPENED, None, "用户签字仪坏了")
    (row,) = seen(arrivals, [TOLD, CAME, opened]).values()
    assert row.opened
    assert seen(arrivals, [CAME, opened]) == {}
