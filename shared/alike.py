"""写法 (spellings): numbers of pieces and papers are compared however people have written them.

What is shown and stored keeps its spelling; a folding is for comparing alone, and for the names of
streams.
"""

import unicodedata
from collections.abc import Iterable, Mapping

_DASH = "Pd"
_UNSEEN = "Cf"


def alike(text: str) -> str:
    """同号: a serial number or a model without differences of width, case, blanks and dashes.

    Signs that nobody sees are left out too.
    """
    if text.isascii():
        return "".join(text.casefold().split())
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(_seen(each) for each in "".join(plain.split()))


def digits_alike(text: str) -> str:
    """同单号: the number of a paper by its letters and digits alone; if it has none, as `alike`."""
    plain = alike(text)
    return "".join(each for each in plain if each.isalnum()) or plain


def known_as(named: Iterable[str], known: Iterable[str]) -> Mapping[str, str]:
    """账上写法: of each name that the books have in another spelling, how they have it."""
    spelled, before = {alike(each): each for each in named}, frozenset(known)
    return {
        mine: each
        for each in sorted(before)
        if (mine := spelled.get(alike(each), each)) not in before
    }


def _seen(sign: str) -> str:
    """A sign as it is compared: every dash is the same, and an invisible one is none."""
    category = unicodedata.category(sign)
    if category == _DASH:
        return "-"
    return "" if category == _UNSEEN else sign
