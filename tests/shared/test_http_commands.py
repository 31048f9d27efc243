"""Stories of commands over HTTP: taken, repeated, refused, and told why."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.record.store import Read
from tests.memory_record import Memory
from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import CLOSE, NOTE, OPEN, toy_desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[WebDesk]:
    with toy_desk(tmp_path) as made:
        yield made


def opened(desk: WebDesk) -> str:
    ticket: str = desk.post("/v1/toys", OPEN).json()["ticket"]
    return f"/v1/toys/{ticket}"


def test_a_command_makes_a_fact_and_says_where_it_stands(desk: WebDesk) -> None:
    taken = desk.post("/v1/toys", OPEN)
    assert taken.status_code == 201
    assert taken.headers["etag"] == '"1"'
    assert taken.headers["location"] == "/v1/toys/BX-HZ-20261123-0001"
    assert taken.headers["x-token"].startswith("toy:")
    told = taken.json()
    assert told["stream"] == "toy-BX-HZ-20261123-0001"
    assert told["ticket"] == "BX-HZ-20261123-0001"
    assert (told["version"], told["facts"], told["repeated"]) == (1, ["ToyOpened"], False)
    assert len(desk.woken) == 1


def test_a_warning_is_told_in_both_languages(desk: WebDesk) -> None:
    (warning,) = desk.post("/v1/toys", OPEN).json()["warnings"]
    assert warning["code"] == "toy-again"
    assert (warning["zh"], warning["en"]) == (
        "同一台机器已有 T1",
        "the same machine is on T1",
    )


def test_a_repeated_command_is_answered_from_its_facts(desk: WebDesk) -> None:
    first = desk.post("/v1/toys", OPEN, Idempotency_Key="same")
    again = desk.post("/v1/toys", OPEN, Idempotency_Key="same")
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    for header in ("etag", "x-token", "location"):
        assert again.headers[header] == first.headers[header]
    assert again.json() == {**first.json(), "repeated": True}
    assert len(desk.woken) == 1


def test_the_key_of_another_command_is_another_command(desk: WebDesk) -> None:
    one, two = opened(desk), opened(desk)
    desk.post(f"{one}/notes", NOTE, Idempotency_Key="same")
    noted = desk.post(f"{two}/notes", NOTE, Idempotency_Key="same").json()
    assert (noted["facts"], noted["repeated"]) == (["ToyNoted"], False)
    clerk_2 = desk.staff("clerk-2")
    closed = desk.post(f"{two}/closings", CLOSE, clerk_2, Idempotency_Key="same").json()
    assert closed["facts"] == ["ToyClosed"]


def test_a_key_used_with_another_body_is_refused(desk: WebDesk) -> None:
    path = opened(desk)
    desk.post(f"{path}/notes", NOTE, Idempotency_Key="same")
    other = desk.post(f"{path}/notes", {"note": "另一件"}, Idempotency_Key="same")
    assert (other.status_code, codes(other)) == (422, ["key-reused"])
    numbered = desk.post("/v1/toys", OPEN, Idempotency_Key="again")
    other = desk.post("/v1/toys", {**OPEN, "count": 3}, Idempotency_Key="again")
    assert (numbered.status_code, other.status_code) == (201, 422)
    assert codes(other) == ["key-reused"]


def test_a_key_used_with_another_query_is_refused(desk: WebDesk) -> None:
    first = desk.post("/v1/toys?branch=HZ01", OPEN, Idempotency_Key="asked")
    again = desk.post("/v1/toys?branch=HZ01", OPEN, Idempotency_Key="asked")
    other = desk.post("/v1/toys?branch=NB01", OPEN, Idempotency_Key="asked")
    assert (first.status_code, other.status_code) == (201, 422)
    assert again.json()["ticket"] == first.json()["ticket"]
    assert codes(other) == ["key-reused"]


def test_what_is_true_already_makes_no_fact(desk: WebDesk) -> None:
    path = opened(desk)
    desk.post(f"{path}/notes", NOTE)
    again = desk.post(f"{path}/notes", NOTE)
    assert (again.status_code, again.json()["facts"]) == (200, [])
    assert again.headers["etag"] == '"2"'
    assert again.headers["x-token"].startswith("toy:")


@pytest.mark.parametrize("key", [None, "", "a b", "钥匙", "x" * 201])
def test_a_command_without_a_proper_key_is_not_looked_at(desk: WebDesk, key: str | None) -> None:
    headers = {b"Authorization": f"Bearer {desk.token()}".encode()}
    if key is not None:
        headers[b"Idempotency-Key"] = key.encode()
    told = desk.client.request("POST", "/v1/toys", json=OPEN, headers=headers)
    assert (told.status_code, codes(told)) == (400, ["key-missing"])


def test_every_broken_rule_is_named_with_its_numbers(desk: WebDesk) -> None:
    path = opened(desk)
    desk.post(f"{path}/closings", CLOSE)
    refused = desk.post(f"{path}/closings", {"count": 5}, Accept_Language="en-GB, zh;q=0.5")
    assert (refused.status_code, codes(refused)) == (422, ["toy-too-few", "toy-closed"])
    told = refused.json()
    assert told["type"] == "urn:guiyi:problem:refused"
    assert told["instance"] == f"{path}/closings"
    assert told["title"] == "Rules are broken; nothing has changed"
    assert told["detail"] == "only 2 of pumps; closed already"
    assert told["reasons"][0] == {
        "code": "toy-too-few",
        "numbers": {"things": "pumps", "count": 2},
        "zh": "水泵 只有 2 件",
        "en": "only 2 of pumps",
        "mended": None,
        "mends": [],
        "field": None,
        "expected": None,
        "form": None,
    }
    assert refused.headers["content-language"] == "en"
    assert refused.headers["x-request-id"] == told["request"]


def test_chinese_is_spoken_unless_english_is_asked_for(desk: WebDesk) -> None:
    path = opened(desk)
    for accepted in ("", "zh-CN,zh;q=0.9,en;q=0.8", "fr", "en;q=0.1,zh;q=0.2", "en;q=nonsense"):
        told = desk.post(f"{path}/closings", {"count": 5}, Accept_Language=accepted)
        assert told.json()["detail"] == "水泵 只有 2 件"


def test_a_stale_if_match_is_refused_and_a_true_one_taken(desk: WebDesk) -> None:
    path = opened(desk)
    assert desk.post(f"{path}/notes", NOTE, If_Match='"1"').headers["etag"] == '"2"'
    stale = desk.post(f"{path}/notes", {"note": "再记"}, If_Match='"1"')
    assert (stale.status_code, codes(stale)) == (412, ["version-mismatch"])
    assert stale.json()["reasons"][0]["numbers"] == {"seen": 1, "found": 2}
    assert desk.post(f"{path}/notes", {"note": "再记"}, If_Match='W/"2"').status_code == 200
    assert desk.post(f"{path}/notes", {"note": "又记"}, If_Match="*").status_code == 200
    strange = desk.post(f"{path}/notes", NOTE, If_Match="two")
    assert (strange.status_code, codes(strange)) == (400, ["header"])


def test_a_device_says_when_it_happened(desk: WebDesk) -> None:
    path = opened(desk)
    desk.post(f"{path}/notes", NOTE, X_Occurred_At="2026-01-02T03:04:05+08:00")
    (_, noted) = desk.get(f"/v1/tickets/{path[9:]}/history").json()["rows"]
    assert noted["occurred_at"] == "2026-01-01T19:04:05Z"
    assert noted["recorded_at"] > noted["occurred_at"]


def test_a_device_whose_clock_runs_far_ahead_is_refused(desk: WebDesk) -> None:
    path = opened(desk)
    soon = (datetime.now(UTC) + timedelta(minutes=4)).isoformat()
    late = (datetime.now(UTC) + timedelta(minutes=6)).isoformat()
    assert desk.post(f"{path}/notes", NOTE, X_Occurred_At=soon).status_code == 200
    told = desk.post(f"{path}/notes", {"note": "再记"}, X_Occurred_At=late)
    assert (told.status_code, codes(told)) == (422, ["claimed-too-late"])
    for nonsense in ("2026-01-02T03:04:05", "yesterday"):
        told = desk.post(f"{path}/notes", NOTE, X_Occurred_At=nonsense)
        assert (told.status_code, codes(told)) == (400, ["header"])


def test_what_the_route_saw_may_have_moved_on_and_is_looked_at_again(tmp_path: Path) -> None:
    store = MovesOn("toy")
    with toy_desk(tmp_path, store=store) as desk:
        path = opened(desk)
        store.other = lambda: desk.post(f"{path}/notes", {"note": "别人先记"})
        noted = desk.post(f"{path}/notes", NOTE)
        assert (noted.status_code, noted.headers["etag"]) == (200, '"3"')


class MovesOn(Memory):
    """A record in which somebody else is faster, once: between the route's look and the append."""

    other: Callable[[], object] | None = None

    def read(self, *asked: Any) -> Read:
        found = super().read(*asked)
        if (other := self.other) is not None:
            self.other = None
            other()
        return found


def test_a_closed_gate_is_told_as_such_and_nothing_has_happened(tmp_path: Path) -> None:
    store = Memory("toy")
    with toy_desk(tmp_path, store=store) as desk:
        store.gate_open = False
        told = desk.post("/v1/toys", OPEN, Idempotency_Key="later")
        assert (told.status_code, codes(told)) == (503, ["gate-closed"])
        assert told.headers["retry-after"] == "2"
        store.gate_open = True
        assert desk.post("/v1/toys", OPEN, Idempotency_Key="later").status_code == 201
