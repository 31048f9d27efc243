"""Stories of followup over HTTP: from the closed case to the filed dossier, and every no."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.followup.app import room
from shared.decider import Asked
from shared.document import CommandOwed, Published
from shared.envelope import public_head
from shared.events import reading
from shared.events.cards import BranchCard, BranchDocument, PersonCard, PersonDocument
from shared.events.values import Role
from shared.handle import CommandEnvelope, Handler, handle
from shared.personal.seal import HIDDEN
from shared.policy import CORE, Core
from shared.policy.source import read
from tests.examples import examples_of
from tests.followup.example import AT, BRANCH, CLERK, HOME, LIU, NUMBER, TICKET, ZHAO
from tests.followup.papers import (
    CLOSED_ORDER,
    OPEN_ORDER,
    REPORT_DOCUMENT,
    SETTLED_NOTE,
    SOLVED,
    published,
)
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import POLICIES, WebDesk, codes, web_desk

EXAMPLES = examples_of(room)
SURVEY, DOSSIER = f"/v1/surveys/{NUMBER}", f"/v1/dossiers/{TICKET}"
ANSWERS = EXAMPLES["answers"]
NOBODY = {"channel": "phone", "result": "no_answer"}
PHONE = "0571-55501234"


@dataclass
class FollowUp:
    """回访: the room, with whoever works there, and the milestones that reach it."""

    desk: WebDesk
    views: MemoryViews

    def __post_init__(self) -> None:
        self.clerk = self.desk.staff(CLERK, ["clerk"], [BRANCH])
        self.zhao = self.desk.staff(ZHAO, ["clerk"], [BRANCH])
        self.liu = self.desk.staff(LIU, ["technician", "clerk"], [BRANCH])
        branch = BranchDocument(BranchCard(BRANCH, "杭州"))
        self.views.documents["intake", f"branch-{BRANCH}"] = branch

    def know(self, person: str, role: Role, **changed: Any) -> None:
        """The newest card of a person has come."""
        card = replace(PersonCard(person, "某人", (role,), (BRANCH,)), **changed)
        self.views.documents["intake", f"person-{person}"] = PersonDocument(card)

    def hears(self, document: Published) -> None:
        """A milestone has come: what it makes owed is done, as a worker does it."""
        desk = Handler(self.desk.store, room.papers, self.desk.keys)
        policy = read(POLICIES / CORE, Core)
        for reaction in room.reactions[:2]:
            if reaction.name == "case-closed" and document.kind not in ("report", "work_order"):
                continue
            if reaction.name.startswith("keep-"):
                continue
            for owed in reaction.owed(document, lambda *_: policy):
                assert isinstance(owed, CommandOwed)
                actor = f"reaction:{reaction.name}"
                asked = Asked(owed.home, actor, frozenset(), AT, document.branch, document.ticket)
                label = policy.label if reaction.asks_policy else None
                handle(desk, CommandEnvelope(uuid4(), owed.command, asked, policy=label))

    def closed(self) -> None:
        """The case was repaired and handed in; its contact is known in plain, for once."""
        approved = replace(CLOSED_ORDER.approved, contact_name="王小明", contact_phone=PHONE)
        self.hears(published(REPORT_DOCUMENT, 8))
        self.hears(published(replace(CLOSED_ORDER, approved=approved), 14))

    def hears_itself(self) -> None:
        """The room's own milestones have come back to it."""
        for partition in range(self.desk.store.partitions):
            for stored in self.desk.store.facts(partition, 0, 1000):
                if stored.public is not None:
                    head = public_head(stored.public)
                    state = reading.load_document(head.document, head.schema, bytes(head.state))
                    self.hears(
                        replace(published(state, head.version), recorded_at=stored.recorded_at)
                    )

    def post(self, path: str, body: Any, token: str | None = None, **more: str) -> httpx.Response:
        return self.desk.post(path, body, token or self.clerk, **more)

    def done(self, answer: httpx.Response) -> httpx.Response:
        assert answer.status_code in (200, 201), answer.text
        return answer

    def shown(self, path: str, token: str | None = None) -> Any:
        return self.done(self.desk.get(path, token or self.clerk)).json()

    def rows(self, path: str, token: str | None = None) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = self.shown(path, token)["rows"]
        return found


