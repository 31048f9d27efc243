"""受理的规则 as stories: who must approve what it costs, by when, and what is pointed out."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.intake import rules
from shared.events.cards import BranchCard
from shared.events.complaints import Terms
from shared.events.report_form import ApprovalAsked
from shared.policy import CORE, Core, Warnings, local_day
from shared.policy.source import read
from tests.intake.example import DIAGNOSIS, SHOWN

POLICY = read(Path(__file__).parents[2] / "deploy" / "policies" / CORE, Core)
MONDAY = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fen", "needed"),
    [
        (0, ("approver",)),
        (499_999, ("approver",)),
        (500_000, ("approver", "cost_deputy")),
        (999_999, ("approver", "cost_deputy")),
        (1_000_000, ("general_manager",)),
        (10**12, ("general_manager",)),
    ],
)
def test_the_dearer_the_higher_and_the_edge_is_the_higher_one_s(
    fen: int, needed: tuple[str, ...]
) -> None:
    asked = rules.approval_asked(POLICY, replace(DIAGNOSIS, estimated_fen=fen), SHOWN, MONDAY)
    due = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    assert asked == ApprovalAsked(needed, due, "core@1", SHOWN, consent_on_site=False)


def test_a_cost_that_nobody_knows_is_on_the_top_rung() -> None:
    for diagnosis in (None, replace(DIAGNOSIS, estimated_fen=None)):
        asked = rules.approval_asked(POLICY, diagnosis, SHOWN, MONDAY)
        assert asked.needed == ("general_manager",)


def test_a_part_without_a_price_makes_the_cost_unknown() -> None:
    cheap = replace(DIAGNOSIS, estimated_fen=1)
    asked = rules.approval_asked(POLICY, cheap, SHOWN, MONDAY, unpriced=["VALVE-8"])
    assert (asked.needed, asked.unpriced) == (("general_manager",), ("VALVE-8",))
    assert rules.approval_asked(POLICY, cheap, SHOWN, MONDAY).unpriced == ()


def test_policy_says_whether_duplicates_are_pointed_out() -> None:
    assert rules.warns_of_duplicates(POLICY)
    silent = msgspec.structs.replace(POLICY, warnings=Warnings(open_report_on_same_machine=False))
    assert not rules.warns_of_duplicates(silent)


def test_a_ticket_is_numbered_by_the_day_of_its_branch() -> None:
    evening = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert local_day(POLICY, None, evening) == date(2026, 11, 24)
    west = BranchCard("LX01", "Lisboa", time_zone="Europe/Lisbon")
    assert local_day(POLICY, west, evening) == date(2026, 11, 23)
    assert rules.ticket(POLICY, "HZ01", date(2026, 11, 24), 7) == "BX-HZ01-20261124-0007"
    assert rules.ticket(POLICY, "HZ01", date(2026, 11, 24), 12_345) == "BX-HZ01-20261124-12345"


AFTERNOON = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
"""Four o'clock at the branch, which closes at half past five."""
A_DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("code", "start", "until", "notice"),
    [
        ("general", MONDAY, MONDAY + timedelta(minutes=30), False),
        ("general", AFTERNOON, AFTERNOON + timedelta(minutes=30), False),
        ("fairly_complex", MONDAY, MONDAY + timedelta(hours=3), False),
        ("fairly_complex", AFTERNOON, datetime(2026, 11, 24, 2, 0, tzinfo=UTC), False),
        ("complex", MONDAY, MONDAY + 3 * A_DAY, True),
        ("complex", AFTERNOON, AFTERNOON + 3 * A_DAY, True),
    ],
)
def test_each_class_of_complaint_has_its_time_and_its_notice(
    code: str, start: datetime, until: datetime, *, notice: bool
) -> None:
    terms = Terms(until, until + A_DAY, notice_asked=notice)
    assert rules.complaint_terms(POLICY, code, start, None) == terms
    assert rules.complaint_terms(POLICY, code, start, until) is None, "no time is agreed for it"


def test_a_very_complex_complaint_has_the_time_that_is_agreed() -> None:
    until = MONDAY + 9 * A_DAY
    terms = Terms(until, until + A_DAY, notice_asked=False)
    assert rules.complaint_terms(POLICY, "very_complex", MONDAY, until) == terms
    assert rules.complaint_terms(POLICY, "very_complex", MONDAY, None) is None
    assert rules.complaint_terms(POLICY, "unknown", MONDAY, None) is None


def test_what_nobody_has_classed_has_the_time_of_the_first_class() -> None:
    terms = Terms(MONDAY + timedelta(minutes=30), MONDAY + timedelta(minutes=30) + A_DAY)
    assert rules.strictest_terms(POLICY, MONDAY) == terms
