"""旧件提醒 as stories: what waits on no list is said once a month, to who lists it."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from services.inventory import part_store, reactions
from services.inventory.old_parts import lists_due
from services.inventory.old_reminder import UrgeOldParts
from shared.document import CommandOwed
from shared.events.inventory import Movement, StockMoved
from shared.events.old_parts import OldClass, OldPartsUrged, OldPiecesAdjusted, OldPiecesSet
from shared.events.values import Role
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.inventory.example import AT, BRANCH, NUMBER, RING, by, stock_stream
from tests.seen import fold_view, recorded_on
from tests.shared.http_desk import POLICIES
from tests.told import tell

POLICY = read(POLICIES / CORE, Core)
BOOK = stock_stream(RING)
CAME = StockMoved(
    store=BRANCH,
    part=RING,
    source="installed",
    target="old_warranty",
    quantity=2,
    serials=(),
    because=Movement.OLD_PART,
    use_nature=None,
    paper=NUMBER,
)
ONE, ALL = (
    OldPiecesSet(NUMBER, RING, "JJ-HZ01-2026-0001", listed, (), OldClass.WARRANTY, 2 - listed)
    for listed in (1, 2)
)
URGE = UrgeOldParts(BRANCH, RING, "2026-12")
URGED = OldPartsUrged(BRANCH, RING, "2026-12", 2, Role.STOREKEEPER)
DECEMBER = datetime(2026, 11, 30, 16, tzinfo=UTC)


def urges(*facts: Any) -> Any:
    book = reduce(part_store.evolve, facts, part_store.initial)
    return part_store.decide(URGE, book, by("timer:urge-old-parts", home=BOOK))


def rows(*facts: Any) -> list[Any]:
    told = (
        recorded_on("inventory", BOOK, fact, seq=n, version=n, ticket="", branch=BRANCH, at=AT)
        for n, fact in enumerate(facts, 1)
    )
    return [*fold_view(lists_due, told).values()]


def test_what_waits_on_no_list_is_said_once_a_month() -> None:
    assert urges(CAME) == [(BOOK, URGED)]
    tell("OldPartsUrged")
    assert urges(CAME, ONE) == [(BOOK, OldPartsUrged(BRANCH, RING, "2026-12", 1, URGED.owed_by))]
    for past in ((CAME, URGED), (CAME, ALL), ()):
        assert urges(*past) == []


def test_at_the_beginning_of_each_month_that_policy_calls_late() -> None:
    (row,) = rows(CAME)
    assert row.since == "2026-11"
    assert reactions.old_parts_due(POLICY, row, DECEMBER - timedelta(seconds=1)) is None
    for later in (timedelta(), timedelta(days=20)):
        found = reactions.old_parts_due(POLICY, row, DECEMBER + later)
        assert found is not None
        assert reactions.urge_old_parts(row, found) == CommandOwed(BOOK, URGE)
    january = reactions.old_parts_due(POLICY, row, DECEMBER + timedelta(days=31))
    assert january is not None
    assert january.day.isoformat() == "2027-01-01"


def test_what_stands_on_a_list_or_was_written_off_is_not_late() -> None:
    gone = OldPiecesAdjusted(NUMBER, RING, OldClass.WARRANTY, "PD-HZ01-2026-0001", 1, 0, ())
    assert [each.since for each in rows(CAME, gone)] == ["2026-11"]
    assert [each.since for each in rows(CAME, ONE, gone)] == [None]
    (row,) = rows(CAME, ALL)
    assert row.since is None
    assert reactions.old_parts_due(POLICY, row, DECEMBER + timedelta(days=90)) is None
