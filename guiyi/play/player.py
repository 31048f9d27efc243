"""演法 (the player): steps are taken in their order, each accepted or refused as it should be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import httpx

from guiyi.access import Answered
from guiyi.plain import JsonObject
from guiyi.play.case import Act, Case
from guiyi.play.people import Person

NOT_FOUND = 404
NOT_YET = ("person-unregistered", "branch-unknown", "conflict")
"""What a room says of people and branches until it has heard that they are registered.

And of what several change at one moment.
"""
MINUTES, A_DAY = timedelta(minutes=5), timedelta(days=1)


class NotSo(Exception):
    """Something else came of it than should have; the message says what."""


@dataclass(frozen=True, slots=True)
class Turn:
    """一步: who does what in a repair, and what should come of it."""

    act: Act
    who: Person
    after: timedelta = MINUTES
    """How long after the step before, where a clock can be set."""
    waits_for: tuple[str, ...] = ()
    """The rules it may break until its room has heard of what it rests on."""
    refused: tuple[str, ...] = ()
    """太早的一步: exactly the rules it breaks, for it comes too early; none: it is accepted."""
    mended_by: Mapping[str, Sequence["Turn"]] = field(default_factory=dict)
    """补救: what is done first, once, where it breaks this rule beside those it should break."""


@dataclass(frozen=True, slots=True)
class Done:
    """办妥: what a room answered to a command."""

    stream: str
    ticket: str | None
    version: int
    facts: Sequence[str]
    warnings: Sequence[JsonObject] = ()


class Watcher:
    """Whoever is told what people do and what the rooms answer. This one does nothing with it."""

    def done(self, who: Person, done: Done) -> None:
        """A command was accepted."""

    def refused(self, who: Person, path: str, problem: JsonObject) -> None:
        """A command was refused, as it should be."""


UNWATCHED = Watcher()


def play(case: Case, steps: Iterable[Turn], watcher: Watcher = UNWATCHED) -> str:
    """Take every step; the ticket's number. Raises NotSo, Answered, Away."""
    for step in steps:
        take(case, step, watcher)
    return case.ticket


def take(case: Case, step: Turn, watcher: Watcher = UNWATCHED) -> None:
    """Take a step as soon as its room has heard of what it rests on.

    Raises NotSo if it ends otherwise than it should or its room never hears; Answered, Away.
    """
    mends = dict(step.mended_by)
    for _ in case.rooms.moments():
        answer = _tried(case, step)
        for code in _broken(answer) & mends.keys():
            play(case, mends.pop(code), watcher)
            answer = _tried(case, step)
        if answer is None or answer.status_code == NOT_FOUND or is_unheard(answer):
            continue
        if answer.is_success:
            if step.refused:
                raise NotSo(f"{_path(answer)}: accepted (not {', '.join(step.refused)})")
            watcher.done(step.who, done_of(answer))
            return
        if _is_refused(answer, step):
            watcher.refused(step.who, _path(answer), _problem(answer))
            return
    raise NotSo(f"{step.who.id}, {step.act}: nothing to act upon")


def _tried(case: Case, step: Turn) -> httpx.Response | None:
    with case.one_moment():
        return step.act(case, step.who)


def is_unheard(answer: httpx.Response) -> bool:
    """Whether it is accepted a moment later, without anybody doing anything about it."""
    return not _broken(answer).isdisjoint(NOT_YET)


def done_of(answer: httpx.Response) -> Done:
    """What was accepted. Raises Answered."""
    if not answer.is_success:
        raise Answered(answer.status_code, _problem(answer))
    told = answer.json()
    return Done(**{name: told[name] for name in Done.__slots__})


def _is_refused(answer: httpx.Response, step: Turn) -> bool:
    """Whether it is refused as it should be; False: it may be accepted a moment later.

    Raises NotSo, Answered.
    """
    broken = _broken(answer)
    if step.refused:
        if broken != {*step.refused}:
            raise NotSo(f"{_path(answer)}: {', '.join(broken)} (not {', '.join(step.refused)})")
        return True
    if not broken or not broken <= {*step.waits_for}:
        raise Answered(answer.status_code, _problem(answer))
    return False


def _broken(answer: httpx.Response | None) -> set[str]:
    """The rules that a refused command breaks."""
    if answer is None or not answer.is_client_error:
        return set()
    return {each["code"] for each in _problem(answer).get("reasons", ())}


def _path(answer: httpx.Response) -> str:
    return answer.request.url.path


def _problem(answer: httpx.Response) -> JsonObject:
    try:
        told: JsonObject = answer.json()
    except ValueError:
        return {"title": f"HTTP {answer.status_code}"}
    return told
