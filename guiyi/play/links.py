"""链接 (links): the customer agrees to a visit, and answers the call-back, with their own hand."""

from typing import Any

import httpx

from guiyi.play import after, visit
from guiyi.play.case import Case
from guiyi.play.people import Person

APPOINTMENT, SURVEY = "/v1/appointment-links/answers", "/v1/survey-links/answers"
BY_THE_CALLER = ("channel", "answered_by")
"""What only somebody who calls has to say."""
BY_MAIL = {"tell": "email"}
"""To the address on the customer's card."""


def agree(case: Case, who: Person) -> httpx.Response | None:
    """用户确认: a link is sent by e-mail, and the customer agrees to the window."""
    made = visit.visit_step(case, who, "appointment-links", BY_MAIL)
    return _followed(case, made, "dispatch", APPOINTMENT, {})


def answer(case: Case, who: Person) -> httpx.Response | None:
    """用户回评: a link is sent by e-mail, and the customer answers every question."""
    said = {k: v for k, v in after.answers_to(case).items() if k not in BY_THE_CALLER}
    made = after.survey_step(case, who, "answer-links", BY_MAIL)
    return _followed(case, made, "followup", SURVEY, said)


def _followed(
    case: Case, made: httpx.Response | None, room: str, path: str, said: dict[str, Any]
) -> httpx.Response | None:
    """What making the link was answered, once the customer has used it; else why not."""
    if made is None or not made.is_success:
        return made
    used = case.rooms.opens(room, path, {"word": made.json()["told"]["word"], **said})
    return made if used.is_success else used
