"""所述时刻 (claims of time): what people say of when something happened, held to what is known.

Every clock but ours is a claim. What is told may lie in the past, as after a day without a network,
but never before that on which it rests, and at most as far ahead as honest clocks are apart. This
holds for every step; what is imported is another desk's claim, and opens no gate. In whose place
somebody acts is held to what is known in the same way: neither of the two may do it for the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from shared.decider import CLOCKS_DIFFER, Asked, Decision, Reason, Refused, State, reason
from shared.events.values import PastMark
from shared.personal.fields import places_of
from shared.step import LONG_AGO, ByCommand, Step

HEADER = "X-Occurred-At"
_NTH = re.compile(r"\.\d+")


def decided(rules: ByCommand[Any], command: object, state: State, asked: Asked) -> Decision:
    """What the command makes true. Raises Refused, with every broken rule and every false claim.

    What is true already is answered as ever, whatever the claims are.
    """
    step = rules.step(command)
    wrong = [*asked.unproved, *_wrong(step, command, asked)] if step else []
    facts, reasons = _of_both(rules, command, state, asked)
    if reasons or (facts and wrong):
        raise Refused(*reasons, *wrong)
    return facts


def settled(rules: ByCommand[Any], command: object, asked: Asked) -> Asked:
    """The same, with the moment of a clock that is honestly behind set to what it rests on.

    So no fact stands before the one that it follows from.
    """
    step = rules.step(command)
    ground = step.rests_on(asked) if step else None
    behind = ground is not None and ground - CLOCKS_DIFFER <= asked.at < ground
    return replace(asked, at=ground) if behind and ground is not None else asked


def _of_both(
    rules: ByCommand[Any], command: object, state: State, asked: Asked
) -> tuple[Decision, Sequence[Reason]]:
    """What it makes true, or why not: every reason against either of the two, each once.

    What the person may not do in whose place somebody acts, they may not do for them. A body that
    names that person itself has a rule of its own, which looks at both.
    """
    person = None if _named(command) else asked.acting_for
    facts: Decision = ()
    reasons: list[Reason] = []
    for who in (person, asked.actor) if person else (asked.actor,):
        try:
            facts = rules(command, state, replace(asked, actor=who))
        except Refused as refused:
            reasons += [each for each in refused.reasons if each not in reasons]
    return facts, reasons


def _two_named(command: object, asked: Asked) -> Iterator[Reason]:
    """A rule: the request and its body name the same person in whose place somebody acts."""
    said = _named(command)
    if said and asked.acting_for and said != asked.acting_for:
        yield reason("acts-for-two", people=[asked.acting_for, said])


def _named(command: object) -> str | None:
    """In whose place the body itself says that somebody acts."""
    return getattr(command, "acting_for", None)


def _wrong(step: Step[Any, Any], command: object, asked: Asked) -> Iterator[Reason]:
    yield from _two_named(command, asked)
    ground = step.rests_on(asked)
    if _is_before(asked.at, ground):
        yield _too_early(HEADER, ground)
    told = list(_told(command))
    for place, at in told:
        since = step.since.get(_NTH.sub("", place), step.rests_on)(asked)
        if _is_before(at, since):
            yield _too_early(place, since)
    latest = min(asked.at, asked.recorded_at) + CLOCKS_DIFFER
    if ahead := [place for place, at in told if at > latest]:
        yield reason("in-the-future", fields=ahead)


def _told(command: object) -> Sequence[tuple[str, datetime]]:
    """The moments that are told as past, by their places."""
    found = places_of(command, PastMark)
    return [(at_, at) for at_, at in found if isinstance(at, datetime) and at != LONG_AGO]


def _is_before(at: datetime, ground: datetime | None) -> bool:
    return ground is not None and at < ground - CLOCKS_DIFFER


def _too_early(field: str, ground: datetime | None) -> Reason:
    since = ground.isoformat(timespec="seconds") if ground else ""
    return reason("before-its-ground", field=field, since=since)
