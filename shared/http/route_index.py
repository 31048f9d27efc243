"""路由索引 (route index): the route of a request is found by one expression, not route by route."""

import re
from collections.abc import Sequence

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.http.route import Guarded

_NAMED = re.compile(r"\?P<\w+>")


class RouteIndex:
    """路由索引: answers the requests for our routes. `app` answers all others: probes, 404, 405."""

    def __init__(self, app: ASGIApp, routes: Sequence[Guarded]) -> None:
        self._app = app
        self._lists: dict[str, list[Guarded]] = {}
        for route in routes:
            for method in route.methods or ():
                self._lists.setdefault(method, []).append(route)
        self._expressions = {method: _expression(own) for method, own in self._lists.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if (route := self._route(scope)) is None:
            await self._app(scope, receive, send)
        else:
            response = await route.handler(Request(scope, receive, send))
            await response(scope, receive, send)

    def _route(self, scope: Scope) -> Guarded | None:
        """The first route with this method and path; the parts of the path are noted."""
        method = scope.get("method", "")
        if method not in self._lists or not (
            found := self._expressions[method].match(scope["path"])
        ):
            return None
        assert found.lastindex is not None
        route = self._lists[method][found.lastindex - 1]
        parts = route.path_regex.match(scope["path"])
        assert parts is not None
        scope["path_params"] = parts.groupdict()
        return route


def _expression(routes: Sequence[Guarded]) -> re.Pattern[str]:
    """One group for each route; inner groups do not capture, so `lastindex` tells the route."""
    return re.compile("|".join(f"({_NAMED.sub('?:', r.path_regex.pattern)})" for r in routes))
