"""一次性链接 (one-time links): what all links to customers have alike, in every room.

A link carries a word of 256 bits that is told once; the record has its hash. Whoever brings the
word takes no token. A word that is wrong, used or over is answered alike.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol
from uuid import UUID, uuid5

from shared.decider import reason
from shared.events.values import Text
from shared.handle import Folded
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import FormRequest
from shared.http.problem import Problem

WORD = "the-word-of-the-link"
"""In the examples of the description."""
OVER = "link-over"
_COMMANDS = UUID("5f6d9c1e-0b57-4c0a-9a52-2f1c7f3e8a40")
"""The ids of commands by link are made within this; a word and an answer make one."""


@dataclass(frozen=True, slots=True)
class LinkBrought:
    """链接: the word of the link."""

    word: Text


class LinkMade(Protocol):
    """A fact that says which link was made."""

    @property
    def link(self) -> str:
        """The hash of its word."""


def hash_of(word: str) -> str:
    """What the record has of a word."""
    return hashlib.sha256(word.encode()).hexdigest()


def command_of(word: str, said: str) -> UUID:
    """The id of what is answered: the same for the same words, by the same link.

    It stands in the record, and tells nothing of them: the word of the link does not stand there.
    """
    return uuid5(_COMMANDS, f"{word}\n{said}")


def told(kind: type[LinkMade]) -> Callable[[str, Sequence[object]], Mapping[str, str]]:
    """口令: tells the word of a link, if it is the one that these facts made."""

    def tells(word: str, facts: Sequence[object]) -> Mapping[str, str]:
        made = [each for each in facts if isinstance(each, kind)]
        return {"word": word} if any(each.link == hash_of(word) for each in made) else {}

    return tells


def over() -> NoReturn:
    """Nothing is told of a link that opens nothing. Raises Problem."""
    raise Problem(410, "gone", reason(OVER))


def request_by_link(
    api: RoomApi, context: RequestContext, number: str, folded: Folded
) -> FormRequest:
    """What is asked by a link, of the paper with this number as it stands."""
    return FormRequest(
        context=context,
        registers=api.registers,
        policies=api.policies,
        number=number,
        given={},
        folded=folded,
        code=lambda _: "",
        word=lambda: "",
    )
