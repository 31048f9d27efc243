"""密封 (sealing): personal text is closed before it is decided on, and opened on the way out.

AES-SIV is deterministic: the same text of the same subject and field gives the same cipher, so
"already true" and "changed" are told without opening. Subject and field are associated data: a
cipher copied to another subject or field does not open.
"""

import base64
import binascii
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from types import NoneType
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.decider import Refused, reason
from shared.events.values import Sealed
from shared.personal.fields import each_personal, has_personal, rebuilt
from shared.personal.keys import KeyDestroyed, KeyNeverMade, Keys, SubjectKey

T = TypeVar("T")

ERASED = "已删除/erased"
"""Shown in place of a text whose subject was erased."""
HIDDEN = "已隐藏/hidden"
"""Shown in place of a text to whoever has no right to read it."""

_SEALED_KEYS = frozenset({"subject", "field", "cipher"})


class SealBroken(Exception):
    """A sealed text was changed, or moved to another subject or field."""

    def __init__(self, sealed: Sealed) -> None:
        super().__init__(f"the seal of {sealed.field} of {sealed.subject} is broken")
        self.subject, self.field = sealed.subject, sealed.field


class PlainText(Exception):
    """A bug of ours: a fact was about to be written with personal text in plain."""


def seal(value: T, subject: str, keys: Keys) -> T:
    """The same value with every personal text in it sealed; what is sealed already stays.

    Asks for the subject's key only when there is something to seal. Raises KeysUnavailable;
    Refused (`subject-erased`) for a subject whose key is destroyed.
    """
    siv: AESSIV | None = None

    def close(text: str | Sealed, field: str) -> Sealed:
        nonlocal siv
        if isinstance(text, Sealed):
            return text
        siv = siv or _siv_to_seal(subject, keys)
        closed = siv.encrypt(_bytes(text), [subject.encode(), field.encode()])
        return Sealed(subject, field, base64.urlsafe_b64encode(closed).decode().rstrip("="))

    return each_personal(value, close) if has_personal(type(value)) else value


def assert_sealed(fact: object) -> None:
    """Raise PlainText if a personal field of the fact holds plain text; the text is not shown."""

    def check(text: str | Sealed, field: str) -> Sealed:
        if not isinstance(text, Sealed):
            raise PlainText(f"{type(fact).__name__}: {field} holds personal text not sealed")
        return text

    if has_personal(type(fact)):
        each_personal(fact, check)


def unseal(sealed: Sealed, keys: Keys) -> str:
    """The text. Raises KeyDestroyed, KeyNeverMade, SealBroken, KeysUnavailable."""
    return _open(sealed, keys.find([sealed.subject]))


def open_sealed(value: Any, keys: Keys) -> Any:
    """The same structure with every sealed text opened, or ERASED where its key is destroyed.

    Dataclasses come back as dataclasses, mappings as dicts; a mapping of exactly a sealed text's
    three keys, as a row of JSON has it, is one. Raises KeyNeverMade, SealBroken, KeysUnavailable.
    """
    found = keys.find({sealed.subject for sealed in sealed_in(value)})

    def text(sealed: Sealed) -> str:
        try:
            return _open(sealed, found)
        except KeyDestroyed:
            return ERASED

    return _shown(value, text)


def hide_sealed(value: Any) -> Any:
    """As open_sealed, for whoever may not read personal text: HIDDEN in place of each."""
    return _shown(value, lambda _: HIDDEN)


def sealed_in(value: Any) -> Iterator[Sealed]:
    """Every sealed text in a structure of dataclasses and builtins."""
    match value:
        case Sealed():
            yield value
        case Mapping():
            if (sealed := _as_sealed(value)) is not None:
                yield sealed
            else:
                for part in value.values():
                    yield from sealed_in(part)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from sealed_in(part)
        case _ if is_dataclass(value):
            for field in fields(value):
                part = getattr(value, field.name)
                if not isinstance(part, _LEAF):  # most are, and a worker asks this of every fact
                    yield from sealed_in(part)
        case _:
            return


_LEAF = (str, int, NoneType, date)


def _siv_to_seal(subject: str, keys: Keys) -> AESSIV:
    try:
        return AESSIV(keys.key_for(subject))
    except KeyDestroyed:
        raise Refused(reason("subject-erased", subject=subject)) from None


def _bytes(text: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError:
        # The error itself would show the text.
        raise ValueError("personal text holds half of a surrogate pair") from None


def _open(sealed: Sealed, keys: Mapping[str, SubjectKey]) -> str:
    if (key := keys.get(sealed.subject)) is None:
        raise KeyNeverMade(sealed.subject)
    if key.material is None:
        raise KeyDestroyed(sealed.subject)
    try:
        closed = base64.urlsafe_b64decode(sealed.cipher + "=" * (-len(sealed.cipher) % 4))
        names = [sealed.subject.encode(), sealed.field.encode()]
        return AESSIV(key.material).decrypt(closed, names).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise SealBroken(sealed) from None


def _shown(value: Any, text: Callable[[Sealed], str]) -> Any:
    match value:
        case Sealed():
            return text(value)
        case Mapping():
            if (sealed := _as_sealed(value)) is not None:
                return text(sealed)
            return {key: _shown(part, text) for key, part in value.items()}
        case list() | tuple() | set() | frozenset():
            return rebuilt(value, [_shown(part, text) for part in value])
        case _ if is_dataclass(value) and not isinstance(value, type):
            before = {field.name: getattr(value, field.name) for field in fields(value)}
            after = {name: _shown(part, text) for name, part in before.items()}
            changed = {name: part for name, part in after.items() if part is not before[name]}
            return replace(value, **changed) if changed else value
        case _:
            return value


def _as_sealed(value: Mapping[Any, Any]) -> Sealed | None:
    if value.keys() != _SEALED_KEYS or not all(isinstance(v, str) for v in value.values()):
        return None
    return Sealed(**value)
