"""Stories of deputies in followup: nothing is approved here, so they look and take no step."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import httpx
import pytest

from shared.events.cards import Delegated, DelegationDocument
from tests.followup.example import BRANCH, CLERK
from tests.followup.test_api import DOSSIER, EXAMPLES, SURVEY, FollowUp, followup
from tests.shared.http_desk import codes

__all__ = ["followup"]
APPROVER, DEPUTY, ELSEWHERE = "A-ZHAOLEI", "T-DEPUTY", "NB01"
TODAY = datetime.now(UTC).astimezone(ZoneInfo("Asia/Shanghai")).date()
STEPS = {
    f"{SURVEY}/attempts": EXAMPLES["attempts"],
    f"{SURVEY}/answers": EXAMPLES["answers"],
    f"{SURVEY}/endings": EXAMPLES["endings"],
    f"{DOSSIER}/filings": {},
}


@pytest.fixture
def closed(followup: FollowUp) -> FollowUp:
    """A case is closed; an approver of its branch and of another is away."""
    followup.closed()
    followup.desk.staff(APPROVER, ["approver"], [BRANCH, ELSEWHERE])
    followup.desk.staff(DEPUTY, ["technician"], [BRANCH, ELSEWHERE])
    return followup


def heard(desk: FollowUp, *given: Delegated) -> None:
    """What the approver has delegated, and not ended, has come."""
    desk.views.documents["intake", f"delegation-{APPROVER}"] = DelegationDocument(given)


def delegated(deputy: str = DEPUTY, branch: str = BRANCH, from_: int = 0) -> Delegated:
    first = TODAY + timedelta(from_)
    return Delegated(1, deputy, ("approver",), branch, first, first + timedelta(1))


def looking(desk: FollowUp) -> httpx.Response:
    token = desk.desk.token(DEPUTY, ["technician"], [BRANCH, ELSEWHERE])
    return desk.desk.get(SURVEY, token, X_Acting_For=APPROVER)


def test_a_deputy_sees_what_the_approver_sees_on_their_days(closed: FollowUp) -> None:
    technician = closed.desk.token(DEPUTY, ["technician"], [BRANCH])
    assert codes(closed.desk.get(SURVEY, technician)) == ["role"]
    for given in ((), (delegated("K-OTHER"),), (delegated(from_=2),), (delegated(from_=-5),)):
        heard(closed, *given)
        assert (looking(closed).status_code, codes(looking(closed))) == (403, ["no-deputy"])
    heard(closed, delegated(branch=ELSEWHERE))
    assert looking(closed).status_code == 404
    heard(closed, delegated())
    assert looking(closed).status_code == 200
    heard(closed)
    assert codes(looking(closed)) == ["no-deputy"]


@pytest.mark.parametrize("path", STEPS)
def test_nobody_calls_or_files_for_another(closed: FollowUp, path: str) -> None:
    heard(closed, delegated(CLERK))
    told = closed.post(path, STEPS[path], X_Acting_For=APPROVER)
    assert (told.status_code, codes(told)) == (403, ["no-deputy"])
