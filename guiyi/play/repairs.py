"""整单 (the repairs): each from the call to the filed dossier, refused where a rule says so."""

from collections.abc import Sequence
from dataclasses import dataclass

from guiyi.play import after, note, order, report, visit
from guiyi.play.case import Case, Rooms
from guiyi.play.cast import Cast
from guiyi.play.people import APPROVER, CLERK, DEPUTY, KEEPER, LIU, SUN, Person
from guiyi.play.player import A_DAY, UNWATCHED, Step, Watcher, play


def reported_by(technician: Person) -> Sequence[Step]:
    """受理: from the call to the approval."""
    return (
        Step(report.report, CLERK),
        Step(report.guide("not_solved"), technician),
        Step(report.diagnose, technician),
        Step(report.sign_report, technician),
        Step(report.submit, CLERK),
        Step(report.approve, APPROVER),
    )


def ordered_for(technician: Person) -> Sequence[Step]:
    """开单派工."""
    return (
        Step(order.open_order(), CLERK),
        Step(order.assign(), CLERK),
        Step(order.take_order, technician),
    )


def agreed_by(who: Person) -> Sequence[Step]:
    """计划、预约."""
    return Step(visit.plan, who), Step(visit.confirm, who)


def there(technician: Person) -> Sequence[Step]:
    """出发、到达: as soon as dispatch has heard that the parts are in hand."""
    return (
        Step(visit.depart, technician, A_DAY, waits_for=("parts-not-in-hand",)),
        Step(visit.arrive, technician),
    )


def home(technician: Person) -> Sequence[Step]:
    """交销: as soon as dispatch has heard that every note is settled."""
    codes = ("not-reconciled", "reconciled-against-old-signature")
    return (Step(order.hand_in, technician, A_DAY, waits_for=codes),)


DRAWN = Step(note.issue(), KEEPER)
SETTLED = Step(note.reconcile(), KEEPER)
CALLED_BACK = Step(after.answer, CLERK, A_DAY)
FILED = Step(after.file, CLERK, waits_for=("papers-missing",))
END = (Step(order.close, CLERK), CALLED_BACK, FILED)

