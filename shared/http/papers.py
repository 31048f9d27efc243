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
from shared.http.api import RoomApi, StepOfPaper, onlooker
from shared.http.context import RequestContext
from shared.http.problem import Broken, of_chain, unknown
from shared.http.query import Several
from shared.http.tickets import is_own_job, papers_of
from shared.step import Offer, PaperType
from shared.texts import Texts
from shared.visibility import people_of, same_for, sight


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

    kinds = [kind for kind, paper in api.room.papers.items() if paper.PAPER.shown]
    readers = {role for kind in kinds for role in api.reading(kind).by}

    @api.query(
        router,
        "/tickets/{ticket:path}/papers",
        reads=same_for(sorted(readers)),
        shows=PaperShown,
    )
    def papers(context: RequestContext, ticket: str) -> Several:
        """单据页: the papers of a ticket in this room; what you may do with each, or why not.

        Of each as much as the caller sees where it is shown alone.
        """
        handler = api.dependencies.handler
        facts = handler.store.ticket_facts(ticket, context.walls)
        heads = [envelope.head(each.body) for each in facts]
        named = {head.stream: head.branch for head in heads if context.within(head.branch)}
        if not named:
            raise unknown(ticket)
        streams = sorted(stream for stream in named if _type_of(api, stream).shown)
        rehearsal, broken = _rehearsal(handler, streams)
        whole = [stream for stream in streams if stream not in broken]
        own = is_own_job(context, papers_of(api, whole, rehearsal).values())
        shown = [
            _told_broken(api, context, broken[stream], named[stream])
            if stream in broken
            else _shown(api, context, rehearsal, stream, own=own)
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


def _told_broken(
    api: RoomApi, context: RequestContext, error: ChainBroken, branch: str
) -> PaperShown | None:
    """A paper of which nothing but its name can be believed; not to whom such papers are hidden.

    Whose own work it is, it cannot say: to whom only their own is shown it is hidden as well.
    """
    kind, _, number = error.stream.partition("-")
    if sight(api.reading(kind), onlooker(context), None, is_own=False) is None:
        return None
    label, why = api.texts.label(kind), _broken(of_chain(error), api.texts)
    said = (api.room.name, kind, number, label.zh, label.en, branch, "", error.stream)
    return PaperShown(*said, version=0, paper=None, next=(), broken=why)


def _shown(
    api: RoomApi, context: RequestContext, rehearsal: Rehearsal, stream: str, *, own: bool
) -> PaperShown | None:
    """The paper, if there is something to show of it and the caller sees it."""
    kind, _, number = stream.partition("-")
    shown, seen = _type_of(api, stream).shown, rehearsal.folded(stream)
    if shown is None or (document := shown(seen.state)) is None:
        return None
    reading = api.reading(kind)
    # Whose a dossier is, no fact of its own says.
    people = people_of(reading, seen.state)
    is_own = context.caller.actor in people if people else own
    sees = sight(reading, onlooker(context), seen.state, is_own=is_own)
    if sees is None:
        return None
    (paper,) = api.seen(context, [(document, sees)])
    label = api.texts.label(kind)
    steps = _steps(api, context, rehearsal, kind, number, whole=sees.only is None)
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
        paper=paper,
        next=list(steps),
    )


def _type_of(api: RoomApi, stream: str) -> PaperType[object]:
    return api.room.papers[stream.partition("-")[0]].PAPER


def _steps(
    api: RoomApi,
    context: RequestContext,
    rehearsal: Rehearsal,
    kind: str,
    number: str,
    *,
    whole: bool,
) -> Iterator[Next]:
    """What may be done next; who does not see the whole paper is told of their own steps alone."""
    state = rehearsal.folded(f"{kind}-{number}").state
    registers = api.registers.within(rehearsal)
    own = ((each, offer) for each in api.steps[kind] for offer in each.offers(number, state))
    for route, offer in (*own, *_elsewhere(api, kind, number, state)):
        if not whole and context.caller.roles.isdisjoint(route.step.by):
            continue
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
