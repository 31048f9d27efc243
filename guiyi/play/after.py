"""回访与归档 (after the repair): the customer is called back, and the papers are filed as one."""

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.people import Person

SURVEY, DOSSIER = "/v1/surveys", "/v1/dossiers"
FOLLOW_UP = "follow_up"


def answer(case: Case, who: Person) -> httpx.Response:
    """回访应答: every question is answered."""
    return survey_step(case, who, "answers", case.said["answers"])


def answer_in_part(case: Case, who: Person) -> httpx.Response:
    """回访应答: the first question is left out."""
    answers = case.said["answers"]
    return survey_step(case, who, "answers", {**answers, "answers": answers["answers"][1:]})


def file(case: Case, who: Person) -> httpx.Response:
    """归档: the papers of the ticket are filed as one."""
    return case.does(who, "followup", f"{DOSSIER}/{case.ticket}/filings", {})


def file_without_the_call(case: Case, who: Person) -> httpx.Response | None:
    """归档: as soon as nothing is missing but the call-back."""
    dossier = case.shown(who, "followup", f"{DOSSIER}/{case.ticket}")
    missing = [each["kind"] for each in dossier["missing"]] if dossier else []
    return file(case, who) if missing == [FOLLOW_UP] else None


def survey_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    """A step of the call-back."""
    return case.does(who, "followup", f"{SURVEY}/{case.ticket}-H1/{step}", body)
