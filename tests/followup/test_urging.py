"""催办 (urging): whoever waits for a call-back or a filing urges a clerk by name."""

from services.followup import dossier, survey
from shared.events.values import Role
from tests.followup.dossier.test_dossier import FILED
from tests.followup.dossier.test_filing_due import WHOLE
from tests.followup.example import ANSWERED, FILE, SCHEDULED, by
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
