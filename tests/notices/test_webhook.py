"""网络回调 against a real HTTP server that takes, fails, hangs, answers twice and lies."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.sender.message import NotTaken
from shared.sender.webhook import Webhook, key_of_secret, signature
from tests.notices.example import MESSAGE, NUMBER
from tests.notices.receivers import Answer, Hook, cuts, drips, hangs, http_server, says, status

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OK = status(204)


def hook_to(url: str, **changed: float) -> Webhook:
    made = Webhook(url, key_of_secret(SECRET))
    return replace(made, **changed)  # type: ignore[arg-type]


def test_the_signature_is_that_of_the_specification() -> None:
    key = key_of_secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    at = datetime.fromtimestamp(1614265330, UTC)
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_is_posted_is_signed_and_the_same_at_every_try() -> None:
    with http_server(hook := Hook([OK])) as url:
        hook_to(url).send(MESSAGE)
        hook_to(url).send(replace(MESSAGE, at=MESSAGE.at + timedelta(minutes=1)))
    first, second = hook.headers(0), hook.headers(1)
    assert first["webhook-id"] == second["webhook-id"] == NUMBER
    assert hook.body(0) == hook.body(1)
    assert first["webhook-timestamp"] == str(int(MESSAGE.at.timestamp()))
    key = key_of_secret(SECRET)
    assert first["webhook-signature"] == signature(key, NUMBER, MESSAGE.at, hook.body(0))
    assert hook.requests[0].startswith(b"POST /notices?of=hz HTTP/1.1\r\n")
    said = json.loads(hook.body())
    assert (said["type"], said["data"]["to"]) == ("notice.sms", MESSAGE.to)
    assert said["data"]["text"] == MESSAGE.body


TWICE = says(
    "HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
)


@pytest.mark.parametrize(
    ("answer", "why", "final"),
    [
        (status(500), "http-500", False),
        (status(400), "http-400", False),
        (status(410), "http-410", True),
        (status(302, "location: http://127.0.0.1:1/"), "http-302", False),
        (TWICE, "http-500", False),
        (says("250 taken\r\n"), "not-reached", False),
        (says("HTTP/1.1 999999 OK\r\n\r\n"), "not-reached", False),
        (says("HTTP/1.1 200 OK\r\n" + "x: y\r\n" * 1_000 + "\r\n"), "not-reached", False),
        (cuts, "not-reached", False),
        (hangs, "timed-out", False),
        (drips, "timed-out", False),
    ],
)
def test_only_a_plain_yes_counts(answer: Answer, why: str, final: bool) -> None:
    with http_server(Hook([answer])) as url, pytest.raises(NotTaken) as no:
        hook_to(url, each_s=0.3, whole_s=0.6).send(MESSAGE)
    assert (no.value.why, no.value.final) == (why, final)


@pytest.mark.parametrize(
    "answer",
    [
        says("HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\nso long"),
        says("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\nHTTP/1.1 500 x\r\n\r\n"),
    ],
)
def test_a_yes_is_a_yes_whatever_follows(answer: Answer) -> None:
    with http_server(Hook([answer])) as url:
        hook_to(url, each_s=0.3).send(MESSAGE)


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ("120", timedelta(minutes=2)),
        ("999999999999", timedelta(hours=12)),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-5", None),
    ],
)
def test_who_asks_to_be_left_alone_is_left_alone(said: str, after: timedelta | None) -> None:
    answer = status(429, f"retry-after: {said}")
    with http_server(Hook([answer])) as url, pytest.raises(NotTaken) as no:
        hook_to(url).send(MESSAGE)
    assert no.value.after == after


def test_a_secret_that_is_none_is_refused() -> None:
    for wrong in ("whsec_", "whsec_c2hvcnQ=", "whsec_äöü", "not base64!"):
        with pytest.raises(ValueError, match="a secret"):
            key_of_secret(wrong)
