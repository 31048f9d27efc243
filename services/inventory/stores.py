"""库房 (stores): of which branch a store may be, which is base's, and which ever had a part."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias

from services.inventory import ledger
from shared.decider import Rule, reason
from shared.events.cards import BranchCard

Names: TypeAlias = Callable[[str, str], Iterable[str]]
"""The streams of the record by the beginning and the end of their names: a view may be behind."""


def unusable(card: BranchCard | None, store: str) -> Iterator[Rule]:
    """Rules: the branch of a store is in the register, and active."""
    yield card is None, reason("branch-unknown", branch=store)
    yield card is not None and not card.active, reason("branch-inactive", branch=store)


def not_base(card: BranchCard | None, store: str) -> Rule:
    """A rule: what base sends, and what goes to it, is of a store that its card says is base's."""
    return card is not None and not card.is_base, reason("not-base", store=store)


def others_of(names: Names, store: str, *parts: str) -> tuple[str, ...]:
    """The stores beside this one that ever had one of the parts."""
    had = dict.fromkeys(each for part in parts for each in ledger.stores_of(names, part))
    return tuple(each for each in had if each != store)
