"""提醒通知 on PostgreSQL: the timer finds whom it tells in real views, once, built again or not."""

from services.intake.app import room
from shared.record.database import engine as make_engine
from shared.record.transaction import transaction
from shared.worker.timers import Timers
from tests.intake.desk import APPROVER, CLERK
from tests.notices.office import core, replace_notices
from tests.notices.reminding import EVERYWHERE, TELL, clock, timed, told
from tests.stack.test_desk_lists import Both, both

__all__ = ["both"]
TO_APPROVER, TO_CLERK = "13800000001", "13800000002"


def test_whoever_is_reminded_is_told_once(both: Both) -> None:
    intake = both.intake
    intake.opened()
    intake.desk.staff(APPROVER, ["approver"], ["HZ01"], phone=TO_APPROVER)
    intake.desk.staff(CLERK, ["clerk"], ["*"], phone=TO_CLERK)
    ticket = intake.submitted().rpartition("/")[2]
    assert clock(intake.desk, room, "urge-approval") == 1
    engine, handler = make_engine(both.settings.worker_url), intake.desk.handler
    policy = replace_notices(core(), EVERYWHERE)
    timer = timed(room, TELL)
    fires = Timers(engine, handler, [timer], policy=lambda *_: policy)
    everywhere = range(both.settings.partitions)
    for due in (1, 0):
        both.build()
        assert fires.fire(everywhere) == due
        assert told(intake.desk, room) == [(ticket, TO_APPROVER), (ticket, TO_CLERK)]
    with transaction(engine) as db:
        db.execute("DELETE FROM worker.fired")
        assert not db.query("SELECT FROM worker.parked")
    assert fires.fire(everywhere) == 1, "a restored database has forgotten what was fired"
    assert len(told(intake.desk, room)) == 2
    engine.dispose()