@pytest.fixture
def followup(tmp_path: Path) -> Iterator[FollowUp]:
    store, keys = Memory("followup"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views) as desk:
        yield FollowUp(desk, views)


def test_a_case_goes_from_its_closing_to_the_filed_dossier(followup: FollowUp) -> None:
    followup.closed()
    (due,) = followup.rows("/v1/surveys/due")
    assert (due["number"], due["contact_phone"], due["technicians"]) == (
        NUMBER,
        HIDDEN,
        ["T-CHENJIANGUO", LIU],
    )
    sheet = followup.shown(SURVEY)
    assert [each["code"] for each in sheet["questions"]][-1] == "overall"
    assert (sheet["contact_name"], sheet["survey"]["stage"]) == ("王小明", "due")
    followup.done(followup.post(f"{SURVEY}/attempts", NOBODY))
    followup.done(followup.post(f"{SURVEY}/answers", ANSWERS))
    assert followup.rows("/v1/surveys/due") == []
    (said,) = followup.rows("/v1/surveys?satisfied=yes")
    assert (said["score"], said["opinion"], said["attempts"]) == (5, ANSWERS["opinion"], 2)
    followup.hears_itself()
    followup.hears(published(SETTLED_NOTE, 6))
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    filed = followup.shown(DOSSIER)
    assert (filed["stage"], filed["filed_by"], filed["missing"]) == ("filed", CLERK, [])
    assert [each["kind"] for each in filed["papers"]] == [
        *("report", "work_order", "issue_note", "follow_up")
    ]
    (row,) = followup.rows("/v1/dossiers?stage=filed")
    assert (row["ticket"], row["digest"]) == (TICKET, filed["digest"])
    told = followup.rows(f"/v1/tickets/{TICKET}/history")
    assert {each["type"] for each in told} == {
        *("PaperAdded", "PapersAsked", "CallBackScheduled", "CallBackAttempted"),
        *("SurveyAnswered", "FilingDue", "DossierFiled"),
    }
    assert all(each["zh"] != each["type"] for each in told)


def test_a_case_solved_from_afar_says_that_nobody_went(followup: FollowUp) -> None:
    followup.hears(published(replace(SOLVED, contact_name="王小明", contact_phone=PHONE), 5))
    followup.done(followup.post(f"{SURVEY}/endings", EXAMPLES["endings"]))
    followup.hears_itself()
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    kinds = [each["kind"] for each in followup.shown(DOSSIER)["papers"]]
    assert kinds == ["report", "follow_up", "no_parts", "no_visit"]


def test_what_is_missing_is_named_each_with_its_reason(followup: FollowUp) -> None:
    followup.closed()
    told = followup.post(f"{DOSSIER}/filings", {})
    assert (told.status_code, codes(told)) == (422, ["papers-missing", "papers-missing"])
    reasons = told.json()["reasons"]
    assert "出库单" in reasons[0]["zh"]
    assert "尚未核销" in reasons[0]["zh"]
    assert "neither asked nor given up" in reasons[1]["en"]
    mends = [[each["path"].rpartition("/")[2] for each in one["mends"]] for one in reasons]
    assert mends == [["reconciliations", "voidings"], ["answers", "endings"]]
    (row,) = followup.rows("/v1/dossiers")
    assert [(each["kind"], each["why"]) for each in row["missing"]] == [
        ("issue_note", "note_open"),
        ("follow_up", "call_back_due"),
    ]
    assert row["missing"] == followup.shown(DOSSIER)["missing"]


def test_nothing_is_filed_while_the_case_is_open(followup: FollowUp) -> None:
    told = followup.post(f"{DOSSIER}/filings", {})
    assert (told.status_code, codes(told)) == (404, ["unknown"])
    followup.hears(published(REPORT_DOCUMENT, 8))
    followup.hears(published(OPEN_ORDER, 9))
    assert codes(followup.post(f"{DOSSIER}/filings", {})) == ["case-open"]


