"""路由 (routes): queries and steps as routes, each behind the access check.

A route is made here or nowhere: the application refuses a route that is not Guarded.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Any, Protocol, TypeVar, get_args, get_type_hints

from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from shared.http.context import BECAUSE, OPEN, RequestContext
from shared.http.openapi import Described
from shared.http.parameters import Parameters, Sent

T = TypeVar("T")
_CLOSED = ConfigDict(extra="forbid")


class Admits(Protocol):
    """The access check of a room."""

    async def admit(
        self, request: Request, guard: "Guard", path: str
    ) -> tuple[RequestContext, object]:
        """The context of the request, and its body. Raises Problem if it may not use the route."""


@dataclass(frozen=True, slots=True)
class Guard:
    """守则: who may use a route, and what for."""

    access: Admits
    roles: frozenset[str]
    is_command: bool
    is_posted: bool
    """Whether it has a body."""
    takes_file: bool = False
    """Whether the body is a file, and not JSON."""
    is_open: bool = False
    """Whether it takes no token: what it shows and takes rests on what the body brings alone."""
    is_by_post: bool = False
    """Whether the body says as what somebody acts, and for whom: by a role or by a post."""


class Endpoint:
    """端点: what a route does with a request. FastAPI describes it by its signature."""

    def __init__(
        self,
        path: str,
        guard: Guard,
        wanted: Sequence[inspect.Parameter],
        answer: Callable[[RequestContext, dict[str, object]], Response],
    ) -> None:
        for each in wanted:
            close(each.annotation)
        self.guard = guard
        self._path, self._answer = path, answer
        self.__signature__ = inspect.Signature(wanted)

    @functools.cached_property
    def _parameters(self) -> Parameters:
        """Made when the route is first asked: most of what a process starts with would be these."""
        known = () if self.guard.is_command else (OPEN, BECAUSE)
        return Parameters(self._path, [*self.__signature__.parameters.values()], known)

    async def __call__(self, path: str, request: Request) -> Response:
        """The response; `path` is the whole path of the route, with names in braces."""
        context, body = await self.guard.access.admit(request, self.guard, path)
        sent = Sent(request.path_params, request.query_params, body)
        return await run_in_threadpool(self._answered, context, sent)

    def _answered(self, context: RequestContext, sent: Sent) -> Response:
        return self._answer(context, self._parameters.read(sent))


class Guarded(Route):
    """A route behind the access check: nothing of a request is read before its token.

    FastAPI reads nothing of a request either. It only describes the route, when that is asked for.
    """

    def __init__(self, path: str, endpoint: Endpoint, named: str, **documented: Any) -> None:
        # Any: what FastAPI makes a description from is JSON of any shape.
        method = "POST" if endpoint.guard.is_posted else "GET"
        super().__init__(path, endpoint, methods=[method], name=named)
        self.methods = {method}
        self.handler: Callable[[Request], Coroutine[None, None, Response]] = functools.partial(
            endpoint, self.path_format
        )
        self._documented = documented

    def described(self) -> APIRoute:
        """The same route as FastAPI describes it."""
        return APIRoute(
            self.path, self.endpoint, methods=self.methods, name=self.name, **self._documented
        )


def add_query(
    router: APIRouter,
    path: str,
    guard: Guard,
    ask: Callable[..., T],
    answer: Callable[[RequestContext, T], Response],
    *,
    documented: Described,
) -> None:
    """Add the route of a query: it takes what `ask` takes; `answer` makes the response."""
    hints = get_type_hints(ask, include_extras=True)
    taken = inspect.signature(ask).parameters
    contexts = [name for name in taken if hints[name] is RequestContext]
    wanted = [parameter(n, hints[n], p.default) for n, p in taken.items() if n not in contexts]

    def answered(context: RequestContext, given: dict[str, object]) -> Response:
        return answer(context, ask(**given, **dict.fromkeys(contexts, context)))

    endpoint = Endpoint(path, guard, wanted, answered)
    add_route(router, path, endpoint, ask.__name__, ask.__doc__ or "", documented)


def add_route(
    router: APIRouter,
    path: str,
    endpoint: Endpoint,
    named: str,
    said: str,
    documented: Described,
) -> None:
    """Add an endpoint as a route."""
    described = inspect.cleandoc(said)
    path = f"{router.prefix}{path}"
    router.routes.append(
        Guarded(path, endpoint, named, description=described, tags=router.tags, **documented)
    )


def parameter(
    name: str, annotation: object, default: object = inspect.Parameter.empty
) -> inspect.Parameter:
    """A parameter that a route takes by its name."""
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


def close(hint: object) -> None:
    """Let the wire name no field that the class does not have: a misspelt one is refused.

    The classes belong to the papers and the facts. Pydantic alone reads what is noted on them.
    """
    for kind in _classes(hint):
        kind.__pydantic_config__ = _CLOSED


def _classes(hint: object) -> Iterator[Any]:
    """The dataclasses in a hint that are not closed yet, each before those inside it.

    Any, because what is noted on them is not declared by them.
    """
    if isinstance(hint, type) and is_dataclass(hint):
        if vars(hint).get("__pydantic_config__") is _CLOSED:
            return
        yield hint
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from _classes(inner)
    for part in get_args(hint):
        yield from _classes(part)
