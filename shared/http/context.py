"""请求上下文 (request context): caller, idempotency key, expected version and trace of a request.

Headers are read here and nowhere else.
"""

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

from starlette.datastructures import Headers

from shared.decider import Asked, reason
from shared.events.values import ALL_BRANCHES, covers, in_our_time
from shared.handle import CommandEnvelope
from shared.http.problem import Problem
from shared.http.strictness import FLAGS
from shared.token import Caller

NAMESPACE = UUID("0d6ac5b8-2a5f-5f0e-8f0b-1d6f5a0c7e42")
OPEN, BECAUSE = "open", "because"
"""The flag of a query that asks for masked texts to be opened, and its reason."""
LONGEST_REASON = 200
"""Characters of the reason for which a masked text is opened."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'(?:W/)?"(\d{1,18})"')
_TRACE = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


@dataclass(frozen=True, slots=True)
class Trace:
    """W3C trace context: the trace of whoever asks, and the span that is this request."""

    trace: str
    span: str

    @property
    def parent(self) -> str:
        """The header for whatever follows from this request."""
        return f"00-{self.trace}-{self.span}-01"

    @staticmethod
    def begun(headers: Headers) -> "Trace":
        """This request's span, in the caller's trace if it has one."""
        found = _TRACE.fullmatch(headers.get("traceparent", ""))
        trace = found[1] if found and set(found[1]) != {"0"} else secrets.token_hex(16)
        return Trace(trace, secrets.token_hex(8))


@dataclass(frozen=True, slots=True)
class RequestContext:
    """请求上下文: who asks, when by their clock, and what the answer depends on."""

    caller: Caller
    at: datetime
    now: datetime
    """By our own clock."""
    language: str
    trace: Trace
    token: str | None = None
    """What the caller wrote last (X-Token); a query waits until its view holds that."""
    opens: bool = False
    """Whether the caller asks for masked texts to be opened (`?open=true&because=…`)."""
    because: str = ""
    """Why they ask for it."""
    command: UUID | None = None
    body_mac: bytes | None = None
    former_macs: Sequence[bytes] = ()
    expected: int | None = None
    """The version that the caller saw (If-Match)."""
    acting_for: str | None = None
    """In whose place the caller acts (X-Acting-For); their roles and branches are then those."""

    def envelope(
        self,
        home: str,
        command: object,
        *,
        branch: str,
        ticket: str | None = None,
        subject: str | None = None,
        policy: str | None = None,
    ) -> CommandEnvelope:
        """A command of this request, to be decided on the stream `home`."""
        assert self.command is not None
        return CommandEnvelope(
            id=self.command,
            command=command,
            asked=self._asked(home, branch, ticket),
            subject=subject,
            body_mac=self.body_mac,
            former_macs=self.former_macs,
            expected=self.expected,
            policy=policy,
            traceparent=self.trace.parent,
        )

    def _asked(self, home: str, branch: str, ticket: str | None) -> Asked:
        caller = self.caller
        return Asked(
            home,
            caller.actor,
            caller.roles,
            self.at,
            branch,
            ticket,
            now=self.now,
            acting_for=self.acting_for,
        )

    def branch(self, named: str | None = None) -> str:
        """The branch the caller acts for: the named one, else their only one. Raises Problem."""
        if named is not None:
            return named
        if len(self.caller.branches) == 1 and not self.caller.all_branches:
            return next(iter(self.caller.branches))
        yours = sorted(self.caller.branches)
        raise Problem(422, "invalid", reason("branch-needed", yours=yours))

    def needs_branches(self, branches: Collection[str]) -> None:
        """Raise Problem unless every one of the branches is one of the caller's."""
        for branch in branches:
            if not self.within(branch):
                yours = sorted(self.caller.branches)
                foreign = reason("foreign-branch", branch=branch, yours=yours)
                raise Problem(403, "forbidden", foreign)

    def may_know(self, branches: Collection[str]) -> bool:
        """Whether the caller may know of what belongs to these branches; to none: everybody may."""
        return not branches or ALL_BRANCHES in branches or any(map(self.within, branches))

    @property
    def walls(self) -> frozenset[str] | None:
        """The branches of which the caller is shown anything; None: all."""
        return None if self.caller.all_branches else self.caller.branches

    def within(self, branch: str) -> bool:
        """Whether the branch is one of the caller's."""
        return covers(self.caller.branches, branch)


def bearer(headers: Headers) -> str:
    """The token shown. Raises Problem."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise unauthorised("token-missing")
    return token.strip()


def unauthorised(code: str) -> Problem:
    """Nobody we know of asks."""
    challenge = {"WWW-Authenticate": 'Bearer realm="guiyi"'}
    return Problem(401, "unauthorised", reason(code), headers=challenge)


def command_id(actor: str, method: str, path: str, headers: Headers) -> UUID:
    """The id of a command: the same for the same actor, route and Idempotency-Key.

    The route is the path as it was asked for, so that a key used for two papers is two commands.
    """
    key = headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        raise Problem(400, "request", reason("key-missing"))
    return uuid5(NAMESPACE, f"{actor}\n{method} {path}\n{key}")


def expected_version(headers: Headers) -> int | None:
    """The version in If-Match; `*` asks for none. Raises Problem."""
    said = headers.get("if-match", "*").strip()
    if said == "*":
        return None
    if found := _ETAG.fullmatch(said):
        return int(found[1])
    raise _header("If-Match", '"7"')


def occurred_at(headers: Headers, now: datetime) -> datetime:
    """When, by the device's clock if it says so (X-Occurred-At), else by ours. Raises Problem."""
    if (said := headers.get("x-occurred-at")) is None:
        return now
    with suppress(ValueError):
        at = datetime.fromisoformat(said)
        if at.tzinfo is not None:
            return in_our_time(at)
    raise _header("X-Occurred-At", "2026-11-23T09:30:00+08:00")


def opening(query: Mapping[str, str]) -> tuple[bool, str]:
    """Whether masked texts are to be opened, and why. Raises Problem if there is no reason."""
    asks, because = is_true(query, OPEN), query.get(BECAUSE, "").strip()
    if asks and not 0 < len(because) <= LONGEST_REASON:
        raise Problem(422, "invalid", reason("reason-needed", limit=LONGEST_REASON))
    return asks, because if asks else ""


def is_true(query: Mapping[str, str], name: str) -> bool:
    """Whether a flag of the query is set. Raises Problem."""
    said = FLAGS.get(query.get(name, "false"))
    if said is None:
        raise Problem(400, "request", reason("parameter", parameter=name, expected="true, false"))
    return said


def _header(name: str, expected: str) -> Problem:
    return Problem(400, "request", reason("header", header=name, expected=expected))
