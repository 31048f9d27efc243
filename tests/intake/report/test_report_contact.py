"""联系方式更正 as stories: what was heard wrongly is put right, and the approval stands."""

from dataclasses import replace

import pytest

from services.intake import report
from services.intake.report.contact import CorrectContact, offered_correction
from shared.decider import Fact
from shared.events.intake import ContactCorrected, RepairClosed
from shared.events.report_form import Stage
from shared.events.values import Ending, Personal, Phone
from tests.intake.example import (
    APPROVED,
    DIAGNOSED,
    LI,
    REPORTED,
    SHOWN,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    by,
    sealed,
    state,
)
from tests.spec import given

PHONE: Phone = sealed("contact_phone", "b3RoZXI=")
ADDRESS: Personal = sealed("address", "b3RoZXI=")
CORRECT = CorrectContact("听错一位", contact_phone=PHONE, address=ADDRESS)
CORRECTED = ContactCorrected(None, PHONE, ADDRESS, "听错一位")
WITHDRAWN = RepairClosed(Ending.WITHDRAWN, "用户自行修好")
CLOSED: tuple[Fact, ...] = (REPORTED, WITHDRAWN)


@pytest.mark.parametrize("past", [TO_SUBMITTED, TO_APPROVED, CLOSED])
def test_it_is_put_right_from_the_submitting_on(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(CORRECT, by(LI)).then(CORRECTED)
    given(report, *past, CORRECTED).when(CORRECT, by(LI)).then()


@pytest.mark.parametrize("past", [(REPORTED,), TO_DIAGNOSED])
def test_before_that_the_basics_are_completed(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(CORRECT, by(LI)).refused("before-submitting")


def test_signatures_and_the_approval_stand() -> None:
    before, after = state(*TO_APPROVED), state(*TO_APPROVED, CORRECTED)
    same = ("stage", "content", "approvals", "technician_sig", "clerk_sig", "round")
    assert [getattr(after, name) for name in same] == [getattr(before, name) for name in same]
    assert (after.contact_name, after.contact_phone) == (before.contact_name, PHONE)
    assert after.basics == replace(before.basics, address=ADDRESS)
    assert state(*TO_SUBMITTED, CORRECTED, APPROVED).content == SHOWN


def test_others_read_it_as_it_is_right() -> None:
    published = report.public(state(*TO_APPROVED, CORRECTED), CORRECTED)
    assert published.document.contact_phone == PHONE
    assert published.document.stage is Stage.APPROVED
    assert published.this == {"because": "听错一位"}


def test_the_page_offers_it_once_there_is_something_to_correct() -> None:
    assert not list(offered_correction("", state(REPORTED, DIAGNOSED)))
    assert len(list(offered_correction("", state(*TO_APPROVED)))) == 1
