"""上门 (visit): planned, agreed, set out on, made, and ended with an outcome; never edited.

Several visits may be made for one order. The order and the other visits of the ticket are read
beside it. No fact of a visit is a milestone: other rooms hear of it by its order.
"""

from services.dispatch.visit.journey import (
    NO_ACCESS_EXAMPLE,
    Arrive,
    CancelVisit,
    Depart,
    EndVisit,
    arrive,
    cancel,
    depart,
    end,
    offered_cancellation,
    offered_departure,
    offered_end,
    reads_of_departure,
)
from services.dispatch.visit.planning import (
    PLAN_EXAMPLE,
    RESCHEDULING_EXAMPLE,
    ConfirmAppointment,
    PlanVisit,
    RescheduleVisit,
    confirm,
    offered_appointment,
    plan,
    reads_of_planning,
    reschedule,
)
from services.dispatch.visit.state import Visit, evolve, initial, shown
from shared.events.order_sheet import VisitStage
from shared.events.values import Role
from shared.step import Address, PaperType, PathField, Step, by_command, ticket_of

__all__ = ["PAPER", "STEPS", "Visit", "decide", "evolve", "initial"]

NUMBER = PathField(
    described="上门号 BX-…-V1",
    pattern=r"^BX-[A-Z0-9]{2,8}-[0-9]{8}-[0-9]{4,6}-V[1-9][0-9]?$",
)
PAPER: PaperType[Visit] = PaperType(
    prefix="visit",
    address=Address("/visits/{number}", (NUMBER,)),
    ticket_of=ticket_of,
    shown=shown,
)
CLERK, TECHNICIAN = {Role.CLERK}, {Role.TECHNICIAN}
BOTH = {Role.CLERK, Role.TECHNICIAN}

STEPS = (
    Step(
        "plans",
        PlanVisit,
        plan,
        by=BOTH,
        begins=True,
        reads=reads_of_planning,
        example=PLAN_EXAMPLE,
    ),
    Step(
        "appointments",
        ConfirmAppointment,
        confirm,
        by=BOTH,
        until=VisitStage.PLANNED,
        offer=offered_appointment,
        example={"confirmed": True},
    ),
    Step(
        "reschedulings",
        RescheduleVisit,
        reschedule,
        by=BOTH,
        until=VisitStage.CONFIRMED,
        example=RESCHEDULING_EXAMPLE,
    ),
    Step(
        "departures",
        Depart,
        depart,
        by=TECHNICIAN,
        until=VisitStage.CONFIRMED,
        reads=reads_of_departure,
        offer=offered_departure,
        example={"mode": "company_car", "checklist": ["tools", "safety-shoes"]},
    ),
    Step(
        "arrivals",
        Arrive,
        arrive,
        by=TECHNICIAN,
        until=VisitStage.DEPARTED,
        example={"place": "北门 north gate"},
    ),
    Step(
        "endings",
        EndVisit,
        end,
        by=TECHNICIAN,
        until=VisitStage.ARRIVED,
        offer=offered_end,
        example=NO_ACCESS_EXAMPLE,
    ),
    Step(
        "cancellations",
        CancelVisit,
        cancel,
        by=CLERK,
        until=VisitStage.DEPARTED,
        offer=offered_cancellation,
        example={
            "because": "用户出差 the customer is away",
            "customer_told_at": "2026-11-23T09:30:00+08:00",
        },
    ),
)
decide = by_command(STEPS)
