"""Stories of the customer's link over HTTP: it opens one window, once, and tells nothing else."""

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.dispatch.app import room
from shared.decider import Asked
from shared.handle import Rehearsal
from shared.limits import DEFAULT
from shared.notices.paper import NoteNoticeFailed
from shared.personal.seal import unseal
from tests.dispatch.desk import EXAMPLES, PLAIN, VISIT_PATH, Dispatch
from tests.dispatch.example import BRANCH, CLERK, TICKET
from tests.dispatch.job import LATER, V1
from tests.shared.http_desk import asked_too_often, codes, web_desk

WINDOW = {"start_at": "2026-11-24T15:00:00+08:00", "end_at": "2026-11-24T17:00:00+08:00"}
"""The desk's clock stands at two in the afternoon."""
LINKS = f"{VISIT_PATH}/appointment-links"
LOOKS, ANSWERS = "/v1/appointment-links/looks", "/v1/appointment-links/answers"


def asks(dispatch: Dispatch, path: str, body: Any, **more: str) -> httpx.Response:
    """Somebody asks without a token."""
    return dispatch.desk.client.request("POST", path, json=body, headers=more)


def planned(dispatch: Dispatch) -> None:
    dispatch.signed()
    plan = {**EXAMPLES["plans"], "window": WINDOW}
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/plans", plan, dispatch.clerk))


def linked(dispatch: Dispatch, **more: str) -> str:
    """The word of a new link."""
    made = dispatch.done(dispatch.desk.post(LINKS, {}, dispatch.clerk, **more)).json()
    assert made["facts"] == ["AppointmentLinkMade"] * 2
    word: str = made["told"]["word"]
    return word


def facts_of(dispatch: Dispatch) -> str:
    """Everything that stands in the record."""
    partitions = range(dispatch.record.partitions)
    stored = [each for n in partitions for each in dispatch.record.facts(n, 0, 10_000)]
    return " ".join(str(each) for each in stored)


def test_the_customer_sees_the_window_and_agrees_once(dispatch: Dispatch) -> None:
    planned(dispatch)
    word = linked(dispatch)
    shown = asks(dispatch, LOOKS, {"word": word})
    assert shown.json() == {**WINDOW, "branch": "杭州"}
    told = asks(dispatch, ANSWERS, {"word": word})
    assert (told.status_code, told.json()) == (200, {"agreed": True})
    visit = dispatch.shown(VISIT_PATH)
    assert (visit["stage"], visit["appointment"]["by"]) == ("confirmed", "customer_link")
    assert dispatch.history()[-1]["actor"] == "link:customer"
    for path, body in ((LOOKS, {}), (ANSWERS, {"another_time": "改天"})):
        again = asks(dispatch, path, {"word": word, **body})
        assert (again.status_code, codes(again)) == (410, ["link-over"])
    assert codes(dispatch.desk.post(LINKS, {}, dispatch.clerk)) == ["agreed-already"]


def test_the_customer_is_told_by_a_notice_that_says_no_address_and_no_word(
    dispatch: Dispatch,
) -> None:
    planned(dispatch)
    for body in ({"tell": "sms"}, {"tell": "email", "email": "zhang@example.org"}):
        made = dispatch.done(dispatch.desk.post(LINKS, body, dispatch.clerk)).json()
        assert made["facts"] == ["AppointmentLinkMade", "AppointmentLinkMade", "NoticeAsked"]
        assert made["told"]["word"] not in facts_of(dispatch)
    assert "zhang@example.org" not in facts_of(dispatch)
    rehearsed = Rehearsal(dispatch.desk.handler)
    sealed = [rehearsed.folded(f"notice-{V1}-N{n}").state.asked.to for n in (1, 2)]
    opened = [unseal(each, dispatch.desk.keys) for each in sealed]
    assert opened == [PLAIN.contact_phone, "zhang@example.org"]
    assert sealed[0].subject == sealed[1].subject, "whoever erases the customer erases both"


def test_by_e_mail_it_goes_to_the_card_of_the_customer_unless_an_address_is_told(
    dispatch: Dispatch,
) -> None:
    planned(dispatch)
    ours = dispatch.mailed("wang@example.org")
    for body in ({"tell": "email"}, {"tell": "email", "email": "zhang@Example.org"}):
        dispatch.done(dispatch.desk.post(LINKS, body, dispatch.clerk))
    rehearsed = Rehearsal(dispatch.desk.handler)
    told = [rehearsed.folded(f"notice-{V1}-N{n}").state.asked for n in (1, 2)]
    assert [each.channel for each in told] == ["email", "email"]
    assert told[0].to == ours, "as it was sealed for the card: whoever erases it erases both"
    assert unseal(told[1].to, dispatch.desk.keys) == "zhang@example.org"
    assert "wang@example.org" not in facts_of(dispatch)


