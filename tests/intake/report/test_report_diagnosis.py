"""诊断与签字 as stories: what is found, what is tried from afar, who signs what they were shown."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.intake import report
from services.intake.report.diagnosis import GiveRemoteGuidance, SignReport
from services.intake.report.state import content_of
from shared.decider import Fact
from shared.events.intake import FaultDiagnosed, RemoteGuidanceGiven, ReportSigned
from shared.events.report_form import Diagnosis, KeptBecause
from shared.events.values import (
    SEVERAL,
    FaultNature,
    PartWanted,
    RemoteResult,
    SignedHow,
    Travel,
)
from tests.intake.example import (
    AT,
    ATTEMPT,
    CIRCUMSTANCES,
    COMPLETED,
    DIAGNOSE,
    DIAGNOSED,
    DIAGNOSIS,
    FAR,
    GIVEN,
    GONE,
    GUIDE,
    GUIDED,
    INQUIRY,
    REPORTED,
    SHOWN,
    SIGN,
    SIGNED,
    SUN,
    TECHNICIAN_SIG,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SIGNED,
    TO_SUBMITTED,
    WANG,
    by,
    diagnose,
    state,
)
from tests.spec import ANY_HASH, given

EARLY, LATER = AT - timedelta(hours=1), AT + timedelta(hours=1)


def test_the_technician_says_what_is_broken_and_what_to_do() -> None:
    for past in ([REPORTED], [REPORTED, GUIDED]):
        given(report, *past).when(DIAGNOSE, by(WANG)).then(
            FaultDiagnosed(DIAGNOSIS, KeptBecause(), ANY_HASH)
        )
    given(report, *TO_DIAGNOSED).when(DIAGNOSE, by(WANG)).then()


def test_a_diagnosis_leaves_nothing_open() -> None:
    given(report, REPORTED).when(diagnose(Diagnosis()), by(WANG)).refused_with(
        "diagnosis-incomplete",
        missing=[
            "fault_analysis",
            "fault_cause",
            "fault_nature",
            "repair_nature",
            "solution",
            "on_site",
            "parts_to_bring",
        ],
    )


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"no_parts": True}, "said-both-ways"),
        ({"parts_to_bring": (PartWanted("MFQ-32", 1), PartWanted("MFQ-32", 2))}, "part-twice"),
        ({"talked_to_customer_at": LATER}, "in-the-future"),
        ({"travel": Travel(travellers=(GONE,))}, "person-inactive"),
        ({"travel": Travel(travellers=(FAR,))}, "person-elsewhere"),
        ({"travel": Travel(travellers=("T-NOBODY", "T-NOBODY"))}, "person-unknown"),
    ],
)
def test_a_diagnosis_is_checked(change: Any, code: str) -> None:
    command = diagnose(replace(DIAGNOSIS, **change))
    given(report, REPORTED).when(command, by(WANG)).refused(code)


def test_no_parts_is_a_statement_and_so_is_staying_away() -> None:
    none = replace(
        DIAGNOSIS, parts_to_bring=(), no_parts=True, on_site=False, travel=None, estimated_fen=0
    )
    given(report, REPORTED).when(diagnose(none), by(WANG)).then(
        FaultDiagnosed(none, KeptBecause(), ANY_HASH)
    )


def test_an_enquiry_is_not_diagnosed() -> None:
    given(report, INQUIRY).when(DIAGNOSE, by(WANG)).refused("inquiry")


def test_nothing_is_diagnosed_anew_once_it_is_submitted() -> None:
    other = diagnose(replace(DIAGNOSIS, fault_nature=FaultNature.MISUSE))
    for past in (TO_SUBMITTED, TO_APPROVED):
        given(report, *past).when(other, by(WANG)).refused("wrong-stage")


def test_remote_guidance_is_noted_each_time() -> None:
    given(report, REPORTED).when(GUIDE, by(WANG)).then(RemoteGuidanceGiven(ATTEMPT, ANY_HASH))
    given(report, REPORTED, GUIDED).when(GUIDE, by(WANG)).then()
    again = by(WANG, at=LATER)
    later = RemoteGuidanceGiven(replace(ATTEMPT, at=LATER), ANY_HASH)
    given(report, REPORTED, GUIDED).when(GUIDE, again).then(later)


def test_remote_guidance_says_what_was_tried_and_when() -> None:
    silent = GiveRemoteGuidance(RemoteResult.SOLVED, at=LATER)
    given(report, REPORTED).when(silent, by(WANG)).refused("guidance-incomplete", "in-the-future")
    given(report, *TO_SUBMITTED).when(replace(GUIDE, at=EARLY), by(WANG)).refused("wrong-stage")


def test_the_technician_signs_what_he_was_shown() -> None:
    given(report, *TO_DIAGNOSED).when(SIGN, by(WANG)).then(SIGNED)
    given(report, *TO_SIGNED).when(SIGN, by(WANG)).then()
    stale = replace(SIGN, content="e" * 64)
    given(report, *TO_DIAGNOSED).when(stale, by(WANG)).refused_with(
        "signature-stale", content=SHOWN
    )


def test_one_technician_signs_once_what_is_diagnosed() -> None:
    given(report, *TO_SIGNED).when(SIGN, by(SUN)).refused("signed-already")
    given(report, REPORTED).when(SIGN, by(WANG)).refused("not-diagnosed")
    ahead = replace(SIGN, signed_at=LATER)
    given(report, *TO_DIAGNOSED).when(ahead, by(WANG)).refused("in-the-future")


def test_a_signature_on_paper_carries_its_picture() -> None:
    photo = CIRCUMSTANCES.photos[0]
    command = SignReport(SHOWN, SignedHow.PHOTO, signed_at=EARLY, evidence=photo)
    own = replace(TECHNICIAN_SIG, how=SignedHow.PHOTO, signed_at=EARLY, evidence=photo)
    given(report, *TO_DIAGNOSED).when(command, by(WANG)).then(ReportSigned(own))


CHANGES: list[Fact] = [COMPLETED, GUIDED, replace(DIAGNOSED, content="4" * 64)]


@pytest.mark.parametrize("change", CHANGES)
def test_whoever_signed_has_not_signed_what_changed_since(change: Fact) -> None:
    after = state(*TO_SIGNED, change)
    assert after.technician_sig is None
    assert after.content == change.content
    back = replace(DIAGNOSED, content=SHOWN)
    assert state(*TO_SIGNED, change, back).technician_sig is None


def test_what_is_signed_is_one_hash_of_all_that_is_shown() -> None:
    before = state(REPORTED)
    assert content_of(before) == content_of(state(REPORTED, GIVEN))
    for change in CHANGES:
        assert content_of(state(REPORTED, change)) != content_of(before)


def test_so_many_attempts_from_afar_are_noted_and_no_more() -> None:
    tries = [
        replace(GUIDED, attempt=replace(ATTEMPT, at=AT - timedelta(minutes=n + 1)))
        for n in range(SEVERAL)
    ]
    given(report, REPORTED, *tries[1:]).when(GUIDE, by(WANG)).then(
        RemoteGuidanceGiven(ATTEMPT, ANY_HASH)
    )
    given(report, REPORTED, *tries).when(GUIDE, by(WANG)).refused_with(
        "too-many", field="remote_attempts", limit=SEVERAL
    )
