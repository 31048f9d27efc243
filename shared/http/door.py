"""门房 (the door): the one guarded way in for every command and every query of a room.

A route says what it is for and who does that; the door lets in. It reads the token, keeps the walls
of role and branch, asks the register whether the person is still active, gives the command its id,
hands it to `handle`, and tells what came of it. A room's `api.py` maps bodies to commands and views
to answers, and decides nothing.
"""

import hmac
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, get_type_hints
from uuid import UUID

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from shared import envelope
from shared.decider import Reason, reason
from shared.handle import (
    Answer,
    Desk,
    Draft,
    Folded,
    Numbered,
    Order,
    Rehearsal,
    VersionMismatch,
    handle,
    handle_numbered,
    rehearse,
)
from shared.http import openapi as http_openapi
from shared.http import query as http_query
from shared.http import responses
from shared.http.body import LIMIT, PATIENCE_S, BufferedRequest, read_body
from shared.http.errand import (
    OPENS_WHEN_ASKED,
    Errand,
    bearer,
    command_id,
    expected_version,
    is_true,
    occurred_at,
    unauthorised,
)
from shared.http.middleware import RequestEntry, request_entry
from shared.http.problem import Problem, unknown
from shared.http.query import Found, Listed, Several, Shown, Single, Views, Wanted
from shared.http.registers import Registers
from shared.http.route import Guard, hang
from shared.log import logger
from shared.policy import CORE, Core
from shared.policy.source import read
from shared.record.store import Conflict
from shared.room import Room, Step
from shared.texts import Texts
from shared.token import Caller, TokenInvalid
from shared.view import View

if TYPE_CHECKING:
    from shared.http.steps import StepRoute

LOG = logger("http")
TRIES = 3
STANDING_LIFE_S = 5.0
STANDINGS = 10_000
_NOBODY = UUID(int=0)
"""Whose command is only rehearsed: it is never looked up nor written."""

Ask: TypeAlias = Callable[..., Draft | Order | Numbered]
Look: TypeAlias = Callable[..., Listed | Single | Several | Shown]


@dataclass(frozen=True, slots=True)
class Fittings:
    """门房的配备: what a door needs around its room; `serve` makes it of the settings."""

    desk: Desk
    views: Views
    read_token: Callable[[str], Caller]
    wake: Callable[[], None] = lambda: None
    """Tell the relays that there is something to send; they would find it by themselves."""
    policy_dir: Path = Path("deploy/policies")
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    body_limit: int = LIMIT
    body_patience: float = PATIENCE_S
    at_once: int = 128
    """Requests inside at once; beyond that a caller is told to come back."""
    is_installed: Callable[[], bool] = lambda: True
    """Whether the database was compared with this program; before that nothing is let in."""


@dataclass(frozen=True, slots=True)
class Offer:
    """可办之事: a command's route: the function that makes its order, and who may ask."""

    ask: Ask
    roles: frozenset[str]


