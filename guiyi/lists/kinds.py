"""表种 (kinds of lists): what a list is of, its columns, and what each row asks a room for."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from guiyi.plain import JsonObject

Said: TypeAlias = Mapping[str, str]
"""What a row says, by the codes of its columns; only columns that the file has."""
Headings: TypeAlias = Mapping[str, tuple[str, ...]]
"""The columns of a list: the code of each, and the headings that people give it."""
Identity: TypeAlias = tuple[str, str]
"""A column, and what no other row may say in it."""


class Kind(StrEnum):
    """种类: what a column of a list asks for."""

    CATALOGUE = "catalogue"
    STOCK = "stock"
    QUOTA = "quota"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Ask:
    """申请: one command that a row asks for: whose it is, its path and its body."""

    kind: Kind
    path: str
    body: JsonObject
    is_once: bool = True
    """True if it counts only once. Otherwise every list that has it sets it again."""
    branch: str | None = None
    """The branch that is named for it."""


@dataclass(frozen=True, slots=True)
class CardAsk(Ask):
    """登记卡: a card in whole, to be registered, or changed if it is there."""

    number: str = ""
    left_out: Collection[str] = ()
    """Fields for which the file has no column; a card that is there keeps them."""
    version: int | None = None
    """The version of the card that the file was made from; None: of the card as it is now."""


@dataclass(frozen=True, slots=True)
class ListKind:
    """表种: a list of one kind, and the room that takes it."""

    name: str
    room: str
    key: str
    """The column that every file needs."""
    headings: Headings
    kinds: Mapping[str, Kind]
    """Without a value in this column a row asks for nothing of the kind."""
    asks: Callable[[Said, str, Sequence[str]], Sequence[Ask]]
    """What a row asks for at a branch; the forms of its dates. Raises Unreadable."""
    needed: Callable[[], Mapping[Kind, Collection[str]]]
    """The roles that may give each kind of command."""
    one_branch: bool = True
    """Whether all of it belongs to the branch that is named; else each row says to which."""
    same: Callable[[Said], Sequence[Identity]] = lambda _: ()
    """What no other row of a file may say again with other values."""
