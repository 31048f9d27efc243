"""Two clerks who register the same matter in the same second, on PostgreSQL."""

from shared.record.postgres import Record
from tests.intake.report.test_report_duplicates import same_second
from tests.servers import Servers
from tests.shared.recording import open_gate


def test_of_two_clerks_in_the_same_second_one_is_warned(servers: Servers) -> None:
    settings = servers.make_database("intake")
    open_gate(settings)
    record = Record(settings.runtime_url, settings.room, settings.partitions)
    try:
        same_second(record)
    finally:
        record.close()
        servers.drop(settings)
