"""超批用量 as stories: less is approved than is out, and an approver looks at what was used."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.closing import HandInTask
from services.dispatch.work_order.excess import DenyExcess, GrantExcess
from services.dispatch.work_order.sheet import sheet_of
from services.dispatch.work_order.state import WorkOrderFact
from shared.events.dispatch import (
    ExcessDenied,
    ExcessGranted,
    FurtherOrderNamed,
    SupplementApproved,
    WorkRecorded,
)
from shared.events.order_sheet import Delivery, NamedNote, PartUsed
from shared.events.values import PartWanted
from tests.dispatch.desk import EXAMPLES, PLAIN, Dispatch
from tests.dispatch.example import BRANCH, LIU, NOTE_C1, NOTED, NUMBER, OPENED, REPORT, TICKET
from tests.dispatch.job import (
    CUSTOMER_SIGNED,
    DONE,
    DRAWN,
    HANDED_IN,
    HOME_AGAIN,
    ISSUED,
    RECORDED,
    SETTLED,
    TAKEN,
    WORK,
    asks,
    order_of,
)
from tests.dispatch.work_order.test_work_order_requests import APPROVER, BOSS
from tests.shared.http_desk import codes
from tests.spec import given

FEWER = replace(
    NOTED,
    version=9,
    approved=replace(
        REPORT,
        content="d" * 64,
        diagnosis=replace(REPORT.diagnosis, parts_to_bring=(PartWanted("MFQ-32", 1),)),
    ),
)
ONE_MORE = (PartWanted("MFQ-32", 1),)
USED: tuple[WorkOrderFact, ...] = (*DRAWN, FEWER, RECORDED)
HOME: tuple[WorkOrderFact, ...] = (*USED, CUSTOMER_SIGNED, SETTLED)
GRANT, DENY = GrantExcess(ONE_MORE), DenyExcess(ONE_MORE, "一只就够")
GRANTED, DENIED = ExcessGranted(BOSS, ONE_MORE), ExcessDenied(BOSS, ONE_MORE, "一只就够")


def test_it_is_recorded_and_signed_as_it_was_and_handed_in_once_an_approver_has_seen_it() -> None:
    given(work_order, *HOME).when(HandInTask(), asks(LIU)).refused_with(
        "excess-unjudged", number=NUMBER, parts=["MFQ-32"], beyond=["1"]
    )
    for word in (GRANTED, DENIED):
        given(work_order, *HOME, word).when(HandInTask(), asks(LIU)).then(HANDED_IN)
    given(work_order, *DONE, SETTLED).when(HandInTask(), asks(LIU)).then(HANDED_IN)


@pytest.mark.parametrize(("command", "fact"), [(GRANT, GRANTED), (DENY, DENIED)])
def test_an_approver_agrees_or_does_not_before_or_after_the_customer_signs(
    command: GrantExcess | DenyExcess, fact: ExcessGranted | ExcessDenied
) -> None:
    given(work_order, *USED).when(command, APPROVER).then(fact)
    given(work_order, *HOME).when(command, APPROVER).then(fact)
    given(work_order, *USED, fact).when(command, APPROVER).then()


@pytest.mark.parametrize("command", [GRANT, DENY])
def test_only_what_was_shown_and_waits_is_judged_by_somebody_else(
    command: GrantExcess | DenyExcess,
) -> None:
    more = replace(command, lines=(PartWanted("MFQ-32", 2),))
    given(work_order, *USED).when(more, APPROVER).refused("changed-since-asked")
    given(work_order, *USED).when(command, asks(LIU, visits=())).refused("own-request")
    given(work_order, *DRAWN, RECORDED).when(command, APPROVER).refused("no-excess")
    other = DENIED if command is GRANT else GRANTED
    given(work_order, *USED, other).when(command, APPROVER).refused("no-excess")
    story = given(work_order, *HOME_AGAIN)
    story.when(command, APPROVER).refused("handed-in-already", "no-excess")


def test_of_more_than_was_seen_an_approver_is_asked_again_and_of_less_not() -> None:
    none = replace(
        FEWER,
        version=10,
        approved=replace(
            FEWER.approved,
            content="e" * 64,
            diagnosis=replace(REPORT.diagnosis, parts_to_bring=(), no_parts=True),
        ),
    )
    assert sheet_of(order_of(*USED, GRANTED, none)).excess == (PartWanted("MFQ-32", 2),)
    again = (*DRAWN, FEWER, none, RECORDED, replace(GRANTED, lines=(PartWanted("MFQ-32", 2),)))
    assert sheet_of(order_of(*again, replace(FEWER, version=11))).excess == ()
    assert sheet_of(order_of(*USED, replace(NOTED, version=10))).excess == (), "approved again"


def test_a_part_that_is_approved_no_more_is_beyond_it_wherever_it_was_drawn() -> None:
    other = PartUsed(NOTE_C1.number, "RHZ-1", used=1)
    both = replace(WORK, parts_used=(*WORK.parts_used, other))
    order = order_of(*DRAWN, FEWER, WorkRecorded(both, "f" * 64))
    assert sheet_of(order).excess == (*ONE_MORE, PartWanted("RHZ-1", 1))


def test_a_supplement_that_was_granted_on_it_is_approved_too() -> None:
    note = NamedNote(f"{TICKET}-C2", Delivery.CARRIED, ONE_MORE)
    granted = SupplementApproved(BOSS, note, "阀门也坏了")
    for past in ((*DRAWN, FEWER, granted), (*DRAWN, granted, FEWER, OPENED, *TAKEN[2:], ISSUED)):
        assert sheet_of(order_of(*past, RECORDED)).excess == ()


def test_what_an_order_before_it_has_used_is_not_approved_a_second_time() -> None:
    before = FurtherOrderNamed((), (PartWanted("MFQ-32", 1),))
    order = order_of(NOTED, before, *DRAWN[1:], RECORDED)
    assert sheet_of(order).excess == ONE_MORE


def test_the_sheet_says_what_waits_and_what_was_said() -> None:
    waits = sheet_of(order_of(*USED))
    assert (waits.excess, waits.excess_judged) == (ONE_MORE, None)
    said = sheet_of(order_of(*USED, DENIED))
    assert (said.excess, said.excess_judged) == ((), DENIED)


@pytest.mark.parametrize("command", [GRANT, DENY])
def test_what_it_costs_where_nobody_knows_is_judged_by_the_last_rung(
    command: GrantExcess | DenyExcess,
) -> None:
    asked_as = replace(command, asked_as=("general_manager",))
    given(work_order, *USED).when(asked_as, APPROVER).refused("excess-cost-unknown")
    given(work_order, *DRAWN, RECORDED).when(asked_as, APPROVER).refused("no-excess")


@pytest.mark.parametrize("price", [None, 1_200])
@pytest.mark.parametrize(
    ("step", "said", "fact"),
    [("grants", {}, "ExcessGranted"), ("denials", {"because": "一只就够"}, "ExcessDenied")],
)
def test_over_http_an_approver_judges_what_has_a_price(
    dispatch: Dispatch, step: str, said: Mapping[str, str], fact: str, price: int | None
) -> None:
    path = dispatch.there()
    dispatch.done(dispatch.does(dispatch.liu, f"{path}/work-records", EXAMPLES["work-records"]))
    fewer = replace(PLAIN, content=FEWER.approved.content, diagnosis=FEWER.approved.diagnosis)
    dispatch.approved(report=fewer, version=9)
    word = {"lines": [{"part": "MFQ-32", "quantity": 1}], **said}
    dispatch.catalogued("MFQ-32")
    chief = dispatch.desk.staff("G-SHENYI", ["general_manager"], [BRANCH])
    told = dispatch.does(dispatch.boss, f"{path}/excess-{step}", word)
    assert codes(told) == ["excess-cost-unknown"]
    if price:
        dispatch.catalogued("MFQ-32", value_fen=price)
    who = dispatch.boss if price else chief
    assert dispatch.done(dispatch.does(who, f"{path}/excess-{step}", word)).json()["facts"] == [
        fact
    ]
