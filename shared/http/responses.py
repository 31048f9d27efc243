"""答复 (answers): what a room answers to a command that it took and to a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import msgspec
from starlette.responses import Response

from shared.decider import Reason
from shared.events import entry
from shared.events.values import Warned
from shared.handle import Answer
from shared.http.problem import Broken
from shared.http.query import Found, token_of
from shared.texts import Texts

JSON = "application/json"
CREATED, OK = 201, 200


@dataclass(frozen=True, slots=True)
class Accepted:
    """办妥: what became true. No facts: it was true already."""

    stream: str
    ticket: str | None
    version: int
    """The stream's version now; the ETag, for the next If-Match."""
    facts: Sequence[str]
    """The types of the facts, in the order in which they became true."""
    repeated: bool = False
    """Answered from what the same command made true before."""
    warnings: Sequence[Broken] = field(default_factory=list)
    """What is not forbidden and yet should be seen."""
    told: Mapping[str, str] = field(default_factory=dict)
    """What stands in no record, and is said here alone."""


@dataclass(frozen=True, slots=True)
class Rows:
    """一页: rows of a view, and where the next page begins."""

    rows: Sequence[object]
    next: str | None = None
    """What to ask for as `after`; none on the last page."""
    fresh: bool | None = None
    """Whether the rows hold what the X-Token names; none without a token of this room."""
    parked: int = 0
    """Rows among these that wait for repair and may be old."""


def accepted(
    answer: Answer,
    room: str,
    texts: Texts,
    location: str | None,
    told: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The response to a command that was taken; `location` where it made something new."""
    body = Accepted(
        stream=answer.home,
        ticket=answer.ticket,
        version=answer.version,
        facts=[entry(fact).name for fact in answer.facts],
        repeated=answer.repeated,
        warnings=[_warning(warned, texts) for fact in answer.facts for warned in _warned(fact)],
        told=dict(told),
    )
    created = location is not None and bool(answer.facts)
    headers = {"ETag": etag(answer.version)}
    if answer.positions:
        headers["X-Token"] = token_of(room, answer.positions)
    if answer.repeated:
        headers["Idempotency-Replayed"] = "true"
    if created and location is not None:
        headers["Location"] = location
    return Response(msgspec.json.encode(body), CREATED if created else OK, headers, JSON)


def listed(found: Found, rows: Sequence[object], fresh: str | None = None) -> Response:
    """The response to a query for rows."""
    body = Rows(rows, found.next, _FRESH.get(fresh or ""), found.parked)
    return Response(msgspec.json.encode(body), OK, _headers(fresh), JSON)


def shown(
    what: object, version: int | None = None, fresh: str | None = None, *, parked: bool = False
) -> Response:
    """The response to a query for one thing; `parked`: it waits for repair and may be old."""
    headers = _headers(fresh)
    if parked:
        headers["X-Parked"] = "true"
    if version is not None:
        headers["ETag"] = etag(version)
    return Response(msgspec.json.encode(what), OK, headers, JSON)


def as_file(content: bytes, media_type: str, name: str, fresh: str | None = None) -> Response:
    """The response with a file, which is kept under this name by whoever asked for it."""
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, OK, {**_headers(fresh), **named}, media_type)


def etag(version: int) -> str:
    """A stream's version as an entity tag."""
    return f'"{version}"'


_FRESH = {"true": True, "false": False}


def _headers(fresh: str | None) -> dict[str, str]:
    return {} if fresh is None else {"X-Fresh": fresh}


def _warned(fact: object) -> Sequence[Warned]:
    found: Sequence[Warned] = getattr(fact, "warnings", ())
    return found


def _warning(warned: Warned, texts: Texts) -> Broken:
    numbers = {"about": list(warned.about)}
    said = texts.sentence(Reason(warned.code, numbers))
    return Broken(warned.code, numbers, said.zh, said.en)
