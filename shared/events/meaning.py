"""含义 (meaning): marks in a field's annotation that tell the kernel what the field is for.

The kernel goes by these marks and never by the name of a field, so a field may be named freely.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class LookUpKind(StrEnum):
    """查找种类: as what a personal text is looked up."""

    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """查找: marks personal text by which its stream is found again."""

    kind: LookUpKind | None
    """None: the key of the mapping says it, which is the heading of a legacy desk's column."""

    def kind_of(self, key: str) -> LookUpKind | None:
        """As what the text is looked up; `key`: its key, if it stands in a mapping."""
        return self.kind or _kind_by_heading(key)


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """归属: marks the number of whoever the fact's stream belongs to.

    When their personal texts are erased, those of the stream are erased too.
    """

    prefix: str
    """What comes before the number in the name of their own stream."""

    def stream(self, number: str) -> str:
        """The name of their own stream."""
        return self.prefix + number


_HEADINGS = (
    (
        LookUpKind.PHONE,
        re.compile(r"(?:^|[._ ])(?:tele)?phone$|(?:^|[._ ])(?:tel|mobile)$|电话$|手机号?$"),
    ),
    (
        LookUpKind.NAME,
        re.compile(r"(?:^|[._ ])(?:name|contact|customer|user)$|姓名$|名称$|联系人$|用户$"),
    ),
)
_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _kind_by_heading(heading: str) -> LookUpKind | None:
    """By the last word of the heading; None if such a column is not looked up."""
    words = _WORD.sub("_", heading).casefold()
    return next((kind for kind, ending in _HEADINGS if ending.search(words)), None)
