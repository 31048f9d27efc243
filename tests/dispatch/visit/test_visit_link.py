"""确认链接 as stories: made by the desk, used by the customer once, and good for nothing else."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from services.dispatch import visit
from services.dispatch.appointment_links import PAPER as LINKS
from services.dispatch.appointment_links import LinkedVisit
from services.dispatch.visit.link import AnswerByLink, MakeAppointmentLink
from services.dispatch.visit.state import VisitFact
from shared.decider import Asked
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeLanguage
from shared.events.order_sheet import AgreedBy, ContactTried
from shared.events.visits import (
    AnotherTimeAsked,
    AppointmentConfirmed,
    AppointmentLinkMade,
    VisitCancelled,
    VisitReassigned,
    VisitRescheduled,
)
from shared.notices.paper import Notice
from shared.notices.wanted import MOST, NoticeWanted
from tests.dispatch.example import AT, CHEN, CLERK, LIU, sealed
from tests.dispatch.job import (
    CONFIRMED,
    DAY,
    DEPARTED,
    PLANNED,
    THERE,
    V1,
    VISIT,
    WINDOW,
    asks,
)
from tests.spec import given

HASH, OTHER = "a" * 64, "b" * 64
BEFORE = WINDOW.start_at - timedelta(hours=1)
MAKE = MakeAppointmentLink(HASH)
MADE = AppointmentLinkMade(V1, HASH, WINDOW.start_at)
AGREE = AnswerByLink(HASH)
AGREED = AppointmentConfirmed(WINDOW, True, (), (), AgreedBy.LINK)
NOTE = sealed("note")
ELSE = AnswerByLink(HASH, NOTE)
ASKED = AnotherTimeAsked(WINDOW, NOTE)
PHONE = sealed("contact_phone")
KIND, SMS, ZH = NoticeKind.APPOINTMENT_LINK, NoticeChannel.SMS, NoticeLanguage.ZH
NOTICE = NoticeWanted(KIND, SMS, ZH, PHONE, 1)
TELL = replace(MAKE, notice=NOTICE)
UNREACHED = AppointmentConfirmed(WINDOW, False, (ContactTried(AT, "phone", "无人接听"),))
LATER_WINDOW = replace(WINDOW, end_at=WINDOW.end_at + timedelta(hours=1))


def at_desk(person: str = CLERK, at: datetime = BEFORE) -> Asked:
    return asks(person, VISIT, {LINKS.stream_of(HASH): LinkedVisit()}, at=at)


def by_link(at: datetime = BEFORE) -> Asked:
    return replace(at_desk("link:customer", at), roles=frozenset())


class TestMaking:
    @pytest.mark.parametrize("who", [CLERK, LIU])
    @pytest.mark.parametrize("past", [(PLANNED,), (PLANNED, UNREACHED)])
    def test_before_the_customer_has_agreed(self, who: str, past: tuple[VisitFact, ...]) -> None:
        made = [(VISIT, MADE), (LINKS.stream_of(HASH), MADE)]
        given(visit, *past).when(MAKE, at_desk(who)).then_on(*made)
        given(visit, *past, MADE).when(MAKE, at_desk(who)).then()

    def test_not_by_anybody_nor_for_what_is_settled(self) -> None:
        given(visit, PLANNED).when(MAKE, at_desk(CHEN)).refused("not-your-visit")
        given(visit, PLANNED, CONFIRMED).when(MAKE, at_desk()).refused("agreed-already")
        late = at_desk(at=WINDOW.start_at)
        given(visit, PLANNED).when(MAKE, late).refused("window-began")
        given(visit, *THERE).when(MAKE, at_desk()).refused("arrived-already", "agreed-already")


class TestTelling:
    """The customer is told by a notice, which is written together with the link."""

    def told(self, *before: Notice) -> Asked:
        streams = {f"notice-{V1}-N{n}": each for n, each in enumerate(before, start=1)}
        asked = at_desk()
        reads = {**asked.reads, **streams}
        return replace(asked, reads=reads, series={f"notice-{V1}-N": list(streams)})

    def test_the_notice_stands_with_the_link(self) -> None:
        asked = NoticeAsked(V1, KIND, 1, ZH, SMS, PHONE, WINDOW.start_at, HASH)
        made = [(VISIT, MADE), (LINKS.stream_of(HASH), MADE)]
        given(visit, PLANNED).when(TELL, self.told()).then_on(*made, (f"notice-{V1}-N1", asked))
        second = (f"notice-{V1}-N2", asked)
        given(visit, PLANNED).when(TELL, self.told(Notice())).then_on(*made, second)

    def test_nobody_is_told_by_a_closed_way_or_without_an_address(self) -> None:
        closed = replace(TELL, notice=replace(NOTICE, template=None))
        given(visit, PLANNED).when(closed, self.told()).refused("channel-closed")
        nowhere = replace(TELL, notice=replace(NOTICE, to=None))
        given(visit, PLANNED).when(nowhere, self.told()).refused("address-missing")

    def test_nobody_is_told_without_end(self) -> None:
        given(visit, PLANNED).when(TELL, self.told(*[Notice()] * MOST)).refused("too-many")


class TestAnswering:
    @pytest.mark.parametrize("past", [(PLANNED, MADE), (PLANNED, MADE, UNREACHED)])
    def test_the_customer_agrees_or_asks_for_another_time(
        self, past: tuple[VisitFact, ...]
    ) -> None:
        given(visit, *past).when(AGREE, by_link()).then(AGREED)
        given(visit, *past).when(ELSE, by_link()).then(ASKED)

    @pytest.mark.parametrize(
        "since",
        [
            AGREED,
            CONFIRMED,
            ASKED,
            VisitRescheduled(LATER_WINDOW, WINDOW.start_at, DAY, "改", False),
            VisitReassigned(CHEN, "病"),
            VisitCancelled("用户出差", BEFORE),
            AppointmentLinkMade(V1, OTHER, WINDOW.start_at),
        ],
    )
    def test_it_is_over_once_anything_else_holds(self, since: VisitFact) -> None:
        given(visit, PLANNED, MADE, since).when(AGREE, by_link()).refused("link-over")
        given(visit, PLANNED, MADE, since).when(ELSE, by_link()).refused("link-over")

    def test_it_is_over_when_the_window_begins_or_somebody_has_set_out(self) -> None:
        given(visit, PLANNED, MADE).when(AGREE, by_link(WINDOW.start_at)).refused("link-over")
        given(visit, PLANNED, MADE, DEPARTED).when(AGREE, by_link()).refused("link-over")

    def test_another_link_opens_nothing(self) -> None:
        other = replace(AGREE, link=OTHER)
        given(visit, PLANNED, MADE).when(other, by_link()).refused("link-over")
        given(visit, PLANNED).when(AGREE, by_link()).refused("link-over")
        given(visit).when(AGREE, by_link()).refused("link-over")

    def test_what_was_asked_for_stands_until_the_visit_is_moved_or_agreed_on(self) -> None:
        moved = VisitRescheduled(LATER_WINDOW, WINDOW.start_at, DAY, "改", True)
        waiting = given(visit, PLANNED, MADE, ASKED).state
        assert (waiting.another_time, waiting.link) == (ASKED, None)
        for since in (moved, CONFIRMED):
            assert given(visit, PLANNED, MADE, ASKED, since).state.another_time is None
