"""Values that facts of every room are made of: personal text, signatures."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Sealed:
    """密封 (sealed): a personal text that only a holder of its subject's key can read."""

    subject: str
    """Whose key: a customer's stream, or the stream the text was first written on."""
    field: str
    """The field it was sealed as; the seal breaks if it is opened as another."""
    cipher: str
    """AES-SIV over the UTF-8 text, base64url. Equal text, subject and field: equal cipher."""


class PersonalMark:
    """Marks a field as personal (个人信息), and keeps sealed texts from coming in by wire."""

    def __get_pydantic_core_schema__(self, source: object, handler: Callable[[Any], Any]) -> object:
        """On the way in a personal field is plain text and nothing else."""
        return handler(str)


PERSONAL = PersonalMark()
Personal: TypeAlias = Annotated[str | Sealed, PERSONAL]
"""个人信息: plain text in a command on its way in; sealed everywhere behind the edge."""


class SignedHow(StrEnum):
    """签字方式: how a person signed."""

    SESSION = "session"
    DRAWN = "drawn"
    CODE = "code"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True)
class Signature:
    """签字: who signed what was shown, in which role and how. Void when the content changes."""

    by: str
    role: str
    how: SignedHow
    signed_at: datetime
    """When, by the signer's clock; the record's own clock stands on the fact that carries it."""
    content: str
    """SHA-256 (hex) of exactly what was shown."""