LEFT_FOR_APPROVAL: Sequence[Step] = (
    Step(report.report, CLERK),
    Step(report.diagnose_in_part, LIU),
    Step(report.submit, CLERK, refused=("report-incomplete", "remote-not-tried", "unsigned")),
    Step(report.guide(), LIU),
    Step(report.diagnose, LIU),
    Step(report.complete, CLERK),
    Step(report.sign_report, LIU),
    Step(report.submit, CLERK),
)
"""待批: a report that is complete, signed and submitted, and that nobody has decided."""
STRAIGHT: Sequence[Step] = (
    *LEFT_FOR_APPROVAL,
    Step(report.approve_as_deputy, DEPUTY, refused=("approval-not-asked",)),
    Step(report.approve, APPROVER),
    Step(order.open_order(more=1), CLERK, refused=("differs-from-approved",)),
    Step(order.open_order(), CLERK),
    Step(order.assign(), CLERK),
    Step(order.take_order, SUN, refused=("not-your-order",)),
    Step(order.take_order, LIU),
    *agreed_by(LIU),
    Step(visit.depart, LIU, refused=("parts-not-in-hand",)),
    Step(note.issue(more=1), KEEPER, refused=("beyond-note",)),
    DRAWN,
    *there(LIU),
    Step(order.sign_as_customer, LIU, refused=("no-work-recorded", "visit-not-done")),
    Step(order.record_work(), LIU),
    Step(visit.end_visit("done"), LIU),
    Step(note.reconcile(2, unsigned=True), KEEPER, refused=("no-customer-signature",)),
    Step(order.sign_as_customer, LIU),
    Step(order.hand_in, LIU, refused=("not-reconciled",)),
    SETTLED,
    *home(LIU),
    Step(order.close_unchecked, CLERK, refused=("papers-unchecked",)),
    Step(order.close, CLERK),
    Step(after.answer_in_part, CLERK, refused=("questions-unanswered",)),
    Step(after.file_without_the_call, CLERK, refused=("papers-missing",)),
    CALLED_BACK,
    FILED,
)
"""途径 A, 一次修好: the customer calls the clerk; at every gate somebody comes too early."""
BY_EMPLOYEE: Sequence[Step] = (
    Step(report.report, SUN),
    Step(report.call_customer, CLERK),
    Step(report.guide(), LIU),
    Step(report.diagnose, LIU),
    Step(report.sign_report, LIU),
    Step(report.submit, CLERK),
    Step(report.give_back, DEPUTY),
    Step(report.diagnose_anew, LIU),
    Step(report.sign_report, LIU),
    Step(report.submit, CLERK),
    Step(report.approve, APPROVER),
    Step(report.approve_as_deputy, DEPUTY),
    Step(order.open_order(), CLERK),
    Step(order.assign(LIU), CLERK),
    Step(order.decline, LIU),
    *ordered_for(SUN)[1:],
    DRAWN,
    *agreed_by(CLERK),
    *there(SUN),
    Step(order.record_work(left_over=1), SUN),
    Step(visit.end_visit("done"), SUN),
    Step(order.sign_as_customer, SUN),
    SETTLED,
    *home(SUN),
    *END,
)
"""途径 B: an employee reports; returned once, approved by two, declined, made by another."""
ENDED_REMOTELY: Sequence[Step] = (
    Step(report.report, CLERK),
    Step(report.close_report("solved_remotely"), LIU, refused=("not-solved",)),
    Step(report.guide("solved"), LIU),
    Step(report.close_report("solved_remotely"), LIU),
)
"""远程解决: the technician closes the case when the customer says that it works."""
SOLVED_REMOTELY: Sequence[Step] = (*ENDED_REMOTELY, CALLED_BACK, FILED)
"""远程解决: nobody travels; called back like any other, and filed with statements."""
NOBODY_HOME: Sequence[Step] = (
    *reported_by(SUN),
    *ordered_for(SUN),
    DRAWN,
    Step(note.announce, KEEPER),
    *agreed_by(CLERK),
    *there(SUN),
    Step(visit.end_visit("no_access"), SUN, refused=("outcome-incomplete",)),
    Step(visit.find_nobody, SUN),
    Step(order.record_work(), SUN, refused=("not-arrived", "parcel-not-opened")),
    *agreed_by(CLERK),
    *there(SUN),
    Step(note.open_parcel(), SUN),
    Step(order.record_work(), SUN, waits_for=("parcel-not-opened",)),
    Step(visit.end_visit("done"), SUN),
    Step(order.sign_as_customer, SUN),
    SETTLED,
    *home(SUN),
    *END,
)
"""二次上门: the parts come by post, nobody is at home, and the second visit opens them."""


@dataclass(frozen=True, slots=True)
class Story:
    """故事: a repair as it is told: its steps, and what people say in it."""

    name: str
    steps: Sequence[Step]
    said: str
    """The table of the cast."""
    technician: Person = LIU

    def __call__(self, rooms: Rooms, cast: Cast, watcher: Watcher = UNWATCHED) -> str:
        """Play it to its end; the ticket's number. Raises NotSo, Answered, Away."""
        return play(Case(rooms, cast[self.said], self.technician), self.steps, watcher)


straight = Story("straight", STRAIGHT, "leaking")
by_employee = Story("by_employee", BY_EMPLOYEE, "filling", SUN)
remote = Story("remote", SOLVED_REMOTELY, "tripped")
nobody_home = Story("nobody_home", NOBODY_HOME, "capping", SUN)
STORIES: Sequence[Story] = (straight, by_employee, remote, nobody_home)
"""Each ends with a case that is closed and a dossier that is filed."""
left_for_approval = Story("left_for_approval", LEFT_FOR_APPROVAL, "leaking")
ended_remotely = Story("ended_remotely", ENDED_REMOTELY, "tripped")


def continued(number: str) -> Story:
    """旧单续办: an open ticket of the old desk lives on under a number of ours."""
    steps = (Step(report.continue_legacy(number), CLERK), Step(report.diagnose_in_part, SUN))
    return Story("continued", steps, "continued", SUN)
