"""问题 (problems): every no of the HTTP shell, as RFC 9457 tells it, in Chinese and English.

A problem names every broken rule with its code and numbers. It never shows a trace, nor what was
sent: the values may be personal.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import unquote

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from shared.chain import ChainBroken
from shared.decider import Reason, Refused, reason
from shared.events.reading import FutureSchema
from shared.handle import VersionMismatch
from shared.mends import Mend, MendKind, Who, numbers_in, steps_of
from shared.personal.key_store import KeysUnavailable
from shared.record.store import (
    LARGEST_FACT,
    ClaimedTooLate,
    CommandKnown,
    Conflict,
    GateClosed,
    KeyReused,
    TooLargeToRecord,
    Unavailable,
)
from shared.texts import Said, Texts
from shared.token import TokenKeyUnusable

MEDIA_TYPE = "application/problem+json"
SOON = MappingProxyType({"Retry-After": "2"})
LATER = MappingProxyType({"Retry-After": "60"})

NOT_BUILT = "view-not-built"
"""The code of a view that does not answer yet."""
MOST = 50
"""Reasons that one answer tells."""


class Problem(Exception):
    """Nothing has happened, and why. `kind` is one of the labels `problem-…` of the texts."""

    def __init__(
        self,
        status: int,
        kind: str,
        *reasons: Reason,
        headers: Mapping[str, str] = MappingProxyType({}),
        who: Mapping[str, Sequence[Who]] = MappingProxyType({}),
        beside: Collection[str] = (),
    ) -> None:
        """`who`: those who may take a step that mends it, by the path of that step.

        `beside`: the numbers of papers that the one asked for goes with.
        """
        super().__init__("; ".join(each.code for each in reasons))
        self.who, self.beside = who, beside
        self.status, self.kind, self.reasons, self.headers = status, kind, reasons, headers

    @property
    def result(self) -> str:
        """One word for logs and metrics: the code if it is one, else the kind."""
        return self.reasons[0].code if len(self.reasons) == 1 else self.kind


@dataclass(frozen=True, slots=True)
class Broken:
    """One broken rule as body: its code, its numbers, its sentence in both languages."""

    code: str
    numbers: Mapping[str, object]
    zh: str
    en: str
    mended: MendKind | None = None
    """What has to be otherwise: other contents, another person, another step, or time."""
    mends: Sequence[Mend] = ()
    """The steps that mend it, in whichever room, and who may take them."""
    field: str | None = None
    """The place in the body that has the wrong shape."""
    expected: object = None
    """What may stand there, for programs: codes, bounds, the name of a form or a type, a length."""
    form: Said | None = None
    """The same for people."""


@dataclass(frozen=True, slots=True)
class Told:
    """RFC 9457 problem details, and every broken rule."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request: str
    """The id under which the log knows this request."""
    reasons: Sequence[Broken] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Asking:
    """What answering a request needs of it: where, under which id, in which language."""

    path: str
    request: str
    language: str


def answer(problem: Problem, texts: Texts, asking: Asking) -> Response:
    """The problem as a response; title and detail in the language asked for, reasons in both.

    Of very many reasons the first ones are told, and how many more there are.
    """
    told = problem.reasons
    if len(told) > MOST:
        told = (*told[:MOST], reason("and-more", count=len(told) - MOST))
    named = [*unquote(asking.path).split("/"), *problem.beside]
    reasons = [_naming(broken(each, texts, named), problem.who) for each in told]
    title = texts.label(f"problem-{problem.kind}")
    separator = "；" if asking.language == "zh" else "; "
    body = Told(
        type=f"urn:guiyi:problem:{problem.kind}",
        title=_in(asking.language, title),
        status=problem.status,
        detail=separator.join(_in(asking.language, Said(r.zh, r.en)) for r in reasons),
        instance=asking.path,
        request=asking.request,
        reasons=reasons,
    )
    headers = {**problem.headers, "Content-Language": asking.language}
    return Response(msgspec.json.encode(body), problem.status, headers, MEDIA_TYPE)


