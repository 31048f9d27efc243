"""下一步 (next steps): what may be done with a paper, what has to be said, by whom, or why not.

Whether something may be done is not written down a second time: each step is rehearsed by its own
route and decider, and what they would refuse stands beside it. What a person still has to say is
needed, not refused; a step that would change nothing is not shown.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import Formatter
from typing import Any

from shared.chain import ChainBroken
from shared.decider import number_of
from shared.handle import Rehearsal, Rehearsed
from shared.http.api import RoomApi, StepOfPaper
from shared.http.colleagues import Colleagues
from shared.http.context import RequestContext
from shared.http.needed import Needed, asked_by, needed, shape
from shared.http.problem import Broken, broken, of_chain
from shared.http.registers import Registers
from shared.http.takers import (
    DO_ALL,
    branches_at,
    others,
    takers,
    takers_elsewhere,
    taking,
)
from shared.mends import Mend, MendKind, Who
from shared.step import WORDS, Offer

_SIGNING = frozenset(("content", "how", "signed_at", "evidence", "as_what", "acting_for"))
"""The fields of a body in which nothing is said but who signs, what they were shown, and how."""


@dataclass(frozen=True, slots=True)
class Next:
    """下一步: one thing that might be done, who may, and every rule that forbids it to you now."""

    path: str
    """Where it is asked for."""
    zh: str
    en: str
    roles: Sequence[str]
    allowed: bool
    """Whether you may, once what is needed is said."""
    reasons: Sequence[Broken]
    who: Sequence[Who] = ()
    needed: Sequence[Needed] = ()
    """What whoever takes it still has to say."""
    conditions: Sequence[Broken] = ()
    """What would be refused of it as long as that is not said, or said otherwise."""


@dataclass(frozen=True, slots=True)
class Rehearsing:
    """预演: one paper of the ticket, and all that its steps are rehearsed with."""

    api: RoomApi
    context: RequestContext
    rehearsal: Rehearsal
    registers: Registers
    kind: str
    number: str
    colleagues: Colleagues
    streams: Sequence[str] = ()
    """Of the papers of the ticket in this room, newer ones of a kind first."""

    def steps(self, *, whole: bool) -> Iterator[Next]:
        """What may be done next; who does not see the whole paper is told of their own alone."""
        state = self.rehearsal.folded(f"{self.kind}-{self.number}").state
        for route in self.api.steps.get(self.kind, ()):
            if whole or self._is_mine(route):
                yield from self._offered(route, list(route.offers(self.number, state)))
        for follow in self.api.front.following.get(self.kind, ()):
            routes = {route.step.path: route for route in self.api.steps[follow.prefix]}
            if whole or self._is_mine(routes[follow.path]):
                offers = list(follow.offer(self.number, state))
                yield from self._offered(routes[follow.path], offers)

    def _is_mine(self, route: StepOfPaper) -> bool:
        return not self.context.caller.roles.isdisjoint(route.step.by)

    def _offered(self, route: StepOfPaper, offers: Sequence[Offer]) -> Iterator[Next]:
        for offer in offers:
            found, closed = self._rehearsed(route, offer), list[object]()
            asked: Mapping[str, Sequence[object]] = {}
            if len(offers) == 1 and self._is_mine(route):
                found, closed, asked = self._chosen(route, offer, found)
            if self._forbids(route, found):
                found = self._as_deputy(route, offer, found)
            left = needed(
                route.body,
                offer.body,
                self.api.texts,
                is_free=route.is_free,
                closed=closed,
                known=self._known(route, offer, found),
            )
            said = {each.field for each in left}
            left += [each for each in asked_by(asked, self.api.texts) if each.field not in said]
            if not found.is_idle or left:
                yield self._next(route, offer, found, left)

    def _chosen(
        self, route: StepOfPaper, offer: Offer, found: Rehearsed
    ) -> tuple[Rehearsed, list[object], dict[str, list[object]]]:
        """The step with each value of its first choice: the best outcome, and what is refused.

        And by field, which values ask for it beside what is said of the one that is offered.
        """
        kind: type[Any] = route.body
        body: Any = offer.body
        choice = next((each for each in shape(kind) if each.required and each.values), None)
        if choice is None or not isinstance(body, route.body):
            return found, [], {}
        chosen, best, closed = getattr(body, choice.name), found, list[object]()
        asked: dict[str, list[object]] = {}
        for value in choice.values:
            other = found
            if value != chosen:
                other = self._rehearsed(route, _with(offer, choice.name, value))
            if self._forbids(route, other) or self._closes(other):
                closed.append(value)
                continue
            for field in _unsaid_of(body, other):
                asked.setdefault(field, []).append(value)
            if self._forbids(route, best) or self._closes(best):
                best = other
        return best, closed if len(closed) < len(choice.values) else [], asked

    def _known(
        self, route: StepOfPaper, offer: Offer, found: Rehearsed
    ) -> Mapping[str, Sequence[object]]:
        """By field: what else may be said, so that nothing more is refused than without it."""
        if not self._is_mine(route) or self._forbids(route, found):
            return {}
        number = offer.number or self.number
        told = route.known(self.context, self.rehearsal, self.registers, number, offer.body)
        passing = {
            field: [value for value in values if self._passes(route, offer, found, field, value)]
            for field, values in told.items()
        }
        return {field: values for field, values in passing.items() if values}

    def _passes(
        self, route: StepOfPaper, offer: Offer, found: Rehearsed, field: str, value: object
    ) -> bool:
        other = self._rehearsed(route, _with(offer, field, value))
        return all(each in found.reasons for each in other.reasons)

    def _as_deputy(self, route: StepOfPaper, offer: Offer, found: Rehearsed) -> Rehearsed:
        """The step as taken for somebody whom the caller stands in for today, if that is better."""
        if getattr(offer.body, "acting_for", WORDS) is not None:
            return found
        for person, deputy in self._deputies(getattr(offer.body, "as_what", "")):
            if deputy == self.context.caller.actor:
                other = self._rehearsed(route, _with(offer, "acting_for", person))
                found = found if self._forbids(route, other) else other
        return found

    def _forbids(self, route: StepOfPaper, found: Rehearsed) -> bool:
        mends = (self.api.texts.mended(each) for each in found.reasons)
        return any(self._is_against(route, each.kind if each else None) for each in mends)

    def _closes(self, found: Rehearsed) -> bool:
        """Whether the value that is chosen is refused, whatever else would be said."""
        mends = (self.api.texts.mended(each) for each in found.reasons)
        return any(each is not None and each.of_choice for each in mends)

    def _is_against(self, route: StepOfPaper, mended: MendKind | None) -> bool:
        """Whether no other words in the body would mend it: who only signs has none to choose."""
        fields = (each.name for each in shape(route.body))
        return mended is not MendKind.FORM or _SIGNING.issuperset(fields)

    def _rehearsed(self, route: StepOfPaper, offer: Offer) -> Rehearsed:
        number = offer.number or self.number
        try:
            return route.rehearse(self.context, self.rehearsal, self.registers, number, offer.body)
        except ChainBroken as error:  # of something else that the step rests on
            return Rehearsed([of_chain(error)])

    def _next(
        self, route: StepOfPaper, offer: Offer, found: Rehearsed, left: Sequence[Needed]
    ) -> Next:
        zh, _, en = route.said.partition(": ")
        number = offer.number or self.number
        streams = (number_of(stream) for stream in self.streams)
        named = [number, *self._beside(route, number), *streams]
        told = [self._named(broken(each, self.api.texts, named)) for each in found.reasons]
        against = [each for each in told if self._is_against(route, each.mended)]
        given = route.paper.address.given_of(number)
        return Next(
            path=_filled(f"/v1{route.path}", given),
            zh=zh,
            en=en.partition("\n")[0].rstrip("."),
            roles=sorted(route.step.by),
            allowed=not against,
            reasons=against,
            who=list(self._who(route, offer)),
            needed=left,
            conditions=[each for each in told if each not in against],
        )

    def _beside(self, route: StepOfPaper, number: str) -> Collection[str]:
        """The papers that this one goes with; of one that does not hold, nothing is known."""
        try:
            return route.paper.beside(self.rehearsal.folded(route.paper.stream_of(number)).state)
        except ChainBroken:
            return ()

    def _who(self, route: StepOfPaper, offer: Offer) -> Iterator[Who]:
        """Those whom the paper names for the step, or whoever has the role; else the role."""
        as_what = getattr(offer.body, "as_what", None)
        folded = self.rehearsal.folded(f"{self.kind}-{self.number}")
        paper = self.api.room.papers[self.kind].PAPER
        branches = branches_at(self.api, self.kind, f"/{route.step.path}", folded)
        if not as_what and set(route.step.by) >= DO_ALL:
            yield from map(self._role, sorted(route.step.by))
            return
        for role in [as_what] if as_what else sorted(route.step.by):
            if route.step.by_others:
                found = others(self.colleagues, paper, folded.state, role, branches)
            else:
                found = taking(self.api, self.colleagues, paper, folded.state, role, branches)
            yield from list(found) or [self._role(role)]

    def _role(self, role: str) -> Who:
        said = self.api.texts.label(role)
        return Who(role, said.zh, said.en)

    def _named(self, told: Broken) -> Broken:
        """The same, with those whom the papers of this room name for what mends it."""
        return replace(told, mends=[replace(each, who=self._takers(each)) for each in told.mends])

    def _takers(self, mend: Mend) -> Sequence[Who]:
        stream = f"{mend.kind}-{mend.number}"
        if mend.kind not in self.api.room.papers:
            here = self.rehearsal.folded(f"{self.kind}-{self.number}")
            ticket = self.api.room.papers[self.kind].PAPER.ticket_of(self.number)
            return takers_elsewhere(self.api, self.colleagues, mend, ticket, here.branch)
        if stream not in self.streams:
            return ()
        paper, folded = self.api.room.papers[mend.kind].PAPER, self.rehearsal.folded(stream)
        return takers(self.api, self.colleagues, mend, paper, folded)

    def _deputies(self, as_what: str) -> Iterable[tuple[str, str]]:
        """Who may act in this capacity today for somebody else, at the branch of the paper."""
        branch = self.rehearsal.folded(f"{self.kind}-{self.number}").branch
        return self.colleagues.deputies(branch, as_what) if as_what else ()


def _unsaid_of(body: object, found: Rehearsed) -> Iterator[str]:
    """The fields of the body in which nothing is said and that a refusal names."""
    for told in found.reasons:
        for names in told.numbers.values():
            if isinstance(names, Sequence) and not isinstance(names, str):
                yield from (each for each in names if getattr(body, each, WORDS) is None)


def _with(offer: Offer, field: str, value: object) -> Offer:
    """The same offer, with another value in a field of its body."""
    body: Any = offer.body
    return replace(offer, body=replace(body, **{field: value}))


def _filled(path: str, given: Mapping[str, str]) -> str:
    return "".join(
        text + (given[name.partition(":")[0]] if name else "")
        for text, name, _, _ in Formatter().parse(path)
    )
