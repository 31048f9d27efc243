"""紧急与逾期的通知 as stories: who is told and is reached is sent it once, whatever is closed."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from services.intake import complaint
from services.intake.complaint.clocks import Above, MarkOverdue
from services.intake.complaint.telling import GOOD_FOR
from shared.decider import Asked
from shared.events.complaints import (
    ComplaintOverdue,
    ComplaintReassigned,
    ComplaintReclassified,
)
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeLanguage
from shared.events.values import Sealed
from shared.notices.asking import wanted_of_people
from shared.notices.paper import initial
from shared.notices.wanted import MOST_OF_PEOPLE, ToPeople
from shared.policy.notices import Notices, NoticeTemplate, Wording
from tests.intake.complaint.example import (
    ASSIGN,
    ASSIGNED,
    HOME,
    NUMBER,
    REASSIGN,
    RECEIVED,
    RECLASSIFY,
    RULED,
    TO_ASSIGNED,
    by,
    terms,
)
from tests.intake.example import AT, CARDS, HE, LI, WANG, ZHAO, ZHOU
from tests.spec import given

EMERGENCY, OVERDUE = NoticeKind.COMPLAINT_EMERGENCY, NoticeKind.COMPLAINT_OVERDUE
SMS, MAIL, ZH = NoticeChannel.SMS, NoticeChannel.EMAIL, NoticeLanguage.ZH
NOTICES = f"notice-{NUMBER}-N"


def phone(person: str) -> Sealed:
    return Sealed(f"person-{person}", "phone", "c2VhbGVk")


def email(person: str) -> Sealed:
    return Sealed(f"person-{person}", "email", "c2VhbGVk")


def wanted(kind: NoticeKind, *channels: NoticeChannel) -> ToPeople:
    return ToPeople(kind, channels or (SMS,), ZH, template=1)


def asked(actor: str, *sent: str) -> Asked:
    """Both who are told have a phone; these notices were asked for before."""
    cards = {
        name: replace(CARDS[name], phone=phone(person))  # type: ignore[type-var]
        for person in (ZHAO, ZHOU)
        if (name := f"person-{person}")
    }
    made = by(actor, read={**cards, **dict.fromkeys(sent, initial)})
    return replace(made, series={NOTICES: sent})


def notice(kind: NoticeKind, person: str) -> NoticeAsked:
    return NoticeAsked(NUMBER, kind, 1, ZH, SMS, phone(person), AT + GOOD_FOR)


URGENT = replace(ASSIGN, emergency=True, ruled=replace(RULED, notice=wanted(EMERGENCY)))
TOLD = replace(ASSIGNED, emergency=True, told=(ZHAO, ZHOU))
BOTH = (notice(EMERGENCY, ZHAO), notice(EMERGENCY, ZHOU))


class TestEmergency:
    def test_each_of_them_is_sent_it_with_the_same_append(self) -> None:
        both = [(f"{NOTICES}{n}", each) for n, each in enumerate(BOTH, start=1)]
        given(complaint, RECEIVED).when(URGENT, asked(LI)).then_on((HOME, TOLD), *both)
        given(complaint, RECEIVED, TOLD).when(URGENT, asked(LI)).then()

    def test_so_are_they_of_what_turns_out_to_be_one_after_what_was_sent_before(self) -> None:
        urgent = replace(RECLASSIFY, emergency=True, ruled=URGENT.ruled)
        fact = ComplaintReclassified(
            "complex", True, terms(), (ZHAO, ZHOU), nobody_above=False, because="牵涉三方", by=LI
        )
        past = (RECEIVED, ASSIGNED)
        both = [(f"{NOTICES}{n}", each) for n, each in enumerate(BOTH, start=2)]
        at = asked(LI, f"{NOTICES}1")
        given(complaint, *past).when(urgent, at).then_on((HOME, fact), *both)
        again = replace(urgent, class_code="general")
        told = replace(fact, class_code="general", told=())
        given(complaint, *past, fact).when(again, at).then(told)

    def test_so_are_those_of_the_department_that_it_goes_to_after_what_was_sent_before(
        self,
    ) -> None:
        moves = replace(REASSIGN, department="quality", ruled=URGENT.ruled)
        fact = ComplaintReassigned(
            "quality",
            ZHAO,
            (ZHOU,),
            (ZHAO, ZHOU),
            nobody_above=False,
            complained_of=WANG,
            because=REASSIGN.because,
            by=LI,
        )
        both = [(f"{NOTICES}{n}", each) for n, each in enumerate(BOTH, start=2)]
        at = asked(LI, f"{NOTICES}1")
        given(complaint, RECEIVED, TOLD).when(moves, at).then_on((HOME, fact), *both)

    def test_who_has_no_phone_is_named_all_the_same(self) -> None:
        without = replace(by(LI), series={NOTICES: ()})
        given(complaint, RECEIVED).when(URGENT, without).then(TOLD)

    def test_each_is_sent_it_by_the_first_way_for_which_their_card_says_where(self) -> None:
        both = replace(asked(LI).read(f"person-{ZHAO}"), email=email(ZHAO))
        mail = replace(both, id=ZHOU, phone=None, email=email(ZHOU))
        at = asked(LI)
        at = replace(at, reads={**at.reads, f"person-{ZHAO}": both, f"person-{ZHOU}": mail})
        letters = [
            replace(notice(EMERGENCY, each), channel=MAIL, to=email(each)) for each in (ZHAO, ZHOU)
        ]
        for open_, sent in (((SMS, MAIL), [BOTH[0], letters[1]]), ((MAIL,), letters)):
            ways = replace(RULED, notice=wanted(EMERGENCY, *open_))
            told = [(f"{NOTICES}{n}", each) for n, each in enumerate(sent, start=1)]
            urgent = replace(URGENT, ruled=ways)
            given(complaint, RECEIVED).when(urgent, at).then_on((HOME, TOLD), *told)
        closed = replace(URGENT, ruled=replace(RULED, notice=wanted(EMERGENCY, SMS)))
        given(complaint, RECEIVED).when(closed, at).then_on((HOME, TOLD), (f"{NOTICES}1", BOTH[0]))

    def test_where_policy_sends_nothing_nothing_is_refused(self) -> None:
        closed = replace(URGENT, ruled=RULED)
        given(complaint, RECEIVED).when(closed, asked(LI)).then(TOLD)

    def test_so_many_are_sent_and_no_more_and_that_refuses_nothing(self) -> None:
        sent = [f"{NOTICES}{n}" for n in range(1, MOST_OF_PEOPLE)]
        last = (f"{NOTICES}{MOST_OF_PEOPLE}", BOTH[0])
        given(complaint, RECEIVED).when(URGENT, asked(LI, *sent)).then_on((HOME, TOLD), last)


class TestOverdue:
    def test_those_above_are_sent_it_once(self) -> None:
        above = (Above("service", (ZHOU,), (ZHAO,)),)
        mark = MarkOverdue(terms().due_at, above, wanted(OVERDUE))
        fact = ComplaintOverdue(terms().due_at, HE, (ZHOU,))
        sent = (f"{NOTICES}1", notice(OVERDUE, ZHOU))
        at = asked("timer:complaint-overdue")
        given(complaint, *TO_ASSIGNED).when(mark, at).then_on((HOME, fact), sent)
        given(complaint, *TO_ASSIGNED, fact).when(mark, at).then()


def of(kind: NoticeKind, channels: Sequence[NoticeChannel], version: int = 1) -> Notices:
    words = Wording("s", "b")
    template = NoticeTemplate(kind, version, words, words)
    return Notices(templates=(template,), channels=frozenset(channels))


def test_our_own_people_are_sent_by_the_ways_that_are_open_the_soonest_seen_first() -> None:
    hook = NoticeChannel.WEBHOOK
    found = wanted_of_people(of(OVERDUE, (MAIL, hook, SMS), version=3), "HZ01", OVERDUE)
    assert found == ToPeople(OVERDUE, (SMS, hook, MAIL), ZH, template=3)
    assert wanted_of_people(of(OVERDUE, (MAIL,)), "HZ01", OVERDUE) == wanted(OVERDUE, MAIL)
    assert wanted_of_people(of(OVERDUE, ()), "HZ01", OVERDUE) is None
    assert wanted_of_people(of(EMERGENCY, (SMS,)), "HZ01", OVERDUE) is None
    assert timedelta(hours=11) < GOOD_FOR, "what waits for the morning is of use then"
