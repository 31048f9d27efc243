"""令牌 (tokens): who asks, in which roles, for which branches, signed with the installation's key.

A token is a JWT signed with Ed25519 (EdDSA), and with nothing else. It is made for this system
(`aud`), names its key (`kid`) and itself (`jti`), and is valid for some hours at most. A process
that checks tokens has only public keys and cannot make one. A token names a person. The register
says what that person may do here.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared.config import TOKEN_HOURS
from shared.events.actors import is_reserved
from shared.events.values import ALL_BRANCHES
from shared.token.keys import Stamp, key_id, make_key_pair, private_key, public_key, stamps
from shared.token.refusals import (
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
)

__all__ = [
    "AUDIENCE",
    "ISSUER",
    "LEEWAY_S",
    "LONGEST_LIFE",
    "Caller",
    "TokenClaimMissing",
    "TokenElsewhere",
    "TokenExpired",
    "TokenForeign",
    "TokenForged",
    "TokenInvalid",
    "TokenKeyUnusable",
    "TokenMalformed",
    "TokenNotYet",
    "TokenReserved",
    "TokenTooLong",
    "make_key_pair",
    "make_token",
    "read_token",
]

ISSUER = AUDIENCE = "guiyi"
LEEWAY_S = 30
"""How far the clocks of signer and checker may differ."""
LONGEST_LIFE = timedelta(hours=TOKEN_HOURS)
"""How long a token is valid at most, unless the installation says otherwise (TOKEN_HOURS)."""
_ALGORITHM = "EdDSA"
_CLAIMS = ("actor", "roles", "branches", "iss", "aud", "iat", "exp", "jti")
_LONGEST = 8192
_MOST_KNOWN = 10_000
"""Tokens that are remembered at most."""


@dataclass(frozen=True, slots=True)
class Caller:
    """来者: the person a token speaks for."""

    actor: str
    roles: frozenset[str]
    branches: frozenset[str]
    """`*` among them: every branch."""
    issued_at: float = field(default=0.0, compare=False)
    """When their token was made, in seconds since 1970."""

    @property
    def all_branches(self) -> bool:
        """Whether they may see every branch."""
        return ALL_BRANCHES in self.branches


@dataclass(frozen=True, slots=True)
class _ReadToken:
    """A token whose signature was checked. It holds between two moments, in seconds since 1970."""

    caller: Caller
    read_at: float
    expires_at: float


_KNOWN: dict[tuple[Path, Stamp, timedelta, bytes], _ReadToken] = {}
"""By key file, its state, longest life and digest of the token: the token itself is not kept."""


def make_token(
    private_key_file: Path,
    actor: str,
    roles: Collection[str],
    branches: Collection[str],
    ttl: timedelta,
    *,
    now: datetime | None = None,
) -> str:
    """A signed token, valid for `ttl` from now on. Raises TokenReserved, TokenKeyUnusable."""
    if is_reserved(actor):
        raise TokenReserved(f"{actor} is kept for services")
    at, key = now or datetime.now(UTC), private_key(private_key_file)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "iat": at,
        "exp": at + ttl,
        "jti": uuid4().hex,
        "actor": actor,
        "roles": sorted(roles),
        "branches": sorted(branches),
    }
    return jwt.encode(claims, key, algorithm=_ALGORITHM, headers={"kid": key_id(key.public_key())})


def read_token(text: str, keys: Sequence[Path], longest: timedelta = LONGEST_LIFE) -> Caller:
    """The person of the token. Raises a TokenInvalid, or TokenKeyUnusable.

    `keys`: the files of the current public key and of previous ones, which may be missing. A
    signature is checked once. What was read is remembered until the token expires, as long as the
    file of its key stays as it was.
    """
    accepted = stamps(keys)
    if len(text) > _LONGEST:
        raise TokenMalformed("a token is not that long")
    now = datetime.now(UTC).timestamp()
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    for file, stamp in accepted:
        known = _KNOWN.get((file, stamp, longest, digest))
        if known is not None and known.read_at <= now < known.expires_at:
            return known.caller
    file, stamp = _signer(text, accepted)
    claims = _claims(text, public_key(file, stamp))
    caller, expires_at = _caller(claims, longest)
    if len(_KNOWN) >= _MOST_KNOWN:
        _KNOWN.clear()
    _KNOWN[file, stamp, longest, digest] = _ReadToken(caller, now, expires_at)
    return caller


def _signer(text: str, accepted: Sequence[tuple[Path, Stamp]]) -> tuple[Path, Stamp]:
    """Which of the keys the token names."""
    try:
        kid = jwt.get_unverified_header(text).get("kid")
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenMalformed("this is not a token") from None
    for file, stamp in accepted:
        if key_id(public_key(file, stamp)) == kid:
            return file, stamp
    raise TokenForged("the token was not signed with a key of ours")


def _claims(text: str, key: Ed25519PublicKey) -> Mapping[str, object]:
    # Errors of PyJWT are not chained, because some show parts of the token.
    try:
        return jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            issuer=ISSUER,
            audience=AUDIENCE,
            leeway=LEEWAY_S,
            options={"require": list(_CLAIMS)},
        )
    except jwt.ExpiredSignatureError:
        raise TokenExpired("the token has expired") from None
    except jwt.MissingRequiredClaimError as error:
        raise TokenClaimMissing(f"the token does not say its {error.claim}") from None
    except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
        raise TokenForged("the token was not signed with our key") from None
    except jwt.InvalidIssuerError:
        raise TokenForeign("the token was issued by somebody else") from None
    except jwt.InvalidAudienceError:
        raise TokenElsewhere("the token was made for somebody else") from None
    except jwt.ImmatureSignatureError:
        raise TokenNotYet("the token lies in the future") from None
    except (jwt.PyJWTError, ValueError, OverflowError, RecursionError):
        raise TokenMalformed("this is not a token") from None


def _caller(claims: Mapping[str, object], longest: timedelta) -> tuple[Caller, float]:
    """The person, and until when."""
    match claims:
        case {
            "actor": str(actor),
            "roles": list(roles),
            "branches": list(branches),
            "jti": str(jti),
            "iat": int(issued) | float(issued),
            "exp": int(ends) | float(ends),
        } if actor and jti and all(isinstance(name, str) and name for name in (*roles, *branches)):
            if is_reserved(actor):
                raise TokenReserved("a service needs no token")
            if not 0 < ends - issued <= longest.total_seconds():
                raise TokenTooLong("the token would be valid for too long")
            return Caller(actor, frozenset(roles), frozenset(branches), issued), ends
        case _:
            raise TokenMalformed("actor is a text, roles and branches are lists of texts")
