"""回避 (kept apart), the other way round: whoever granted something of a job is not sent on it.

Not in person, and not if their deputy did so. Each fact that an approver grants is tried against
each step that sends somebody.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from services.dispatch import work_order
from services.dispatch.work_order.base_help import SendBaseTechnician
from services.dispatch.work_order.checks import GRANTED
from services.dispatch.work_order.opening import OpenWorkOrder
from services.dispatch.work_order.taking import AssignTechnician
from services.intake import complaint
from services.inventory import issue_note
from services.inventory.issue_note import handing_over
from shared import claims
from shared.decider import Asked, Fact, Happened
from shared.events.consignments import SendingCorrected, TransitLossApproved
from shared.events.dispatch import BaseHelpAsked
from shared.events.issue_notes import PartsHandedOver
from shared.events.old_parts import OldLossApproved
from shared.events.order_sheet import HelpGround
from shared.events.own_use import UseApproved
from shared.events.purchases import GoodsReturned, LocalPurchaseApproved
from shared.events.replenishments import LatenessApproved, StockLossApproved
from shared.events.transfers import TransferApproved
from shared.events.travel_claims import ClaimApprovalTakenBack, ClaimApproved, ClaimCorrected
from shared.events.values import SignedHow
from tests.dispatch.example import (
    ASSIGNED,
    AT,
    CLERK,
    DAY,
    FORM,
    LIU,
    NOTED,
    OPENED,
    REPORT,
    SIGN,
    TRAVEL,
    by,
    standing,
)
from tests.dispatch.work_order import test_work_order_cash as cash
from tests.house.test_kept_apart import BOSS, PAIRS
from tests.inventory.example import CHEN as TAKER
from tests.inventory.example import drawn
from tests.inventory.issue_note.test_changing_hands import handing
from tests.spec import given

SENDS_NOBODY = {
    LocalPurchaseApproved: "what a branch buys is on nobody's order",
    TransferApproved: "what goes to another store is on nobody's order",
    GoodsReturned: "what goes back to the supplier is on nobody's order",
    SendingCorrected: "what was in a parcel between stores is on nobody's order",
    StockLossApproved: "what is lost on the way from base is on nobody's order",
    LatenessApproved: "that base is late is on nobody's order",
    TransitLossApproved: "what is lost between stores is on nobody's order",
    OldLossApproved: "an old part that is lost is on nobody's order",
    ClaimApproved: "a journey that was made is paid; nobody is sent for it",
    ClaimApprovalTakenBack: "a journey that was made is not paid as it is; nobody is sent for it",
    ClaimCorrected: "what was paid for a journey is put right; nobody is sent for it",
    type(cash.RECEIVED): "money that was taken is received; nobody is sent for it",
    UseApproved: "what a store uses itself is on nobody's order",
}
TOGETHER = replace(TRAVEL, travellers=(LIU, BOSS))
ALONG = replace(
    NOTED, approved=replace(REPORT, diagnosis=replace(REPORT.diagnosis, travel=TOGETHER))
)
HELP = BaseHelpAsked(CLERK, HelpGround.CAPACITY, "无人")


@dataclass(frozen=True)
class Sending:
    """A step that sends the approver, which nothing stands against."""

    paper: Any
    past: tuple[Fact, ...]
    command: Any
    asked: Asked


SENDINGS: Mapping[str, Sending] = {
    "assigned": Sending(
        work_order, (NOTED, OPENED), AssignTechnician(BOSS, standing(BOSS)), by(CLERK)
    ),
    "takes it": Sending(
        work_order,
        (NOTED, OPENED, replace(ASSIGNED, technician=BOSS)),
        replace(SIGN, standing=standing(BOSS)),
        by(BOSS),
    ),
    "taken along": Sending(
        work_order,
        (ALONG,),
        OpenWorkOrder(replace(FORM, travel=TOGETHER), SignedHow.SESSION, travel_on=DAY),
        by(CLERK),
    ),
    "sent by base": Sending(
        work_order,
        (NOTED, OPENED, HELP),
        SendBaseTechnician(BOSS, "无人", standing(BOSS)),
        by("B-BASE"),
    ),
}
STORE = drawn()


def granted(name: str) -> Fact:
    """What the approver makes true by one of their steps."""
    pair = PAIRS[name]
    state = given(pair.paper, *pair.past).state
    (_, fact), *_ = claims.decided(pair.paper.decide, pair.command, state, pair.asked)
    return fact


NOTHING_GRANTED = ("Refuse", "Deny", "Reject")
OF_JOBS = [name for name, pair in PAIRS.items() if pair.paper is not complaint]
"""Nothing that is decided of a complaint lets anybody have anything of a job."""
FACTS = {
    type(fact): fact
    for fact in (granted(name) for name in OF_JOBS if not name.startswith(NOTHING_GRANTED))
}


def having(asked: Asked, fact: Fact, actor: str, person: str | None) -> Asked:
    """The same, where somebody has said so before, perhaps in the place of another."""
    return replace(asked, happened={"before": [Happened(fact, AT, AT, actor, person)]})


def test_everything_that_an_approver_grants_is_known_where_somebody_is_sent() -> None:
    known = {*GRANTED, *handing_over.GRANTED, PartsHandedOver, *SENDS_NOBODY}
    assert FACTS.keys() == known


@pytest.mark.parametrize("name", SENDINGS)
@pytest.mark.parametrize("fact", GRANTED)
def test_who_granted_something_of_an_order_is_not_sent_on_it(name: str, fact: type) -> None:
    send = SENDINGS[name]
    story = given(send.paper, *send.past)
    for actor, person in ((BOSS, None), ("A-DEPUTY", BOSS), (BOSS, "A-AWAY")):
        asked = having(send.asked, FACTS[fact], actor, person)
        story.when(send.command, asked).refused_with("granter-goes", person=BOSS)
    others = having(send.asked, FACTS[fact], "A-DEPUTY", "A-AWAY")
    assert claims.decided(send.paper.decide, send.command, story.state, others)


@pytest.mark.parametrize("fact", [*handing_over.GRANTED, PartsHandedOver])
def test_who_granted_something_of_a_note_takes_none_of_its_parts(fact: type) -> None:
    story = given(issue_note, *STORE.facts)
    for actor, person in ((TAKER, None), ("A-DEPUTY", TAKER)):
        asked = having(STORE.asked(CLERK), FACTS[fact], actor, person)
        story.when(handing(STORE), asked).refused_with("granter-takes", person=TAKER)
    others = having(STORE.asked(CLERK), FACTS[fact], "A-DEPUTY", "A-AWAY")
    assert claims.decided(issue_note.decide, handing(STORE), story.state, others)
