"""令牌: only what our own key signed, and still in time, speaks for a person."""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from shared.personal.master import write_over
from shared.token import (
    LEEWAY_S,
    Caller,
    TokenClaimMissing,
    TokenElsewhere,
    TokenExpired,
    TokenForeign,
    TokenForged,
    TokenInvalid,
    TokenKeyUnusable,
    TokenMalformed,
    TokenNotYet,
    TokenReserved,
    TokenTooLong,
    make_key_pair,
    make_token,
    read_token,
)
from shared.token.exchange import StillNeeded, exchange_key_pair, forget_previous
from shared.token.keys import key_id, private_key

HOUR = timedelta(hours=1)
CLAIMS = {
    "iss": "guiyi",
    "aud": "guiyi",
    "jti": "1",
    "actor": "li",
    "roles": ["clerk"],
    "branches": ["HZ"],
}


class Signer:
    """Somebody with a key pair of his own."""

    def __init__(self, folder: Path) -> None:
        self.private, self.public = folder / "private.pem", folder / "public.pem"
        make_key_pair(self.private, self.public)

    def token(self, *, now: datetime | None = None, **said: Any) -> str:
        asked: dict[str, Any] = {"actor": "li", "roles": ["clerk"], "branches": ["HZ"], **said}
        return make_token(self.private, ttl=HOUR, now=now, **asked)

    def says(self, **claims: Any) -> str:
        """A token with exactly these claims, signed as it should be."""
        return jwt.encode(
            claims, self.private.read_text(), algorithm="EdDSA", headers={"kid": self.kid}
        )

    @property
    def kid(self) -> str:
        return key_id(private_key(self.private).public_key())

    def read(self, text: str) -> Caller:
        return read_token(text, [self.public])


@pytest.fixture
def us(tmp_path: Path) -> Signer:
    return Signer(tmp_path)


def times(*, issued: timedelta = timedelta(0), life: timedelta = HOUR) -> dict[str, datetime]:
    at = datetime.now(UTC) + issued
    return {"iat": at, "exp": at + life}


def raw(header: Mapping[str, object], claims: dict[str, Any]) -> str:
    numbers = {k: int(v.timestamp()) if isinstance(v, datetime) else v for k, v in claims.items()}
    parts = (json.dumps(part).encode() for part in (header, numbers))
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def test_a_token_says_who_asks_as_what_and_where(us: Signer) -> None:
    caller = us.read(us.token(roles={"technician", "clerk"}, branches={"HZ", "SH"}))
    assert caller == Caller("li", frozenset({"clerk", "technician"}), frozenset({"HZ", "SH"}))
    assert not caller.all_branches
    assert us.read(us.token(actor="审计员-𠮷", branches=["*"])).all_branches


def test_nobody_gets_in_after_its_time(us: Signer) -> None:
    with pytest.raises(TokenExpired) as no:
        us.read(us.token(now=datetime.now(UTC) - 2 * HOUR))
    assert no.value.code == "token-expired"


def test_a_token_that_was_read_before_ends_in_time(
    us: Signer, clock: Callable[[float], None]
) -> None:
    token = us.token()
    assert us.read(token) == us.read(token)
    clock(HOUR.total_seconds() + LEEWAY_S / 2)
    assert us.read(token).actor == "li"
    clock(HOUR.total_seconds() + 2 * LEEWAY_S)
    with pytest.raises(TokenExpired):
        us.read(token)


def test_a_token_that_was_read_before_is_not_yet_ours_when_the_clock_goes_back(
    us: Signer, clock: Callable[[float], None]
) -> None:
    token = us.token()
    assert us.read(token).actor == "li"
    clock(-2 * LEEWAY_S)
    with pytest.raises(TokenNotYet):
        us.read(token)


