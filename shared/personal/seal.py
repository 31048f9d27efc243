"""密封 (sealing): personal text is encrypted before a decision, and decrypted for an answer.

AES-SIV is deterministic: the same text of the same subject and field gives the same cipher. So
rules can compare texts without reading them. Subject and field are associated data: a cipher that
is copied to another subject or field cannot be opened.
"""

import base64
import binascii
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from types import NoneType
from typing import Any, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from shared.decider import Refused, reason
from shared.events.values import Sealed
from shared.personal.fields import each_personal, rebuilt
from shared.personal.keys import KeyDestroyed, KeyNeverMade, Keys, SubjectKey

T = TypeVar("T")

ERASED = "已删除/erased"
"""Shown in place of a text whose subject was erased."""
HIDDEN = "已隐藏/hidden"
"""Shown in place of a text to those who have no right to read it, or whose seal is broken."""
LOST = "密钥已失/lost"
"""Shown in place of a text whose key is not in the key store, though nobody was erased."""

_SEALED_KEYS = frozenset({"subject", "field", "cipher"})


class SealBroken(Exception):
    """A sealed text was changed, or copied to another subject or field."""

    def __init__(self, sealed: Sealed) -> None:
        super().__init__(f"the seal of {sealed.field} of {sealed.subject} is broken")
        self.subject, self.field = sealed.subject, sealed.field


class PlainText(Exception):
    """A bug of ours: a fact with personal text in plain was to be written."""


def seal(value: T, subject: str, keys: Keys) -> T:
    """The value with every personal text in it sealed. What is sealed already stays.

    The subject's key is read only if there is something to seal. Raises KeysUnavailable, and
    Refused (`subject-erased`) for a subject whose key is destroyed.
    """
    siv: AESSIV | None = None

    def encrypt(text: str | Sealed, field: str) -> Sealed:
        nonlocal siv
        if isinstance(text, Sealed):
            return text
        siv = siv or _siv_to_seal(subject, keys)
        cipher = siv.encrypt(_bytes(text), [subject.encode(), field.encode()])
        return Sealed(subject, field, base64.urlsafe_b64encode(cipher).decode().rstrip("="))

    return each_personal(value, encrypt)


def assert_sealed(fact: object) -> None:
    """Raise PlainText if a personal field of the fact holds plain text. The error has no text."""

    def check(text: str | Sealed, field: str) -> Sealed:
        if not isinstance(text, Sealed):
            raise PlainText(f"{type(fact).__name__}: {field} holds personal text not sealed")
        return text

    each_personal(fact, check)


def unseal(sealed: Sealed, keys: Keys) -> str:
    """The text. Raises KeyDestroyed, KeyNeverMade, SealBroken, KeysUnavailable."""
    return _open(sealed, keys.find([sealed.subject]))


def open_sealed(
    value: object, keys: Keys, only: Collection[str] | None = None
) -> Any:  # of the same shape as the value
    """The same structure with every sealed text opened, or ERASED where its key is destroyed.

    `only`: the fields that are opened; all others are HIDDEN. None: every field.

    Dataclasses come back as dataclasses, mappings as dicts. A mapping with exactly the three keys
    of a sealed text, as JSON has it, is one. Raises KeyNeverMade, SealBroken, KeysUnavailable.
    """
    return _shown_in_part(value, keys, only, _opened)


def open_what_opens(
    value: object, keys: Keys, only: Collection[str] | None = None
) -> Any:  # of the same shape as the value
    """As open_sealed, but what cannot be opened says why: LOST, or HIDDEN for a broken seal."""

    def text(sealed: Sealed, found: Mapping[str, SubjectKey]) -> str:
        try:
            return _opened(sealed, found)
        except KeyNeverMade:
            return LOST
        except SealBroken:
            return HIDDEN

    return _shown_in_part(value, keys, only, text)


def hide_sealed(value: object) -> Any:  # of the same shape as the value
    """As open_sealed, but with HIDDEN in place of each text."""
    return _shown(value, lambda _: HIDDEN)


def sealed_in(value: object) -> Iterator[Sealed]:
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
                if not isinstance(part, _LEAF):  # most are; this saves a call for each in a worker
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
        # The first error would show the text.
        raise ValueError("personal text holds half of a surrogate pair") from None


def _open(sealed: Sealed, keys: Mapping[str, SubjectKey]) -> str:
    if (key := keys.get(sealed.subject)) is None:
        raise KeyNeverMade(sealed.subject)
    if key.material is None:
        raise KeyDestroyed(sealed.subject)
    try:
        cipher = base64.urlsafe_b64decode(sealed.cipher + "=" * (-len(sealed.cipher) % 4))
        names = [sealed.subject.encode(), sealed.field.encode()]
        return AESSIV(key.material).decrypt(cipher, names).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise SealBroken(sealed) from None


def _opened(sealed: Sealed, keys: Mapping[str, SubjectKey]) -> str:
    """The text, or ERASED where its key is destroyed. Raises KeyNeverMade, SealBroken."""
    try:
        return _open(sealed, keys)
    except KeyDestroyed:
        return ERASED


def _shown_in_part(
    value: object,
    keys: Keys,
    only: Collection[str] | None,
    opened: Callable[[Sealed, Mapping[str, SubjectKey]], str],
) -> object:
    """The same structure with the texts of these fields opened (None: of all), others HIDDEN."""
    found = keys.find({sealed.subject for sealed in sealed_in(value)})

    def text(sealed: Sealed) -> str:
        return opened(sealed, found) if only is None or sealed.field in only else HIDDEN

    return _shown(value, text)


def _shown(value: object, text: Callable[[Sealed], str]) -> object:
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


def _as_sealed(value: Mapping[str, str]) -> Sealed | None:
    if value.keys() != _SEALED_KEYS or not all(isinstance(v, str) for v in value.values()):
        return None
    return Sealed(**value)
