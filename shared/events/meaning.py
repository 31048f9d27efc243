"""含义 (meaning): marks in the annotation of a field that tell the kernel what the field is for.

The kernel uses these marks and never the name of a field, so fields can be named freely.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class LookUpKind(StrEnum):
    """查找种类: the kind of text by which a stream is looked up."""

    PHONE = "phone"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class LookedUp:
    """查找: marks personal text by which its stream can be looked up."""

    kind: LookUpKind | None
    """None: the key in the mapping decides. It is the heading of a column of a legacy desk."""

    def kind_of(self, key: str) -> LookUpKind | None:
        """The kind of this text; None: it is not looked up. `key`: its key in a mapping, if any."""
        return self.kind or _kind_by_heading(key)


@dataclass(frozen=True, slots=True)
class OwnedBy:
    """归属: marks a number that names the owner of the fact's stream.

    When the owner's personal texts are erased, those of the stream are erased too.
    """

    prefix: str
    """What stands before the number in the name of the owner's own stream."""

    def stream(self, number: str) -> str:
        """The name of the owner's own stream."""
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
    """The kind by the last word of a heading; None if such a column is not looked up."""
    words = _WORD.sub("_", heading).casefold()
    return next((kind for kind, ending in _HEADINGS if ending.search(words)), None)
