"""令牌 (tokens): who asks, in which roles, for which branches, signed with the installation's key.

A token is a JWT signed with Ed25519 (EdDSA), and with nothing else. A process that checks tokens
has only the public key and cannot make one. A token names a person. The register says whether that
person still works here.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.events.actors import is_reserved
from shared.events.values import ALL_BRANCHES
from shared.personal.master import write_once

ISSUER = "guiyi"
LEEWAY_S = 30
"""How far the clocks of signer and checker may differ."""
_ALGORITHM = "EdDSA"
_CLAIMS = ("actor", "roles", "branches", "iss", "iat", "exp")
_LONGEST = 8192
_MOST_KNOWN = 10_000
"""Tokens that are remembered at most."""


class TokenInvalid(Exception):
    """令牌无效: the token is refused. The message shows nothing of it."""

    code: ClassVar[str] = "token-invalid"


class TokenMalformed(TokenInvalid):
    """It is no signed token, or a claim has the wrong form."""

    code = "token-malformed"


class TokenForged(TokenInvalid):
    """It was not signed with our key, or not in our way."""

    code = "token-signature"


class TokenClaimMissing(TokenInvalid):
    """It is ours, but a claim is missing that every token must have."""

    code = "token-claim-missing"


class TokenForeign(TokenInvalid):
    """It names another issuer, although it was signed with our key."""

    code = "token-issuer"


class TokenNotYet(TokenInvalid):
    """Its time of issue is in the future: one of the two clocks is wrong."""

    code = "token-not-yet"


class TokenReserved(TokenInvalid):
    """It speaks for a service: a reaction, a timer, an import. None of them needs a token."""

    code = "token-reserved"


class TokenExpired(TokenInvalid):
    """过期: it was valid once; its owner needs a new one."""

    code = "token-expired"


class TokenKeyUnusable(Exception):
    """The file of a key is missing, or has no Ed25519 key of the right kind."""


@dataclass(frozen=True, slots=True)
class Caller:
    """来者: the person a token speaks for."""

    actor: str
    roles: frozenset[str]
    branches: frozenset[str]
    """`*` among them: every branch."""

    @property
    def all_branches(self) -> bool:
        """Whether they may see every branch."""
        return ALL_BRANCHES in self.branches


@dataclass(frozen=True, slots=True)
class _ReadToken:
    """A token whose signature was checked. It holds between two moments, in seconds since 1970."""

    caller: Caller
    read_at: float
    expires_at: int


_KNOWN: dict[tuple[Path, tuple[int, int, int], bytes], _ReadToken] = {}
"""By the file of the key, its state, and the digest of the token: the token itself is not kept."""


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
    at = now or datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "iat": at,
        "exp": at + ttl,
        "actor": actor,
        "roles": sorted(roles),
        "branches": sorted(branches),
    }
    return jwt.encode(claims, _private_key(private_key_file), algorithm=_ALGORITHM)


def read_token(text: str, public_key_file: Path) -> Caller:
    """The person of the token. Raises a TokenInvalid, or TokenKeyUnusable.

    A signature is checked once. What was read is remembered until the token expires, as long as the
    file of the key stays as it was.
    """
    stamp = _stamp(public_key_file)
    if len(text) > _LONGEST:
        raise TokenMalformed("a token is not that long")
    now = datetime.now(UTC).timestamp()
    name = public_key_file, stamp, hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    known = _KNOWN.get(name)
    if known is not None and known.read_at <= now < known.expires_at:
        return known.caller
    claims = _claims(text, _public_key(public_key_file, stamp))
    caller, expires_at = _caller(claims), claims["exp"]
    if isinstance(expires_at, int):
        if len(_KNOWN) >= _MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[name] = _ReadToken(caller, now, expires_at)
    return caller


def make_key_pair(private_file: Path, public_file: Path) -> None:
    """Make the files (PEM) with a new Ed25519 pair. A private key that exists stays."""
    made = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    write_once(private_file, made, mode=0o600)
    shown = _private_key(private_file).public_key()
    pem = serialization.PublicFormat.SubjectPublicKeyInfo
    write_once(public_file, shown.public_bytes(serialization.Encoding.PEM, pem), mode=0o644)


def _claims(text: str, key: Ed25519PublicKey) -> Mapping[str, object]:
    # Errors of PyJWT are not chained, because some show parts of the token.
    try:
        return jwt.decode(
            text,
            key,
            algorithms=[_ALGORITHM],
            issuer=ISSUER,
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
    except jwt.ImmatureSignatureError:
        raise TokenNotYet("the token lies in the future") from None
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise TokenMalformed("this is not a token") from None


def _caller(claims: Mapping[str, object]) -> Caller:
    match claims:
        case {"actor": str(actor), "roles": list(roles), "branches": list(branches)} if (
            actor and all(isinstance(name, str) and name for name in (*roles, *branches))
        ):
            if is_reserved(actor):
                raise TokenReserved("a service needs no token")
            return Caller(actor, frozenset(roles), frozenset(branches))
        case _:
            raise TokenMalformed("actor is a text, roles and branches are lists of texts")


def _stamp(file: Path) -> tuple[int, int, int]:
    try:
        found = file.stat()
    except OSError as error:
        raise TokenKeyUnusable(
            f"{file}: {error.strerror}; TOKEN_PUBLIC_KEY_FILE names it"
        ) from None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_ino


@lru_cache(maxsize=4)
def _public_key(file: Path, _stamp: tuple[int, int, int]) -> Ed25519PublicKey:
    """Read once for each state of the file, because every request needs it."""
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise TokenKeyUnusable(f"{file} cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PublicKey):
        raise TokenKeyUnusable(f"{file} holds no public Ed25519 key")
    return key


def _private_key(file: Path) -> Ed25519PrivateKey:
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise TokenKeyUnusable(f"{file} cannot be read: {type(error).__name__}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise TokenKeyUnusable(f"{file} holds no private Ed25519 key")
    return key
