"""单据页 (the page of a ticket): its papers in this room, and what may be done next by whom.

What comes next is rehearsed in `next_steps.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from shared import envelope
from shared.chain import ChainBroken
from shared.handle import Handler, Rehearsal
from shared.http.api import RoomApi, onlooker
from shared.http.colleagues import Colleagues
from shared.http.context import RequestContext
from shared.http.next_steps import Next, Rehearsing
from shared.http.problem import Broken, broken, of_chain, unknown
from shared.http.query import Several
from shared.http.steps import in_path
from shared.http.tickets import is_own_job, open_to, papers_of
from shared.step import PaperType, names_no_ticket
from shared.visibility import people_of, same_for, sight


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
        theirs = {head.stream: head.branch for head in heads if context.within(head.branch)}
        named = theirs or open_to(api, context, ticket)
        if not named:
            raise unknown(ticket)
        streams = sorted(stream for stream in named if _type_of(api, stream).shown)
        rehearsal, unheld = _rehearsal(handler, streams)
        whole = [stream for stream in streams if stream not in unheld]
        own = is_own_job(api, context, ticket, papers_of(api, whole, rehearsal))
        shown = [
            _told_broken(api, context, unheld[stream], named[stream])
            if stream in unheld
            else _shown(api, context, rehearsal, stream, own=own, beside=whole)
            for stream in streams
        ]
        return Several([paper for paper in shown if paper is not None], ticket, not theirs)

    for kind in kinds:
        if (paper := api.room.papers[kind].PAPER).named_ticket is not names_no_ticket:
            _page_of_its_own(api, router, kind, paper)
    return router


def _page_of_its_own(api: RoomApi, router: APIRouter, kind: str, paper: PaperType[object]) -> None:
    """The page of a paper that may be about no ticket."""
    path = f"{paper.address.path}/papers"
    (place,) = paper.address.fields

    @api.query(router, path, reads=api.reading(kind), shows=PaperShown)
    def page(context: RequestContext, number: Annotated[str, in_path(place)]) -> Several:
        """单据页: one paper, and what you may do with it, or why not."""
        stream = paper.stream_of(number)
        seen = api.existing(stream)
        if not context.within(seen.branch):
            raise unknown(number)
        rehearsal = Rehearsal(api.dependencies.handler, [stream])
        shown = _shown(api, context, rehearsal, stream, own=False, beside=[stream])
        return Several([shown] if shown else [], number)


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
    label, why = api.texts.label_of_paper(kind), broken(of_chain(error), api.texts)
    said = (api.room.name, kind, number, label.zh, label.en, branch, "", error.stream)
    return PaperShown(*said, version=0, paper=None, next=(), broken=why)


def _shown(
    api: RoomApi,
    context: RequestContext,
    rehearsal: Rehearsal,
    stream: str,
    *,
    own: bool,
    beside: Sequence[str],
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
    label = api.texts.label_of_paper(kind)
    registers = api.registers.within(rehearsal)
    newest = sorted(beside, key=lambda name: (len(name), name), reverse=True)
    rehearsing = Rehearsing(
        api, context, rehearsal, registers, kind, number, Colleagues(api, context), newest
    )
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
        next=list(rehearsing.steps(whole=sees.only is None)),
    )


def _type_of(api: RoomApi, stream: str) -> PaperType[object]:
    return api.room.papers[stream.partition("-")[0]].PAPER
