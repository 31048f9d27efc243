"""Stories of bad input over HTTP: each gets its own kind answer, and nothing has happened."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import NOTE, OPEN, toy_desk

MIB = 1024 * 1024


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDesk]:
    """One desk for all: what is refused leaves nothing behind that another story could meet."""
    folder = tmp_path_factory.mktemp("desk")
    with toy_desk(folder, left=frozenset({"old-clerk"})) as made:
        yield made


def sent(desk: WebDesk, content: bytes, **headers: str) -> httpx.Response:
    named = desk.headers(Idempotency_Key="k", Content_Type="application/json")
    return desk.client.request("POST", "/v1/toys", content=content, headers={**named, **headers})


def fields(response: httpx.Response) -> list[tuple[str, Any]]:
    assert response.status_code == 422
    reasons = response.json()["reasons"]
    return [(each["code"], each["numbers"].get("field")) for each in reasons]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"count": "two"}, ("wrong-type", "count")),
        ({"count": 2.5}, ("wrong-type", "count")),
        ({"count": None}, ("wrong-type", "count")),
        ({"count": True}, ("wrong-type", "count")),
        ({"count": 0}, ("out-of-range", "count")),
        ({"count": 10**30}, ("out-of-range", "count")),
        ({"name": 7}, ("wrong-type", "name")),
        ({"name": {"subject": "x", "field": "name", "cipher": "y"}}, ("wrong-type", "name")),
        ({"name": "   "}, ("too-short", "name")),
        ({"name": "长" * 201}, ("too-long", "name")),
        ({"phone": "ring me"}, ("wrong-form", "phone")),
        ({"branch": "杭州"}, ("wrong-form", "branch")),
        ({"told_at": "2026-01-02T03:04:05"}, ("zone-needed", "told_at")),
        ({"told_at": "noon"}, ("wrong-type", "told_at")),
        ({"colour": "red"}, ("field-unknown", "colour")),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_mend(
    desk: WebDesk, changed: dict[str, Any], complaint: tuple[str, str]
) -> None:
    told = desk.post("/v1/toys", {**OPEN, **changed})
    codes(told)
    assert fields(told) == [complaint]
    for value in changed.values():
        if isinstance(value, str):
            assert value not in told.text


def test_every_field_that_is_wrong_is_named_at_once(desk: WebDesk) -> None:
    told = desk.post("/v1/toys", {"branch": "HZ", "name": "王", "count": "x", "extra": 1})
    assert sorted(fields(told)) == [
        ("field-missing", "phone"),
        ("field-missing", "things"),
        ("field-unknown", "extra"),
        ("wrong-type", "count"),
    ]
    assert "缺少 phone（电话），请补上：电话号码，如 0571-8700 1234" in told.json()["detail"]


@pytest.mark.parametrize("content", [b"[]", b'"text"', b"7", b"null", b""])
def test_a_body_that_is_no_object_is_refused(desk: WebDesk, content: bytes) -> None:
    told = sent(desk, content)
    assert told.status_code == 422
    assert codes(told)[0] in ("wrong-type", "field-missing")


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b"{'branch': 1}",
        b'{"count": NaN}',
        b'{"name": "\xff\xfe"}',
        b'{"name": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 5_000,
    ],
)
def test_what_is_not_json_is_refused_as_such(desk: WebDesk, content: bytes) -> None:
    told = sent(desk, content)
    assert (told.status_code, codes(told)) == (422, ["not-json"])


def test_another_kind_of_content_is_refused_as_such(desk: WebDesk) -> None:
    told = sent(desk, b"branch=HZ", **{"Content-Type": "application/x-www-form-urlencoded"})
    assert (told.status_code, codes(told)) == (415, ["not-json"])


def test_a_nul_character_is_refused_with_its_place(desk: WebDesk) -> None:
    told = desk.post("/v1/toys", {**OPEN, "name": "王\0明"})
    assert (codes(told), fields(told)) == (["nul"], [("nul", "name")])


@pytest.mark.parametrize(
    "name", ["👩🏽‍🔧 小王", "𠮷田𪚥", "José Ñandú", "ﷺ", "ẞ ﬁ", "\u200fالعربية\u200f"]
)
def test_emoji_and_rare_characters_are_kept_as_they_are(desk: WebDesk, name: str) -> None:
    path = desk.post("/v1/toys", {**OPEN, "name": name}).headers["location"]
    assert desk.get(path).json()["opened"]["name"] == name


def test_one_name_typed_in_two_ways_is_one_name(desk: WebDesk) -> None:
    apart, together = "Jose\u0301", "Jos\u00e9"
    path = desk.post("/v1/toys", {**OPEN, "name": apart}).headers["location"]
    assert desk.get(path).json()["opened"]["name"] == together


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read(desk: WebDesk) -> None:
    read = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal read
        for _ in range(160):
            read += 65536
            yield b" " * 65536

    named = desk.headers(Idempotency_Key="k", Content_Type="application/json")
    told = desk.client.request("POST", "/v1/toys", content=parts(), headers=named)
    assert (told.status_code, codes(told)) == (413, ["too-large"])
    assert told.json()["reasons"][0]["numbers"] == {"limit": MIB}
    assert read <= MIB + 2 * 65536
    claims = {**named, "Content-Length": str(10 * MIB)}
    told = desk.client.request("POST", "/v1/toys", content=parts(), headers=claims)
    assert (told.status_code, codes(told)) == (413, ["too-large"])


def test_a_body_just_within_the_limit_is_read(desk: WebDesk) -> None:
    body = json.dumps(OPEN).encode()
    assert sent(desk, body + b" " * (MIB - len(body))).status_code == 201
    assert sent(desk, body + b" " * (MIB - len(body) + 1)).status_code == 413


def test_a_body_that_does_not_come_is_not_waited_for(tmp_path: Path) -> None:
    never = asyncio.Event()

    async def parts() -> AsyncIterator[bytes]:
        yield b"{"
        await never.wait()

    with toy_desk(tmp_path, body_patience=0.05) as desk:
        headers = desk.headers(Idempotency_Key="k", Content_Type="application/json")
        told = desk.client.request("POST", "/v1/toys", content=parts(), headers=headers)
        assert (told.status_code, codes(told)) == (408, ["too-slow"])


def test_nobody_is_let_in_without_a_good_token(desk: WebDesk) -> None:
    before = datetime.now(UTC) - timedelta(hours=2)
    expired = desk.token(at=before, ttl=timedelta(hours=1))
    changed = desk.token()[:-4] + "AAAA"
    for headers, code in (
        ({}, "token-missing"),
        ({"Authorization": "Basic abc"}, "token-missing"),
        ({"Authorization": "Bearer "}, "token-missing"),
        ({"Authorization": "Bearer abc"}, "token-malformed"),
        ({"Authorization": f"Bearer {changed}"}, "token-signature"),
        ({"Authorization": f"Bearer {expired}"}, "token-expired"),
    ):
        for method, path in (("POST", "/v1/toys"), ("GET", "/v1/toys")):
            told = desk.client.request(method, path, headers=headers)
            assert (told.status_code, codes(told)) == (401, [code])
            assert told.headers["www-authenticate"].startswith("Bearer")


def test_who_asks_is_settled_before_what_he_sends_is_read(desk: WebDesk) -> None:
    told = desk.client.request("POST", "/v1/toys", content=b"{" * 10 * MIB)
    assert told.status_code == 401


def test_another_role_does_not_do_it(desk: WebDesk) -> None:
    told = desk.post("/v1/toys", OPEN, desk.staff("t", ["technician"], ["HZ"]))
    assert (told.status_code, codes(told)) == (403, ["role"])
    assert "这一步请由以下角色办理：客服；你的角色：售后人员" in told.json()["detail"]


def test_another_branch_is_not_touched_nor_shown(desk: WebDesk) -> None:
    path = desk.post("/v1/toys", OPEN).headers["location"]
    foreign = desk.staff("clerk-2", ["clerk"], ["SH", "NB"])
    told = desk.post("/v1/toys", OPEN, foreign)
    assert (told.status_code, codes(told)) == (403, ["foreign-branch"])
    for told in (
        desk.post(f"{path}/notes", NOTE, foreign),
        desk.get(path, foreign),
        desk.get(path.replace("toys", "toy-rows"), foreign),
        desk.get(f"/v1/tickets/{path[9:]}/history", foreign),
    ):
        assert (told.status_code, codes(told)) == (404, ["unknown"])
    assert desk.get("/v1/toys", foreign).json()["rows"] == []
    everywhere = desk.staff("clerk-3", ["clerk"], ["*"])
    assert desk.post(f"{path}/notes", NOTE, everywhere).status_code == 200
    assert path[9:] in [row["ticket"] for row in desk.get("/v1/toys", everywhere).json()["rows"]]


def test_who_left_is_refused_though_his_token_is_good(desk: WebDesk) -> None:
    left = desk.token("old-clerk")
    for told in (desk.post("/v1/toys", OPEN, left), desk.get("/v1/toys", left)):
        assert (told.status_code, codes(told)) == (403, ["person-inactive"])


def test_what_is_not_there_is_said_to_be_unknown(desk: WebDesk) -> None:
    for told in (
        desk.get("/v1/toys/BX-HZ-20261123-9999"),
        desk.get("/v1/toy-rows/BX-HZ-20261123-9999"),
        desk.get("/v1/tickets/BX-HZ-20261123-9999/history"),
        desk.post("/v1/toys/BX-HZ-20261123-9999/notes", NOTE),
        desk.get("/v1/elsewhere"),
        desk.get("/v1/toys/"),
    ):
        assert (told.status_code, codes(told)) == (404, ["unknown"])


def test_another_method_is_told_which_ones_there_are(desk: WebDesk) -> None:
    told = desk.client.request("DELETE", "/v1/toys", headers=desk.headers())
    assert (told.status_code, codes(told)) == (405, ["method"])
    assert told.headers["allow"]


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "notes=many"])
def test_a_parameter_out_of_range_is_named(desk: WebDesk, query: str) -> None:
    told = desk.get(f"/v1/toys?{query}")
    assert fields(told) == [
        ("out-of-range" if query in ("limit=0", "limit=201") else "wrong-type", query[:5])
    ]


@pytest.mark.parametrize("after", ["abc", "W10", "WzFd", "%00", "W1siYSJdLDFd"])
def test_a_bookmark_that_is_not_ours_is_refused(desk: WebDesk, after: str) -> None:
    told = desk.get(f"/v1/toys?after={after}")
    assert (told.status_code, codes(told)) == (400, ["parameter"])


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_is_none_in_utc_is_refused(desk: WebDesk, said: str) -> None:
    told = sent(desk, b"{}", **{"X-Occurred-At": said})
    assert told.status_code == 400
    assert "X-Occurred-At" in told.text


def test_a_length_of_very_many_digits_is_too_large(desk: WebDesk) -> None:
    told = sent(desk, b"{}", **{"Content-Length": "9" * 5_000})
    assert told.status_code == 413


def test_a_nul_in_the_path_is_refused(desk: WebDesk) -> None:
    told = desk.client.request("GET", "/v1/tickets/%00/history", headers=desk.headers())
    assert codes(told) == ["nul"]
