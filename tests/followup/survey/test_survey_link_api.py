"""Stories of the link over HTTP: it asks one customer once, and tells nothing else."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.followup.app import room
from shared.events.cards import CustomerCard, CustomerDocument
from shared.events.values import CustomerKind
from shared.handle import Rehearsal
from shared.limits import DEFAULT
from shared.personal.seal import seal
from tests.followup.example import NUMBER, TICKET
from tests.followup.papers import REPORT_DOCUMENT
from tests.followup.test_api import ANSWERS, SURVEY, FollowUp
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.memory_views import MemoryViews
from tests.shared.http_desk import asked_too_often, codes, web_desk

LINKS = f"{SURVEY}/answer-links"
LOOKS, ANSWERED = "/v1/survey-links/looks", "/v1/survey-links/answers"
SAID = {name: said for name, said in ANSWERS.items() if name not in ("channel", "answered_by")}


@pytest.fixture
def followup(tmp_path: Path) -> Iterator[FollowUp]:
    store, keys = Memory("followup"), memory_keys()
    views = MemoryViews(store, keys)
    with web_desk(room, tmp_path, store, views=views) as desk:
        yield FollowUp(desk, views)


def asks(followup: FollowUp, path: str, body: Any, **more: str) -> httpx.Response:
    """Somebody asks without a token."""
    return followup.desk.client.request("POST", path, json=body, headers=more)


def linked(followup: FollowUp, **more: str) -> str:
    """The word of a new link."""
    made = followup.done(followup.post(LINKS, {}, **more)).json()
    assert made["facts"] == ["SurveyLinkMade"] * 2
    word: str = made["told"]["word"]
    return word


def facts_of(followup: FollowUp) -> str:
    """Everything that stands in the record."""
    store = followup.desk.store
    stored = [each for n in range(store.partitions) for each in store.facts(n, 0, 10_000)]
    return " ".join(str(each) for each in stored)


def test_the_customer_is_asked_and_answers_once(followup: FollowUp) -> None:
    followup.closed()
    word = linked(followup)
    shown = asks(followup, LOOKS, {"word": word}).json()
    assert (shown["branch"], shown.keys()) == ("杭州", {"branch", "questions", "until"})
    assert {each["code"] for each in shown["questions"]} >= {"fault_gone", "overall"}
    told = asks(followup, ANSWERED, {"word": word, **SAID})
    assert (told.status_code, told.json()) == (200, {"taken": True})
    (row,) = followup.rows("/v1/surveys?satisfied=yes")
    assert (row["by"], row["caller"], row["opinion"]) == ("customer_link", None, SAID["opinion"])
    assert SAID["opinion"] not in facts_of(followup)
    (fact,) = (
        each
        for each in followup.rows(f"/v1/tickets/{TICKET}/history")
        if each["type"] == "SurveyAnswered"
    )
    assert fact["actor"] == "link:customer"
    assert followup.rows("/v1/surveys/due") == []


def test_who_was_given_up_still_answers_by_the_link_that_they_have(followup: FollowUp) -> None:
    followup.closed()
    word = linked(followup)
    path = f"/v1/surveys/{NUMBER}/endings"
    gone = {"ending": "declined", "because": "不愿 unwilling", "channel": "phone"}
    followup.done(followup.desk.post(path, gone, followup.clerk))
    assert asks(followup, LOOKS, {"word": word}).status_code == 200
    assert asks(followup, ANSWERED, {"word": word, **SAID}).status_code == 200
    (row,) = followup.rows("/v1/surveys?satisfied=yes")
    assert (row["stage"], row["by"]) == ("answered", "customer_link")
    assert row["because"] == gone["because"], "and why they were given up stays"


def test_by_e_mail_it_goes_to_the_card_of_the_customer_on_the_report(followup: FollowUp) -> None:
    followup.closed()
    by_mail = {"tell": "email"}
    report = replace(REPORT_DOCUMENT, basics=replace(REPORT_DOCUMENT.basics, customer="YH-1001"))
    followup.views.documents["intake", f"report-{TICKET}"] = report
    missing = followup.post(LINKS, by_mail)
    assert codes(missing) == ["address-missing"]
    card = CustomerCard("YH-1001", "某厂", CustomerKind.UNIT, email="wang@example.org")
    sealed = seal(CustomerDocument(card), "customer-YH-1001", followup.desk.keys)
    followup.views.documents["intake", "customer-YH-1001"] = sealed
    followup.done(followup.post(LINKS, by_mail))
    asked = Rehearsal(followup.desk.handler).folded(f"notice-{NUMBER}-N1").state.asked
    assert (asked.channel, asked.to) == ("email", sealed.card.email)
    assert "wang@example.org" not in facts_of(followup)


def test_the_same_answers_sent_again_are_answered_alike(followup: FollowUp) -> None:
    followup.closed()
    replaced, word = linked(followup), linked(followup)
    first = asks(followup, ANSWERED, {"word": word, **SAID})
    length = len(followup.rows(f"/v1/tickets/{TICKET}/history"))
    again = asks(followup, ANSWERED, {"word": word, **SAID})
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(followup.rows(f"/v1/tickets/{TICKET}/history")) == length
    other = {"word": word, **SAID, "wants_call": True}
    assert codes(asks(followup, ANSWERED, other)) == ["link-over"]
    assert codes(asks(followup, ANSWERED, {"word": replaced, **SAID})) == ["link-over"]


def test_what_is_left_out_is_told_and_the_link_stays_good(followup: FollowUp) -> None:
    followup.closed()
    word = linked(followup)
    told = asks(followup, ANSWERED, {"word": word, **SAID, "answers": SAID["answers"][1:]})
    assert (told.status_code, codes(told)) == (422, ["questions-unanswered"])
    assert asks(followup, ANSWERED, {"word": word, **SAID}).status_code == 200


def test_a_word_that_opens_nothing_is_answered_alike_whyever(followup: FollowUp) -> None:
    followup.closed()
    replaced, used = linked(followup), linked(followup)
    asks(followup, ANSWERED, {"word": used, **SAID})
    hashed = hashlib.sha256(used.encode()).hexdigest()
    answers = []
    for word in (replaced, used, "x" * 43, NUMBER, TICKET, hashed):
        told = asks(followup, LOOKS, {"word": word}, **{"Accept-Language": "en"})
        body = told.json()
        del body["request"]
        answers.append((told.status_code, body))
    assert all(each == answers[0] for each in answers)
    assert answers[0][0] == 410


def test_the_word_stands_in_no_record_and_in_no_log(
    followup: FollowUp, capsys: pytest.CaptureFixture[str]
) -> None:
    followup.closed()
    word = linked(followup)
    asks(followup, LOOKS, {"word": word})
    asks(followup, ANSWERED, {"word": word, **SAID})
    logged = capsys.readouterr()
    seen = json.dumps([followup.shown(SURVEY), followup.rows(f"/v1/tickets/{TICKET}/history")])
    for where in (facts_of(followup), logged.out, logged.err, seen):
        assert word not in where
    assert len(word) == 43, "256 bits"


def test_who_did_the_job_makes_none_and_a_repeated_request_tells_the_same(
    followup: FollowUp,
) -> None:
    followup.closed()
    assert codes(followup.post(LINKS, {}, followup.liu)) == ["technician-calls"]
    word = linked(followup, Idempotency_Key="once")
    again = followup.post(LINKS, {}, Idempotency_Key="once").json()
    assert (again["repeated"], again["told"]) == (True, {"word": word})


def test_whoever_asks_too_often_waits(tmp_path: Path) -> None:
    with web_desk(room, tmp_path, limits=DEFAULT) as desk:
        told = asked_too_often(desk, LOOKS)
    assert {each.status_code for each in told[:20]} == {410}
    assert (told[-1].status_code, codes(told[-1])) == (429, ["too-often"])


def test_nothing_is_answered_by_looking(followup: FollowUp) -> None:
    followup.closed()
    word = linked(followup)
    for path in (LOOKS, ANSWERED, f"{ANSWERED}?word={word}"):
        assert followup.desk.client.request("GET", path).status_code == 405
    assert asks(followup, LOOKS, {"word": word}).status_code == 200
    assert followup.shown(SURVEY)["survey"]["stage"] == "due"
