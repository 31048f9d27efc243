"""路由索引 (route index): the route of a request is found by one expression, not route by route.

The path is taken as it was sent. A `%2F` in it belongs to the part in which it stands and never
parts two; what is not UTF-8 is refused.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote, unquote_to_bytes

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.decider import reason
from shared.http.problem import Problem
from shared.http.route import Guarded

_NAMED = re.compile(r"\?P<\w+>")
_ENCODED_SLASH = re.compile(rb"%2[Ff]")
_SLASH = "\udc2f"
"""Stands for a `%2F`; no UTF-8 text has it."""


class RouteIndex:
    """路由索引: answers the requests for our routes. `app` answers all others: probes, 404."""

    def __init__(self, app: ASGIApp, routes: Sequence[Guarded]) -> None:
        self._app = app
        self._lists: dict[str, list[Guarded]] = {}
        for route in routes:
            for method in route.methods or ():
                self._lists.setdefault(method, []).append(route)
        self._expressions = {method: _expression(own) for method, own in self._lists.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = _path(scope)
        if (route := self._route(scope, path)) is not None:
            response = await route.handler(Request(scope, receive, send))
            await response(scope, receive, send)
        elif allowed := self._methods(path):
            told = reason("method", allowed=allowed)
            raise Problem(405, "request", told, headers={"Allow": allowed})
        else:
            await self._app({**scope, "path": path}, receive, send)

    def _route(self, scope: Scope, path: str) -> Guarded | None:
        """The first route with this method and path; the parts of the path are noted."""
        method = scope.get("method", "")
        if method not in self._lists or not (found := self._expressions[method].fullmatch(path)):
            return None
        assert found.lastindex is not None
        route = self._lists[method][found.lastindex - 1]
        parts = route.path_regex.fullmatch(path)
        assert parts is not None
        scope["path_params"] = {
            name: part.replace(_SLASH, "/") for name, part in parts.groupdict().items()
        }
        return route

    def _methods(self, path: str) -> str:
        """The methods that are taken at a path."""
        return ", ".join(sorted(m for m, each in self._expressions.items() if each.fullmatch(path)))


def _path(scope: Scope) -> str:
    """The path, decoded but for `%2F`. Raises Problem if it or the query is not UTF-8."""
    sent: bytes = scope.get("raw_path") or quote(scope["path"]).encode()
    parts = [_decoded(each, "path") for each in _ENCODED_SLASH.split(sent)]
    _decoded(scope["query_string"], "query")
    return _SLASH.join(parts)


def _decoded(sent: bytes, where: str) -> str:
    try:
        sent.decode("ascii")
        return unquote_to_bytes(sent).decode()
    except UnicodeError:
        raise Problem(400, "request", reason("not-utf8", where=where)) from None


def _expression(routes: Sequence[Guarded]) -> re.Pattern[str]:
    """One group for each route; inner groups do not capture, so `lastindex` tells the route."""
    return re.compile("|".join(f"({_NAMED.sub('?:', r.path_regex.pattern)})" for r in routes))
