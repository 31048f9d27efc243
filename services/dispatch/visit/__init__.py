"""上门 (visit): planned, agreed, set out on, made, and ended with an outcome; never edited.

Several visits may be made for one order. The order and the other visits of the ticket are read
beside it. From the appointment on other rooms may hear of a visit; that one is planned is told by
nothing but its list.
"""

from collections.abc import Sequence

from services.dispatch.visit import cards_left, departure, journey, link, planning, schedule
from services.dispatch.visit.document import public
from services.dispatch.visit.state import Visit, evolve, initial, shown
from shared.events import dispatch as facts
from shared.events import visits
from shared.events.order_sheet import VisitStage
from shared.events.values import TICKET_FORM, Role
from shared.ground import both, last_of
from shared.step import (
    LONG_AGO,
    WORDS,
    Address,
    ByLink,
    PaperType,
    PathField,
    Step,
    by_command,
    naming,
    offering,
    ticket_of,
)
from shared.view import View

__all__ = ["PAPER", "STEPS", "Visit", "decide", "evolve", "initial", "public"]

NUMBER = PathField(
    described="上门号 BX-…-V1",
    pattern=rf"^{TICKET_FORM}-V[1-9][0-9]?$",
)
PAPER: PaperType[Visit] = PaperType(
    prefix="visit",
    address=Address("/visits/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    shown=shown,
    open_to=lambda visit: (visit.technician,),
    named=lambda visit: naming(Role.TECHNICIAN, visit.technician),
    beside=lambda visit: (visit.order,) if visit.order else (),
)
CLERK, TECHNICIAN, APPROVER = {Role.CLERK}, {Role.TECHNICIAN}, {Role.APPROVER}
BOTH = {Role.CLERK, Role.TECHNICIAN}
AGREED = last_of(visits.VisitPlanned, visits.AppointmentConfirmed, visits.VisitRescheduled)

STEPS = (
    Step(
        "plans",
        planning.PlanVisit,
        planning.plan,
        by=BOTH,
        rests_on=last_of(facts.TechnicianAssigned, visits.VisitEnded, visits.VisitCancelled),
        begins=True,
        reads=planning.reads_of_planning,
        example=planning.PLAN_EXAMPLE,
    ),
    Step(
        "appointments",
        planning.ConfirmAppointment,
        planning.confirm,
        by=BOTH,
        rests_on=AGREED,
        until=VisitStage.PLANNED,
        offer=offering(planning.Confirmation(confirmed=True)),
        example={"confirmed": True},
    ),
    Step(
        "appointment-links",
        link.MakeAppointmentLink,
        link.make,
        by=BOTH,
        rests_on=AGREED,
        until=VisitStage.CONFIRMED,
        reads=link.reads_of_link,
    ),
    ByLink(link.AnswerByLink, link.answer),
    Step(
        "reschedulings",
        planning.RescheduleVisit,
        planning.reschedule,
        by=BOTH,
        rests_on=AGREED,
        until=VisitStage.CONFIRMED,
        example=planning.RESCHEDULING_EXAMPLE,
    ),
    Step(
        "reassignments",
        planning.ReassignVisit,
        planning.reassign,
        by=CLERK,
        rests_on=AGREED,
        until=VisitStage.CONFIRMED,
        reads=planning.reads_of_reassigning,
        offer=offering(planning.Reassignment(WORDS)),
        example={"because": "原派人员生病 the technician is ill"},
    ),
    Step(
        "departures",
        departure.Depart,
        departure.depart,
        by=TECHNICIAN,
        rests_on=both(AGREED, last_of(facts.WorkOrderSigned)),
        until=VisitStage.CONFIRMED,
        reads=departure.reads_of_departure,
        example={"mode": "company_car", "checklist": ["tools", "safety-shoes"]},
    ),
    Step(
        "deviation-grants",
        departure.GrantDeviation,
        departure.grant,
        by=APPROVER,
        rests_on=last_of(visits.Departed),
        reads=departure.reads_of_judging,
        offer=departure.offered_grant,
    ),
    Step(
        "deviation-denials",
        departure.DenyDeviation,
        departure.deny,
        by=APPROVER,
        rests_on=last_of(visits.Departed),
        reads=departure.reads_of_judging,
        offer=departure.offered_denial,
        example={"because": "没有事先说明 nobody had said so before"},
    ),
    Step(
        "arrivals",
        journey.Arrive,
        journey.arrive,
        by=TECHNICIAN,
        rests_on=last_of(visits.Departed),
        until=VisitStage.DEPARTED,
        example={"place": "北门 north gate"},
    ),
    Step(
        "endings",
        journey.EndVisit,
        journey.end,
        by=BOTH,
        rests_on=last_of(visits.Departed, visits.Arrived),
        until=VisitStage.ARRIVED,
        example=journey.NO_ACCESS_EXAMPLE,
    ),
    Step(
        "cancellations",
        journey.CancelVisit,
        journey.cancel,
        by=CLERK,
        rests_on=last_of(visits.VisitPlanned, visits.Departed),
        since={"customer_told_at": last_of(visits.VisitPlanned)},
        until=VisitStage.DEPARTED,
        offer=offering(journey.CancelVisit(WORDS, LONG_AGO)),
        example={
            "because": "用户出差 the customer is away",
            "customer_told_at": "2026-11-23T09:30:00+08:00",
        },
    ),
)
decide = by_command(STEPS)
VIEWS: Sequence[View] = (schedule, cards_left)
