"""归档时限 as stories: from the last paper on the time to file runs, then clerks are reminded."""

from dataclasses import replace
from datetime import timedelta

import msgspec

from services.followup import dossier, reactions
from services.followup.dossier import filings_due
from services.followup.dossier.clocks import MarkFilingOverdue, UrgeFiling
from services.followup.dossier.collection import AskPapers
from services.followup.dossier.filings_due import Row
from services.followup.rules import filing_due
from services.followup.views import dossiers
from shared.events.followup import FilingDue, FilingOverdue, FilingUrged, PaperAdded
from shared.events.values import Role
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.followup.dossier.test_dossier import FILED
from tests.followup.example import ADD, ADDED, ASKED, ASKED_REMOTELY, AT, BRANCH, FILE, REPORT, by
from tests.followup.test_views import only, seen
from tests.shared.http_desk import POLICIES
from tests.spec import given

REACTION = by("reaction:add-paper", FILE)
BY = AT + timedelta(days=2)
DUE, URGED = FilingDue(BY), FilingUrged(BY)
URGE = UrgeFiling(BY)
WHOLE = (ASKED, *ADDED, DUE)
THEN = BY + timedelta(days=2)
MARK, TOLD = MarkFilingOverdue(BY, THEN), FilingOverdue(Role.APPROVER, BY, THEN)


class TestTheLastPaper:
    def test_begins_the_time_to_file(self) -> None:
        last = replace(ADD[3], file_by=BY)
        given(dossier, ASKED, *ADDED[:3]).when(last, REACTION).then(ADDED[3], DUE)
        first = replace(ADD[0], file_by=BY)
        given(dossier, ASKED).when(first, REACTION).then(ADDED[0])

    def test_is_the_list_itself_where_all_of_them_came_before(self) -> None:
        asking = AskPapers(ASKED, BY)
        given(dossier, *ADDED).when(asking, REACTION).then(ASKED, DUE)
        given(dossier, *ADDED[1:]).when(asking, REACTION).then(ASKED)
        given(dossier, *ADDED, ASKED, DUE).when(asking, REACTION).then()
        newer = (replace(ASKED, version=15), FilingDue(BY + timedelta(days=1)))
        given(dossier, *ADDED, *newer).when(asking, REACTION).then()

    def test_begins_it_once_and_anew_where_others_are_asked_for(self) -> None:
        newer = replace(ADD[0], paper=replace(REPORT, version=10), file_by=BY + timedelta(days=1))
        given(dossier, *WHOLE).when(newer, REACTION).then(PaperAdded(newer.paper))
        later, again = BY + timedelta(days=1), replace(ASKED, version=15)
        asking = AskPapers(again, later)
        given(dossier, *WHOLE).when(asking, REACTION).then(again, FilingDue(later))

    def test_begins_nothing_of_what_is_filed_nor_without_a_clock(self) -> None:
        newer = replace(ADD[0], paper=replace(REPORT, version=10), file_by=BY)
        filed = given(dossier, *WHOLE, FILED)
        filed.when(newer, REACTION).then(PaperAdded(newer.paper))
        given(dossier, ASKED, *ADDED[:3]).when(ADD[3], REACTION).then(ADDED[3])


class TestUrging:
    def test_once_while_they_lie_there(self) -> None:
        timer = by("timer:urge-filing", FILE)
        given(dossier, *WHOLE).when(URGE, timer).then(URGED)
        given(dossier, *WHOLE, URGED).when(URGE, timer).then()

    def test_not_once_they_are_filed_or_others_are_asked_for(self) -> None:
        timer, more = by("timer:urge-filing", FILE), replace(ASKED_REMOTELY, version=20)
        given(dossier, *WHOLE, FILED).when(URGE, timer).then()
        given(dossier, *WHOLE, replace(more, closed=ASKED.closed)).when(URGE, timer).then()

    def test_not_of_a_time_that_has_begun_anew(self) -> None:
        later = FilingDue(BY + timedelta(days=1))
        timer = by("timer:urge-filing", FILE)
        given(dossier, *WHOLE, later).when(URGE, timer).then()
        urged = FilingUrged(later.due_at)
        given(dossier, *WHOLE, later, urged).when(URGE, timer).then()


class TestUpward:
    def test_once_where_the_clerks_were_reminded_in_vain(self) -> None:
        timer = by("timer:filing-overdue", FILE)
        given(dossier, *WHOLE, URGED).when(MARK, timer).then(TOLD)
        given(dossier, *WHOLE, URGED, TOLD).when(MARK, timer).then()
        given(dossier, *WHOLE).when(MARK, timer).then()
        given(dossier, *WHOLE, URGED, FILED).when(MARK, timer).then()

    def test_not_of_a_time_that_has_begun_anew(self) -> None:
        timer = by("timer:filing-overdue", FILE)
        later = BY + timedelta(days=1)
        anew = (*WHOLE, URGED, FilingDue(later), FilingUrged(later))
        given(dossier, *anew).when(MARK, timer).then()
        told = replace(TOLD, due_at=later, upward_at=THEN + timedelta(days=1))
        given(dossier, *anew, told).when(MARK, timer).then()
        given(dossier, *WHOLE, URGED, TOLD, *anew[-2:]).when(
            MarkFilingOverdue(later, told.upward_at), timer
        ).then(told)

    def test_as_long_again_as_policy_says(self) -> None:
        core, row = read(POLICIES / CORE, Core), only(filings_due, *WHOLE, URGED)
        found = reactions.filing_overdue(core, row, THEN)
        assert found is not None
        assert reactions.mark_filing(row, found).command == MARK
        assert reactions.filing_overdue(core, row, THEN - timedelta(seconds=1)) is None
        assert reactions.filing_overdue(core, only(filings_due, *WHOLE), THEN) is None
        never = msgspec.structs.replace(core, filing=None)
        assert reactions.filing_overdue(never, row, THEN) is None


def test_policy_says_how_long_they_may_lie_there() -> None:
    core = read(POLICIES / CORE, Core)
    assert filing_due(core, AT) == BY


def test_the_clock_runs_until_it_is_filed_or_told_upward() -> None:
    row = Row(FILE, BY, ticket=ASKED.ticket, branch=BRANCH)
    assert only(filings_due, *WHOLE) == row
    assert only(filings_due, *WHOLE, URGED) == replace(row, urged=True)
    told = seen(filings_due, *WHOLE, URGED, TOLD)
    assert told == seen(filings_due, *WHOLE, URGED, FILED) == seen(filings_due, *WHOLE, FILED) == {}
    assert seen(filings_due, URGED) == {}
    listed = only(dossiers, *WHOLE, URGED)
    assert (listed.file_by, listed.urged) == (BY, True)
    filed = only(dossiers, *WHOLE, URGED, FILED)
    assert (filed.file_by, filed.urged) == (None, False)
