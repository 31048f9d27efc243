"""投诉受理 as stories: the words of the customer, about what exists; its time runs at once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import complaint
from shared.events.complaints import ComplaintChannel, ComplaintStage
from shared.events.intake import ReportComplained
from tests.intake.complaint.example import (
    HOME,
    NUMBER,
    RECEIVE,
    RECEIVED,
    by,
    sealed,
    state,
)
from tests.intake.example import AT, LI, TICKET
from tests.spec import given

COMPLAINED = (f"report-{TICKET}", ReportComplained(NUMBER, None))


def test_its_time_runs_from_the_call_on_and_its_ticket_names_it() -> None:
    given(complaint).when(RECEIVE, by(LI)).then_on((HOME, RECEIVED), COMPLAINED)
    given(complaint, RECEIVED).when(RECEIVE, by(LI)).then()
    after = state(RECEIVED)
    assert (after.stage, after.complained_of) == (ComplaintStage.RECEIVED, RECEIVED.complained_of)
    assert (after.terms, after.runs_from) == (RECEIVED.terms, AT)


def test_a_letter_of_last_week_was_received_then() -> None:
    then = AT - timedelta(days=5)
    letter = replace(RECEIVE, channel=ComplaintChannel.LETTER, received_at=then)
    fact = replace(RECEIVED, channel=ComplaintChannel.LETTER, received_at=then)
    given(complaint).when(letter, by(LI)).then_on((HOME, fact), COMPLAINED)


def test_without_a_ticket_nothing_else_is_written() -> None:
    bare = replace(RECEIVE, ticket=None, complained_of=None)
    fact = replace(RECEIVED, ticket=None, complained_of=None)
    given(complaint).when(bare, by(LI)).then(fact)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ({"ticket": "BX-HZ01-20261123-0404"}, "ticket-unknown"),
        ({"complained_of": "T-NOBODY"}, "person-unknown"),
        ({"machine": "SB-404"}, "machine-unknown"),
        ({"customer": "YH-404"}, "customer-unknown"),
        ({"survey": f"{TICKET}-H1"}, "survey-unknown"),
        ({"branch": "XX99"}, "branch-unknown"),
    ],
)
def test_what_it_names_is_there(named: dict[str, Any], code: str) -> None:
    bare = replace(replace(RECEIVE, ticket=None), **named)
    given(complaint).when(bare, by(LI)).refused(code)


def test_everything_that_is_not_there_is_named_at_once() -> None:
    bare = replace(RECEIVE, ticket=None, complained_of="T-NOBODY", machine="SB-404")
    given(complaint).when(bare, by(LI)).refused("person-unknown", "machine-unknown")


def test_whoever_has_left_is_complained_of_still() -> None:
    gone = replace(RECEIVE, ticket=None, complained_of="T-GONE", machine="SB-9")
    fact = replace(RECEIVED, ticket=None, complained_of="T-GONE", machine="SB-9")
    given(complaint).when(gone, by(LI)).then(fact)


def test_a_call_back_is_named_with_that_channel_alone() -> None:
    said = replace(RECEIVE, ticket=None, survey=f"{TICKET}-H1", is_known_survey=True)
    given(complaint).when(said, by(LI)).refused("survey-unknown")
    by_survey = replace(said, channel=ComplaintChannel.SURVEY)
    fact = replace(RECEIVED, ticket=None, survey=f"{TICKET}-H1", channel=ComplaintChannel.SURVEY)
    given(complaint).when(by_survey, by(LI)).then(fact)


def test_a_number_is_given_once() -> None:
    other = replace(RECEIVE, what=sealed("other"))
    given(complaint, RECEIVED).when(other, by(LI)).refused("number-taken")
