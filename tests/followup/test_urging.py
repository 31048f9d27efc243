"""催办 (urging): whoever waits for a call-back or a filing urges a clerk by name."""

from dataclasses import replace

from services.followup import dossier, survey
from services.followup.waiting import tasks
from shared.events.order_sheet import Standing
from shared.events.values import Role
from tests.followup.dossier.test_custody import BACK, LENT, MISSED, WHOLE_FILE, claimed
from tests.followup.dossier.test_dossier import FILED
from tests.followup.dossier.test_filing_due import WHOLE
from tests.followup.example import ANSWERED, FILE, LIU, SCHEDULED, TICKET, by
from tests.followup.test_views import told
from tests.seen import fold_view
from tests.spec import given
from tests.urging import Waiting

CALL = Waiting(survey, (SCHEDULED,), by("A-ZHAO"), "answers", Role.CLERK)
FILING = Waiting(dossier, WHOLE, by("A-ZHAO", FILE), "filings", Role.CLERK)


def test_whoever_waits_urges_once_in_the_time_of_policy() -> None:
    CALL.told()
    FILING.told()


def test_nobody_is_urged_who_does_not_take_the_step_or_where_nothing_waits() -> None:
    CALL.refused()
    FILING.refused()
    CALL.over(ANSWERED)
    FILING.over(FILED)


LENDING = Waiting(
    dossier, (*WHOLE_FILE[:-1], LENT), by("C-1", FILE), "returns", Role.TECHNICIAN, LIU, of=TICKET
)


def test_whoever_has_a_paper_is_urged_to_bring_it_whatever_they_are() -> None:
    LENDING.told()
    replace(LENDING, past=(*WHOLE_FILE, FILED, LENT)).told()
    LENDING.nobody_else()
    LENDING.over(BACK)
    elsewhere = Standing(LIU, known=True, active=True, roles=(Role.AUDITOR,), branches=("ZZ99",))
    command = replace(LENDING.urge(), urged=elsewhere)
    given(dossier, *LENDING.past).when(command, LENDING.asked).then(LENDING.urged())
    gone = replace(command, urged=replace(elsewhere, active=False))
    for past in (LENDING.past, (*WHOLE_FILE, FILED, LENT)):
        given(dossier, *past).when(gone, LENDING.asked).refused("not-awaited")


def test_of_what_lies_with_finance_finance_is_urged_and_of_what_is_missed_an_approver() -> None:
    past = LENDING.past[:-1]
    replace(LENDING, past=(*past, claimed()), role=Role.FINANCE, whom="F-1").told()
    replace(LENDING, past=(*past, claimed()), role=Role.FINANCE, whom="F-1").refused()
    missed = replace(LENDING, past=(*LENDING.past, MISSED), step="loss-acceptances", whom="A-1")
    replace(missed, role=Role.APPROVER).told()


def test_the_task_of_the_paper_shows_who_was_urged() -> None:
    rows = fold_view(tasks, told((*WHOLE_FILE, LENT, LENDING.urged())))
    (row,) = [row for row in rows.values() if row.line == f"lent {TICKET}"]
    assert row.urged is not None
    assert (row.step, row.urged.whom, row.lent.to) == ("returns", LIU, LIU)
