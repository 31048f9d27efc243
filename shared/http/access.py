"""准入 (access): who may use a route. First who asks, then whether they may, and only then what.

The token says who it is. The register says what they may do; what it said is believed for five
seconds. Nothing of a body is read before both have agreed.
"""

import hmac
from dataclasses import replace
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from shared.decider import reason
from shared.events.actors import ServiceActor
from shared.http.arrivals import HeldFiles
from shared.http.body import Body, read_body
from shared.http.callers import Callers, Strangers
from shared.http.context import (
    RequestContext,
    bearer,
    command_id,
    expected_version,
    occurred_at,
    opening,
    unauthorised,
)
from shared.http.dependencies import Dependencies
from shared.http.deputies import HEADER, Deputies
from shared.http.entitlements import Entitlements
from shared.http.middleware import RequestEntry, request_entry
from shared.http.parameters import NOTHING
from shared.http.problem import Problem
from shared.http.registers import Registers
from shared.http.route import Guard
from shared.personal.master import MasterKey
from shared.policy.book import PolicyInForce
from shared.token import Caller, TokenInvalid

STRANGER = ServiceActor.LINK.named("customer")
"""In whose name it is written what somebody says who has a link from us and no token."""
STRANGERS_BODY = 64 * 1024
"""Bytes of a body that comes without a token."""


class Access:
    """准入: lets requests in, one room's web process."""

    def __init__(
        self, dependencies: Dependencies, registers: Registers, policies: PolicyInForce
    ) -> None:
        self._dependencies = dependencies
        self._entitlements = Entitlements(registers, dependencies.first_operators)
        self._deputies = Deputies(registers, policies)
        self._master = dependencies.handler.keys.master
        self._callers = Callers(dependencies.limits)
        self._strangers = Strangers(dependencies.limits)
        self.held_files = HeldFiles()

    async def admit(
        self, request: Request, guard: Guard, path: str
    ) -> tuple[RequestContext, object]:
        """As Admits.admit."""
        entry = request_entry(request.scope)
        entry.route, entry.is_command = path, guard.is_command
        if guard.is_open:
            return await self._stranger(request, entry)
        caller = self._caller(request)
        entry.actor = caller.actor
        self._callers.enter(caller.actor)
        entry.leave = partial(self._callers.leave, caller.actor)
        caller = await self._entitlements.admitted(caller)
        if person := request.headers.get(HEADER):
            caller = await run_in_threadpool(self._deputies.acting, caller, person, guard)
        if not caller.roles & guard.roles:
            refused = reason("role", needed=sorted(guard.roles), yours=sorted(caller.roles))
            raise Problem(403, "forbidden", refused)
        context = self._context(request, caller, entry)
        if not guard.is_posted:
            return context, NOTHING
        if guard.takes_file:
            return context, await self.held_files.read(request, entry)
        limit, patience = self._dependencies.body_limit, self._dependencies.body_patience
        body = await read_body(request, limit, patience)
        if guard.is_command:
            context = self._commanding(context, request, body, entry)
        return context, body.value

    async def _stranger(
        self, request: Request, entry: RequestEntry
    ) -> tuple[RequestContext, object]:
        """Somebody without a token. Nothing else that they say of themselves is believed."""
        self._strangers.enter(entry.address)
        entry.actor = STRANGER
        now, patience = self._dependencies.clock(), self._dependencies.body_patience
        occurred_at(request.headers, now)  # what is no moment is refused, as on every route
        body = await read_body(request, STRANGERS_BODY, patience)
        caller = Caller(STRANGER, frozenset(), frozenset())
        context = RequestContext(
            caller, at=now, now=now, language=entry.language, trace=entry.trace
        )
        return context, body.value

    def _caller(self, request: Request) -> Caller:
        try:
            return self._dependencies.read_token(bearer(request.headers))
        except TokenInvalid as error:
            raise unauthorised(error.code) from None

    def _context(self, request: Request, caller: Caller, entry: RequestEntry) -> RequestContext:
        now = self._dependencies.clock()
        opens, because = opening(request.query_params)
        return RequestContext(
            caller=caller,
            at=occurred_at(request.headers, now),
            now=now,
            language=entry.language,
            trace=entry.trace,
            token=request.headers.get("x-token"),
            opens=opens,
            because=because,
            acting_for=request.headers.get(HEADER) or None,
        )

    def _commanding(
        self, context: RequestContext, request: Request, body: Body, entry: RequestEntry
    ) -> RequestContext:
        headers, asked = request.headers, _asked(request, body)
        mac, *former_macs = [_mac(master, asked) for master in self._master.now().all]
        return replace(
            context,
            command=command_id(context.caller.actor, entry.method, entry.path, headers),
            expected=expected_version(headers),
            body_mac=mac,
            former_macs=former_macs,
        )


def _mac(master: MasterKey, asked: bytes) -> bytes:
    return hmac.digest(master.derive("hmac of request bodies"), asked, "sha256")


def _asked(request: Request, body: Body) -> bytes:
    """What a key stands for: the body, and the query if there is one."""
    query, person = request.url.query, request.headers.get(HEADER)
    asked = query.encode() + b"\0" + body.content if query else body.content
    return b"for " + person.encode() + b"\0" + asked if person else asked
