"""Fixtures for every test.

`servers`        one real Kafka and PostgreSQL for the whole run, each started when first asked:
                 `.kafka`, `.postgres_admin_url`, `.child(name)`, `.restart(name)`
`make_database`  make_database("intake") -> shared.config.Settings of a fresh, migrated database
                 and a fresh key store, dropped after the test (`migrated=False`: roles only)
`clean_kafka`    the broker as its administrator, with no topic left of other tests

A test that uses one of them, and any in `tests/stack`, gets the mark `stack` without asking.
"""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest

from guiyi.stack.installation import PORTS
from shared.config import Settings
from shared.kafka_access import KafkaAccess
from shared.serving import spare_collections
from tests.servers import Servers, throw_away
from tests.state_folder import in_memory
from tests.tries import tries

pytest_plugins = ["tests.told"]
LONGEST = (
    "test_without.py",
    "test_faults.py",
    "test_rotation.py",
    "test_worker.py",
    "test_supervisor.py",
    "test_restore.py",
    "test_owing_workers.py",
    "test_chaos.py",
    "test_cli_stack.py",
    "test_demo.py",
    "test_relay_away.py",
    "test_kafka_doors.py",
    "test_complaint_ends.py",
    "test_random_months.py",
    "test_whole_repairs.py",
    "test_days.py",
    "test_branch_month.py",
    "test_branches.py",
    "test_importing_again.py",
    "test_strange_requests.py",
    "test_fuzz.py",
    "test_readme.py",
    "test_order_of_milestones.py",
    "test_relay_closed.py",
    "test_relay_restored.py",
    "test_relay_ledger.py",
    "test_relay.py",
    "test_whatever.py",
    "test_whole_tickets.py",
)
"""The files that take minutes, the longest first."""
PORTS_EACH = 2_500
"""Each test process looks for free ports in a range of its own, so no two choose the same one."""
REAL = {"servers", "make_database", "clean_kafka"}
STACK = Path(__file__).parent / "stack"

# The same inputs in every run, so that no run fails by chance. New ones are looked for with
# `pytest --hypothesis-profile default`. A slow machine is no reason to fail.
hypothesis.settings.register_profile("same", tries(100), derandomize=True)
hypothesis.settings.load_profile("same")


def pytest_configure() -> None:
    """Give each of several test processes a range of ports of its own."""
    if runner := os.environ.get("PYTEST_XDIST_WORKER"):
        first = PORTS.start + int(runner.removeprefix("gw")) * PORTS_EACH
        os.environ["GUIYI_PORTS"] = f"{first}-{first + PORTS_EACH - 1}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests that need real servers, and let the longest files begin first.

    `make check` leaves the marked ones out.
    """
    for item in items:
        if REAL & set(getattr(item, "fixturenames", ())) or item.path.parent == STACK:
            item.add_marker(pytest.mark.stack)
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    """The place of a test in the order. A long file that begins last lets the others wait."""
    name = item.path.name
    return LONGEST.index(name) if name in LONGEST else len(LONGEST)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with throw_away(in_memory()) as made:
        yield made


@pytest.fixture
def make_database(servers: Servers) -> Iterator[Callable[..., Settings]]:
    made: list[Settings] = []

    def make(room: str, *, migrated: bool = True) -> Settings:
        made.append(servers.make_database(room, migrated=migrated))
        return made[-1]

    yield make
    for settings in made:
        servers.drop(settings)


@pytest.fixture
def clean_kafka(servers: Servers) -> KafkaAccess:
    from tests.topics import forget_topics

    forget_topics(servers.kafka)
    return servers.kafka


@pytest.fixture
def as_a_web_process() -> Iterator[None]:
    """What the other tests have left is not looked through for garbage meanwhile."""
    before = gc.get_threshold()
    gc.collect()
    spare_collections()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()
