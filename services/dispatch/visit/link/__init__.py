"""确认链接 (the link): the customer answers for themselves, once, until the window begins.

The link opens one visit and nothing else of its ticket. It is over when the window begins, when it
was used, and when the visit is agreed on, moved, passed on, or no longer to be made. What its word
is nobody knows but whom it was told to: the record has its hash.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.dispatch.appointment_links import PAPER as LINKS
from services.dispatch.visit.checks import at_stage, by_its_technician_or_a_clerk
from services.dispatch.visit.state import Visit, has_agreed
from shared.decider import Asked, Decision, Series, number_of, reason, refuse_if
from shared.events.order_sheet import AgreedBy, VisitStage
from shared.events.values import ContentHash, PersonalNote, Warned
from shared.events.visits import AnotherTimeAsked, AppointmentConfirmed, AppointmentLinkMade
from shared.notices.wanted import NoticeWanted, Telling, ask, series_of

BEFORE_DEPARTURE = (VisitStage.PLANNED, VisitStage.CONFIRMED)


@dataclass(frozen=True, slots=True)
class LinkWanted(Telling):
    """确认链接: by which way the customer is told, if at all; the answer tells its word once."""


@dataclass(frozen=True, slots=True)
class MakeAppointmentLink:
    """确认链接: make a one-time link by which the customer agrees, or asks for another time."""

    link: ContentHash
    """Obligation: of the word in the link."""
    notice: NoticeWanted | None = None
    """Obligation: what the customer is told, if they are."""


@dataclass(frozen=True, slots=True)
class AnswerByLink:
    """用户答复: the customer agrees to the window, or asks for another time; by their link."""

    link: ContentHash
    """Obligation: of the word that was brought."""
    another_time: PersonalNote | None = None
    """What would suit them instead; None: the window does."""
    warnings: tuple[Warned, ...] = ()
    """Obligation, as in `PlanVisit`."""


def make(command: MakeAppointmentLink, visit: Visit, asked: Asked) -> Decision:
    """确认链接: while nobody has set out and the customer has not agreed; the last one counts."""
    if visit.link is not None and visit.link.link == command.link:
        return []
    number, window = number_of(asked.home), visit.window
    began = window is not None and window.start_at <= asked.recorded_at
    refuse_if(
        *at_stage(visit, asked, *BEFORE_DEPARTURE),
        by_its_technician_or_a_clerk(visit.technician, asked),
        (has_agreed(visit), reason("agreed-already", number=number)),
        (began, reason("window-began", number=number)),
    )
    assert window is not None
    made = AppointmentLinkMade(number, command.link, window.start_at)
    told = ask(asked, number, command.notice, window.start_at, command.link)
    return [(asked.home, made), (LINKS.stream_of(command.link), made), *told]


def answer(command: AnswerByLink, visit: Visit, asked: Asked) -> Decision:
    """用户答复: by the link that is good for this visit now; it is used with this."""
    good = opens(visit, command.link, asked.recorded_at)
    refuse_if((not good, reason("link-over")))
    assert visit.window is not None
    if command.another_time is not None:
        return asked.here(AnotherTimeAsked(visit.window, command.another_time))
    agreed = AppointmentConfirmed(visit.window, True, (), command.warnings, AgreedBy.LINK)
    return asked.here(agreed)


def opens(visit: Visit, link: str, now: datetime) -> bool:
    """Whether this link is good for the visit now."""
    if visit.link is None or visit.stage not in BEFORE_DEPARTURE:
        return False
    return hmac.compare_digest(visit.link.link, link) and now < visit.link.until


def answered(visit: Visit, *, agreed: bool, now: datetime) -> bool:
    """Whether such an answer by a link stands: nobody changed it, and the window is to come."""
    if visit.window is None or visit.window.start_at <= now or visit.stage not in BEFORE_DEPARTURE:
        return False
    if not agreed:
        return visit.another_time is not None
    made = visit.appointment
    return made is not None and made.confirmed and made.by is AgreedBy.LINK


def reads_of_link(
    command: MakeAppointmentLink, _visit: Visit, asked: Asked
) -> tuple[str | Series, ...]:
    """The stream of the link; and what the customer was told of the visit, if they are told."""
    told = (series_of(number_of(asked.home)),) if command.notice is not None else ()
    return (LINKS.stream_of(command.link), *told)


def offered_link(_number: str, visit: Visit) -> Iterator[LinkWanted]:
    """While the customer has not agreed."""
    if not has_agreed(visit):
        yield LinkWanted()