def test_the_page_of_the_ticket_says_who_is_told_by_which_way_and_what_became_of_it(
    dispatch: Dispatch,
) -> None:
    planned(dispatch)
    mail = {"tell": "email", "email": "zhang@example.org"}
    for body in ({"tell": "sms"}, mail):
        dispatch.done(dispatch.desk.post(LINKS, body, dispatch.clerk))
    sends = Asked(f"notice-{V1}-N2", "sender:notices", frozenset(), LATER, BRANCH, TICKET)
    dispatch.decided(room, NoteNoticeFailed(1, "smtp-550", None), sends)

    def notices(token: str) -> list[Mapping[str, Any]]:
        page = dispatch.shown(f"/v1/tickets/{TICKET}/papers", token)["rows"]
        return [each for each in page if each["kind"] == "notice"]

    first, second = notices(dispatch.clerk)
    assert (first["number"], first["zh"], first["stage"]) == (f"{V1}-N1", "通知", "waiting")
    said = {"about": V1, "kind": "appointment_link", "channel": "email", "language": "zh"}
    came = {"stage": "dead", "attempts": 1, "why": "smtp-550", "retry_at": None}
    assert {**second["paper"], "until": ""} == {**said, **came, "until": ""}
    assert (first["next"], second["next"]) == ([], [])
    assert "zhang@example.org" not in str((first, second))
    assert notices(dispatch.liu) == [], "whoever does the job is not told whom we write to"


def test_no_notice_without_an_address_or_by_a_way_that_is_closed(dispatch: Dispatch) -> None:
    planned(dispatch)
    post = dispatch.desk.post
    assert codes(post(LINKS, {"tell": "email"}, dispatch.clerk)) == ["address-missing"]
    assert codes(post(LINKS, {"tell": "webhook"}, dispatch.clerk)) == ["channel-closed"]
    two = {"tell": "email", "email": "zhang@example.org, li@example.org"}
    wrong = post(LINKS, two, dispatch.clerk)
    assert wrong.status_code == 422


def test_the_customer_asks_for_another_time_in_their_own_words(dispatch: Dispatch) -> None:
    planned(dispatch)
    word = linked(dispatch)
    told = asks(dispatch, ANSWERS, {"word": word, "another_time": "下午四点以后"})
    assert told.json() == {"agreed": False}
    visit = dispatch.shown(VISIT_PATH)
    assert (visit["stage"], visit["another_time"]["note"]) == ("planned", "下午四点以后")
    assert "下午四点以后" not in facts_of(dispatch)
    (row,) = dispatch.shown("/v1/visits")["rows"]
    assert row["another_time"] is True
    assert codes(asks(dispatch, ANSWERS, {"word": word})) == ["link-over"]
    other = {"word": word, "another_time": "下午五点以后"}
    assert codes(asks(dispatch, ANSWERS, other)) == ["link-over"]
    moved = {**EXAMPLES["reschedulings"], "customer_agreed": False}
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/reschedulings", moved, dispatch.clerk))
    (row,) = dispatch.shown("/v1/visits")["rows"]
    assert row["another_time"] is False


@pytest.mark.parametrize("said", [{}, {"another_time": "下午四点以后"}])
def test_the_same_answer_sent_again_is_answered_alike_while_it_stands(
    dispatch: Dispatch, said: Mapping[str, str]
) -> None:
    """A customer on a train whose first answer was lost on the way learns that it came."""
    planned(dispatch)
    replaced, word = linked(dispatch), linked(dispatch)
    first = asks(dispatch, ANSWERS, {"word": word, **said})
    length = len(dispatch.history())
    again = asks(dispatch, ANSWERS, {"word": word, **said})
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(dispatch.history()) == length
    assert codes(asks(dispatch, ANSWERS, {"word": replaced, **said})) == ["link-over"]
    moved = {**EXAMPLES["reschedulings"], "customer_agreed": False}
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/reschedulings", moved, dispatch.clerk))
    assert codes(asks(dispatch, ANSWERS, {"word": word, **said})) == ["link-over"]


