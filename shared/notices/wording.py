"""通知文字 (the wording): the text of a notice, made when it is sent and kept nowhere."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from shared.policy.notices import Wording

CODES = "codes to sign with"
WORDS = "words of commands"
"""For which purpose the secret is derived from the master key."""


@dataclass(frozen=True, slots=True)
class Written:
    """通知全文: as it goes out."""

    subject: str
    body: str


def word_of(secret: bytes, command: UUID) -> str:
    """口令: 256 bits that follow from a command and from a secret of ours."""
    word = hmac.digest(secret, command.bytes, "sha256")
    return urlsafe_b64encode(word).decode().rstrip("=")


def digits_of(word: str) -> str:
    """签字码: six digits that follow from a word."""
    return f"{int.from_bytes(sha256(word.encode()).digest()) % 1_000_000:06}"


def digest_of(secret: bytes, about: str, digits: str) -> str:
    """What the record has of a code: without the secret nobody can try the million of them out."""
    return hmac.digest(secret, f"{about}\n{digits}".encode(), "sha256").hex()


def link(page: str | None, word: str) -> str:
    """What the customer opens. The word stands behind the `#`: no server is asked for it."""
    return f"{page}#{word}" if page else word


def written(wording: Wording, places: Mapping[str, str]) -> Written:
    """The text with what stands in its braces."""
    return Written(wording.subject.format_map(places), wording.body.format_map(places))
