"""Without the key store, one database, Kafka or room on the disk: only what needs it waits.

The table of docs/operations.md says what stands still and what goes on. Each is away for a minute
and a half while people work, and in the end nothing is lost or wrong.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count

import httpx
import pytest

from guiyi.plain import JsonObject
from guiyi.play.cast import cast
from guiyi.play.desk import Desk
from guiyi.play.people import APPROVER, OPERATOR
from guiyi.stack.asked import as_they_say
from guiyi.stack.living import as_it_is
from shared.http.keys_watch import AWAY
from tests.chaos.check import calm, wrong
from tests.chaos.ledger import Ledger, watching
from tests.stack.away import (
    MayNotMount,
    asked_once,
    database_away,
    disk_full,
    put_off,
    reported,
    server_away,
    whole_on_small_disk,
)
from tests.stack.conftest import standing_as, until
from tests.stack.whole import LONG, Storytellers, Whole, begin, desk_of

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1200)]

AWAY_S = 90.0
REST_S = 8.0
"""Between two stories. What is away this long is seen by a few as by many."""
SOON_S = 30.0
DISK_MIB = 1_500
SHELF = f"/v1/stock/HZ01/{cast()['stock'][0]['part']}"


@pytest.fixture(scope="module")
def stack() -> Iterator[Whole]:
    with standing_as(Whole) as made:
        begin(made.up())
        yield made


@contextmanager
def at_work(stack: Whole) -> Iterator[Desk]:
    """People work meanwhile; in the end all of it was told, and nothing is lost or wrong."""
    ledger, lossy = Ledger(), random.Random(1)
    with desk_of(stack) as desk:
        with Storytellers(
            stack, 1, desk=lambda at: desk_of(at, watching(ledger, lossy)), rest=REST_S
        ) as tellers:
            yield desk
            until(lambda: stack.state() == "ready", "all is up again", LONG)
        assert not tellers.failed, tellers.failed
    assert [*calm(stack), *wrong(stack, ledger.promises)] == []


def goes_on(desk: Desk, room: str, number: int) -> None:
    """A command that holds no personal text is accepted, and soon a view shows it."""
    if room == "intake":
        who, path, code = OPERATOR, f"/v1/branches/T{number}", f"T{number}"
        said: JsonObject = {"code": code}
        desk.does(who, room, "/v1/branches", {**said, **cast()["branch"]})
    else:
        who, path, said = APPROVER, SHELF, {"quota": number}
        desk.does(who, room, f"{path}/quotas", said)
    until(
        lambda: said.items() <= desk.asks(who, room, path).json().items(), f"{room} goes on", SOON_S
    )


def quota_set(desk: Desk) -> httpx.Response:
    """Ask once for a new quota."""
    return asked_once(desk, APPROVER, "inventory", f"{SHELF}/quotas", {"quota": 1}, "once")


def noted(stack: Whole, part: str) -> str:
    """What the body of a part's /readyz says."""
    return stack.get(part, "/readyz")


def test_without_the_key_store_only_personal_texts_wait(stack: Whole) -> None:
    before = stack.pids()
    with at_work(stack) as desk:
        with database_away(stack, "keys", AWAY_S):
            put_off(partial(reported, desk, "while-the-keys-are-away"))
            goes_on(desk, "inventory", 101)
            goes_on(desk, "intake", 101)
            said = AWAY.partition("; see ")[0]
            until(lambda: said in noted(stack, "intake-web"), "the web names it")
        assert reported(desk, "while-the-keys-are-away").status_code == 201
    assert stack.pids() == before, "no process ended"


def test_without_its_database_one_room_stands_still(stack: Whole) -> None:
    with at_work(stack) as desk:
        with database_away(stack, "inventory", AWAY_S):
            put_off(
                partial(
                    asked_once, desk, APPROVER, "inventory", f"{SHELF}/quotas", {"quota": 1}, "x"
                )
            )
            goes_on(desk, "intake", 102)
        goes_on(desk, "inventory", 102)


def test_without_kafka_rooms_take_work_and_show_it_later(stack: Whole) -> None:
    with at_work(stack) as desk:
        with server_away(stack, "kafka", AWAY_S):
            assert reported(desk, "while-kafka-is-away").status_code == 201
        goes_on(desk, "intake", 103)
        goes_on(desk, "inventory", 103)


def test_on_a_full_disk_nothing_is_half_written() -> None:
    try:
        with whole_on_small_disk(DISK_MIB) as stack:
            begin(stack)
            with at_work(stack) as desk:
                with disk_full(stack.installation.folder, AWAY_S):
                    keys = (f"disk-{number}" for number in count())
                    until(lambda: taken(desk, next(keys)) and unwell(stack), "a server ends")
                    assert "the disk is nearly full" in noted(stack, "intake-web")
                until(lambda: stack.state() == "ready", "all is up again", LONG)
                goes_on(desk, "inventory", 104)
    except MayNotMount:
        pytest.skip("this user may not mount a file system")


def taken(desk: Desk, key: str) -> bool:
    """A report is accepted, or put off; never is it a fault of ours."""
    answer = reported(desk, key)
    assert answer.status_code in (201, 503), answer.text
    return True


def unwell(stack: Whole) -> bool:
    """Whether a part has ended or cannot work, as `guiyi status` says."""
    told = stack.installation.status()
    assert told is not None
    return as_they_say(as_it_is(stack.installation, told))["state"] != "ready"
