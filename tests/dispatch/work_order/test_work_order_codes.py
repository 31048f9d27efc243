"""签字码 as stories: sent for what was shown, told once, tried five times, for five minutes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.codes import GOOD_FOR, MOST_TRIES, AskSigningCode, TrySigningCode
from shared.decider import Asked
from shared.events.dispatch import CustomerSigned, SigningCodeAsked, SigningCodeTried, WorkRecorded
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeLanguage
from shared.events.values import Signature, SignedHow
from shared.notices.wanted import NoticeWanted
from tests.dispatch.example import CHEN, HOME, LIU, NUMBER, sealed
from tests.dispatch.job import (
    CUSTOMER_SIGNED,
    CUSTOMER_SIGNS,
    DRAWN,
    LATER,
    RECORDED,
    SEEN_DONE,
    WORK,
    WORK_CONTENT,
    asks,
)
from tests.spec import given

CODE, OTHER = "c" * 64, "d" * 64
KIND, SMS, ZH = NoticeKind.SIGNING_CODE, NoticeChannel.SMS, NoticeLanguage.ZH
PHONE = sealed("contact_phone")
WANTED = NoticeWanted(KIND, SMS, ZH, PHONE, 1)
ASK = AskSigningCode(WORK_CONTENT, CODE, WANTED)
SENT = SigningCodeAsked(WORK_CONTENT, CODE, LATER + GOOD_FOR)
NOTICE = NoticeAsked(NUMBER, KIND, 1, ZH, SMS, PHONE, LATER + GOOD_FOR, CODE)
TELL, WRONG = TrySigningCode(CODE), TrySigningCode(OTHER)
RIGHT, NOT_RIGHT = SigningCodeTried(WORK_CONTENT, True), SigningCodeTried(WORK_CONTENT, False)
READY = (*DRAWN, RECORDED)
SIGNS = replace(CUSTOMER_SIGNS, how=SignedHow.CODE, evidence=None)
SIGNED = CustomerSigned(
    replace(
        CUSTOMER_SIGNED.word,
        signature=Signature("YH-1001", "customer", SignedHow.CODE, LATER, WORK_CONTENT, None),
    ),
    due_at=None,
)


def there(person: str = LIU, minutes: int = 0) -> Asked:
    asked = asks(person, visits=SEEN_DONE, at=LATER + timedelta(minutes=minutes))
    return replace(asked, series={**asked.series, f"notice-{NUMBER}-N": ()})


class TestSending:
    def test_one_is_sent_for_what_was_shown(self) -> None:
        sent = ((HOME, SENT), (f"notice-{NUMBER}-N1", NOTICE))
        given(work_order, *READY).when(ASK, there()).then_on(*sent)
        given(work_order, *READY, SENT).when(ASK, there()).then()

    def test_not_for_something_else_nor_by_another_nor_what_is_signed(self) -> None:
        stale = replace(ASK, content=OTHER)
        given(work_order, *READY).when(stale, there()).refused("signature-stale")
        given(work_order, *READY).when(ASK, there(CHEN)).refused("not-your-order")
        nowhere = replace(ASK, notice=replace(WANTED, to=None))
        given(work_order, *READY).when(nowhere, there()).refused("address-missing")


class TestTelling:
    def test_what_was_told_is_noted_right_or_wrong(self) -> None:
        given(work_order, *READY, SENT).when(TELL, there()).then(RIGHT)
        given(work_order, *READY, SENT).when(WRONG, there()).then(NOT_RIGHT)
        given(work_order, *READY, SENT, RIGHT).when(TELL, there()).then()
        given(work_order, *READY, SENT).when(TELL, there(CHEN)).refused("not-your-order")

    def test_five_minutes_and_five_tries(self) -> None:
        given(work_order, *READY, SENT).when(TELL, there(minutes=5)).refused("code-over")
        four = [NOT_RIGHT] * (MOST_TRIES - 1)
        given(work_order, *READY, SENT, *four).when(TELL, there()).then(RIGHT)
        given(work_order, *READY, SENT, *four, NOT_RIGHT).when(TELL, there()).refused("code-over")
        given(work_order, *READY).when(TELL, there()).refused("code-over")

    def test_another_one_begins_anew_and_ends_the_one_before(self) -> None:
        again = replace(SENT, code=OTHER)
        past = (*READY, SENT, *[NOT_RIGHT] * MOST_TRIES, again)
        given(work_order, *past).when(TELL, there()).then(NOT_RIGHT)
        given(work_order, *past).when(WRONG, there()).then(RIGHT)


class TestSigning:
    def test_whoever_told_it_has_signed_what_it_was_sent_for(self) -> None:
        given(work_order, *READY, SENT, RIGHT).when(SIGNS, there()).then(SIGNED)

    @pytest.mark.parametrize("past", [(), (SENT,), (SENT, NOT_RIGHT), (SENT, RIGHT, SENT)])
    def test_nobody_has_signed_before_they_have_told_it(
        self, past: tuple[SigningCodeAsked | SigningCodeTried, ...]
    ) -> None:
        given(work_order, *READY, *past).when(SIGNS, there()).refused("code-missing")

    def test_it_signs_nothing_else(self) -> None:
        other = WorkRecorded(replace(WORK, cause_found="接头松动"), OTHER)
        signs = replace(SIGNS, content=OTHER)
        story = given(work_order, *READY, SENT, RIGHT, other)
        story.when(signs, there()).refused("code-missing")
        story.when(SIGNS, there()).refused("signature-stale")
