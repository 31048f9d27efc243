"""差旅 (journeys) that may be claimed, each step as its command, on whichever record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

from services.dispatch.claim.claimed import TripTold
from services.dispatch.claim.submitting import SubmitClaim
from services.dispatch.visit.journey import Arrive, CancelVisit
from services.dispatch.visit.planning import ConfirmAppointment
from services.dispatch.work_order.closing import CloseRepair, HandInTask
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, content_of
from services.dispatch.work_order.taking import AssignTechnician, SignWorkOrder
from services.dispatch.work_order.work import RecordWork, work_content_of
from shared.command import CommandEnvelope, FollowingCommand
from shared.decider import Asked, Refused
from shared.events.dispatch import ApprovalNoted
from shared.events.travel_claims import ExpenseKind, ExpenseLine
from shared.events.values import Ending, Role, SignedHow
from shared.handle import Handler, handle
from tests.dispatch.desk import PLAIN
from tests.dispatch.example import (
    AT,
    CHEN,
    CLERK,
    DAY,
    FORM_WITHOUT_PARTS,
    LIU,
    TRAVEL,
    TRAVEL_AT,
    standing,
)
from tests.dispatch.job import CUSTOMER_SIGNS, DEPART, END, LATER, PLAN, WORK

BOTH = replace(TRAVEL, travellers=(LIU, CHEN))


@dataclass(frozen=True, slots=True)
class Journey:
    """A case for which somebody travelled, and which is over or brought home."""

    handler: Handler
    ticket: str
    branch: str

    def made(self) -> "Journey":
        """From the approval to the end, by Liu and Chen; each step as its command."""
        home, visit = f"work_order-{self.ticket}-W1", f"visit-{self.ticket}-V1"
        gone = "用户不修了"
        self._there()
        self._does(CLERK, visit, CancelVisit(gone, LATER), LATER)
        self._does(CLERK, home, CloseRepair(Ending.WITHDRAWN, gone, LATER), LATER)
        return self

    def brought(self, claim_by: datetime) -> "Journey":
        """From the approval to the hand-in, by Liu; by then the journey should be claimed."""
        home, visit = f"work_order-{self.ticket}-W1", f"visit-{self.ticket}-V1"
        content = self._there()
        work = replace(WORK, parts_used=(), no_parts_used=True)
        done = work_content_of(f"{self.ticket}-W1", content, work)
        self._does(LIU, visit, Arrive(), WORK.arrived_at or LATER)
        self._does(LIU, home, RecordWork(work), LATER)
        self._does(LIU, visit, END, LATER)
        self._does(LIU, home, replace(CUSTOMER_SIGNS, content=done, signer="王小明"), LATER)
        self._does(LIU, home, HandInTask(claim_by, claim_by + timedelta(days=7)), LATER)
        return self

    def claims(self, person: str, voucher: str) -> list[str]:
        """The claim of a ticket for the train: its number, or why it is refused."""
        visit = f"{self.ticket}-V1"
        trip = TripTold(visit, "杭州", "绍兴", LATER)
        line = ExpenseLine(visit, ExpenseKind.FARE, DAY, 4_600, voucher)
        command = SubmitClaim((trip,), (line,), f"{self.ticket}-W1", "Asia/Shanghai")
        make: Callable[[str], CommandEnvelope] = partial(self._envelope, person, command)
        try:
            answer = handle(self.handler, FollowingCommand(uuid4(), f"claim-{self.ticket}-L", make))
        except Refused as refused:
            return refused.codes
        return [answer.home]

    def _there(self) -> str:
        """From the approval to the departure; the content of the order."""
        order, form = f"{self.ticket}-W1", replace(FORM_WITHOUT_PARTS, travel=BOTH)
        home, visit = f"work_order-{order}", f"visit-{self.ticket}-V1"
        here = replace(standing(), branches=(self.branch,))
        content = content_of(order, form)
        self._does(CLERK, home, NoteApproval(self._noted(order)))
        self._does(CLERK, home, OpenWorkOrder(form, SignedHow.SESSION, travel_on=DAY))
        self._does(CLERK, home, AssignTechnician(LIU, here))
        self._does(LIU, home, SignWorkOrder(content, SignedHow.SESSION, standing=here))
        self._does(LIU, visit, replace(PLAN, order=order))
        self._does(LIU, visit, ConfirmAppointment(confirmed=True))
        self._does(LIU, visit, DEPART, TRAVEL_AT)
        return content

    def _noted(self, order: str) -> ApprovalNoted:
        diagnosis = replace(PLAIN.diagnosis, parts_to_bring=(), no_parts=True, travel=BOTH)
        report = replace(PLAIN, diagnosis=diagnosis)
        return ApprovalNoted(order, self.ticket, self.branch, f"report-{self.ticket}", 7, report)

    def _does(self, person: str, home: str, command: object, at: datetime = AT) -> None:
        asked = replace(self._envelope(person, command, home), id=uuid4())
        handle(self.handler, replace(asked, asked=replace(asked.asked, at=at)))

    def _envelope(self, person: str, command: object, home: str) -> CommandEnvelope:
        role = Role.CLERK if person == CLERK else Role.TECHNICIAN
        roles = frozenset({role.value})
        asked = Asked(home, person, roles, LATER, self.branch, self.ticket)
        return CommandEnvelope(uuid4(), command, asked)
