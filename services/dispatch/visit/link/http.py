"""确认链接的接口 (HTTP of the link): what whoever brings its word is shown, and may answer.

Both routes take no token. The word stands in the body, so it is in no address and in no log, and
the preview of a link asks nothing. A word that is wrong, used or over is answered alike.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NoReturn
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from services.dispatch.appointment_links import PAPER as LINKS
from services.dispatch.visit.link import (
    AnswerByLink,
    LinkWanted,
    MakeAppointmentLink,
    answered,
    opens,
)
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from services.dispatch.work_order.state import customer_key
from shared.decider import Refused, reason
from shared.events.values import PersonalNote, Text, Warned
from shared.events.visits import AppointmentLinkMade
from shared.handle import CommandEnvelope, DraftCommand, Folded, handle
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import FormRequest
from shared.http.problem import Problem
from shared.policy import time_zone
from shared.step import PaperType, ticket_of

Warn = Callable[[FormRequest], tuple[Warned, ...]]
"""What is seen of a visit in its window as it was agreed."""
COMMANDS = UUID("5f6d9c1e-0b57-4c0a-9a52-2f1c7f3e8a40")
"""The ids of commands by link are made within this; a word and an answer make one."""
WORD = "the-word-of-the-link"
"""In the examples of the description."""


@dataclass(frozen=True, slots=True)
class LinkBrought:
    """链接: the word of the link."""

    word: Text


@dataclass(frozen=True, slots=True)
class LinkAnswer(LinkBrought):
    """用户答复: the customer agrees, or says what time would suit them instead."""

    another_time: PersonalNote | None = None


@dataclass(frozen=True, slots=True)
class AppointmentShown:
    """预约: when somebody of which branch is to come, by the clock of the branch."""

    start_at: datetime
    end_at: datetime
    branch: str


@dataclass(frozen=True, slots=True)
class AnswerTaken:
    """已答复: what was taken of it."""

    agreed: bool


def routes(api: RoomApi, router: APIRouter, paper: PaperType[Visit], warn: Warn) -> None:
    """The two routes that take no token."""

    @api.opened(router, "/appointment-links/looks", shows=AppointmentShown, example={"word": WORD})
    def look_by_link(context: RequestContext, body: LinkBrought) -> AppointmentShown:
        """查看预约: the window and the branch that the link is for, and nothing else."""
        _, seen = _visit(api, paper, context, body.word)
        window = seen.state.window
        card = api.registers.branch(seen.branch)
        zone = ZoneInfo(time_zone(api.policies(seen.branch, api.registers.now()), card))
        return AppointmentShown(
            start_at=window.start_at.astimezone(zone),
            end_at=window.end_at.astimezone(zone),
            branch=card.name if card else seen.branch,
        )

    @api.opened(
        router,
        "/appointment-links/answers",
        shows=AnswerTaken,
        example={"word": WORD, "another_time": "下午四点以后 after four in the afternoon"},
    )
    def answer_by_link(context: RequestContext, body: LinkAnswer) -> AnswerTaken:
        """用户答复: agree to the window, or ask for another time; the link is used with it.

        The same answer, sent again, is answered alike, as long as it stands.
        """
        agreed = body.another_time is None
        number, _ = _visit(api, paper, context, body.word, agreed=agreed)
        link = _hash(body.word)
        context = replace(context, command=_command(body))
        home = paper.stream_of(number)

        def make(folded: Folded) -> CommandEnvelope:
            request = _request(api, context, number, folded)
            command = AnswerByLink(link, body.another_time, warn(request) if agreed else ())
            return context.envelope(
                home,
                command,
                branch=folded.branch,
                ticket=ticket_of(number),
                subject=_subject(request),
            )

        assert context.command is not None
        try:
            handle(api.dependencies.handler, DraftCommand(context.command, home, make))
        except Refused:
            _over()
        api.dependencies.wake()
        return AnswerTaken(agreed)


def asked(request: FormRequest, _: LinkWanted) -> MakeAppointmentLink:
    """The command, with the hash of the word that its answer will tell."""
    return MakeAppointmentLink(_hash(request.word()))


def told(word: str, facts: Sequence[object]) -> Mapping[str, str]:
    """口令: the word of the link, if it is the one of this command."""
    made = [each for each in facts if isinstance(each, AppointmentLinkMade)]
    return {"word": word} if any(each.link == _hash(word) for each in made) else {}


def _visit(
    api: RoomApi,
    paper: PaperType[Visit],
    context: RequestContext,
    word: str,
    *,
    agreed: bool | None = None,
) -> tuple[str, Folded]:
    """The visit that the link is good for now. Raises Problem, the same for every other word.

    `agreed`: or where such an answer, by whichever link, stands now.
    """
    link, now = _hash(word), context.now
    number: str = api.registers.stream(LINKS.stream_of(link)).state.visit
    seen = api.registers.stream(paper.stream_of(number)) if number else None
    if seen is None:
        _over()
    again = agreed is not None and answered(seen.state, agreed=agreed, now=now)
    if not again and not opens(seen.state, link, now):
        _over()
    return number, seen


def _command(body: LinkAnswer) -> UUID:
    """The id of what is answered: the same for the same words, by the same link.

    It stands in the record, and tells nothing of them: the word of the link does not stand there.
    """
    said = "agreed" if body.another_time is None else f"another time\n{body.another_time}"
    return uuid5(COMMANDS, f"{body.word}\n{said}")


def _over() -> NoReturn:
    raise Problem(410, "gone", reason("link-over"))


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _request(api: RoomApi, context: RequestContext, number: str, folded: Folded) -> FormRequest:
    return FormRequest(
        context=context,
        registers=api.registers,
        policies=api.policies,
        number=number,
        given={},
        folded=folded,
        word=lambda: "",
    )


def _subject(request: FormRequest) -> str | None:
    """Whose key seals what the customer says."""
    order = request.registers.stream(WORK_ORDER.stream_of(request.state.order))
    return customer_key(order.state)
