"""经办权 (rights): whose each kind of command of a list is, and who gives it."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from guiyi.acting import Acting, LacksRight
from guiyi.lists.kinds import Kind
from shared.step import Step


def claimed(
    needed: Mapping[Kind, Collection[str]],
    kinds: Collection[Kind],
    people: Mapping[Kind, Acting],
    branch: str | None,
) -> Mapping[Kind, Sequence[str]]:
    """The roles that each token claims for its kind. Raises LacksRight, which names all kinds."""
    found, lacks = dict[Kind, Sequence[str]](), list[str]()
    for kind in sorted(kinds):
        who, roles = people[kind], needed[kind]
        try:
            who.needs(roles, branch)
        except LacksRight as error:
            lacks.append(f"{kind}: {error}")
        found[kind] = sorted(who.roles & set(roles))
    if lacks:
        raise LacksRight("; ".join(lacks))
    return found


def by_of(rows: Sequence[object]) -> Mapping[type[object], Collection[str]]:
    """The roles that may give each command, as the steps of a paper have them."""
    return dict(_steps(rows))


def _steps(rows: Sequence[object]) -> Iterator[tuple[type[object], Collection[str]]]:
    for row in rows:
        if isinstance(row, Step):
            yield row.command, frozenset(map(str, row.by))
