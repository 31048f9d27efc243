"""设备调试单 as stories: a new machine is set up, tried, explained, handed over and accepted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.closing import CloseRepair, offered_closing
from services.dispatch.work_order.kinds import JOBS
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm, offered_form
from services.dispatch.work_order.work import RecordWork, missing_to_sign, work_content_of
from shared.decider import Happened
from shared.events.dispatch import SignatureWaived, TaskHandedIn, WorkRecorded
from shared.events.intake import RepairClosed
from shared.events.order_sheet import (
    Commissioned,
    HandedOver,
    HandIn,
    OrderKind,
    PartUsed,
    Reading,
    Site,
    Training,
    TrialRun,
    VisitOutcome,
    Work,
    WorkResult,
)
from shared.events.report_form import Sale
from shared.events.values import Ending, FaultNature, RepairNature, ReportKind
from tests.dispatch.example import (
    ASSIGNED,
    CLERK,
    FORM_WITHOUT_PARTS,
    HOME,
    LIU,
    NOTED,
    NUMBER,
    OPEN,
    SIGNED,
    WITHOUT_PARTS,
    by,
    opened,
    sealed,
)
from tests.dispatch.job import (
    CUSTOMER_SIGNED,
    CUSTOMER_SIGNS,
    ENDED,
    LATER,
    RECORD,
    SEEN_DONE,
    THERE,
    WINDOW,
    WORK,
    asks,
    order_of,
    visit_of,
)
from tests.spec import given

NATURE = RepairNature.COMMISSIONING
PLAN = replace(WITHOUT_PARTS.diagnosis, repair_nature=NATURE)
SALE = Sale("HT-118", date(2026, 12, 1), "三日内装好")
NEW = replace(
    NOTED,
    approved=replace(WITHOUT_PARTS, kind=ReportKind.COMMISSIONING, diagnosis=PLAN, sale=SALE),
)
SITE = Site(power_ready=True, room_ready=True, network_ready=False, told_by_sales=True)
FORM = replace(FORM_WITHOUT_PARTS, kind=OrderKind.COMMISSIONING, repair_nature=NATURE, site=SITE)
OPENED = replace(opened(FORM), site=SITE)
TAKEN_AS = replace(SIGNED, signature=replace(SIGNED.signature, content=OPENED.content), notes=())
TAKEN = (NEW, OPENED, ASSIGNED, TAKEN_AS)
DEFECT, OTHER_DEFECT = "BX-HZ01-20261124-0007", "BX-HZ01-20261124-0008"
SAID = Commissioned(
    trial_run=TrialRun(WINDOW.start_at, WINDOW.end_at),
    training=Training(sealed("whom"), "开机、停机、日常维护", 2),
    handed_over=tuple(HandedOver),
    no_defects=True,
)
DONE = Work(
    arrived_at=WINDOW.start_at,
    finished_at=WINDOW.end_at,
    result=WorkResult.IN_SERVICE,
    readings=(Reading("接电", "380 V"), Reading("试压", "0.4 MPa")),
    no_parts_used=True,
    no_fees=True,
    commissioned=SAID,
)


def recorded(work: Work = DONE) -> WorkRecorded:
    return WorkRecorded(work, work_content_of(NUMBER, OPENED.content, work))


RECORDED = recorded()
ACCEPTS = replace(CUSTOMER_SIGNS, content=RECORDED.content)
SIGNATURE = CUSTOMER_SIGNED.word.signature
assert SIGNATURE is not None
ACCEPTING = replace(SIGNATURE, content=RECORDED.content)
ACCEPTED = replace(
    CUSTOMER_SIGNED,
    word=replace(
        CUSTOMER_SIGNED.word,
        signature=ACCEPTING,
        parts_used=(),
        no_parts_used=True,
        content=RECORDED.content,
    ),
)
HANDED_IN = TaskHandedIn(HandIn(LIU, LATER, ()))
CLOSE = CloseRepair(Ending.COMMISSIONED, papers_checked=(NUMBER,), time_zone="Asia/Shanghai")
CLOSED = RepairClosed(
    Ending.COMMISSIONED,
    handed_in_by=LIU,
    handed_in_at=LATER,
    taken_by=CLERK,
    papers_checked=(NUMBER,),
    warranty_starts_on=date(2026, 11, 24),
    acceptance_told_on=date(2026, 11, 24),
)


def opening(**said: Any) -> OpenWorkOrder:
    return replace(OPEN, form=replace(FORM, **said))


def says(**said: Any) -> Work:
    """The work, with something of the commissioning said otherwise."""
    return replace(DONE, commissioned=replace(SAID, **said))


def test_it_is_made_out_of_an_approved_commissioning_alone() -> None:
    given(work_order, NEW).when(opening(), by(CLERK)).then(OPENED)
    repair = opening(kind=OrderKind.REPAIR)
    given(work_order, NEW).when(repair, by(CLERK)).refused(
        "not-of-this-kind", "differs-from-approved"
    )
    form = offered_form(order_of(NEW))
    assert isinstance(form, OrderForm)
    assert (form.kind, form.site is not None) == (OrderKind.COMMISSIONING, True)


def test_it_is_said_whether_the_site_is_ready() -> None:
    fields = ["power_ready", "room_ready", "network_ready", "told_by_sales"]
    given(work_order, NEW).when(opening(site=None), by(CLERK)).refused_with(
        "order-incomplete", fields=fields
    )
    some = replace(SITE, network_ready=None)
    given(work_order, NEW).when(opening(site=some), by(CLERK)).refused("order-incomplete")


def test_a_repair_has_no_site_and_nothing_of_a_new_machine() -> None:
    repair = replace(OPEN, form=replace(FORM_WITHOUT_PARTS, site=SITE))
    noted = replace(NOTED, approved=WITHOUT_PARTS)
    given(work_order, noted).when(repair, by(CLERK)).refused("not-of-this-kind")
    past = (noted, opened(FORM_WITHOUT_PARTS), ASSIGNED, TAKEN_AS)
    asked = asks(LIU, visits=SEEN_DONE)
    for said in ({"commissioned": SAID}, {"result": WorkResult.IN_SERVICE}):
        work = replace(WORK, parts_used=(), no_parts_used=True, **said)
        given(work_order, *past).when(RecordWork(work), asked).refused("not-of-this-kind")


def test_what_was_done_is_recorded_by_who_was_there() -> None:
    asked = asks(LIU, visits=(visit_of(*THERE),))
    given(work_order, *TAKEN).when(RecordWork(DONE), asked).then(RECORDED)
    given(work_order, *TAKEN).when(RecordWork(WORK), asked).refused(
        "not-of-this-kind", "used-beyond-issued"
    )
    run = TrialRun(WINDOW.end_at, WINDOW.start_at)
    given(work_order, *TAKEN).when(RecordWork(says(trial_run=run)), asked).refused("times-reversed")
    run = TrialRun(WINDOW.start_at, WINDOW.start_at)
    empty = given(work_order, *TAKEN).when(RecordWork(says(trial_run=run)), asked)
    empty.refused("trial-run-empty")
    later = replace(DONE, finished_at=WINDOW.end_at - timedelta(minutes=1))
    given(work_order, *TAKEN).when(RecordWork(later), asked).refused("finished-before-trial")
    assert RECORD.work == WORK


def test_a_defect_names_its_report() -> None:
    asked = asks(LIU, visits=(visit_of(*THERE),))
    found = says(defects=(DEFECT,), no_defects=False)
    told = RecordWork(found, unreported=(DEFECT,))
    given(work_order, *TAKEN).when(told, asked).refused("defect-unreported")
    given(work_order, *TAKEN).when(RecordWork(found), asked).then(recorded(found))
    again = says(defects=(DEFECT, OTHER_DEFECT, DEFECT), no_defects=False)
    given(work_order, *TAKEN).when(RecordWork(again), asked).refused_with(
        "defect-twice", tickets=[DEFECT]
    )
    both = says(defects=(DEFECT,))
    given(work_order, *TAKEN).when(RecordWork(both), asked).refused("defects-and-none")


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({"trial_run": None}, ["trial_run"]),
        ({"training": None}, ["training"]),
        ({"handed_over": (HandedOver.CONFIGURATION,)}, ["handed_over"]),
        ({"no_defects": False}, ["defects"]),
        ({"training": None, "no_training_because": "用户已有人会用"}, []),
        ({"handed_over": (), "not_handed_over_because": "随后寄来"}, []),
    ],
)
def test_every_blank_is_told_before_it_is_accepted(said: dict[str, Any], fields: list[str]) -> None:
    work = recorded(says(**said))
    asked = asks(LIU, visits=SEEN_DONE)
    story = given(work_order, *TAKEN, work).when(replace(ACCEPTS, content=work.content), asked)
    if fields:
        story.refused_with("work-incomplete", fields=fields)
    else:
        assert len(list(story.decision())) == 1


def test_the_steps_of_setting_it_up_are_its_readings() -> None:
    work = recorded(replace(DONE, readings=()))
    asked = asks(LIU, visits=SEEN_DONE)
    story = given(work_order, *TAKEN, work).when(replace(ACCEPTS, content=work.content), asked)
    story.refused_with("work-incomplete", fields=["readings"])


def test_what_was_signed_before_it_said_why_parts_failed_has_the_hash_it_had() -> None:
    before = "12bbd7bba445930d7f3687bb14d6c2a9b56c10adf1f7ca47a3283cf293a4bf48"
    assert RECORDED.content == before
    assert recorded(says(fault_nature=FaultNature.MATERIAL)).content != before


def test_of_replaced_parts_it_is_said_why_they_failed() -> None:
    parts = (PartUsed(f"{NUMBER[:-3]}-C1", "MFQ-32", 1, old_taken=1),)
    replaced = replace(DONE, parts_used=parts, no_parts_used=False)
    job = JOBS[OrderKind.COMMISSIONING]
    assert missing_to_sign(replaced, job) == ["fault_nature"]
    said = replace(SAID, fault_nature=FaultNature.MATERIAL)
    assert missing_to_sign(replace(replaced, commissioned=said), job) == []


def test_of_a_machine_that_does_not_run_only_what_was_done_is_asked() -> None:
    bare = Commissioned(no_defects=True)
    work = recorded(replace(DONE, result=WorkResult.NOT_IN_SERVICE, commissioned=bare))
    asked = asks(LIU, visits=SEEN_DONE)
    story = given(work_order, *TAKEN, work).when(replace(ACCEPTS, content=work.content), asked)
    assert len(list(story.decision())) == 1
    past = (*TAKEN, work, ACCEPTED, HANDED_IN)
    given(work_order, *past).when(CLOSE, asks(CLERK)).refused("ending-differs")
    (offered,) = offered_closing(NUMBER, order_of(*past))
    assert offered.ending is Ending.NOT_COMMISSIONED


def test_what_cannot_be_commissioned_has_its_own_word() -> None:
    """A repair is not repairable; a new machine that never ran needs no repair to be given up."""
    nobody_went = asks(CLERK, visits=())
    as_repair = CloseRepair(Ending.NOT_REPAIRABLE, "开不了机，退厂", LATER)
    told = {"ending": Ending.NOT_REPAIRABLE, "as_what": Ending.NOT_COMMISSIONED}
    story = given(work_order, NEW, OPENED).when(as_repair, nobody_went)
    story.refused_with("fails-otherwise", kind=OrderKind.COMMISSIONING, **told)
    ends = replace(as_repair, ending=Ending.NOT_COMMISSIONED)
    closed = RepairClosed(ends.ending, reason=ends.reason, customer_told_at=LATER)
    given(work_order, NEW, OPENED).when(ends, nobody_went).then(closed)
    given(work_order, NOTED).when(ends, nobody_went).refused("fails-otherwise")


def test_what_ended_before_it_had_its_word_stands() -> None:
    before = RepairClosed(Ending.NOT_REPAIRABLE, reason="开不了机，退厂", customer_told_at=LATER)
    assert order_of(NEW, OPENED, before).closed == before


def test_a_site_that_is_not_ready_is_no_work_and_is_gone_to_again() -> None:
    over = replace(
        ENDED, outcome=VisitOutcome.SITE_NOT_READY, because="未通电", next_step="通电后再来"
    )
    asked = asks(LIU, visits=(visit_of(*THERE, over),))
    given(work_order, *TAKEN, RECORDED).when(ACCEPTS, asked).refused("visit-not-done")
    again = asks(LIU, visits=(visit_of(*THERE, over), visit_of(*THERE, ENDED)))
    given(work_order, *TAKEN, RECORDED).when(ACCEPTS, again).then(ACCEPTED)


def test_the_warranty_starts_on_the_local_day_of_the_acceptance() -> None:
    past = (*TAKEN, RECORDED, ACCEPTED)
    given(work_order, *past).when(CLOSE, asks(CLERK)).refused("not-handed-in")
    given(work_order, *past, HANDED_IN).when(CLOSE, asks(CLERK)).then(CLOSED)
    given(work_order, *past, HANDED_IN, CLOSED).when(CLOSE, asks(CLERK)).then()
    repaired = replace(CLOSE, ending=Ending.REPAIRED)
    given(work_order, *past, HANDED_IN).when(repaired, asks(CLERK)).refused("ending-differs")
    (offered,) = offered_closing(NUMBER, order_of(*past, HANDED_IN))
    assert offered.ending is Ending.COMMISSIONED
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    word = replace(
        ACCEPTED.word,
        signature=replace(ACCEPTING, signed_at=late),
    )
    at_night = (*TAKEN, RECORDED, replace(ACCEPTED, word=word), HANDED_IN)
    told = Happened(ACCEPTED, late, late + timedelta(days=2))
    asked = replace(asks(CLERK), happened={HOME: (told,)})
    given(work_order, *at_night).when(CLOSE, asked).then(
        replace(
            CLOSED,
            warranty_starts_on=date(2026, 11, 25),
            acceptance_told_on=date(2026, 11, 27),
        )
    )


def test_where_the_acceptance_was_waived_it_starts_when_the_work_was_finished() -> None:
    waived = SignatureWaived("A-ZHAO", "设备运行正常，用户拒签", RECORDED.content, None)
    past = (*TAKEN, RECORDED, waived, HANDED_IN)
    given(work_order, *past).when(CLOSE, asks(CLERK)).then(CLOSED)


def test_others_read_the_site_the_sale_and_the_first_day_of_the_warranty() -> None:
    order = order_of(*TAKEN, RECORDED, ACCEPTED, HANDED_IN, CLOSED)
    document: Any = work_order.public(order, CLOSED).document
    assert (document.site, document.approved.sale) == (SITE, SALE)
    assert document.warranty_starts_on == CLOSED.warranty_starts_on
