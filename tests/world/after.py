"""结案后的各步 (acts after the end): the customer is called back, and the papers are filed."""

from collections.abc import Mapping
from typing import Any

import httpx

from tests.world.cases import Act, Case

SURVEY, DOSSIER = "/v1/surveys", "/v1/dossiers"
ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "yes_no": {"yes": True},
    "score": {"score": 5},
    "words": {"words": "很好"},
}


def answer(satisfied: str = "yes") -> Act:
    """回访应答: every question is answered."""

    def act(case: Case, who: str) -> httpx.Response | None:
        path = f"{SURVEY}/{case.ticket}-H1"
        if (sheet := case.shown(who, "followup", path)) is None:
            return None
        answers = [{"question": q["code"], **ANSWERS[q["kind"]]} for q in sheet["questions"]]
        body = {
            "channel": "phone",
            "answered_by": "王小明",
            "answers": answers,
            "satisfied": satisfied,
            "action": "none" if satisfied == "yes" else "new_report",
        }
        return case.does(who, "followup", f"{path}/answers", body)

    return act


def attempt(case: Case, who: str) -> httpx.Response:
    """回访尝试: nobody answers."""
    body = {"channel": "phone", "result": "no_answer"}
    return case.does(who, "followup", f"{SURVEY}/{case.ticket}-H1/attempts", body)


def end_call_back(ending: str) -> Act:
    """回访终结: the customer is given up, or will not answer."""

    def act(case: Case, who: str) -> httpx.Response:
        body = {"ending": ending, "because": "多次无人接听", "channel": "phone"}
        return case.does(who, "followup", f"{SURVEY}/{case.ticket}-H1/endings", body)

    return act


def file(case: Case, who: str) -> httpx.Response:
    """归档: the papers of the ticket are filed as one."""
    return case.does(who, "followup", f"{DOSSIER}/{case.ticket}/filings", {})
