"""同时报销: two claims at one moment; on PostgreSQL in `tests/stack/test_same_second.py`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from services.dispatch.app import room
from services.dispatch.claim.claimed import TripTold
from services.dispatch.claim.submitting import SubmitClaim
from services.dispatch.visit.journey import CancelVisit
from services.dispatch.visit.planning import ConfirmAppointment
from services.dispatch.vouchers import stream_of
from services.dispatch.work_order.closing import CloseRepair
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm, content_of
from services.dispatch.work_order.taking import AssignTechnician, SignWorkOrder
from shared.command import CommandEnvelope, FollowingCommand
from shared.decider import Asked, Refused
from shared.events.dispatch import ApprovalNoted
from shared.events.travel_claims import ExpenseKind, ExpenseLine
from shared.events.values import Ending, Role, SignedHow
from shared.handle import Handler, handle
from shared.record.store import Store
from tests.at_once import at_once
from tests.dispatch.desk import PLAIN
from tests.dispatch.example import (
    AT,
    BRANCH,
    CHEN,
    CLERK,
    DAY,
    FORM_WITHOUT_PARTS,
    LIU,
    TICKET,
    TRAVEL,
    TRAVEL_AT,
    standing,
)
from tests.dispatch.job import DEPART, LATER, PLAN
from tests.memory_keys import memory_keys
from tests.memory_record import Memory

FAR, FAR_TICKET = "NB01", "BX-NB01-20261123-0001"
BOTH = replace(TRAVEL, travellers=(LIU, CHEN))
VOUCHER = "E3301-088"


@dataclass(frozen=True, slots=True)
class Journey:
    """A case for which somebody travelled in vain, and which is over: it may be claimed."""

    handler: Handler
    ticket: str
    branch: str

    def made(self) -> "Journey":
        """From the approval to the end, by Liu and Chen; each step as its command."""
        order, form = f"{self.ticket}-W1", replace(FORM_WITHOUT_PARTS, travel=BOTH)
        home, visit = f"work_order-{order}", f"visit-{self.ticket}-V1"
        here = replace(standing(), branches=(self.branch,))
        gone = "用户不修了"
        self._does(CLERK, home, NoteApproval(self._noted(order)))
        self._does(CLERK, home, OpenWorkOrder(form, SignedHow.SESSION, travel_on=DAY))
        self._does(CLERK, home, AssignTechnician(LIU, here))
        self._does(LIU, home, self._signing(order, form))
        self._does(LIU, visit, replace(PLAN, order=order))
        self._does(LIU, visit, ConfirmAppointment(confirmed=True))
        self._does(LIU, visit, DEPART, TRAVEL_AT)
        self._does(CLERK, visit, CancelVisit(gone, LATER), LATER)
        self._does(CLERK, home, CloseRepair(Ending.WITHDRAWN, gone, LATER), LATER)
        return self

    def claims(self, person: str, voucher: str) -> Sequence[str]:
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

    def _noted(self, order: str) -> ApprovalNoted:
        diagnosis = replace(PLAIN.diagnosis, parts_to_bring=(), no_parts=True, travel=BOTH)
        report = replace(PLAIN, diagnosis=diagnosis)
        return ApprovalNoted(order, self.ticket, self.branch, f"report-{self.ticket}", 7, report)

    def _signing(self, order: str, form: OrderForm) -> SignWorkOrder:
        here = replace(standing(), branches=(self.branch,))
        return SignWorkOrder(content_of(order, form), SignedHow.SESSION, standing=here)

    def _does(self, person: str, home: str, command: object, at: object = AT) -> None:
        asked = replace(self._envelope(person, command, home), id=uuid4())
        handle(self.handler, replace(asked, asked=replace(asked.asked, at=at)))

    def _envelope(self, person: str, command: object, home: str) -> CommandEnvelope:
        role = Role.CLERK if person == CLERK else Role.TECHNICIAN
        roles = frozenset({role.value})
        asked = Asked(home, person, roles, LATER, self.branch, self.ticket)
        return CommandEnvelope(uuid4(), command, asked)


def same_voucher(store: Store) -> None:
    """Of two branches, each with the same voucher: it counts for the claim that was first."""
    handler = Handler(store, room.papers, memory_keys())
    near = Journey(handler, TICKET, BRANCH).made()
    far = Journey(handler, FAR_TICKET, FAR).made()
    found = at_once(
        store, partial(near.claims, LIU, VOUCHER), partial(far.claims, CHEN, "e3301.088")
    )
    made = [each for each in found if each != ["voucher-twice"]]
    assert made in ([[f"claim-{TICKET}-L1"]], [[f"claim-{FAR_TICKET}-L1"]]), found
    book = stream_of(VOUCHER)
    assert len(store.read([book]).streams[book].facts) == 1


def same_order(store: Store) -> None:
    """Two who travelled for one order: each has a number, and nobody is sent away."""
    handler = Handler(store, room.papers, memory_keys())
    order = Journey(handler, TICKET, BRANCH).made()
    found = at_once(store, partial(order.claims, LIU, "L-1"), partial(order.claims, CHEN, "C-1"))
    assert sorted(found) == [[f"claim-{TICKET}-L1"], [f"claim-{TICKET}-L2"]]


def test_one_voucher_of_two_claims_of_two_branches_counts_once() -> None:
    same_voucher(Memory("dispatch"))


def test_two_travellers_of_one_order_have_a_number_each() -> None:
    same_order(Memory("dispatch"))
