"""确认链接的接口 (HTTP of the link): what whoever brings its word is shown, and may answer.

Both routes take no token. The word stands in the body, so it is in no address and in no log, and
the preview of a link asks nothing. A word that is wrong, used or over is answered alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID
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
from services.dispatch.work_order.addresses.http import reached
from services.dispatch.work_order.state import WorkOrder, customer_key
from shared.decider import Refused
from shared.events.notices import NoticeKind
from shared.events.values import PersonalNote, Warned
from shared.events.visits import AppointmentLinkMade
from shared.handle import CommandEnvelope, DraftCommand, Folded, handle
from shared.http.api import RoomApi
from shared.http.context import RequestContext
from shared.http.form import FormRequest, Made
from shared.http.links import (
    WORD,
    LinkBrought,
    command_of,
    hash_of,
    over,
    request_by_link,
)
from shared.http.links import told as told_of
from shared.notices.asking import wanted
from shared.policy import time_zone
from shared.step import PaperType, ticket_of

Warn = Callable[[FormRequest], tuple[Warned, ...]]
"""What is seen of a visit in its window as it was agreed."""
told = told_of(AppointmentLinkMade)


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
        link = hash_of(body.word)
        context = replace(context, command=_command(body))
        home = paper.stream_of(number)

        def make(folded: Folded) -> CommandEnvelope:
            request = request_by_link(api, context, number, folded)
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
            over()
        api.dependencies.wake()
        return AnswerTaken(agreed)


def asked(request: FormRequest, body: LinkWanted) -> Made:
    """The command, with the hash of the word that its answer will tell, and how it is sent."""
    order: WorkOrder = request.registers.stream(WORK_ORDER.stream_of(request.state.order)).state
    policy = request.policy()
    kind, known = NoticeKind.APPOINTMENT_LINK, reached(request.registers, order)
    notice = wanted(policy.notices, request.branch, kind, body, known)
    return Made(
        MakeAppointmentLink(hash_of(request.word()), notice),
        subject=customer_key(order),
        policy=policy.label if notice is not None else None,
    )


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
    link, now = hash_of(word), context.now
    number: str = api.registers.stream(LINKS.stream_of(link)).state.visit
    seen = api.registers.stream(paper.stream_of(number)) if number else None
    if seen is None:
        over()
    again = agreed is not None and answered(seen.state, agreed=agreed, now=now)
    if not again and not opens(seen.state, link, now):
        over()
    return number, seen


def _command(body: LinkAnswer) -> UUID:
    """The id of what is answered: the same for the same answer, by the same link."""
    said = "agreed" if body.another_time is None else f"another time\n{body.another_time}"
    return command_of(body.word, said)


def _subject(request: FormRequest) -> str | None:
    """Whose key seals what the customer says."""
    order = request.registers.stream(WORK_ORDER.stream_of(request.state.order))
    return customer_key(order.state)
