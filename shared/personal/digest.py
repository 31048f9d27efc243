"""摘要 (digests): by them a personal text is found without being readable.

A digest is an HMAC with a key of its own. A text that is written a little differently has the same
digest. The table of digests is of no use without the key, even if all phone numbers are tried.
"""

import hmac
import re
import unicodedata
from collections.abc import Callable, Mapping

from shared.events.meaning import LookUpKind
from shared.personal.master import Master, MasterKey


class Digester:
    """摘要器: makes digests with keys derived from the master key."""

    def __init__(self, master: Master) -> None:
        self._master = master

    def digests(self, kind: LookUpKind, text: str) -> frozenset[bytes]:
        """The digests of the text. A phone field may hold several numbers, or none."""
        return self._made(self._master.now(), kind, text)

    def searched(self, kind: LookUpKind, text: str) -> frozenset[bytes]:
        """The digests by former master keys as well: the table may not be filled again yet."""
        return frozenset().union(*(self._made(e, kind, text) for e in self._master.now().all))

    def _made(self, master: MasterKey, kind: LookUpKind, text: str) -> frozenset[bytes]:
        key = master.derive(f"digest of a {kind}")
        return frozenset(
            hmac.digest(key, normal.encode("utf-8", "surrogatepass"), "sha256")
            for normal in NORMAL[kind](text)
        )


def phones(text: str) -> frozenset[str]:
    """电话号码: the numbers in a text, as dialled within China. Foreign numbers begin with `+`.

    Extensions are left out, because those who look for a number may not know them.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return frozenset(number for part in _BETWEEN.split(plain) if (number := _number(part)))


def names(text: str) -> frozenset[str]:
    """姓名、名称: a name without differences of case, width, composition and spaces."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    normal = "".join(folded.split())
    return frozenset({normal} if normal else ())


NORMAL: Mapping[LookUpKind, Callable[[str], frozenset[str]]] = {
    LookUpKind.PHONE: phones,
    LookUpKind.NAME: names,
}

_BETWEEN = re.compile(r"[/,;、|\n]|或|\bor\b")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#).*$")
_CHINA = re.compile(r"^\s*(?:\+|00)\s*86(?:\s*\(0\))?")
_ABROAD = re.compile(r"^\s*(?:\+|00)(?=\s*[1-9])")
_BARE_CHINA = re.compile(r"^86(?=1[3-9]\d{9}$)")
_DASHED_EXTENSION = re.compile(r"(?<=\d)\s*-\s*\d{1,6}\s*$")
_NO_AREA = re.compile(r"(?:1[3-9]\d{9}|[48]00\d{7})$")
_FEWEST, _LONG_ENOUGH, _AREA_AND_LOCAL = 3, 10, 9


def _number(text: str) -> str:
    text = _EXTENSION.sub("", text)
    national, is_international = _CHINA.subn("", text)
    if not is_international and _ABROAD.match(text):
        return f"+{_digits(_ABROAD.sub('', text))}"
    shorter = _DASHED_EXTENSION.sub("", national)
    if len(_digits(shorter)) >= _LONG_ENOUGH:
        national = shorter
    number = _BARE_CHINA.sub("", _digits(national))
    if is_international and len(number) >= _AREA_AND_LOCAL and not _NO_AREA.match(number):
        number = number if number.startswith("0") else f"0{number}"
    return number if len(number) >= _FEWEST else ""


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign in "0123456789")
