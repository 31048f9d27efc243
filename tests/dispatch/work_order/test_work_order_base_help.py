"""基地支援 as stories: asked for, guided from afar, somebody sent, or not."""

from dataclasses import replace
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.base_help import (
    AskBaseHelp,
    DeclineBaseHelp,
    GuideFromBase,
    SendBaseTechnician,
)
from services.dispatch.work_order.document import document_of
from shared.events.dispatch import (
    BaseGuided,
    BaseHelpAsked,
    BaseHelpDeclined,
    BaseTechnicianSent,
    TechnicianAssigned,
    WorkOrderRecalled,
)
from shared.events.order_sheet import MOST_SENT, HelpGround, Standing
from tests.dispatch.example import ASSIGN, ASSIGNED, CLERK, LIU, NOTED, OPENED, standing
from tests.dispatch.job import CLOSE, DONE, DRAWN, HOME_AGAIN, TAKEN, asks, order_of
from tests.spec import given

BASE, SENT = "B-JIDI", "T-BASE"
FAR = replace(standing(SENT), branches=("JD01",))
ASK = AskBaseHelp(HelpGround.TECHNICAL, "按手册检查三遍")
ASKED = BaseHelpAsked(CLERK, HelpGround.TECHNICAL, "按手册检查三遍")
LACKING = replace(ASKED, ground=HelpGround.CAPACITY)
GUIDE = GuideFromBase("先测绕组电阻", solved=False)
GUIDED = BaseGuided(BASE, "先测绕组电阻", solved=False)
SEND = SendBaseTechnician(SENT, "远程无法解决", FAR)
IS_SENT = BaseTechnicianSent(BASE, SENT, "远程无法解决")
DECLINE = DeclineBaseHelp("下周再派")
DECLINED = BaseHelpDeclined(BASE, "下周再派")


class TestAsking:
    @pytest.mark.parametrize("past", [(NOTED, OPENED), (NOTED, OPENED, ASSIGNED), TAKEN])
    def test_the_clerk_asks_with_the_ground_and_what_was_tried(self, past: Any) -> None:
        given(work_order, *past).when(ASK, asks(CLERK)).then(ASKED)
        given(work_order, *past, ASKED).when(ASK, asks(CLERK)).then()

    def test_only_of_an_order_that_is_made_out_and_not_signed_for(self) -> None:
        given(work_order, NOTED).when(ASK, asks(CLERK)).refused("not-opened")
        given(work_order, *DONE).when(ASK, asks(CLERK)).refused("signed-already")


class TestAnswering:
    @pytest.mark.parametrize("past", [(NOTED, OPENED), (NOTED, OPENED, ASSIGNED), TAKEN])
    def test_base_answers_as_long_as_it_may_be_asked(self, past: Any) -> None:
        given(work_order, *past, ASKED).when(GUIDE, asks(BASE)).then(GUIDED)
        given(work_order, *past, ASKED, GUIDED).when(SEND, asks(BASE)).then(IS_SENT)
        given(work_order, *past, ASKED).when(DECLINE, asks(BASE)).then(DECLINED)

    def test_base_guides_and_then_sends(self) -> None:
        given(work_order, *TAKEN, ASKED).when(GUIDE, asks(BASE)).then(GUIDED)
        past = (*TAKEN, ASKED, GUIDED)
        given(work_order, *past).when(GUIDE, asks(BASE)).then()
        given(work_order, *past).when(SEND, asks(BASE)).then(IS_SENT)
        given(work_order, *past, IS_SENT).when(SEND, asks(BASE)).then()

    @pytest.mark.parametrize("ground", [HelpGround.TECHNICAL, HelpGround.ASSEMBLY])
    def test_nobody_is_sent_before_base_has_guided(self, ground: HelpGround) -> None:
        past = (*TAKEN, replace(ASKED, ground=ground))
        given(work_order, *past).when(SEND, asks(BASE)).refused("guidance-first")
        again = (*TAKEN, ASKED, GUIDED, replace(ASKED, tried="又一次"))
        given(work_order, *again).when(SEND, asks(BASE)).refused("guidance-first")

    def test_where_people_are_lacking_somebody_is_sent_at_once(self) -> None:
        given(work_order, *TAKEN, LACKING).when(SEND, asks(BASE)).then(IS_SENT)

    def test_five_people_are_sent_at_most_and_each_as_often_as_it_takes(self) -> None:
        sent = tuple(replace(IS_SENT, technician=f"T-{n}") for n in range(MOST_SENT))
        past = (*TAKEN, LACKING, *(each for one in sent for each in (one, LACKING)))
        again = replace(SEND, technician="T-0", standing=replace(FAR, person="T-0"))
        given(work_order, *past).when(SEND, asks(BASE)).refused("too-many")
        given(work_order, *past).when(again, asks(BASE)).then(sent[0])
        assert document_of(order_of(*past, sent[0])).sent == tuple(one.technician for one in sent)

    def test_base_declines_with_a_reason(self) -> None:
        given(work_order, *TAKEN, ASKED).when(DECLINE, asks(BASE)).then(DECLINED)
        given(work_order, *TAKEN, ASKED, DECLINED).when(DECLINE, asks(BASE)).then()

    @pytest.mark.parametrize("answer", [GUIDE, SEND, DECLINE])
    def test_only_what_is_asked_for_is_answered(self, answer: Any) -> None:
        solved = BaseGuided(BASE, "断电再启动", solved=True)
        other = BaseHelpDeclined(BASE, "人手不够")
        pasts: Any = ((), (ASKED, solved), (ASKED, other))
        for more in pasts:
            given(work_order, *TAKEN, *more).when(answer, asks(BASE)).refused("help-not-asked")

    def test_who_is_sent_is_an_active_technician(self) -> None:
        for unfit, code in (
            (replace(FAR, active=False), "technician-inactive"),
            (replace(FAR, roles=()), "not-a-technician"),
            (Standing(FAR.person, known=False), "technician-unknown"),
        ):
            sent = replace(SEND, standing=unfit)
            told = given(work_order, *TAKEN, LACKING).when(sent, asks(BASE))
            told.refused(code)


class TestWhoWasSent:
    def test_they_take_the_order_though_the_branch_is_not_theirs(self) -> None:
        assign = replace(ASSIGN, technician=SENT, standing=FAR)
        back = (*TAKEN, WorkOrderRecalled(LIU, "转基地"))
        given(work_order, *back).when(assign, asks(CLERK)).refused("technician-foreign")
        told = given(work_order, *back, LACKING, IS_SENT).when(assign, asks(CLERK))
        told.then(TechnicianAssigned(SENT, FAR, None, ()))

    def test_they_count_as_one_who_did_the_job(self) -> None:
        assert SENT in document_of(order_of(*DRAWN, LACKING, IS_SENT)).technicians
        past = (*TAKEN, LACKING, IS_SENT, *HOME_AGAIN[len(TAKEN) :])
        given(work_order, *past).when(CLOSE, asks(SENT)).refused("takes-his-own")
