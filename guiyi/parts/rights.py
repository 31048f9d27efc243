"""经办权 (rights): whose each kind of command of a list of parts is, and who gives it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum

from guiyi.acting import Acting, LacksRight
from shared.step import Step


class Kind(StrEnum):
    """种类: what a column of a list of parts asks for."""

    CATALOGUE = "catalogue"
    STOCK = "stock"
    QUOTA = "quota"


def needed() -> Mapping[Kind, Collection[str]]:
    """The roles that may give each kind of command, as the steps of the store have them."""
    from services.inventory import part_register, part_store
    from services.inventory.part_register import RegisterPart
    from services.inventory.part_store import EnterOpening, SetQuota

    by = dict(_steps([*part_register.STEPS, *part_store.STEPS]))
    return {
        Kind.CATALOGUE: by[RegisterPart],
        Kind.STOCK: by[EnterOpening],
        Kind.QUOTA: by[SetQuota],
    }


def claimed(
    kinds: Collection[Kind], people: Mapping[Kind, Acting], branch: str
) -> Mapping[Kind, Sequence[str]]:
    """The roles that each token claims for its kind. Raises LacksRight, which names all kinds."""
    found, lacks, by_kind = dict[Kind, Sequence[str]](), list[str](), needed()
    for kind in sorted(kinds):
        who, roles = people[kind], by_kind[kind]
        try:
            who.needs(roles, branch)
        except LacksRight as error:
            lacks.append(f"{kind}: {error}")
        found[kind] = sorted(who.roles & set(roles))
    if lacks:
        raise LacksRight("; ".join(lacks))
    return found


def _steps(rows: Sequence[object]) -> Iterator[tuple[type[object], Collection[str]]]:
    for row in rows:
        if isinstance(row, Step):
            yield row.command, frozenset(map(str, row.by))
