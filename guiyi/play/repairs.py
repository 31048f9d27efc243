"""整单 (the repairs): each from the call to the filed dossier, refused where a rule says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from guiyi.play import after, note, order, report, visit
from guiyi.play.case import Case, Rooms
from guiyi.play.cast import Cast
from guiyi.play.people import APPROVER, CLERK, DEPUTY, KEEPER, LIU, SUN, Person
from guiyi.play.player import A_DAY, UNWATCHED, Turn, Watcher, play

UNHEARD_PARTS = ("part-unknown",)
"""What intake says of a part until it has heard that it is registered."""


def reported_by(technician: Person) -> Sequence[Turn]:
    """受理: from the call to the approval."""
    return (
        Turn(report.report, CLERK),
        Turn(report.guide("not_solved"), technician),
        Turn(report.diagnose, technician, waits_for=UNHEARD_PARTS),
        Turn(report.sign_report, technician),
        Turn(report.submit, CLERK),
        Turn(report.approve, APPROVER),
    )


def ordered_for(technician: Person) -> Sequence[Turn]:
    """开单派工."""
    return (
        Turn(order.open_order(), CLERK),
        Turn(order.assign(), CLERK),
        Turn(order.take_order, technician),
    )


def agreed_by(who: Person) -> Sequence[Turn]:
    """计划、预约."""
    return Turn(visit.plan, who), Turn(visit.confirm, who)


def another_day(technician: Person) -> Mapping[str, Sequence[Turn]]:
    """次日出发: midnight has passed since the diagnosis; today is asked for and granted.

    For a further visit it has passed since that was planned: then the visit is moved.
    """
    asked = Turn(visit.ask_for_today, technician), Turn(visit.grant_today, APPROVER)
    again = (Turn(visit.leave_today, technician),)
    return {"travel-not-approved": asked, "not-the-planned-day": again}


def there(technician: Person) -> Sequence[Turn]:
    """出发、到达: as soon as dispatch has heard that the parts are in hand."""
    late = another_day(technician)
    return (
        Turn(visit.depart, technician, waits_for=("parts-not-in-hand",), mended_by=late),
        Turn(visit.arrive, technician),
    )


def home(technician: Person) -> Sequence[Turn]:
    """交销: as soon as dispatch has heard that every note is settled."""
    codes = ("not-reconciled", "reconciled-against-old-signature")
    return (Turn(order.hand_in, technician, A_DAY, waits_for=codes),)


DRAWN = Turn(note.issue(), KEEPER)
SETTLED = Turn(note.reconcile(), KEEPER)
CALLED_BACK = Turn(after.answer, CLERK, A_DAY)
FILED = Turn(after.file, CLERK, waits_for=("papers-missing",))
END = (Turn(order.close, CLERK), CALLED_BACK, FILED)

LEFT_FOR_APPROVAL: Sequence[Turn] = (
    Turn(report.report, CLERK),
    Turn(report.diagnose_in_part, LIU, waits_for=UNHEARD_PARTS),
    Turn(report.submit, CLERK, refused=("report-incomplete", "remote-not-tried", "unsigned")),
    Turn(report.guide(), LIU),
    Turn(report.diagnose, LIU, waits_for=UNHEARD_PARTS),
    Turn(report.complete, CLERK),
    Turn(report.sign_report, LIU),
    Turn(report.submit, CLERK),
)
"""待批: a report that is complete, signed and submitted, and that nobody has decided."""
STRAIGHT: Sequence[Turn] = (
    *LEFT_FOR_APPROVAL,
    Turn(report.approve_as_deputy, DEPUTY, refused=("approval-not-asked",)),
    Turn(report.approve, APPROVER),
    Turn(order.open_order(more=1), CLERK, refused=("differs-from-approved",)),
    Turn(order.open_order(), CLERK),
    Turn(order.assign(), CLERK),
    Turn(order.take_order, SUN, refused=("not-your-order",)),
    Turn(order.take_order, LIU),
    *agreed_by(LIU),
    Turn(visit.depart, LIU, refused=("parts-not-in-hand",), mended_by=another_day(LIU)),
    Turn(note.issue(more=1), KEEPER, refused=("beyond-note",)),
    DRAWN,
    *there(LIU),
    Turn(order.sign_as_customer, LIU, refused=("no-work-recorded", "visit-not-done")),
    Turn(order.record_work(), LIU),
    Turn(visit.end_visit("done"), LIU),
    Turn(note.reconcile(2, unsigned=True), KEEPER, refused=("no-customer-signature",)),
    Turn(order.sign_as_customer, LIU),
    Turn(order.hand_in, LIU, refused=("not-reconciled",)),
    SETTLED,
    *home(LIU),
    Turn(order.close_unchecked, CLERK, refused=("papers-unchecked",)),
    Turn(order.close, CLERK),
    Turn(after.answer_in_part, CLERK, refused=("questions-unanswered",)),
    Turn(after.file_without_the_call, CLERK, refused=("papers-missing",)),
    CALLED_BACK,
    FILED,
)
"""途径 A, 一次修好: the customer calls the clerk; at every gate somebody comes too early."""
BY_EMPLOYEE: Sequence[Turn] = (
    Turn(report.report, SUN),
    Turn(report.call_customer, CLERK),
    Turn(report.guide(), LIU),
    Turn(report.diagnose, LIU, waits_for=UNHEARD_PARTS),
    Turn(report.sign_report, LIU),
    Turn(report.submit, CLERK),
    Turn(report.give_back, DEPUTY),
    Turn(report.diagnose_anew, LIU, waits_for=UNHEARD_PARTS),
    Turn(report.sign_report, LIU),
    Turn(report.submit, CLERK),
    Turn(report.approve, APPROVER),
    Turn(report.approve_as_deputy, DEPUTY),
    Turn(order.open_order(), CLERK),
    Turn(order.assign(LIU), CLERK),
    Turn(order.decline, LIU),
    *ordered_for(SUN)[1:],
    DRAWN,
    *agreed_by(CLERK),
    *there(SUN),
    Turn(order.record_work(left_over=1), SUN),
    Turn(visit.end_visit("done"), SUN),
    Turn(order.ask_bill, SUN),
    Turn(order.sign_as_customer, SUN, refused=("fees-owed",)),
    Turn(order.grant_bill, APPROVER),
    Turn(order.sign_as_customer, SUN),
    SETTLED,
    *home(SUN),
    *END,
)
"""途径 B: an employee reports; returned once, approved by two, declined, made by another."""
ENDED_REMOTELY: Sequence[Turn] = (
    Turn(report.report, CLERK),
    Turn(report.close_report("solved_remotely"), LIU, refused=("not-solved",)),
    Turn(report.guide("solved"), LIU),
    Turn(report.close_report("solved_remotely"), LIU),
)
"""远程解决: the technician closes the case when the customer says that it works."""
SOLVED_REMOTELY: Sequence[Turn] = (*ENDED_REMOTELY, CALLED_BACK, FILED)
"""远程解决: nobody travels; called back like any other, and filed with statements."""
NOBODY_HOME: Sequence[Turn] = (
    *reported_by(SUN),
    *ordered_for(SUN),
    DRAWN,
    Turn(note.announce, KEEPER),
    *agreed_by(CLERK),
    *there(SUN),
    Turn(visit.end_visit("no_access"), SUN, refused=("outcome-incomplete",)),
    Turn(visit.find_nobody, SUN),
    Turn(order.record_work(), SUN, refused=("not-let-in", "parcel-not-opened")),
    *agreed_by(CLERK),
    *there(SUN),
    Turn(note.open_parcel(), SUN, waits_for=("not-delivered",)),
    Turn(order.record_work(), SUN, waits_for=("parcel-not-opened",)),
    Turn(visit.end_visit("done"), SUN),
    Turn(order.sign_as_customer, SUN),
    SETTLED,
    *home(SUN),
    *END,
)
"""二次上门: the parts come by post, nobody is at home, and the second visit opens them."""


@dataclass(frozen=True, slots=True)
class Story:
    """故事: a repair as it is told: its steps, and what people say in it."""

    name: str
    steps: Sequence[Turn]
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
    steps = (
        Turn(report.continue_legacy(number), CLERK),
        Turn(report.diagnose_in_part, SUN, waits_for=UNHEARD_PARTS),
    )
    return Story("continued", steps, "continued", SUN)