def test_what_came_after_the_filing_is_seen_and_changes_nothing(followup: FollowUp) -> None:
    followup.hears(published(replace(SOLVED, contact_name="王小明", contact_phone=PHONE), 5))
    followup.done(followup.post(f"{SURVEY}/endings", EXAMPLES["endings"]))
    followup.hears_itself()
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    before = followup.shown(DOSSIER)
    followup.hears(published(SETTLED_NOTE, 6))
    after = followup.shown(DOSSIER)
    assert [each["number"] for each in after["late"]] == [f"{TICKET}-C1"]
    assert {**after, "late": []} == before
    (row,) = followup.rows("/v1/dossiers")
    assert (row["late"], row["stage"]) == (after["late"], "filed")


def test_who_did_the_job_does_not_call_back(followup: FollowUp) -> None:
    followup.closed()
    for path, body in (("answers", ANSWERS), ("attempts", NOBODY)):
        told = followup.post(f"{SURVEY}/{path}", body, followup.liu)
        assert (told.status_code, codes(told)) == (422, ["technician-calls"])
    technician = followup.desk.staff(LIU, ["technician"], [BRANCH])
    assert codes(followup.post(f"{SURVEY}/answers", ANSWERS, technician)) == ["role"]
    assert codes(followup.desk.get(SURVEY, technician)) == ["role"]


def test_a_refused_answer_names_every_broken_rule(followup: FollowUp) -> None:
    followup.closed()
    answers = [{"question": "price", "yes": True}, {"question": "overall", "yes": True}]
    body = {**ANSWERS, "answers": answers, "satisfied": "no"}
    told = followup.post(f"{SURVEY}/answers", body)
    assert codes(told) == [
        *("questions-unanswered", "question-not-asked", "answer-of-another-kind"),
        "action-missing",
    ]
    followup.done(followup.post(f"{SURVEY}/answers", {**ANSWERS, "action": "complaint"}))
    assert codes(followup.post(f"{SURVEY}/answers", ANSWERS, followup.zhao)) == ["call-back-over"]


def test_a_score_lies_between_one_and_five(followup: FollowUp) -> None:
    followup.closed()
    body = {**ANSWERS, "answers": [{"question": "overall", "score": 6}]}
    told = followup.post(f"{SURVEY}/answers", body)
    assert (told.status_code, codes(told)) == (422, ["out-of-range"])