class Door:
    """门房: made once per web process; the routes of its room are hung on it."""

    def __init__(self, room: Room, fittings: Fittings, texts: Texts) -> None:
        self.room, self.texts, self.fittings = room, texts, fittings
        self.front = room.front()
        self.policy = read(fittings.policy_dir / CORE, Core)
        self.registers = Registers(fittings.desk, fittings.views, fittings.clock)
        self.steps: dict[str, list[StepRoute]] = {}
        """The steps of each paper, by the prefix of its streams."""
        self._mac_key = fittings.desk.keys.master.derive("hmac of request bodies")
        self._standings: dict[str, tuple[float, bool]] = {}
        self._offers: dict[str, Offer] = {}

    def command(
        self,
        router: APIRouter,
        path: str,
        *,
        by: Collection[str],
        example: Mapping[str, Any],
        location: str | None = None,
    ) -> Callable[[Ask], Ask]:
        """A route that takes a command: the function makes the Order, or the Numbered order.

        `location` is where what it makes is found (`/v1/reports/{ticket}`, `/v1/people/{id}`), for
        routes that make something new. If the stream moves on meanwhile, the function is asked
        again.
        """

        def hung(ask: Ask) -> Ask:
            def answer(errand: Errand, asking: Ask) -> Response:
                return self.take(errand, asking, location)

            guard = Guard(self, frozenset(by), is_command=True, is_posted=True)
            documented = http_openapi.of_command(self.texts, by, example, creates=bool(location))
            hang(router, path, ask, answer, guard, documented=documented)
            self._offers[router.prefix + path] = Offer(ask, guard.roles)
            return ask

        return hung

    def query(
        self,
        router: APIRouter,
        path: str,
        *,
        by: Collection[str],
        shows: Any,
        example: Any = None,
    ) -> Callable[[Look], Look]:
        """A route that answers a question: the function says what is wanted; `shows` is its class.

        A question with a body (`example` shows one) is posted: what it asks for may be personal,
        and addresses are written down everywhere. It changes nothing and needs no key.
        """

        def hung(look: Look) -> Look:
            def answer(errand: Errand, looking: Look) -> Response:
                return self._show(errand, looking())

            guard = Guard(self, frozenset(by), is_command=False, is_posted=example is not None)
            many = get_type_hints(look)["return"] in (Listed, Several)
            kind = http_openapi.page_of(shows) if many else shows
            documented = http_openapi.of_query(self.texts, by, kind, example)
            hang(router, path, look, answer, guard, documented=documented)
            return look

        return hung

    def state(self, stream: str) -> Folded:
        """A stream's state as the record has it now."""
        return Rehearsal(self.fittings.desk).folded(stream)

    def existing(self, stream: str) -> Folded:
        """As `state`; raises Problem if there is no such stream."""
        seen = self.state(stream)
        if not seen.version:
            raise unknown(stream.partition("-")[2])
        return seen

    def offer(self, path: str) -> Offer:
        """What is offered at a path, as it was hung. KeyError if no command is."""
        return self._offers[path]

    def rehearse(self, errand: Errand, step: Step) -> Sequence[Reason]:
        """预演: why he may not do this now; nothing if he may. Nothing is done."""
        offer = self.offer(step.path)
        broken: list[Reason] = []
        if not errand.caller.roles & offer.roles:
            yours = sorted(errand.caller.roles)
            broken.append(reason("role", needed=sorted(offer.roles), yours=yours))
        try:
            order = offer.ask(replace(errand, command=_NOBODY), **step.given, body=step.body)
        except Problem as problem:
            return [*broken, *problem.reasons]
        if not isinstance(order, Order):
            return broken
        return [*broken, *rehearse(self.fittings.desk, order)]

    def rows(self, view: View, where: Mapping[str, Any]) -> Sequence[Any]:
        """Rows of a view past the walls, for what a command must know and its caller need not."""
        wanted = Wanted(where, None, http_query.LIMIT, None, newest_first=False)
        return self.fittings.views.page(view, wanted).rows

    async def admit(self, request: Request, guard: Guard, path: str) -> Request:
        """As Admits.admit: first who, then whether he may, and only then what."""
        entry = request_entry(request.scope)
        entry.route, entry.is_command = path, guard.is_command
        caller = self._caller(request)
        if not caller.roles & guard.roles:
            told = reason("role", needed=sorted(guard.roles), yours=sorted(caller.roles))
            raise Problem(403, "forbidden", told)
        await self._check_standing(caller.actor)
        errand = self._errand(request, caller, entry)
        envelope = BufferedRequest(request.scope, request.receive)
        if guard.is_posted:
            fitted = self.fittings
            await read_body(envelope, fitted.body_limit, fitted.body_patience)
        if guard.is_command:
            errand = self._commanding(errand, envelope, entry)
        envelope.state.errand = errand
        return envelope

    def _caller(self, request: Request) -> Caller:
        try:
            return self.fittings.read_token(bearer(request.headers))
        except TokenInvalid as error:
            raise unauthorised(error.code) from None

    async def _check_standing(self, person: str) -> None:
        """Refuse who left: the token may be younger than that, the register is not."""
        known = self._standings.get(person)
        if known is None or known[0] < time.monotonic() - STANDING_LIFE_S:
            active = await run_in_threadpool(self._is_active, person)
            known = time.monotonic(), active
            if len(self._standings) >= STANDINGS:
                self._standings.clear()
            self._standings[person] = known
        if not known[1]:
            raise Problem(403, "forbidden", reason("person-inactive", person=person))

    def _is_active(self, person: str) -> bool:
        """Whom the room does not know yet the token alone speaks for."""
        return self.registers.is_active(person) is not False

    def _errand(self, request: Request, caller: Caller, entry: RequestEntry) -> Errand:
        return Errand(
            caller=caller,
            at=occurred_at(request.headers, self.fittings.clock()),
            language=entry.language,
            trace=entry.trace,
            token=request.headers.get("x-token"),
            opens=is_true(request.query_params, "open"),
        )

    def _commanding(self, errand: Errand, envelope: BufferedRequest, entry: RequestEntry) -> Errand:
        headers = envelope.headers
        return replace(
            errand,
            command=command_id(errand.caller.actor, entry.method, entry.path, headers),
            expected=expected_version(headers),
            body_mac=hmac.digest(self._mac_key, envelope.content, "sha256"),
        )

    def take(self, errand: Errand, ask: Ask, location: str | None) -> Response:
        """Take a command: decide it, wake the relays, and say what became true."""
        answer, ticket = self._decided(errand, ask)
        if answer.facts and not answer.repeated:
            self.fittings.wake()
        number = answer.home.partition("-")[2]
        where = location.format(ticket=ticket, id=number) if location else None
        return responses.accepted(answer, ticket, self.room.name, self.texts, where)

    def _decided(self, errand: Errand, ask: Ask) -> tuple[Answer, str | None]:
        for _ in range(TRIES):
            try:
                return self._handled(errand, ask())
            except VersionMismatch:
                # Without If-Match it was our own look that is old: look again, decide again.
                if errand.expected is not None:
                    raise
        raise Conflict("the stream moved on at every try")

    def _handled(
        self, errand: Errand, wanted: Draft | Order | Numbered
    ) -> tuple[Answer, str | None]:
        desk = self.fittings.desk
        match wanted:
            case Draft(make=make):
                made: list[Order] = []

                def noted(folded: Folded) -> Order:
                    made.append(make(folded))
                    return made[-1]

                answer = handle(desk, replace(wanted, make=noted))
                return answer, made[-1].asked.ticket
            case Order():
                errand.needs_branch(wanted.asked.branch)
                return handle(desk, wanted), wanted.asked.ticket
            case Numbered(id, branch, day, build):
                errand.needs_branch(branch)
                answer = handle_numbered(desk, id, branch, day, build)
                return answer, self._ticket_of(id)

    def _ticket_of(self, command: UUID) -> str | None:
        """The number that a numbered command took, now or when it came first."""
        known = self.fittings.desk.store.read((), (command,)).known.get(command)
        return envelope.head(known[0].body).ticket if known else None

    def _show(self, errand: Errand, wanted: Listed | Single | Several | Shown) -> Response:
        if errand.opens and errand.caller.roles & OPENS_WHEN_ASKED:
            LOG.info("opened", actor=errand.caller.actor, request=errand.trace.span)
        views, keys = self.fittings.views, self.fittings.desk.keys
        match wanted:
            case Listed():
                fresh = self._fresh(errand, wanted.view)
                found = http_query.page(views, wanted, errand)
                rows = http_query.opened(found.rows, keys, errand, None)
                return responses.listed(found, rows, fresh)
            case Single():
                fresh = self._fresh(errand, wanted.view)
                row, parked = http_query.row(views, wanted, errand)
                (clear,) = http_query.opened([row], keys, errand, None)
                return responses.shown(clear, fresh=fresh, parked=parked)
            case Several():
                his = http_query.within(wanted, errand)
                rows = http_query.opened(his, keys, errand, None)
                return responses.listed(Found(()), rows, self._fresh(errand))
            case Shown(what, branch, version):
                if branch is not None:
                    errand.needs_branch(branch)
                (clear,) = http_query.opened([what], keys, errand, branch)
                return responses.shown(clear, version, self._fresh(errand))

    def _fresh(self, errand: Errand, view: View | None = None) -> str | None:
        """What X-Fresh says: nothing, or whether the view holds it, or that it cannot know.

        What is read from the record itself, not from a view, holds all that was written.
        """
        if errand.token is None:
            return None
        if view is None:
            ours = http_query.positions_of(self.room.name, errand.token) is not None
            return "true" if ours else "unknown"
        reached = self.fittings.views.reached(view, errand.token)
        return "unknown" if reached is None else str(reached).lower()
