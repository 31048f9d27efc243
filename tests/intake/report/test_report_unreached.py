"""联系不上 as stories: a customer whom nobody reaches, and the days that must have been tried."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.intake import report
from services.intake.report.ending import CloseReport, offered_closing
from services.intake.report.reaching import AttemptContact
from shared.decider import Asked, Fact, Happened
from shared.events.intake import (
    CallNoted,
    ContactAttempted,
    ContactCorrected,
    RepairClosed,
    ReportReturned,
)
from shared.events.report_form import Confirmation
from shared.events.values import SEVERAL, Ending, RemoteResult
from tests.intake.desk import EXAMPLES, Intake
from tests.intake.example import (
    AT,
    ATTEMPT,
    COMPLETED,
    GUIDED,
    INQUIRY,
    LI,
    REPORTED,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SUBMITTED,
    WANG,
    ZHAO,
    by,
    sealed,
    state,
)
from tests.intake.report.test_report_amending import TO_AMENDED
from tests.intake.test_papers import page
from tests.shared.http_desk import codes
from tests.spec import given

WHOM = sealed("whom")
RETURNED = ReportReturned(1, ZHAO, "approver", ("费用偏高",), ("estimated_fen",))
TRY = AttemptContact("电话", WHOM, "无人接听")
TRIED = ContactAttempted(AT, LI, "电话", WHOM, "无人接听")
CLOSE = CloseReport(Ending.UNREACHABLE, "多次联系不上，号码已停机")
DAYS = tuple(date(2026, 11, 23) + timedelta(days=n) for n in range(3))
CLOSED = RepairClosed(Ending.UNREACHABLE, "多次联系不上，号码已停机", tried_on=DAYS)
BODY = {"ending": "unreachable", "reason": "多次联系不上，号码已停机"}


def tried(actor: str, *days: float, also: Sequence[tuple[Fact, float]] = ()) -> Asked:
    """Asked when tries were recorded so many days after the first morning, and this besides."""
    told = [(TRIED, day) for day in days] + list(also)
    facts = [Happened(fact, AT, AT + timedelta(days=day)) for fact, day in told]
    return replace(by(actor), happened={by(actor).home: facts})


@pytest.mark.parametrize(
    "past", [(REPORTED,), TO_DIAGNOSED, TO_SUBMITTED, (*TO_SUBMITTED, RETURNED)]
)
def test_every_try_is_noted_on_its_own(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(TRY, by(LI)).then(TRIED)
    given(report, *past).when(TRY, by(WANG)).then(replace(TRIED, by=WANG))
    given(report, *past, TRIED).when(TRY, by(LI)).then()


def test_what_is_approved_is_tried_from_its_order() -> None:
    given(report, *TO_APPROVED).when(TRY, by(LI)).refused("wrong-stage")
    given(report, *TO_AMENDED).when(TRY, by(LI)).refused("closed-by-dispatch")
    given(report).when(TRY, by(LI)).refused("not-registered")


@pytest.mark.parametrize(
    "past", [(REPORTED,), (INQUIRY,), TO_DIAGNOSED, TO_SUBMITTED], ids=lambda past: str(len(past))
)
def test_a_customer_whom_nobody_reaches_is_told_nothing(past: tuple[Fact, ...]) -> None:
    given(report, *past).when(CLOSE, tried(LI, 0, 1, 2)).then(CLOSED)
    given(report, *past, CLOSED).when(CLOSE, tried(LI, 0, 1, 2, 3)).then()
    ended = report.public(state(*past, CLOSED), CLOSED)
    assert ended.document.ending is Ending.UNREACHABLE
    assert ended.this == {"answer": None, "customer_told_at": None, "tried_on": DAYS}


def test_the_days_are_those_of_the_record() -> None:
    at_once = [hours / 24 for hours in (1, 2, 3)]
    given(report, REPORTED).when(CLOSE, tried(LI, *at_once)).refused_with(
        "too-few-days", days=1, needed=3
    )
    more = replace(CLOSE, days_needed=4)
    given(report, REPORTED).when(more, tried(LI, 0, 1, 2)).refused_with(
        "too-few-days", days=3, needed=4
    )
    once = replace(CLOSE, days_needed=1)
    given(report, REPORTED).when(once, tried(LI, 0)).then(replace(CLOSED, tried_on=DAYS[:1]))
    given(report, REPORTED).when(CLOSE, tried(LI)).refused("too-few-days")


def test_days_are_counted_where_the_branch_is() -> None:
    until_midnight = (13.9 / 24, 14.1 / 24)
    twice = replace(CLOSE, days_needed=2, time_zone="Asia/Shanghai")
    given(report, REPORTED).when(twice, tried(LI, *until_midnight)).then(
        replace(CLOSED, tried_on=DAYS[:2])
    )
    utc = replace(twice, time_zone="UTC")
    given(report, REPORTED).when(utc, tried(LI, *until_midnight)).refused("too-few-days")


@pytest.mark.parametrize(
    ("heard", "is_heard"),
    [
        (CallNoted(LI, AT, "问何时上门", urges=True), True),
        (GUIDED, True),
        (replace(GUIDED, attempt=replace(ATTEMPT, result=RemoteResult.NOT_POSSIBLE)), False),
        (replace(COMPLETED, confirmed=Confirmation(LI, AT)), True),
        (replace(COMPLETED, contact_phone=sealed("contact_phone")), True),
        (replace(COMPLETED, contact_phone=None, confirmed=None), False),
        (ContactCorrected(None, sealed("contact_phone"), None, "号码写错"), True),
        (ContactCorrected(sealed("contact_name"), None, None, "姓名写错"), False),
    ],
)
def test_days_before_they_were_heard_do_not_count(heard: Fact, *, is_heard: bool) -> None:
    """Somebody who called in is reached; and whoever called a wrong number reached nobody."""
    story = given(report, REPORTED).when(CLOSE, tried(LI, 0, 1, 2, also=[(heard, 0.5)]))
    if is_heard:
        story.refused_with("too-few-days", days=2, needed=3)
    else:
        story.then(CLOSED)


def test_it_says_why_and_only_a_clerk_says_so() -> None:
    bare = replace(CLOSE, reason=None)
    given(report, REPORTED).when(bare, tried(LI, 0, 1, 2)).refused_with(
        "closing-incomplete", missing=["reason"]
    )
    given(report, REPORTED).when(CLOSE, tried(WANG, 0, 1, 2)).refused("clerk-closes")
    told = replace(CLOSE, customer_told_at=AT)
    given(report, REPORTED).when(told, tried(LI, 0, 1, 2)).refused("told-after-all")


def test_what_was_approved_ends_on_its_order() -> None:
    given(report, *TO_APPROVED).when(CLOSE, tried(LI, 0, 1, 2)).refused("wrong-stage")
    given(report, *TO_AMENDED).when(CLOSE, tried(LI, 0, 1, 2)).refused("closed-by-dispatch")


def test_of_many_tries_the_last_ones_stand_on_the_report() -> None:
    """None is refused for it: whoever tries every day for a month may go on."""
    many = [replace(TRIED, at=AT + timedelta(days=n)) for n in range(SEVERAL + 1)]
    before = state(REPORTED, *many)
    assert before.tried == tuple(many[1:])
    given(report, REPORTED, *many).when(TRY, by(LI)).then(TRIED)
    last = [AT.date() + timedelta(days=n) for n in range(1, SEVERAL + 1)]
    long = replace(CLOSED, tried_on=tuple(last))
    given(report, REPORTED).when(CLOSE, tried(LI, *range(SEVERAL + 1))).then(long)


def test_the_end_is_offered_once_somebody_tried() -> None:
    assert Ending.UNREACHABLE not in {each.ending for each in offered_closing("", state(REPORTED))}
    offered = list(offered_closing("", state(REPORTED, TRIED)))
    assert offered[-1].ending is Ending.UNREACHABLE


def test_over_days_of_the_record_a_case_ends_unreached(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = intake.opened().reported()
    tries = EXAMPLES["contact-attempts"]

    def closes(**more: Any) -> Any:
        return intake.desk.post(f"{path}/closings", {**BODY, **more}, intake.clerk)

    assert codes(closes()) == ["too-few-days"]
    for _ in range(3):
        intake.done(intake.desk.post(f"{path}/contact-attempts", tries, intake.clerk))
    (why,) = closes().json()["reasons"]
    assert why["code"] == "too-few-days", "three in one minute are one day"
    assert [each["path"] for each in why["mends"]] == [f"{path}/contact-attempts"]
    for days in (1, 2):
        later = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(intake.desk.store, "now", lambda at=later: at)
        intake.done(intake.desk.post(f"{path}/contact-attempts", tries, intake.technician))
    ends = [e for e in page(intake, path, intake.clerk)["next"] if e["path"] == f"{path}/closings"]
    assert [each["allowed"] for each in ends] == [True, True]
    intake.done(closes())
    shown = intake.told(path, intake.clerk)["report"]
    assert (shown["ending"], len(shown["closed"]["tried_on"])) == ("unreachable", 3)
    assert len(shown["tried"]) == 5
