"""接口 (the API of a room): its queries become routes, each behind the access check.

The routes of commands are made from the steps of papers (`steps.py`). A room's `http.py` says what
is shown to whom, and decides nothing.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from shared.decider import State
from shared.handle import Folded, Rehearsal, Rehearsed
from shared.http import openapi as http_openapi
from shared.http import opening, responses
from shared.http import query as http_query
from shared.http.access import Access
from shared.http.context import RequestContext
from shared.http.dependencies import Dependencies
from shared.http.files import Files
from shared.http.parameters import BODY
from shared.http.problem import unknown
from shared.http.query import AsFile, Found, Listed, Paged, Several, Shown, Single, Within
from shared.http.registers import Registers
from shared.http.route import Endpoint, Guard, add_query, add_route, parameter
from shared.http.strictness import FIRST, LAST
from shared.personal.seal import sealed_in
from shared.policy import time_zone
from shared.policy.book import PolicyBook
from shared.room import Room
from shared.step import Offer, PaperType, Step, to_nobody
from shared.texts import Texts
from shared.view import View
from shared.visibility import (
    Onlooker,
    ReadingTable,
    Sight,
    same_for,
    sees_own_alone,
    sight,
)

NOBODY = same_for(())
"""Who sees a kind of thing of which a room does not say it."""

DAY = "on"
"""The parameter of a list that is asked for by day."""
FIRST_DAY, LAST_DAY = date(FIRST, 1, 1), date(LAST, 12, 31)
"""Where a span of days begins or ends of which one side is open."""
Look: TypeAlias = Callable[..., Listed | Single | Several | Shown]
"""The function of a query: from the parts of its path and query to what is wanted."""


Ask = TypeVar("Ask", bound=Callable[..., AsFile])
"""The function of a route that answers with a file."""
Open = TypeVar("Open", bound=Callable[..., object])
"""The function of a route without a token: from the context and the body to what is shown."""


class ReadingMissing(Exception):
    """A room does not say who reads some of its papers: it does not start."""

    def __init__(self, room: str, kinds: Sequence[str]) -> None:
        super().__init__(f"{room} does not say who reads these papers: {', '.join(kinds)}")


class StepOfPaper(Protocol):
    """A step of a paper as the page of a ticket asks for it (`shared.http.steps.StepRoute`)."""

    @property
    def paper(self) -> PaperType[object]:
        """Of which paper it is a step."""

    @property
    def step(self) -> Step[object, object]:
        """Its row."""

    @property
    def path(self) -> str:
        """Of its route, behind `/v1`."""

    @property
    def said(self) -> str:
        """The Chinese term, then a sentence."""

    @property
    def body(self) -> type[object]:
        """The class of its body."""

    @property
    def is_free(self) -> bool:
        """Whether the page knows nothing of what will be said: it rehearses the example."""

    def offers(self, number: str, state: State) -> Iterator[Offer]:
        """The bodies with which it might be asked for now."""

    def known(
        self,
        context: RequestContext,
        rehearsal: Rehearsal,
        registers: Registers,
        number: str,
        body: object,
    ) -> Mapping[str, Sequence[object]]:
        """By field: what the registers know that may be said there, beside this body."""

    def rehearse(
        self,
        context: RequestContext,
        rehearsal: Rehearsal,
        registers: Registers,
        number: str,
        body: object,
    ) -> Rehearsed:
        """Why the caller may not do this now, or what of it would."""


class RoomApi:
    """接口: made once per web process; everything a room's routes share."""

    def __init__(self, room: Room, dependencies: Dependencies, texts: Texts) -> None:
        self.room, self.texts, self.dependencies = room, texts, dependencies
        self.front = room.front()
        if unsaid := sorted(room.papers.keys() - self.front.reading.keys()):
            raise ReadingMissing(room.name, unsaid)
        self.policies = PolicyBook(dependencies.policy_dir)
        self.policies.kept()  # a policy that cannot be read ends the process now
        self.registers = Registers(dependencies.handler, dependencies.views, dependencies.clock)
        self.access = Access(dependencies, self.registers, self.policies)
        self.files = Files(room, dependencies, self.registers, texts, self.reading, self.access)
        self.steps: dict[str, list[StepOfPaper]] = {}
        """The steps of each paper, by the prefix of its streams."""

    def query(
        self,
        router: APIRouter,
        path: str,
        *,
        reads: ReadingTable,
        shows: type[object],
        example: object = None,
    ) -> Callable[[Look], Look]:
        """A route that answers a question: the function says what is wanted; `shows` is its class.

        `reads` says who may ask, and what they see of the answer.

        A question with a body (`example` shows one) is posted: what it asks for may be personal,
        and addresses are logged everywhere. It changes nothing and needs no key.
        """

        def added(look: Look) -> Look:
            many = get_type_hints(look)["return"] in (Listed, Several)
            shown = _shape(shows, reads, many=many)
            guard, documented = self._guarded(reads.by, shown, example)
            show = partial(self._show, reads)
            add_query(router, path, guard, look, show, documented=documented)
            return look

        return added

    def file(
        self, router: APIRouter, path: str, *, reads: ReadingTable, types: Sequence[str]
    ) -> Callable[[Ask], Ask]:
        """A route that answers with a file of one of these types, made of what is seen."""

        def added(ask: Ask) -> Ask:
            guard = Guard(self.access, frozenset(reads.by), is_command=False, is_posted=False)
            documented = http_openapi.of_content(self.texts, reads.by, types)
            add_query(
                router, path, guard, ask, partial(self._as_file, reads), documented=documented
            )
            return ask

        return added

    def listing(  # noqa: PLR0913 - a row of a table of lists
        self,
        router: APIRouter,
        path: str,
        view: View,
        *,
        reads: ReadingTable,
        said: str,
        named: str,
        filters: Sequence[str],
        newest_first: bool = False,
        by_day: str | None = None,
    ) -> None:
        """A route that lists rows of a view, `named` so in the OpenAPI.

        `filters`: the columns that may be asked for. `newest_first`: whether the caller may turn
        the order round. `by_day`: the moment by whose local day (`on`) rows are asked for.
        """
        kinds = get_type_hints(view.Row)
        asked = [parameter(name, kinds[name] | None, None) for name in filters]
        turned = [parameter("newest_first", bool, default=False)] if newest_first else []
        dated = [parameter(DAY, date | None, None)] if by_day else []

        # Any: what each parameter is, its own adapter has made sure.
        def answer(context: RequestContext, given: dict[str, Any]) -> Response:
            where = {name: given[name] for name in filters}
            if by_day and (on := given[DAY]) is not None:
                where[by_day] = self.days(on, on, context, given.get("branch"))
            turn = given.get("newest_first", False)
            wanted = Listed(view, given["page"], where, newest_first=turn)
            return self._show(reads, context, wanted)

        guard, documented = self._guarded(reads.by, _shape(view.Row, reads, many=True))
        endpoint = Endpoint(
            path, guard, [parameter("page", Paged), *asked, *dated, *turned], answer
        )
        add_route(router, path, endpoint, named, said, documented)

    def days(
        self, first: date | None, last: date | None, context: RequestContext, branch: str | None
    ) -> Within | None:
        """From one day to another as they are at a branch; None: neither of them is said.

        At the branch that is asked for, or at the only one of whoever asks.
        """
        if first is None and last is None:
            return None
        own = context.walls or ()
        here = branch or (next(iter(own)) if len(own) == 1 else None)
        card = self.registers.branch(here) if here else None
        policy = self.policies(here or "", self.registers.now())
        zone = ZoneInfo(time_zone(policy, card))
        return Within(
            datetime.combine(first or FIRST_DAY, time.min, zone),
            datetime.combine(last or LAST_DAY, time.max, zone),
        )

    def _guarded(
        self, by: Collection[str], shows: type[object], example: object = None
    ) -> tuple[Guard, http_openapi.Described]:
        """Who may ask a question, and how it is documented; with an `example` it is posted."""
        posted = example is not None
        guard = Guard(self.access, frozenset(by), is_command=False, is_posted=posted)
        return guard, http_openapi.of_query(self.texts, by, shows, example)

    def opened(
        self, router: APIRouter, path: str, *, shows: type[object], example: object
    ) -> Callable[[Open], Open]:
        """A route without a token, for whoever was given something that opens it, in the body.

        It is posted, and never asked by a preview of a link; addresses are logged everywhere.
        """

        def added(answer: Open) -> Open:
            body = get_type_hints(answer, include_extras=True)[BODY]

            def answered(context: RequestContext, given: dict[str, object]) -> Response:
                return responses.shown(answer(context, given[BODY]))

            guard = Guard(self.access, frozenset(), is_command=False, is_posted=True, is_open=True)
            endpoint = Endpoint(path, guard, [parameter(BODY, body)], answered)
            documented = http_openapi.of_open(self.texts, shows, example)
            add_route(router, path, endpoint, answer.__name__, answer.__doc__ or "", documented)
            return answer

        return added

    def existing(self, stream: str) -> Folded:
        """A stream as it stands. Raises Problem if there is no such stream."""
        seen = self.registers.stream(stream)
        if not seen.version:
            raise unknown(stream.partition("-")[2])
        return seen

    def seen(
        self, context: RequestContext, things: Sequence[tuple[object, Sight | None]]
    ) -> Sequence[object]:
        """The things as JSON is made of, each as far as it is seen; what is not is left out.

        An opening that was asked for is noted: by whom, why, and whose texts were opened.
        """
        seen = [(thing, sight) for thing, sight in things if sight is not None]
        whom = {s.subject for thing, sight in seen if sight.for_a_reason for s in sealed_in(thing)}
        if whom:
            opening.note(self.dependencies, context, whom)
        return http_query.opened(seen, self.dependencies.handler.keys)

    def reading(self, kind: str) -> ReadingTable:
        """Who sees what of a kind of paper; nobody, where the room does not say it."""
        return self.front.reading.get(kind, NOBODY)

    def open_to(self, stream: str, state: State) -> Collection[str]:
        """Who reads a paper whatever their branch: whose own it is, and whom base has sent."""
        kind, _, number = stream.partition("-")
        return self.front.open_to(self.registers, self.room.papers[kind].PAPER, number, state)

    def guests(self, kind: str, number: str) -> Collection[str]:
        """The technicians of other branches whom base has sent on what a paper is about."""
        return self.front.guests_of(self.registers, kind, number)

    def opens(self, kind: str) -> bool:
        """Whether there are papers of this kind that are open to people of other branches."""
        return kind in self.front.guests or self.room.papers[kind].PAPER.open_to is not to_nobody

    def _show(
        self,
        reads: ReadingTable,
        context: RequestContext,
        wanted: Listed | Single | Several | Shown,
    ) -> Response:
        views, looks = self.dependencies.views, onlooker(context)
        match wanted:
            case Listed():
                fresh = self._fresh(context, wanted.view)
                found = http_query.page(views, self._own_alone(reads, context, wanted), context)
                if wanted.named is not None and not found.rows and wanted.page.after is None:
                    raise unknown(wanted.named)
                looks = replace(looks, listed=True)
                told = wanted.told(found.rows)
                rows = self.seen(context, [(row, sight(reads, looks, row)) for row in told])
                return responses.listed(found, rows, fresh)
            case Single():
                fresh = self._fresh(context, wanted.view)
                row, parked = http_query.row(views, wanted, context)
                shown = self.seen(context, [(row, sight(reads, looks, row))])
                named = "/".join(map(str, wanted.key))
                version = getattr(row, "version", None)
                return responses.shown(_only(shown, named), version, fresh, parked=parked)
            case Several():
                theirs = [msgspec.to_builtins(e) for e in http_query.within(wanted, context)]
                reached = {self._fresh(context, view) for view in wanted.views or (None,)}
                fresh = None if None in reached else min(map(str, reached))
                return responses.listed(Found(()), theirs, fresh)
            case Shown():
                seen = self._seen(reads, context, wanted)
                return responses.shown(seen, wanted.version, self._fresh(context))

    def _as_file(self, reads: ReadingTable, context: RequestContext, wanted: AsFile) -> Response:
        seen = self._seen(reads, context, wanted.shown)
        assert isinstance(seen, Mapping)
        content = wanted.write(seen)
        return responses.as_file(content, wanted.media_type, wanted.name, self._fresh(context))

    def _seen(self, reads: ReadingTable, context: RequestContext, wanted: Shown) -> object:
        """As much of it as the caller sees. Raises Problem if that is nothing."""
        of = wanted.what if wanted.of is None else wanted.of
        seen = sight(reads, onlooker(context), of)
        is_theirs = context.caller.actor in wanted.open_to
        is_theirs = is_theirs or any(map(context.within, (wanted.branch, *wanted.branches)))
        shown = self.seen(context, [(wanted.what, seen)] if is_theirs else [])
        return _only(shown, wanted.named)

    def _own_alone(self, reads: ReadingTable, context: RequestContext, listed: Listed) -> Listed:
        """What is asked of a list, of somebody's own rows if they see no others.

        Where it is of their own rows alone, they may be of whatever branch, if the table says so.
        """
        column, actor = reads.own_column, context.caller.actor
        if column is None:
            return listed
        asked = listed.where.get(column)
        if sees_own_alone(reads, context.caller.roles):
            asked = actor if asked in (None, actor) else ()
            listed = replace(listed, where={**listed.where, column: asked})
        return replace(listed, anywhere=reads.own_anywhere and asked == actor)

    def _fresh(self, context: RequestContext, view: View | None = None) -> str | None:
        """What X-Fresh says: nothing, or whether the view holds it, or that it cannot know.

        What is read from the record itself, not from a view, holds everything that was written.
        """
        if context.token is None:
            return None
        if view is None:
            ours = http_query.positions_of(self.room.name, context.token) is not None
            return "true" if ours else "unknown"
        reached = self.dependencies.views.reached(view, context.token)
        return "unknown" if reached is None else str(reached).lower()


def _shape(kind: Any, reads: ReadingTable, *, many: bool) -> Any:  # classes, or unions of them
    """What is answered, for the description: all of it, or the part that a role sees."""
    whole = http_openapi.or_part_of(kind) if reads.is_partial else kind
    return http_openapi.page_of(kind, whole) if many else whole


def onlooker(context: RequestContext) -> Onlooker:
    """Who looks, as the tables of reading ask it."""
    return Onlooker(context.caller.actor, context.caller.roles, context.opens)


def _only(shown: Sequence[object], named: str) -> object:
    """The one thing that is seen. Raises Problem if it is not: it is as if it were not there."""
    if not shown:
        raise unknown(named)
    return shown[0]