def test_who_is_not_reached_is_given_up_after_three_days_of_the_record(
    followup: FollowUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    followup.closed()
    ending = {"ending": "unreached", "because": "无人接听"}
    assert codes(followup.post(f"{SURVEY}/endings", ending)) == ["too-few-days"]
    for day in ("2026-11-03", "2026-11-04", "2026-11-05"):
        at = f"{day}T10:00:00+08:00"
        followup.done(followup.post(f"{SURVEY}/attempts", NOBODY, X_Occurred_At=at))
    assert codes(followup.post(f"{SURVEY}/endings", ending)) == ["too-few-days"]
    for days in (1, 2):
        later = datetime.now(UTC) + timedelta(days=days)
        monkeypatch.setattr(followup.desk.store, "now", lambda at=later: at)
        followup.done(followup.post(f"{SURVEY}/attempts", NOBODY))
    followup.done(followup.post(f"{SURVEY}/endings", ending))
    assert followup.shown(SURVEY)["survey"]["because"] == "无人接听"
    followup.hears_itself()
    assert [each["kind"] for each in followup.shown(DOSSIER)["missing"]] == ["issue_note"]


@pytest.mark.parametrize("days", [1, 2, 3])
def test_nobody_was_called_before_the_case_had_ended(followup: FollowUp, days: int) -> None:
    followup.closed()
    at = (AT - timedelta(days=days)).isoformat()
    told = followup.post(f"{SURVEY}/attempts", NOBODY, X_Occurred_At=at)
    assert codes(told) == ["before-its-ground"]
    assert told.json()["reasons"][0]["numbers"]["field"] == "X-Occurred-At"


@pytest.mark.parametrize("path", ["attempts", "answers", "endings"])
def test_every_example_is_accepted(followup: FollowUp, path: str) -> None:
    followup.closed()
    at = AT.isoformat()
    followup.done(followup.post(f"{SURVEY}/{path}", EXAMPLES[path], X_Occurred_At=at))


def test_the_page_of_a_ticket_says_what_comes_next_and_why_not(followup: FollowUp) -> None:
    followup.closed()
    page = f"/v1/tickets/{TICKET}/papers"
    file, call = followup.rows(page)
    assert (file["kind"], file["stage"], call["kind"], call["stage"]) == (
        *("dossier", "collecting"),
        *("survey", "due"),
    )
    told = [(step["path"].rpartition("/")[2], reasons(step)) for step in call["next"]]
    assert told == [
        ("attempts", []),
        ("answers", []),
        ("endings", ["too-few-days"]),
        ("endings", []),
        ("answer-links", []),
        ("urgings", []),
    ]
    (filing,) = (each for each in file["next"] if each["path"].endswith("/filings"))
    assert reasons(filing) == ["papers-missing", "papers-missing"]
    _, his = followup.rows(page, followup.liu)
    calls = [step for step in his["next"] if not step["path"].endswith("/urgings")]
    assert all("technician-calls" in reasons(step) for step in calls)
    followup.done(followup.post(f"{SURVEY}/answers", ANSWERS))
    followup.hears_itself()
    followup.hears(published(SETTLED_NOTE, 6))
    file, call = followup.rows(page)
    assert (call["stage"], call["next"], file["stage"]) == ("answered", [], "complete")
    assert file["next"][0]["allowed"]
    followup.done(followup.post(f"{DOSSIER}/filings", {}))
    after = [each["path"].rpartition("/")[2] for each in followup.rows(page)[0]["next"]]
    assert after == ["lendings", "addenda"]


def reasons(step: Mapping[str, Any]) -> list[str]:
    return [each["code"] for each in step["reasons"]]


def test_what_a_customer_says_is_sealed_as_his_number_is(followup: FollowUp) -> None:
    followup.closed()
    followup.done(followup.post(f"{SURVEY}/answers", ANSWERS))
    state = Handler(followup.desk.store, room.papers, followup.desk.keys).fold(
        HOME, followup.desk.store.read([HOME]).streams[HOME].facts
    )
    assert state.answered.answered_by.subject == state.scheduled.contact_phone.subject
    auditor = followup.desk.staff("A-1", ["auditor"], [BRANCH])
    assert followup.shown(SURVEY, auditor)["contact_phone"] == HIDDEN
    assert followup.shown(f"{SURVEY}?open=true&because=投诉", auditor)["contact_phone"] == PHONE


def test_other_branches_neither_see_nor_touch_it(followup: FollowUp) -> None:
    followup.closed()
    other = followup.desk.staff("C-SH", ["clerk"], ["SH01"])
    for path in ("/v1/surveys/due", "/v1/surveys", "/v1/dossiers"):
        assert followup.rows(path, other) == []
    for path in (SURVEY, DOSSIER):
        assert codes(followup.desk.get(path, other)) == ["unknown"]
    for path, body in ((f"{SURVEY}/answers", ANSWERS), (f"{DOSSIER}/filings", {})):
        assert codes(followup.post(path, body, other)) == ["unknown"]


def test_who_is_no_longer_active_is_refused_at_the_door(followup: FollowUp) -> None:
    followup.closed()
    followup.know(ZHAO, Role.CLERK, active=False)
    told = followup.post(f"{SURVEY}/attempts", NOBODY, followup.zhao)
    assert (told.status_code, codes(told)) == (403, ["person-inactive"])


def test_a_further_call_has_a_number_and_nobody_is_asked_for_one_yet(followup: FollowUp) -> None:
    followup.closed()
    further = SURVEY.replace("-H1", "-H2")
    assert codes(followup.desk.get(further, followup.clerk)) == ["unknown"]
    assert codes(followup.post(f"{further}/attempts", NOBODY)) == ["unknown"]


@pytest.mark.parametrize("path", [f"surveys/{TICKET}-W1", "surveys/H1", "dossiers/1"])
def test_what_is_no_papers_number_is_said(followup: FollowUp, path: str) -> None:
    assert codes(followup.desk.get(f"/v1/{path}", followup.clerk)) == ["wrong-form"]
    assert codes(followup.desk.get(SURVEY, followup.clerk)) == ["unknown"]
