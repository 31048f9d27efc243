"""回访与归档 (after the repair): the customer is called back, and the papers are filed as one."""

from datetime import datetime, timedelta

import httpx

from guiyi.plain import JsonObject
from guiyi.play.case import Case
from guiyi.play.evidence import drawn
from guiyi.play.people import Person

SURVEY, DOSSIER = "/v1/surveys", "/v1/dossiers"
FOLLOW_UP = "follow_up"


def answer(case: Case, who: Person) -> httpx.Response:
    """回访应答: every question is answered."""
    return survey_step(case, who, "answers", answers_to(case))


def answer_in_part(case: Case, who: Person) -> httpx.Response:
    """回访应答: the first question is left out."""
    answers = answers_to(case)
    return survey_step(case, who, "answers", {**answers, "answers": answers["answers"][1:]})


def answers_to(case: Case) -> JsonObject:
    """What the customer says to the questions that they are asked."""
    said: JsonObject = case.said["answers"]
    sheet = case.seen("followup", f"{SURVEY}/{case.ticket}-H1")
    if sheet is None:
        return said
    asked = {each["code"] for each in sheet["questions"]}
    return {**said, "answers": [each for each in said["answers"] if each["question"] in asked]}


def make_link(case: Case, who: Person) -> httpx.Response:
    """回访链接: the customer may answer with their own hand."""
    return survey_step(case, who, "answer-links", {})


def file(case: Case, who: Person) -> httpx.Response:
    """归档: the papers of the ticket are filed as one."""
    return dossier_step(case, who, "filings", {})


def file_without_the_call(case: Case, who: Person) -> httpx.Response | None:
    """归档: as soon as nothing is missing but the call-back."""
    dossier = case.shown(who, "followup", f"{DOSSIER}/{case.ticket}")
    missing = [each["kind"] for each in dossier["missing"]] if dossier else []
    return file(case, who) if missing == [FOLLOW_UP] else None


def lend(case: Case, who: Person) -> httpx.Response:
    """借出: the report is wanted elsewhere, for a day."""
    until = (datetime.fromisoformat(case.now) + timedelta(days=1)).isoformat()
    lent = {"paper": _report(case), "to": case.technician.id, "because": "厂家要看原件"}
    return dossier_step(case, who, "lendings", {**lent, "until": until})


def take_back(case: Case, who: Person) -> httpx.Response:
    """归还: it is back in the file; where claims have it too, of whoever had it by hand."""
    back = {"paper": _report(case), "condition": "whole", "because": "已核对无误"}
    dossier = case.shown(who, "followup", f"{DOSSIER}/{case.ticket}")
    out = [each for each in dossier["out"] if each["paper"] == _report(case)] if dossier else []
    by_hand = [each["to"] for each in out if each["claim"] is None]
    back |= {"brought_by": by_hand[0]} if by_hand and len(out) > 1 else {}
    return dossier_step(case, who, "returns", back)


def report_loss(case: Case, who: Person) -> httpx.Response:
    """报失: it is not found."""
    said = {"paper": _report(case), "because": "快递丢失，承运方查无下落"}
    return dossier_step(case, who, "losses", said)


def accept_loss(case: Case, who: Person) -> httpx.Response:
    """遗失认可: that it is not found is accepted."""
    said = {"paper": _report(case), "because": "承运方已出具证明"}
    return dossier_step(case, who, "loss-acceptances", said)


def add(case: Case, who: Person) -> httpx.Response | None:
    """补充归档: what came after the filing."""
    file = drawn(case, who, "followup", case.ticket)["evidence"]
    said = {"file": file, "because": "厂家的检测报告"}
    return dossier_step(case, who, "addenda", said) if file else None


def dossier_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    """A step of the dossier."""
    return case.does(who, "followup", f"{DOSSIER}/{case.ticket}/{step}", body)


def _report(case: Case) -> JsonObject:
    return {"kind": "report", "number": case.ticket}


def file_without_the_report(case: Case, who: Person) -> httpx.Response | None:
    """归档: as soon as nothing is missing, while a claim has the report."""
    dossier = case.shown(who, "followup", f"{DOSSIER}/{case.ticket}")
    waits = dossier is not None and not dossier["missing"] and dossier["out"]
    return file(case, who) if waits else None


def survey_step(case: Case, who: Person, step: str, body: JsonObject) -> httpx.Response:
    """A step of the call-back."""
    return case.does(who, "followup", f"{SURVEY}/{case.ticket}-H1/{step}", body)
