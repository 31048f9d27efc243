"""沉默 (silence): a customer who answers nobody: which facts of them are lies, and what is left.

What speaks of them is a lie: that they were told, agreed, signed, answered, or were at home. What
says that they were tried in vain is a lie of any other customer.
"""

from collections.abc import Iterator

from shared.events import dispatch, followup, intake, issue_notes, visits
from shared.events.followup import AttemptResult, SurveyStage
from shared.events.order_sheet import VisitOutcome
from shared.events.values import Ending, RemoteResult

MET = "nobody has heard of the customer"
REACHED = "the customer can be reached"
DAYS = 3
"""On how many days they are tried."""


def of_silence(fact: object, *, silent: bool, worked: bool) -> Iterator[str]:
    """What in a fact is not so, of a customer who answers nobody, or of any other."""
    if silent and _is_of_them(fact, worked=worked):
        yield MET
    if not silent and _is_in_vain(fact):
        yield REACHED
    at_the_door = isinstance(fact, visits.VisitEnded) and fact.outcome is VisitOutcome.NO_ACCESS
    if at_the_door and (worked or not silent):
        yield "somebody was at home"


def _is_of_them(fact: object, *, worked: bool) -> bool:  # noqa: PLR0911 - one return a fact
    """Whether it says that they were told, met or spoken to."""
    match fact:
        case intake.RepairClosed(customer_told_at=at) | visits.VisitCancelled(customer_told_at=at):
            return at is not None
        case (
            visits.AppointmentConfirmed(confirmed=is_so)
            | visits.VisitRescheduled(customer_agreed=is_so)
        ):
            return is_so
        case visits.VisitEnded(outcome=outcome):
            nobody_met = (VisitOutcome.NO_ACCESS, VisitOutcome.INTERRUPTED)
            return outcome not in nobody_met and not worked
        case intake.BasicsCompleted(confirmed=confirmed):
            return confirmed is not None
        case intake.RemoteGuidanceGiven(attempt=guided):
            return guided.result is not RemoteResult.NOT_POSSIBLE
        case followup.CallBackEnded(stage=stage):
            return stage is not SurveyStage.UNREACHED
        case (
            dispatch.ConsentGiven()
            | issue_notes.ArrivalAnnounced()
            | issue_notes.ParcelOpened()
            | intake.CallNoted()
            | followup.SurveyAnswered()
        ):
            return True
        case _:
            return False


def _is_in_vain(fact: object) -> bool:  # noqa: PLR0911 - one return a fact
    """Whether it says that nobody reached them."""
    match fact:
        case intake.ContactAttempted() | followup.CallBackEnded() | dispatch.UnreachedGranted():
            return True
        case dispatch.SignatureRefused(absent=absent):
            return absent
        case visits.VisitCancelled(customer_told_at=at):
            return at is None
        case visits.AppointmentConfirmed(confirmed=confirmed):
            return not confirmed
        case intake.RepairClosed(ending=ending):
            return ending is Ending.UNREACHABLE
        case followup.CallBackAttempted(attempt=attempt):
            return attempt.result is AttemptResult.NO_ANSWER
        case _:
            return False


def days_left(tried: int) -> int:
    """On how many days they are still to be tried, as far as the tries say."""
    return max(0, DAYS - tried)
