"""接口 (the API of a room): its queries become routes, each behind the access check.

The routes of commands are made from the steps of papers (`steps.py`). A room's `http.py` says what
is shown to whom, and decides nothing.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, get_type_hints

from fastapi import APIRouter
from starlette.responses import Response

from shared.decider import Reason, State
from shared.handle import Folded, Rehearsal
from shared.http import openapi as http_openapi
from shared.http import query as http_query
from shared.http import responses
from shared.http.access import Access
from shared.http.context import RequestContext
from shared.http.dependencies import Dependencies
from shared.http.problem import unknown
from shared.http.query import Found, Listed, Paged, Several, Shown, Single
from shared.http.registers import Registers
from shared.http.route import Endpoint, Guard, add_query, add_route, parameter
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.room import Room
from shared.step import Offer, PaperType, Step
from shared.texts import Texts
from shared.view import View

Look: TypeAlias = Callable[..., Listed | Single | Several | Shown]
"""The function of a query: from the parts of its path and query to what is wanted."""


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

    def offers(self, number: str, state: State) -> Iterator[Offer]:
        """The bodies with which it might be asked for now."""

    def rehearse(
        self,
        context: RequestContext,
        rehearsal: Rehearsal,
        registers: Registers,
        number: str,
        body: object,
    ) -> Sequence[Reason]:
        """Why the caller may not do this now; nothing if they may."""


class RoomApi:
    """接口: made once per web process; everything a room's routes share."""

    def __init__(self, room: Room, dependencies: Dependencies, texts: Texts) -> None:
        self.room, self.texts, self.dependencies = room, texts, dependencies
        self.front = room.front()
        self.policy = read(dependencies.policy_dir / CORE, Core)
        self.registers = Registers(dependencies.handler, dependencies.views, dependencies.clock)
        self.access = Access(dependencies, self.registers)
        self.steps: dict[str, list[StepOfPaper]] = {}
        """The steps of each paper, by the prefix of its streams."""

    def query(
        self,
        router: APIRouter,
        path: str,
        *,
        by: Collection[str],
        shows: type[object],
        example: object = None,
    ) -> Callable[[Look], Look]:
        """A route that answers a question: the function says what is wanted; `shows` is its class.

        A question with a body (`example` shows one) is posted: what it asks for may be personal,
        and addresses are logged everywhere. It changes nothing and needs no key.
        """

        def added(look: Look) -> Look:
            many = get_type_hints(look)["return"] in (Listed, Several)
            kind = http_openapi.page_of(shows) if many else shows
            guard, documented = self._guarded(by, kind, example)
            add_query(router, path, guard, look, self._show, documented=documented)
            return look

        return added

    def listing(  # noqa: PLR0913 - a row of a table of lists
        self,
        router: APIRouter,
        path: str,
        view: View,
        *,
        by: Collection[str],
        said: str,
        named: str,
        filters: Sequence[str],
        newest_first: bool = False,
    ) -> None:
        """A route that lists rows of a view, `named` so in the OpenAPI.

        `filters`: the columns that may be asked for. `newest_first`: whether the caller may turn
        the order round.
        """
        kinds = get_type_hints(view.Row)
        asked = [parameter(name, kinds[name] | None, None) for name in filters]
        turned = [parameter("newest_first", bool, default=False)] if newest_first else []

        # Any: what each parameter is, its own adapter has made sure.
        def answer(context: RequestContext, given: dict[str, Any]) -> Response:
            where = {name: given[name] for name in filters}
            turn = given.get("newest_first", False)
            return self._show(context, Listed(view, given["page"], where, newest_first=turn))

        guard, documented = self._guarded(by, http_openapi.page_of(view.Row))
        endpoint = Endpoint(path, guard, [parameter("page", Paged), *asked, *turned], answer)
        add_route(router, path, endpoint, named, said, documented)

    def _guarded(
        self, by: Collection[str], shows: type[object], example: object = None
    ) -> tuple[Guard, http_openapi.Described]:
        """Who may ask a question, and how it is documented; with an `example` it is posted."""
        posted = example is not None
        guard = Guard(self.access, frozenset(by), is_command=False, is_posted=posted)
        return guard, http_openapi.of_query(self.texts, by, shows, example)

    def existing(self, stream: str) -> Folded:
        """A stream as it stands. Raises Problem if there is no such stream."""
        seen = self.registers.stream(stream)
        if not seen.version:
            raise unknown(stream.partition("-")[2])
        return seen

    def _show(self, context: RequestContext, wanted: Listed | Single | Several | Shown) -> Response:
        views, keys = self.dependencies.views, self.dependencies.handler.keys
        match wanted:
            case Listed():
                fresh = self._fresh(context, wanted.view)
                found = http_query.page(views, wanted, context)
                rows = http_query.opened(found.rows, keys, context, None)
                return responses.listed(found, rows, fresh)
            case Single():
                fresh = self._fresh(context, wanted.view)
                row, parked = http_query.row(views, wanted, context)
                (clear,) = http_query.opened([row], keys, context, None)
                return responses.shown(clear, fresh=fresh, parked=parked)
            case Several():
                theirs = http_query.within(wanted, context)
                rows = http_query.opened(theirs, keys, context, None)
                return responses.listed(Found(()), rows, self._fresh(context))
            case Shown(what, named, branch, version):
                if not context.within(branch):
                    raise unknown(named)
                (clear,) = http_query.opened([what], keys, context, branch)
                return responses.shown(clear, version, self._fresh(context))

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
