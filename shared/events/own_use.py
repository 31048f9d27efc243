"""自用与样品的事实 (facts of own use): what a store asked to use itself, and what became of it."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import fact
from shared.events.inventory import UseNature
from shared.events.values import (
    BranchCode,
    Note,
    PartList,
    PartNumber,
    Quantity,
    Ref,
    Serials,
    Text,
)

WRITER = ("inventory",)


class UseStage(StrEnum):
    """自用进度: how far a request to use parts has come."""

    NONE = "none"
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class UseLine:
    """自用行: how many of a part, and which pieces of a part that has serials."""

    part: PartNumber
    quantity: Quantity
    serials: Serials = ()


@fact(writers=WRITER)
class UseAsked:
    """自用申请: a storekeeper asks that the store use parts itself, or give them as samples."""

    number: Ref
    store: BranchCode
    use_nature: UseNature
    """What for: `internal` or `sample`."""
    lines: PartList[UseLine]
    used_by: Text
    """领用: which department or whom they are for."""
    because: Text
    asked_by: Ref


@fact(writers=WRITER)
class UseApproved:
    """自用批准: somebody else lets the parts go; they left the shelves with this."""

    approved_by: Ref


@fact(writers=WRITER)
class UseRefused:
    """自用驳回: the parts stay on the shelves."""

    because: Note
    refused_by: Ref


@fact(writers=WRITER)
class UseWithdrawn:
    """自用撤回: the parts are not needed any more; nobody had decided yet."""

    because: Note
    withdrawn_by: Ref
