"""路由 (routes): how queries and steps become routes of FastAPI, each behind the access check.

A route is made here or nowhere: `Guarded` refuses an endpoint without a guard, and the application
refuses a route that is not Guarded.
"""

import functools
import inspect
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from typing import Annotated, Any, Protocol, get_args, get_type_hints

from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from shared.http.context import RequestContext


class Admits(Protocol):
    """The access check of a room."""

    async def admit(self, request: Request, guard: "Guard", path: str) -> Request:
        """The request with its context and body. Raises Problem if the caller may not use it."""


@dataclass(frozen=True, slots=True)
class Guard:
    """守则: who may use a route, and what for."""

    access: Admits
    roles: frozenset[str]
    is_command: bool
    is_posted: bool
    """Whether it has a body."""


class Guarded(APIRoute):
    """A route behind the access check: nothing of a request is read before its token."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, behind the access check."""
        inner = super().get_route_handler()
        guard = getattr(self.endpoint, "guard", None)
        if not isinstance(guard, Guard):
            raise TypeError(f"{self.path}: add it with api.query or as a step")
        path = self.path_format

        async def guarded(request: Request) -> Response:
            return await inner(await guard.access.admit(request, guard, path))

        return guarded


def add_query(
    router: APIRouter,
    path: str,
    ask: Callable[..., Any],
    answer: Callable[[RequestContext, Callable[[], Any]], Response],
    guard: Guard,
    *,
    documented: Mapping[str, Any],
) -> None:
    """Add the route of a query: it takes what `ask` takes; `answer` makes the response."""
    hints = get_type_hints(ask, include_extras=True)
    add_route(
        router,
        path,
        lambda context, given: answer(context, functools.partial(ask, **given)),
        guard,
        named=ask.__name__,
        said=ask.__doc__ or "",
        parameters=[
            _parameter(p, hints[p.name]) for p in inspect.signature(ask).parameters.values()
        ],
        documented=documented,
    )


def add_route(  # noqa: PLR0913 - all that a route of FastAPI is made of
    router: APIRouter,
    path: str,
    answer: Callable[[RequestContext, dict[str, Any]], Response],
    guard: Guard,
    *,
    named: str,
    said: str,
    parameters: Sequence[inspect.Parameter],
    documented: Mapping[str, Any],
) -> None:
    """Add a route that takes these parameters by name, beside the context of the request."""

    def endpoint(**given: Any) -> Response:
        return answer(given.pop(CONTEXT), given)

    endpoint.__signature__ = inspect.Signature([_CONTEXT, *parameters])  # type: ignore[attr-defined]
    endpoint.__name__, endpoint.__doc__ = named, said
    endpoint.guard = guard  # type: ignore[attr-defined]
    for parameter in parameters:
        close(parameter.annotation)
    router.add_api_route(
        path,
        endpoint,
        methods=["POST" if guard.is_posted else "GET"],
        route_class_override=Guarded,
        **documented,
    )


def close(hint: Any) -> None:
    """Let the wire name no field that the class does not have: a misspelt one is not passed over.

    The classes are the deciders' and the facts' own; pydantic alone reads what is noted here.
    """
    for kind in _classes(hint, set()):
        kind.__pydantic_config__ = ConfigDict(extra="forbid")


def _classes(hint: Any, seen: set[type]) -> Iterator[Any]:
    if isinstance(hint, type) and is_dataclass(hint) and hint is not RequestContext:
        if hint in seen:
            return
        seen.add(hint)
        yield hint
        for inner in get_type_hints(hint, include_extras=True).values():
            yield from _classes(inner, seen)
    for part in get_args(hint):
        yield from _classes(part, seen)


def _context(request: Request) -> RequestContext:
    found = request.state.context
    assert isinstance(found, RequestContext)
    return found


_DEPENDS = Annotated[RequestContext, Depends(_context)]
CONTEXT = "the_context"
"""The parameter by which every endpoint has its context, whether its route asks for it or not."""
_CONTEXT = inspect.Parameter(CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=_DEPENDS)


def _parameter(parameter: inspect.Parameter, hint: Any) -> inspect.Parameter:
    annotation = _DEPENDS if hint is RequestContext else hint
    return parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=annotation)
