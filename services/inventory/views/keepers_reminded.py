"""已提醒库管 (keepers reminded): of what, part by part, until approvers are told; feeds a clock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.old_parts import OldPartsUrged
from shared.events.replenishments import KeeperDuty, KeeperOverdue, RefillDrafted, RefillUrged
from shared.view import Key, Recorded


@dataclass(frozen=True, slots=True)
class Row:
    """已提醒一行: a part of a store, and since when its keeper has been late."""

    stream: str
    """Of the book of the part."""
    branch: str
    """The store's."""
    part: str
    due: datetime
    """By when it was to be done; of old parts, when the keeper was reminded."""


@dataclass(eq=False, slots=True)
class KeepersReminded:
    """已提醒库管: the view of one duty."""

    NAME: str
    keys: Callable[[Recorded], Iterable[Key]]
    project: Callable[[Key, Row | None, Recorded], Row | None]
    VERSION: int = 1
    KEY: tuple[str, ...] = ("stream",)
    INDEXES: tuple[tuple[str, ...], ...] = (("branch",),)
    Row: type[Row] = Row


def _of(duty: KeeperDuty, *touched: type) -> KeepersReminded:
    def keys(recorded: Recorded) -> Iterable[Key]:
        fact = recorded.fact
        over = isinstance(fact, KeeperOverdue) and fact.duty is duty
        return [(recorded.stream,)] if over or isinstance(fact, touched) else []

    return KeepersReminded(f"keepers_reminded_{duty.value}", keys, _after)


def _after(key: Key, _row: Row | None, recorded: Recorded) -> Row | None:
    """There from a reminder on, until approvers are told, or there is a newer draft."""
    stream = str(key[0])
    match recorded.fact:
        case RefillUrged(store=store, part=part, due_at=due_at):
            return Row(stream, store, part, due_at)
        case OldPartsUrged(store=store, part=part):
            return Row(stream, store, part, recorded.recorded_at)
        case _:
            return None


ASKING = _of(KeeperDuty.ASKING, RefillDrafted, RefillUrged)
LISTING = _of(KeeperDuty.LISTING, OldPartsUrged)