def test_a_signature_is_checked_once(us: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    token, changed = us.token(), us.token()[:-4] + "AAAA"
    caller = us.read(token)
    monkeypatch.setattr(jwt, "decode", _unexpected)
    assert us.read(token) == caller
    with pytest.raises(AssertionError, match="decoded"):
        us.read(changed)


def test_what_another_house_would_read_is_still_foreign(us: Signer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    them = Signer(tmp_path / "other")
    token = them.token()
    assert them.read(token).actor == "li"
    for _ in range(2):
        with pytest.raises(TokenForged):
            us.read(token)


def _unexpected(*_: object, **__: object) -> None:
    raise AssertionError("decoded")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the clock of the reader so many seconds ahead."""

    def ahead(seconds: float) -> None:
        class Later(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Self:
                return super().now(tz) + timedelta(seconds=seconds)

        monkeypatch.setattr("shared.token.datetime", Later)
        monkeypatch.setattr("jwt.api_jwt.datetime", Later)

    return ahead


def test_clocks_may_differ_a_little(us: Signer) -> None:
    short = timedelta(seconds=LEEWAY_S / 2)
    assert us.read(us.token(now=datetime.now(UTC) - HOUR - short)).actor == "li"
    assert us.read(us.token(now=datetime.now(UTC) + short)).actor == "li"
    with pytest.raises(TokenNotYet):
        us.read(us.token(now=datetime.now(UTC) + HOUR))


def test_a_token_of_another_key_is_forged(us: Signer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with pytest.raises(TokenForged) as no:
        us.read(Signer(tmp_path / "other").token())
    assert no.value.code == "token-signature"


def test_a_changed_token_is_forged(us: Signer) -> None:
    header, claims, signature = us.token().split(".")
    other = us.token(actor="wang").split(".")[1]
    with pytest.raises(TokenForged):
        us.read(f"{header}.{other}.{signature}")
    assert claims != other


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE"])
def test_an_unsigned_token_is_refused(us: Signer, algorithm: str) -> None:
    with pytest.raises(TokenInvalid):
        us.read(raw({"alg": algorithm, "typ": "JWT", "kid": us.kid}, CLAIMS | times()) + ".")


def test_the_public_key_is_no_shared_secret(us: Signer) -> None:
    unsigned = raw({"alg": "HS256", "typ": "JWT", "kid": us.kid}, CLAIMS | times())
    mac = hmac.new(us.public.read_bytes(), unsigned.encode(), hashlib.sha256).digest()
    with pytest.raises(TokenForged):
        us.read(f"{unsigned}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


@pytest.mark.parametrize(
    "lacking", ["actor", "roles", "branches", "iss", "aud", "iat", "exp", "jti"]
)
def test_a_token_says_everything_or_nothing(us: Signer, lacking: str) -> None:
    claims = CLAIMS | times()
    del claims[lacking]
    with pytest.raises(TokenClaimMissing, match=lacking) as no:
        us.read(us.says(**claims))
    assert no.value.code == "token-claim-missing"


def test_another_issuer_is_foreign(us: Signer) -> None:
    with pytest.raises(TokenForeign):
        us.read(us.says(**CLAIMS | times() | {"iss": "elsewhere"}))


@pytest.mark.parametrize("audience", ["elsewhere", ["a", "b"]])
def test_a_token_for_another_system_is_refused(us: Signer, audience: object) -> None:
    with pytest.raises(TokenElsewhere):
        us.read(us.says(**CLAIMS | times() | {"aud": audience}))


def test_no_token_is_valid_for_longer_than_twelve_hours(us: Signer) -> None:
    longest = timedelta(hours=12)
    assert us.read(us.says(**CLAIMS | times(life=longest))).actor == "li"
    for issued, life in (
        (timedelta(0), longest + timedelta(seconds=1)),
        (timedelta(0), timedelta(days=365 * 70)),
        (-timedelta(days=365 * 30), timedelta(days=365 * 100)),
    ):
        with pytest.raises(TokenTooLong):
            us.read(us.says(**CLAIMS | times(issued=issued, life=life)))
    short = us.says(**CLAIMS | times(life=timedelta(hours=2)))
    with pytest.raises(TokenTooLong):
        read_token(short, [us.public], timedelta(hours=1))


@pytest.mark.parametrize("actor", ["reaction:keep", "timer:x", "import:old", "Timer:x", "import"])
def test_no_token_speaks_for_a_service(us: Signer, actor: str) -> None:
    with pytest.raises(TokenReserved):
        us.read(us.says(**CLAIMS | times() | {"actor": actor}))
    with pytest.raises(TokenReserved):
        us.token(actor=actor)


def test_two_keys_are_accepted_while_they_change(us: Signer, tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    new, previous = Signer(tmp_path / "new"), tmp_path / "previous.pem"
    old_token, new_token, keys = us.token(), new.token(), [new.public, previous]
    with pytest.raises(TokenForged):
        read_token(old_token, keys)
    previous.write_bytes(us.public.read_bytes())
    assert [read_token(each, keys).actor for each in (old_token, new_token)] == ["li", "li"]
    previous.unlink()
    with pytest.raises(TokenForged):
        read_token(old_token, keys)
    assert read_token(new_token, keys).actor == "li"


def test_the_pair_is_exchanged_and_what_was_signed_goes_on(us: Signer, tmp_path: Path) -> None:
    previous, life = tmp_path / "previous.pem", timedelta(hours=12)
    before = us.token()

    def both() -> list[Caller]:
        return [read_token(each, [us.public, previous]) for each in (before, us.token())]

    kid = exchange_key_pair(us.private, us.public, previous, life)
    assert kid == us.kid
    assert us.private.stat().st_mode & 0o777 == 0o600
    assert len(both()) == 2
    with pytest.raises(StillNeeded):
        exchange_key_pair(us.private, us.public, previous, life)
    with pytest.raises(StillNeeded):
        forget_previous(previous, life)
    assert len(both()) == 2
    os.utime(previous, (0, 0))
    assert forget_previous(previous, life)
    assert not forget_previous(previous, life)
    with pytest.raises(TokenForged):
        both()


@pytest.mark.parametrize("written", [1, 2])
def test_an_exchange_that_was_stopped_half_way_is_repeated(
    us: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    previous, life = tmp_path / "previous.pem", timedelta(hours=12)
    left = [*range(written)]

    def stops(file: Path, content: bytes, *, mode: int) -> None:
        left.pop()
        write_over(file, content, mode=mode)

    monkeypatch.setattr("shared.token.exchange.write_over", stops)
    with pytest.raises(IndexError):
        exchange_key_pair(us.private, us.public, previous, life)
    before = us.token()
    assert read_token(before, [us.public, previous]).actor == "li"
    monkeypatch.undo()
    exchange_key_pair(us.private, us.public, previous, life)
    for each in (before, us.token()):
        assert read_token(each, [us.public, previous]).actor == "li"


@pytest.mark.parametrize("kid", [None, "0" * 16, 7, "../token-private.pem"])
def test_a_token_names_the_key_that_signed_it(us: Signer, kid: object) -> None:
    headers = {} if kid is None else {"kid": kid}
    made = raw({"alg": "EdDSA", "typ": "JWT", **headers}, CLAIMS | times())
    signature = private_key(us.private).sign(made.encode())
    text = f"{made}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(TokenInvalid):
        us.read(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"actor": 7},
        {"actor": ""},
        {"roles": "clerk"},
        {"roles": [1]},
        {"branches": {"HZ": True}},
        {"branches": [None]},
        {"exp": "tomorrow"},
        {"iat": "now"},
        {"jti": 7},
        {"jti": ""},
    ],
)
def test_a_claim_of_another_form_is_malformed(us: Signer, wrong: dict[str, Any]) -> None:
    with pytest.raises(TokenMalformed) as no:
        us.read(us.says(**CLAIMS | times() | wrong))
    assert no.value.code == "token-malformed"


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "..", "令牌", "\ud800", "a" * 100_000])
def test_garbage_is_malformed(us: Signer, text: str) -> None:
    with pytest.raises(TokenMalformed):
        us.read(text)


def test_every_refusal_has_a_code_of_its_own() -> None:
    kinds = TokenInvalid.__subclasses__()
    assert len({kind.code for kind in kinds} | {TokenInvalid.code}) == len(kinds) + 1


def test_no_refusal_shows_the_token(us: Signer) -> None:
    text = us.says(**CLAIMS | times() | {"actor": ["secret-actor"]})
    with pytest.raises(TokenMalformed) as no:
        us.read(text)
    assert "secret-actor" not in repr(no.value)
    assert no.value.__suppress_context__ or no.value.__context__ is None


def test_a_pair_is_made_once_and_its_private_half_is_ours_alone(tmp_path: Path) -> None:
    us = Signer(tmp_path)
    token, private = us.token(), us.private.read_bytes()
    make_key_pair(us.private, us.public)
    assert us.private.read_bytes() == private
    assert us.private.stat().st_mode & 0o777 == 0o600
    us.public.unlink()
    make_key_pair(us.private, us.public)
    assert us.read(token).actor == "li"


def test_a_key_that_is_none_is_named(us: Signer, tmp_path: Path) -> None:
    token, absent, garbage, other = us.token(), *(tmp_path / n for n in ("a.pem", "g.pem", "o.pem"))
    garbage.write_text("-----BEGIN PUBLIC KEY-----")
    made = generate_private_key(SECP256R1()).public_key()
    pem = serialization.PublicFormat.SubjectPublicKeyInfo
    other.write_bytes(made.public_bytes(serialization.Encoding.PEM, pem))
    for file in (absent, garbage, other, us.private):
        with pytest.raises(TokenKeyUnusable, match=file.name):
            read_token(token, [file])
    with pytest.raises(TokenKeyUnusable, match=r"public\.pem"):
        make_token(us.public, "li", [], [], HOUR)


def test_a_new_public_key_counts_at_once(us: Signer) -> None:
    old = us.token()
    assert us.read(old).actor == "li"
    us.private.unlink()
    us.public.unlink()
    make_key_pair(us.private, us.public)
    assert us.read(us.token()).actor == "li"
    with pytest.raises(TokenForged):
        us.read(old)
