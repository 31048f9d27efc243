"""身份 over HTTP: a token says who asks; what they may do is on their card, not in the token."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from guiyi.rooms import FIRST_OPERATOR
from shared.token import AUDIENCE, ISSUER
from shared.token.keys import key_id, private_key
from tests.shared.http_desk import WebDesk, codes
from tests.shared.http_toy import NOTE, OPEN, toy_desk

PERSON = "K1"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[WebDesk]:
    with toy_desk(tmp_path) as made:
        yield made


@pytest.mark.parametrize(
    ("roles", "branches", "broken"),
    [
        (["auditor"], ["HZ"], ["role-not-on-card"]),
        (["clerk", "auditor"], ["HZ"], ["role-not-on-card"]),
        (["clerk", "customer"], ["HZ"], ["role-not-on-card"]),
        (["clerk"], ["SH"], ["branch-not-on-card"]),
        (["clerk"], ["HZ", "SH"], ["branch-not-on-card"]),
        (["clerk"], ["*"], ["branch-not-on-card"]),
        (["operator"], ["*"], ["role-not-on-card", "branch-not-on-card"]),
        (["customer"], ["HZ"], ["person-unregistered"]),
    ],
)
def test_a_token_that_claims_more_than_the_card_is_refused(
    desk: WebDesk, roles: Collection[str], branches: Collection[str], broken: list[str]
) -> None:
    desk.staff(PERSON, ["clerk"], ["HZ"])
    token = desk.token(PERSON, roles, branches)
    for told in (desk.get("/v1/toys", token), desk.post("/v1/toys", OPEN, token)):
        assert (told.status_code, codes(told)) == (403, broken)


def test_a_token_may_claim_less_than_the_card(desk: WebDesk) -> None:
    desk.staff(PERSON, ["clerk", "technician"], ["HZ", "SH"])
    path = desk.post("/v1/toys", OPEN).headers["location"]
    technician = desk.token(PERSON, ["technician"], ["HZ"])
    assert desk.get(path, technician).status_code == 200
    assert codes(desk.post(f"{path}/notes", NOTE, technician)) == ["role"]
    elsewhere = desk.token(PERSON, ["clerk"], ["SH"])
    assert codes(desk.post(f"{path}/notes", NOTE, elsewhere)) == ["unknown"]


def test_a_card_may_be_of_all_branches(desk: WebDesk) -> None:
    path = desk.post("/v1/toys", OPEN).headers["location"]
    everywhere = desk.staff(PERSON, ["clerk"], ["*"])
    assert desk.post(f"{path}/notes", NOTE, everywhere).status_code == 200
    here = desk.token(PERSON, ["clerk"], ["SH"])
    assert codes(desk.get(path, here)) == ["unknown"]


def test_who_is_on_no_card_does_nothing(desk: WebDesk) -> None:
    for role in ("clerk", "auditor", "operator"):
        stranger = desk.token("NOBODY-AT-ALL", [role], ["*"])
        for told in (desk.get("/v1/toys", stranger), desk.post("/v1/toys", OPEN, stranger)):
            assert (told.status_code, codes(told)) == (403, ["person-unregistered"])


def test_the_first_operator_needs_no_card_and_is_nothing_else(desk: WebDesk) -> None:
    first = desk.token(FIRST_OPERATOR, ["operator"], ["*"])
    assert desk.get("/v1/toys", first).status_code == 200
    clerk = desk.token(FIRST_OPERATOR, ["clerk"], ["HZ"])
    assert codes(desk.post("/v1/toys", OPEN, clerk)) == ["role-not-on-card"]


def test_a_card_of_the_first_operator_counts_as_any_other(desk: WebDesk) -> None:
    first = desk.staff(FIRST_OPERATOR, ["operator"], ["*"], active=False)
    assert codes(desk.get("/v1/toys", first)) == ["person-inactive"]


def test_what_is_taken_from_a_card_ends_within_five_seconds(
    desk: WebDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr("shared.http.entitlements.time.monotonic", lambda: now[0])
    both = desk.staff(PERSON, ["clerk"], ["HZ", "SH"])
    for roles, branches, code in (
        (["auditor"], ["HZ", "SH"], "role-not-on-card"),
        (["clerk"], ["HZ"], "branch-not-on-card"),
    ):
        desk.staff(PERSON, ["clerk"], ["HZ", "SH"])
        assert desk.post("/v1/toys", OPEN, both).status_code == 201
        desk.staff(PERSON, roles, branches)
        now[0] += 5.1
        told = desk.post("/v1/toys", OPEN, both)
        assert (told.status_code, codes(told)) == (403, [code])


def test_who_is_registered_now_need_not_wait(desk: WebDesk) -> None:
    new = desk.token(PERSON, ["clerk"], ["HZ"])
    assert codes(desk.post("/v1/toys", OPEN, new)) == ["person-unregistered"]
    desk.staff(PERSON, ["auditor"], ["HZ"])
    assert codes(desk.post("/v1/toys", OPEN, new)) == ["role-not-on-card"]
    desk.staff(PERSON, ["clerk"], ["HZ"])
    assert desk.post("/v1/toys", OPEN, new).status_code == 201


def test_tokens_from_before_a_moment_on_the_card_are_revoked(desk: WebDesk) -> None:
    now = datetime.now(UTC)
    old, new = (
        desk.token(PERSON, ["clerk"], ["HZ"], at=now + timedelta(seconds=s)) for s in (-60, 10)
    )
    desk.staff(PERSON, ["clerk"], ["HZ"], tokens_from=now)
    told = desk.post("/v1/toys", OPEN, old)
    assert (told.status_code, codes(told)) == (403, ["token-revoked"])
    assert desk.post("/v1/toys", OPEN, new).status_code == 201


@pytest.mark.parametrize("actor", ["reaction:keep", "timer:x", "import:old"])
def test_nobody_asks_as_a_service(desk: WebDesk, actor: str) -> None:
    key, at = private_key(desk.private_key), datetime.now(UTC)
    claims = {"iss": ISSUER, "aud": AUDIENCE, "jti": "1", "iat": at, "exp": at + timedelta(hours=1)}
    said = {**claims, "actor": actor, "roles": ["clerk"], "branches": ["HZ"]}
    kid = {"kid": key_id(key.public_key())}
    forged = jwt.encode(said, key, algorithm="EdDSA", headers=kid)
    told = desk.post("/v1/toys", OPEN, forged)
    assert (told.status_code, codes(told)) == (401, ["token-reserved"])
