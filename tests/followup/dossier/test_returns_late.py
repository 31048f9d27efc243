"""归还逾期 as stories: who was reminded in vain; then the approvers are told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.followup import dossier, reactions
from services.followup.dossier import returns_late
from services.followup.dossier.custody import MarkReturnsOverdue
from shared.events.custody import PaperReturnOverdue, PaperReturnUrged
from shared.events.values import Role
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.followup.dossier.test_custody import (
    BACK,
    FILED,
    L1,
    L2,
    LENT,
    LOST,
    REPORT,
    UNTIL,
    WHOLE_FILE,
    at,
    claimed,
    gone,
)
from tests.followup.example import ADDED, ASKED
from tests.followup.test_views import only, seen
from tests.shared.http_desk import POLICIES
from tests.spec import given

THEN = UNTIL + timedelta(days=7)
MARK = MarkReturnsOverdue(UNTIL, THEN)
URGED = PaperReturnUrged(REPORT, None, UNTIL)
TOLD = PaperReturnOverdue(REPORT, None, Role.APPROVER, UNTIL, THEN)


def test_the_approvers_are_told_once_applied_repeated_and_older() -> None:
    clock, late = at("timer:return-overdue"), (*WHOLE_FILE, LENT, URGED)
    given(dossier, *late).when(MARK, clock).then(TOLD)
    given(dossier, *late, TOLD).when(MARK, clock).then()
    given(dossier, *WHOLE_FILE, LENT).when(MARK, clock).then()
    given(dossier, *late, BACK).when(MARK, clock).then()
    longer = replace(LENT, until=UNTIL + timedelta(days=1))
    urged = replace(URGED, due_at=longer.until)
    told = replace(TOLD, due_at=longer.until)
    again = given(dossier, *late, BACK, longer, urged, told)
    again.when(MARK, clock).then()


@pytest.mark.parametrize("past", [(ASKED, ADDED[0]), WHOLE_FILE, (*WHOLE_FILE, FILED)])
def test_wherever_the_dossier_stands(past: tuple[Any, ...]) -> None:
    late = given(dossier, *past, LENT, URGED)
    late.when(MARK, at("timer:return-overdue")).then(TOLD)


def test_each_claim_by_itself_and_not_of_what_came_back() -> None:
    clock = at("timer:return-overdue")
    urged = [replace(URGED, claim=each) for each in (L1, L2)]
    told = [replace(TOLD, claim=each) for each in (L1, L2)]
    two = (*WHOLE_FILE, claimed(), claimed(L2), *urged)
    given(dossier, *two).when(MARK, clock).then(*told)
    given(dossier, *two, gone()).when(MARK, clock).then(told[1])
    given(dossier, *two, told[0]).when(MARK, clock).then(told[1])


def test_its_view_is_there_until_all_is_back_or_told() -> None:
    late = (*WHOLE_FILE, claimed(), claimed(L2))
    urged = [replace(URGED, claim=each) for each in (L1, L2)]
    told = [replace(TOLD, claim=each) for each in (L1, L2)]
    assert seen(returns_late, *late) == {}
    row = only(returns_late, *late, *urged)
    assert ([each.claim for each in row.late], row.due) == ([L1, L2], UNTIL)
    for done in (told[0], gone()):
        assert [each.claim for each in only(returns_late, *late, *urged, done).late] == [L2]
    fetched = replace(BACK, taken_from="finance")
    over = (told, [fetched], [replace(BACK, taken_from=None)], [LOST])
    assert all(seen(returns_late, *late, *urged, *each) == {} for each in over)
    by_hand = (LENT, *late, URGED, *urged)
    assert [each.claim for each in only(returns_late, *by_hand, BACK).late] == [L1, L2]
    assert [each.claim for each in only(returns_late, *by_hand, fetched).late] == [None]


def test_as_long_again_as_a_claim_may_have_it() -> None:
    core = read(POLICIES / CORE, Core)
    row = only(returns_late, *WHOLE_FILE, LENT, URGED)
    found = reactions.return_overdue(core, row, THEN)
    assert found is not None
    assert reactions.mark_returns(row, found).command == MARK
    assert reactions.return_overdue(core, row, THEN - timedelta(seconds=1)) is None
