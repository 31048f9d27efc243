"""小单 in dispatch: base's help and cards left at doors are listed, and found by their number."""

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

from services.dispatch.visit import cards_left
from services.dispatch.work_order import help_asked
from shared.events.order_sheet import DoorAttempt, VisitCard, VisitOutcome
from shared.events.visits import VisitEnded
from tests.dispatch.desk import EXAMPLES, VISIT_PATH, Dispatch
from tests.dispatch.example import AT, CHEN, NUMBER, TICKET
from tests.dispatch.job import LATER, V1, VISIT
from tests.dispatch.seen import seen
from tests.dispatch.work_order.test_work_order_base_help import (
    ASKED,
    BASE,
    DECLINED,
    GUIDED,
    IS_SENT,
    LACKING,
    SENT,
)
from tests.shared.http_desk import codes

CARD = VisitCard(f"{V1}-K1", AT, CHEN)
DOOR = DoorAttempt(10, 2, card_left=True, desk_told=True)
NOBODY = VisitEnded(VisitOutcome.NO_ACCESS, "无人应门", "改日再来", DOOR, card=CARD)


def test_base_s_help_is_listed_with_every_answer() -> None:
    (row,) = seen(help_asked, [ASKED]).values()
    assert (row.order, row.ticket, row.waits, row.tried) == (NUMBER, TICKET, True, ASKED.tried)
    (row,) = seen(help_asked, [ASKED, GUIDED]).values()
    assert (row.waits, row.guided_by, row.steps, row.solved) == (False, BASE, GUIDED.steps, False)
    (row,) = seen(help_asked, [ASKED, GUIDED, IS_SENT]).values()
    assert (row.steps, row.technician, row.because) == (GUIDED.steps, SENT, IS_SENT.because)
    (row,) = seen(help_asked, [ASKED, DECLINED]).values()
    assert (row.declined_by, row.because) == (BASE, DECLINED.because)
    (row,) = seen(help_asked, [ASKED, DECLINED, LACKING]).values()
    assert (row.waits, row.times, row.declined_by, row.ground) == (True, 2, None, LACKING.ground)
    assert seen(help_asked, [GUIDED]) == {}


def test_a_card_is_found_by_its_number() -> None:
    (row,) = seen(cards_left, [NOBODY], VISIT).values()
    assert (row.number, row.visit, row.ticket) == (CARD.number, V1, TICKET)
    assert (row.came_at, row.whom_to_call, row.next_step) == (AT, CHEN, "改日再来")
    assert seen(cards_left, [replace(NOBODY, card=None)], VISIT) == {}


def test_a_card_has_a_page_and_is_found_by_the_day_on_which_it_was_left(dispatch: Dispatch) -> None:
    dispatch.there()
    door = {"waited_minutes": 10, "knocked": 2, "card_left": True, "desk_told": True}
    ending = {"outcome": "no_access", "because": "无人应门", "next_step": "改日再来", "door": door}
    dispatch.done(dispatch.does(dispatch.liu, f"{VISIT_PATH}/endings", ending))
    page = dispatch.shown(f"/v1/visit-cards/{V1}-K1")
    assert (page["visit"], page["whom_to_call"], page["next_step"]) == (V1, None, "改日再来")
    assert dispatch.desk.get(f"/v1/visit-cards/{V1}-K2", dispatch.clerk).status_code == 422
    other = dispatch.desk.get(f"/v1/visit-cards/{TICKET}-V2-K1", dispatch.clerk)
    assert (other.status_code, codes(other)) == (404, ["unknown"])
    on = LATER.astimezone(ZoneInfo("Asia/Shanghai")).date()
    for day, found in ((on, 1), (on - timedelta(days=1), 0)):
        assert len(dispatch.shown(f"/v1/visit-cards?on={day}")["rows"]) == found


def test_base_s_help_has_a_page_and_is_found_by_the_day_on_which_it_was_asked(
    dispatch: Dispatch,
) -> None:
    path = dispatch.opened()
    wanted = EXAMPLES["base-help-requests"]
    dispatch.done(dispatch.desk.post(f"{path}/base-help-requests", wanted, dispatch.clerk))
    page = dispatch.shown(f"/v1/base-help/{NUMBER}")
    assert (page["order"], page["tried"], page["waits"]) == (NUMBER, wanted["tried"], True)
    on = LATER.astimezone(ZoneInfo("Asia/Shanghai")).date()
    for day, found in ((on, 1), (on + timedelta(days=1), 0)):
        assert len(dispatch.shown(f"/v1/base-help?on={day}&waits=true")["rows"]) == found