def broken(each: Reason, texts: Texts, named: Sequence[str] = ()) -> Broken:
    """A broken rule as it is told: its sentence, and what mends it.

    `named`: numbers of papers beside those that the rule names; the steps that mend it are taken on
    one of them.
    """
    said, mended, form = texts.sentence(each), texts.mended(each), texts.form(each)
    told = Broken(each.code, dict(each.numbers), said.zh, said.en)
    if mended is not None:
        known = numbers_in([*_texts(each), *named], each.numbers)
        steps = [step.on(known) for step in steps_of(mended)]
        told = replace(told, mended=mended.kind, mends=steps)
    if form is None:
        return told
    field = str(each.numbers["field"])
    expected = each.numbers.get("expected", each.numbers.get("limit"))
    return replace(told, field=field, expected=expected, form=form)


def _naming(told: Broken, who: Mapping[str, Sequence[Who]]) -> Broken:
    mends = [replace(each, who=who.get(each.path, ())) for each in told.mends]
    return replace(told, mends=mends)


def _texts(each: Reason) -> Iterator[str]:
    for number in each.numbers.values():
        if isinstance(number, str):
            yield number
        elif not isinstance(number, int):
            yield from number


# What the kernel's exceptions mean; Refused and VersionMismatch bring numbers of their own.
_MEANING: Mapping[type[Exception], Problem] = {
    KeyReused: Problem(422, "invalid", reason("key-reused")),
    ClaimedTooLate: Problem(422, "refused", reason("claimed-too-late")),
    TooLargeToRecord: Problem(
        422, "refused", reason("too-large-to-record", most=LARGEST_FACT // 1024)
    ),
    Conflict: Problem(409, "conflict", reason("conflict"), headers=SOON),
    CommandKnown: Problem(409, "conflict", reason("conflict"), headers=SOON),
    GateClosed: Problem(503, "unavailable", reason("gate-closed"), headers=SOON),
    Unavailable: Problem(503, "unavailable", reason("unavailable"), headers=SOON),
    TokenKeyUnusable: Problem(503, "unavailable", reason("unavailable"), headers=SOON),
    KeysUnavailable: Problem(503, "unavailable", reason("unavailable"), headers=SOON),
    # Not "unknown": what it says may be that somebody may act no more.
    FutureSchema: Problem(503, "unavailable", reason("newer-schema"), headers=LATER),
}


def problem_of(error: Exception) -> Problem | None:
    """What a known exception means over HTTP; None for one nobody foresaw."""
    match error:
        case Problem():
            return error
        case Refused():
            return Problem(422, "refused", *error.reasons)
        case ChainBroken() | VersionMismatch():
            return _told(error)
        case HTTPException():
            return _of_http(error)
        case _:
            return _MEANING.get(type(error))


def unknown(what: str, told: Reason | None = None) -> Problem:
    """There is no such thing, or it is not for the caller to know of it; or what else is told."""
    return Problem(404, "unknown", told or reason("unknown", what=what))


def parked(what: str) -> Problem:
    """There is such a row, and it waits for repair before it can be shown for the first time."""
    return Problem(503, "unavailable", reason("parked", what=what), headers={"Retry-After": "60"})


def language(accepted: str | None) -> str:
    """`zh` or `en`: whichever Accept-Language wants more; zh if it wants neither."""
    wanted = {"zh": 0.0, "en": 0.0}
    for part in (accepted or "").split(","):
        tag, _, parameter = part.strip().partition(";")
        name = tag.partition("-")[0].lower()
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        if name in wanted:
            wanted[name] = max(wanted[name], weight)
    return "en" if wanted["en"] > wanted["zh"] else "zh"


def _in(wanted: str, said: Said) -> str:
    return said.en if wanted == "en" else said.zh


def of_chain(error: ChainBroken) -> Reason:
    """Why nothing is decided on a stream, or said of it."""
    return reason("broken-chain", stream=error.stream, version=error.version)


def _told(error: ChainBroken | VersionMismatch) -> Problem:
    match error:
        case ChainBroken():
            return Problem(503, "unavailable", of_chain(error), headers=LATER)
        case VersionMismatch(seen=seen, found=found):
            return Problem(412, "version", reason("version-mismatch", seen=seen, found=found))


def _of_http(error: HTTPException) -> Problem:
    """What the framework says by itself: no such path, no such method, a body it cannot take."""
    headers = dict(error.headers or {})
    match error.status_code:
        case 404:
            return unknown("path")
        case 405:
            allowed = reason("method", allowed=headers.get("Allow", ""))
            return Problem(405, "request", allowed, headers=headers)
        case status:
            return Problem(status, "request", reason("not-json", where="body"))
