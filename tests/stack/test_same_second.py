"""Two who do the same in the same second, on PostgreSQL."""

from collections.abc import Callable

import pytest

from shared.record.postgres import Record
from shared.record.store import Store
from tests.dispatch.claim.test_same_moment import same_order, same_voucher
from tests.intake.report.test_report_duplicates import same_second
from tests.intake.report.test_same_matter import (
    by_phone_alone,
    by_serial_alone,
    in_two_branches,
    over_midnight,
)
from tests.servers import Servers
from tests.shared.recording import open_gate


@pytest.mark.parametrize(
    ("room", "happens"),
    [
        pytest.param("intake", same_second, id="of two clerks one is warned"),
        pytest.param("intake", by_phone_alone, id="two calls from one phone"),
        pytest.param("intake", by_serial_alone, id="two calls about one machine"),
        pytest.param("intake", in_two_branches, id="two branches"),
        pytest.param("intake", over_midnight, id="two days"),
        pytest.param("dispatch", same_voucher, id="a voucher counts for one of two claims"),
        pytest.param("dispatch", same_order, id="two travellers have a number each"),
    ],
)
def test_in_the_same_second(servers: Servers, room: str, happens: Callable[[Store], None]) -> None:
    settings = servers.make_database(room)
    open_gate(settings)
    record = Record(settings.runtime_url, settings.room, settings.partitions)
    try:
        happens(record)
    finally:
        record.close()
        servers.drop(settings)