def test_a_word_that_opens_nothing_is_answered_alike_whyever(dispatch: Dispatch) -> None:
    planned(dispatch)
    replaced = linked(dispatch)
    used = linked(dispatch)
    asks(dispatch, ANSWERS, {"word": used, "another_time": "改天"})
    answers = []
    for word in (replaced, used, "x" * 43, V1, TICKET, hashlib.sha256(used.encode()).hexdigest()):
        told = asks(dispatch, LOOKS, {"word": word}, **{"Accept-Language": "en"})
        body = told.json()
        del body["request"]
        kept = {name: told.headers[name] for name in ("content-type", "cache-control")}
        answers.append((told.status_code, body, kept))
    assert all(each == answers[0] for each in answers)
    assert answers[0][0] == 410


def test_the_word_stands_in_no_record_and_in_no_log(
    dispatch: Dispatch, capsys: pytest.CaptureFixture[str]
) -> None:
    planned(dispatch)
    word = linked(dispatch)
    asks(dispatch, LOOKS, {"word": word})
    asks(dispatch, ANSWERS, {"word": word})
    logged = capsys.readouterr()
    assert "appointment-links/answers" in logged.out
    seen = json.dumps([dispatch.history(), dispatch.shown(VISIT_PATH)])
    for where in (facts_of(dispatch), logged.out, logged.err, seen):
        assert word not in where
    assert len(word) == 43, "256 bits"


def test_a_repeated_request_is_told_the_same_word_and_another_one_another(
    dispatch: Dispatch,
) -> None:
    planned(dispatch)
    word = linked(dispatch, Idempotency_Key="once")
    again = dispatch.desk.post(LINKS, {}, dispatch.clerk, Idempotency_Key="once").json()
    assert (again["repeated"], again["told"]) == (True, {"word": word})
    assert linked(dispatch) != word


def test_a_link_is_over_when_the_window_begins(dispatch: Dispatch) -> None:
    planned(dispatch)
    soon = {**WINDOW, "start_at": (LATER - timedelta(seconds=1)).isoformat()}
    move = {**EXAMPLES["reschedulings"], "window": soon, "travel_at": LATER.isoformat()}
    dispatch.done(dispatch.desk.post(f"{VISIT_PATH}/reschedulings", move, dispatch.clerk))
    told = dispatch.desk.post(LINKS, {}, dispatch.clerk)
    assert codes(told) == ["window-began"]


def test_nothing_is_answered_by_looking(dispatch: Dispatch) -> None:
    """The preview of a link asks with GET: there is no such route, and nothing comes of a look."""
    planned(dispatch)
    word = linked(dispatch)
    for path in (LOOKS, ANSWERS, f"{ANSWERS}?word={word}"):
        assert dispatch.desk.client.request("GET", path).status_code == 405
    for _ in range(2):
        assert asks(dispatch, LOOKS, {"word": word}).status_code == 200
    assert dispatch.shown(VISIT_PATH)["appointment"] is None


def test_whoever_asks_too_often_waits(tmp_path: Path) -> None:
    with web_desk(room, tmp_path, limits=DEFAULT) as desk:
        told = asked_too_often(desk, LOOKS)
    assert {each.status_code for each in told[:20]} == {410}
    assert (told[-1].status_code, codes(told[-1])) == (429, ["too-often"])


@pytest.mark.parametrize("body", [None, [], {}, {"word": 7}, {"word": "x" * 300}, {"word": ""}])
def test_what_is_no_word_is_refused(dispatch: Dispatch, body: Any) -> None:
    assert asks(dispatch, LOOKS, body).status_code in (400, 422)


def test_who_brings_a_token_of_ours_is_no_more_than_anybody(dispatch: Dispatch) -> None:
    """Nothing of a header is believed: the answer is the customer's, whoever sends it."""
    planned(dispatch)
    word = linked(dispatch)
    sent: Mapping[str, str] = {
        "Authorization": f"Bearer {dispatch.clerk}",
        "X-Occurred-At": "2026-11-23T09:30:00+08:00",
        "X-Acting-For": CLERK,
    }
    assert asks(dispatch, ANSWERS, {"word": word}, **sent).status_code == 200
    agreed = dispatch.history()[-1]
    assert (agreed["actor"], agreed["acting_for"]) == ("link:customer", None)
    assert agreed["occurred_at"].startswith("2026-11-24")
