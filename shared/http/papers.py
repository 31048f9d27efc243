"""单据页 (the page of a ticket): its papers in this room, and what may be done next by whom.

Whether something may be done is not written down a second time: each step is rehearsed by its own
route and decider, and what they would refuse stands beside it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from fastapi import APIRouter

from shared import envelope
from shared.chain import ChainBroken
from shared.decider import Reason
from shared.handle import Handler, Rehearsal
from shared.http.api import RoomApi, StepOfPaper
from shared.http.context import RequestContext
from shared.http.problem import Broken, of_chain, unknown
from shared.http.query import Several
from shared.http.tickets import READERS
from shared.step import Offer, PaperType
from shared.texts import Texts


@dataclass(frozen=True, slots=True)
class Next:
    """下一步: one thing that might be done, who may, and every rule that forbids it to you now."""

    path: str
    """Where it is asked for."""
    zh: str
    en: str
    roles: Sequence[str]
    allowed: bool
    reasons: Sequence[Broken]


@dataclass(frozen=True, slots=True)
class PaperShown:
    """单据: one paper of the ticket as it stands, and what comes next."""

    room: str
    kind: str
    number: str
    zh: str
    en: str
    branch: str
    stage: str
    stream: str
    version: int
    paper: object
    """Its public document; personal texts opened by right."""
    next: Sequence[Next]
    broken: Broken | None = None
    """Why nothing else is said of this paper: the chain of its stream does not hold."""


def routes(api: RoomApi) -> APIRouter:
    """The page of a ticket, alike in every room."""
    router = APIRouter(prefix="/v1", tags=["单据 tickets"])

    @api.query(router, "/tickets/{ticket:path}/papers", by=READERS, shows=PaperShown)
    def papers(context: RequestContext, ticket: str) -> Several:
        """单据页: the papers of a ticket in this room; what you may do with each, or why not."""
        handler = api.dependencies.handler
        heads = [envelope.head(each.body) for each in handler.store.ticket_facts(ticket)]
        named = {head.stream: head.branch for head in heads if context.within(head.branch)}
        if not named:
            raise unknown(ticket)
        streams = sorted(stream for stream in named if _type_of(api, stream).shown)
        rehearsal, broken = _rehearsal(handler, streams)
        shown = [
            _told_broken(api, broken[stream], named[stream])
            if stream in broken
            else _shown(api, context, rehearsal, stream)
            for stream in streams
        ]
        return Several([paper for paper in shown if paper is not None], ticket)

    return router


def _rehearsal(
    handler: Handler, streams: Sequence[str]
) -> tuple[Rehearsal, Mapping[str, ChainBroken]]:
    """The streams whose chains hold, ready to be rehearsed on, and those whose do not."""
    broken: dict[str, ChainBroken] = {}
    while True:
        try:
            held = [each for each in streams if each not in broken]
            return Rehearsal(handler, held, broken), broken
        except ChainBroken as error:
            if error.stream not in streams or error.stream in broken:
                raise
            broken[error.stream] = error


def _told_broken(api: RoomApi, error: ChainBroken, branch: str) -> PaperShown:
    """A paper of which nothing but its name can be believed."""
    kind, _, number = error.stream.partition("-")
    label, why = api.texts.label(kind), _broken(of_chain(error), api.texts)
    said = (api.room.name, kind, number, label.zh, label.en, branch, "", error.stream)
    return PaperShown(*said, version=0, paper=None, next=(), broken=why)


def _shown(
    api: RoomApi, context: RequestContext, rehearsal: Rehearsal, stream: str
) -> PaperShown | None:
    kind, _, number = stream.partition("-")
    shown, seen = _type_of(api, stream).shown, rehearsal.folded(stream)
    if shown is None or (document := shown(seen.state)) is None:
        return None
    label = api.texts.label(kind)
    steps = _steps(api, context, rehearsal, kind, number) if context.within(seen.branch) else ()
    return PaperShown(
        room=api.room.name,
        kind=kind,
        number=number,
        zh=label.zh,
        en=label.en,
        branch=seen.branch,
        stage=document.stage,
        stream=stream,
        version=seen.version,
        paper=document,
        next=list(steps),
    )


def _type_of(api: RoomApi, stream: str) -> PaperType[object]:
    return api.room.papers[stream.partition("-")[0]].PAPER


def _steps(
    api: RoomApi, context: RequestContext, rehearsal: Rehearsal, kind: str, number: str
) -> Iterator[Next]:
    state = rehearsal.folded(f"{kind}-{number}").state
    registers = api.registers.within(rehearsal)
    own = ((each, offer) for each in api.steps[kind] for offer in each.offers(number, state))
    for route, offer in (*own, *_elsewhere(api, kind, number, state)):
        asked_of = offer.number or number
        try:
            reasons = route.rehearse(context, rehearsal, registers, asked_of, offer.body)
        except ChainBroken as error:  # of something else that the step rests on
            reasons = [of_chain(error)]
        zh, _, en = route.said.partition(": ")
        yield Next(
            path=_filled(f"/v1{route.path}", route.paper.address.given_of(asked_of)),
            zh=zh,
            en=en.partition("\n")[0].rstrip("."),
            roles=sorted(route.step.by),
            allowed=not reasons,
            reasons=[_broken(each, api.texts) for each in reasons],
        )


def _elsewhere(
    api: RoomApi, kind: str, number: str, state: object
) -> Iterator[tuple[StepOfPaper, Offer]]:
    """Steps of other papers that are offered beside this one."""
    for follow in api.front.following.get(kind, ()):
        routes = {route.step.path: route for route in api.steps[follow.prefix]}
        for offer in follow.offer(number, state):
            yield routes[follow.path], offer


def _filled(path: str, given: Mapping[str, str]) -> str:
    return "".join(
        text + (given[name.partition(":")[0]] if name else "")
        for text, name, _, _ in Formatter().parse(path)
    )


def _broken(each: Reason, texts: Texts) -> Broken:
    said = texts.sentence(each)
    return Broken(each.code, dict(each.numbers), said.zh, said.en)
