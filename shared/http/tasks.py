"""待办的接口 (HTTP of tasks, alike in every room): what waits, for me and for whom I act for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from fastapi import APIRouter

from shared import tasks
from shared.events.cards import DelegationDocument
from shared.events.values import ALL_BRANCHES, Role
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.deputies import Deputies
from shared.http.query import Before, Listed, Paged
from shared.view import View, ViewRow
from shared.visibility import EMPLOYEES, same_for

READS = same_for(EMPLOYEES)
SEE_ALL = frozenset({Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.AUDITOR})
"""Who is shown what waits for others: everybody else is shown their own."""


@dataclass(frozen=True, slots=True)
class TaskListed(tasks.Row):
    """待办一行: what waits, and whether for whoever asks, or for whom they act for."""

    mine: bool = False
    acting_for: tuple[str, ...] = ()
    """For whom they could take it today, by what was delegated to them."""


def routes(
    api: RoomApi,
    router: APIRouter,
    view: View,
    only: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """The list of tasks of a room. `only`: which rows are tasks, if the view has others too."""

    @api.query(router, "/tasks", reads=READS, shows=TaskListed)
    def list_tasks(  # noqa: PLR0913 - a filter for each question of a desk
        context: RequestContext,
        page: Paged,
        *,
        branch: str | None = None,
        ticket: str | None = None,
        paper: str | None = None,
        person: str | None = None,
        mine: bool = False,
        overdue: bool = False,
    ) -> Listed:
        """待办: what waits on papers. `mine`: for you, and for those you act for; `overdue`: late.

        Clerks, approvers, general managers and auditors are shown what waits for others as well.
        Whom base sends is shown what waits for them there among their own.
        """
        own, others = own_words(api, context), words_of_others(api, context)
        alone = mine or not SEE_ALL & context.caller.roles
        words = {*own, *_within(context, others)}
        where = {
            "branch": branch,
            "ticket": ticket,
            "paper": paper,
            "person": person,
            "whom": tuple(sorted(words)) if alone else None,
            "due_at": Before(api.registers.now()) if overdue else None,
            **only,
        }

        def told(rows: Sequence[ViewRow]) -> Sequence[object]:
            return [_listed(row, own, others) for row in rows if _is_shown(api, context, row)]

        # The words are of the caller's branches, or name the caller themselves, wherever they are.
        return Listed(view, page, where, told=told, anywhere=alone)


def _within(context: RequestContext, words: Iterable[str]) -> Iterator[str]:
    """How rows of the caller's branches name what was delegated to them, perhaps for all."""
    for word in words:
        role, _, branch = word.partition("@")
        if branch == ALL_BRANCHES and context.walls is not None:
            yield from (tasks.at(role, each) for each in context.walls)
        elif context.within(branch):
            yield word


def _is_shown(api: RoomApi, context: RequestContext, row: tasks.Row) -> bool:
    """Whether the row is of their branches, or its paper is open to them at another one."""
    if context.within(row.branch):
        return True
    state = api.registers.stream(row.stream).state
    return context.caller.actor in api.open_to(row.stream, state)


def own_words(api: RoomApi, context: RequestContext) -> frozenset[str]:
    """How rows name whoever asks: by themselves, and by each role and post at each branch."""
    caller = context.caller
    card = api.registers.person(caller.actor)
    held = {*caller.roles, *(card.posts if card else ())}
    words = (tasks.at(role, branch) for role in held for branch in caller.branches)
    return frozenset({caller.actor, *words})


def words_of_others(api: RoomApi, context: RequestContext) -> Mapping[str, Sequence[str]]:
    """How rows name what was delegated to whoever asks, each with whom they act for today."""
    deputies, found = Deputies(api.registers, api.policies), dict[str, list[str]]()
    for person in sorted(set(_delegating(api, context.caller.actor))):
        held = deputies.delegated(context.caller, person, by_post=True)
        for as_what, branches in held.items():
            for branch in branches:
                found.setdefault(tasks.at(as_what, branch), []).append(person)
    return found


def _delegating(api: RoomApi, deputy: str) -> Iterator[str]:
    """Who may have delegated anything to this person."""
    if api.front.delegating is not None:
        yield from api.front.delegating(api.registers, deputy)
        return
    for stream, heard in api.registers.documents("delegation").items():
        given = heard.given if isinstance(heard, DelegationDocument) else ()
        if any(each.deputy == deputy for each in given):
            yield stream.partition("-")[2]


def _listed(row: tasks.Row, own: frozenset[str], others: Mapping[str, Sequence[str]]) -> TaskListed:
    for_whom = {person for word in row.whom for person in others.get(word, ())}
    is_mine = not own.isdisjoint(row.whom)
    return filled(TaskListed, row, mine=is_mine, acting_for=tuple(sorted(for_whom)))
