"""回避 (kept apart): nobody decides what they asked for or what is about their own job.

Not for themselves, not as somebody's deputy, and no deputy decides it for them. Every step that an
approver takes in dispatch and inventory, and of a complaint, has a line here; or its row says why
nobody is kept apart (`nobody_apart`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given as drawn_from
from hypothesis import strategies as st

from guiyi.rooms import wiring
from services.dispatch import claim, visit, work_order
from services.dispatch.claim.correcting import TakeBackClaimApproval
from services.dispatch.claim.deciding import RejectClaim
from services.dispatch.visit.departure import DenyDeviation, GrantDeviation
from services.dispatch.vouchers import Voucher, streams_of_rate
from services.dispatch.work_order.fees import ApproveFees, RefuseFees
from services.dispatch.work_order.reaching import GrantUnreached
from services.dispatch.work_order.supplement import ApproveSupplement, RefuseSupplement
from services.dispatch.work_order.travel_change import RefuseTravelChange
from services.intake import complaint
from services.intake.complaint.ending import CloseComplaint
from services.inventory import issue_note, old_parts, own_use, purchase, replenishment, transfer
from services.inventory.issue_note.correction import (
    AskCorrection,
    CorrectReconciliation,
    RefuseCorrection,
)
from services.inventory.issue_note.handing_over import CountParts
from services.inventory.issue_note.requests import (
    ApproveLoss,
    AskLoss,
    AskWaiver,
    RefuseLoss,
    RefuseWaiver,
    WaiveOldPart,
)
from services.inventory.missent import ApproveSending, RefuseSending
from services.inventory.old_parts.losing import ApproveOldLoss, RefuseOldLoss
from services.inventory.own_use.asking import ApproveUse, RefuseUse
from services.inventory.purchase.asking import ApproveLocalPurchase, RefuseLocalPurchase
from services.inventory.replenishment.asking import ApproveLateness
from services.inventory.replenishment.losing import ApproveStockLoss, RefuseStockLoss
from services.inventory.transfer.asking import ApproveTransfer, RefuseTransfer
from services.inventory.transfer.losing import ApproveTransferLoss, RefuseTransferLoss
from shared import claims
from shared.decider import Asked, Reason, Refused
from shared.events.cards import PersonCard
from shared.events.complaints import CallEnding, ComplaintReassigned
from shared.events.consignments import TransitBearer
from shared.events.part_cases import Bearer
from shared.events.values import Role, TravelMode
from shared.events.visits import Departed
from shared.step import Step
from tests.dispatch.claim import example as claims_of
from tests.dispatch.claim import test_claim as claiming
from tests.dispatch.claim import test_claim_correcting as correcting
from tests.dispatch.example import CHEN, CLERK, LIU, OPENED
from tests.dispatch.job import CONFIRMED, DAY, DRAWN, PLANNED, RECORDED, TAKEN, asks
from tests.dispatch.visit.test_visit import EVERY_WAY, seeing
from tests.dispatch.work_order import test_work_order_cash as cash
from tests.dispatch.work_order import test_work_order_excess as excess
from tests.dispatch.work_order import test_work_order_fees as fees
from tests.dispatch.work_order import test_work_order_requests as requests
from tests.dispatch.work_order.test_work_order_closing import TestEntrusting as Entrusting
from tests.intake.complaint import example as complaints
from tests.intake.complaint import test_complaint_ends as ended
from tests.intake.example import BRANCH, HE, QIAN, WANG
from tests.inventory.example import CHEN as TAKER
from tests.inventory.example import KEEPER, RING, Store, drawn, signing
from tests.inventory.issue_note import test_changing_hands as hands
from tests.inventory.issue_note import test_exceptions as exceptions
from tests.inventory.old_parts import test_old_parts as olds
from tests.inventory.own_use import test_own_use as uses
from tests.inventory.purchase import test_purchase as purchases
from tests.inventory.purchase import test_returning as returns
from tests.inventory.replenishment import test_replenishment as refills
from tests.inventory.transfer import test_missent as missent_of
from tests.inventory.transfer import test_transfer as transfers
from tests.spec import given
from tests.tries import tries

APART = {
    *("own-goods", "own-lateness", "own-loss", "own-order", "own-request"),
    *("self-approval", "self-reconciliation"),
    *("complained-of", "owner-calls", "owner-closes", "owner-complained-of"),
}
"""Refusals that keep people apart."""
BOSS, BEARER, ALONG = "A-ZHAOLEI", "T-BEARER", "E-ALONG"
POOL = ("P-1", "P-2", "P-3", "P-4")


@dataclass(frozen=True)
class Pair:
    """A story that waits to be decided, and whoever may not decide it."""

    paper: Any
    past: tuple[Any, ...]
    command: Any
    asked: Asked
    apart: tuple[str, ...]
    never: tuple[str, ...] = ()
    """Of these nobody is the first one, whoever decides."""


def crewed(*past: Any) -> tuple[Any, ...]:
    """The same, where somebody travels along with the technician."""
    assert OPENED.travel is not None
    both = replace(OPENED, travel=replace(OPENED.travel, travellers=(LIU, CHEN)))
    return tuple(both if fact is OPENED else fact for fact in past)


def ordered(command: Any, *past: Any, asker: str = CLERK) -> Pair:
    """A request of the order, by somebody."""
    own = replace(past[-1], by=asker)
    asked = asks(BOSS, visits=())
    return Pair(work_order, crewed(*past[:-1], own), command, asked, (LIU, CHEN, asker))


def entrusted() -> Pair:
    past = crewed(*Entrusting.PAST)
    return Pair(
        work_order, past, Entrusting.ENTRUST, asks(BOSS), (LIU, CHEN, CLERK), (CLERK, LIU, CHEN)
    )


def unreached(command: Any) -> Pair:
    return Pair(work_order, crewed(*DRAWN, RECORDED), command, asks(BOSS), (LIU, CHEN))


def used_beyond(command: Any) -> Pair:
    """Fewer are approved than were used; nobody asks, it is to be seen from the record."""
    return Pair(work_order, crewed(*excess.USED), command, asks(BOSS, visits=()), (LIU, CHEN))


def deviated(command: Any) -> Pair:
    departed = Departed(TravelMode.COMPANY_CAR, (), EVERY_WAY)
    asked = seeing(*crewed(*DRAWN), by=BOSS)
    return Pair(visit, (PLANNED, CONFIRMED, departed), command, asked, (LIU, CHEN))


def noted(store: Store, command: Any, *apart: str) -> Pair:
    """A request on an issue note, of which somebody travels along with the recipient."""
    asked = store.asked(BOSS, Role.APPROVER)
    released, *since = store.facts
    crewed = replace(released, travellers=(LIU, ALONG))
    return Pair(issue_note, (crewed, *since), command, asked, (*apart, ALONG))


def lost(command: Any) -> Pair:
    loss = replace(exceptions.LOSS, borne_by=Bearer.PERSON, person=KEEPER)
    return noted(drawn().do(AskLoss(loss), person=CHEN), command, CHEN, KEEPER, LIU)


def refused_loss(command: Any) -> Pair:
    return noted(drawn().do(AskLoss(exceptions.LOSS), person=CHEN), command, CHEN, LIU)


def waived(command: Any) -> Pair:
    return noted(drawn().do(AskWaiver(exceptions.WAIVER), person=CHEN), command, CHEN, LIU)


def corrected(command: Any) -> Pair:
    store = hands.settled()
    store.do(signing(9, hands.AGAIN, ring=2, pump=1))
    ask = AskCorrection(RING, "清点发现", hands.TWO)
    return noted(store.do(ask, person=CHEN), command, CHEN, LIU)


def handed_over() -> Pair:
    """Two have counted; the approver signs in the place of the giver."""
    store = drawn()
    none = CountParts(hands.ALL)
    store.do(none, person=CLERK).do(none, person=KEEPER)
    return noted(store, hands.handing(store, giver=None), LIU, TAKER)


def bought(command: Any) -> Pair:
    asked = replace(purchases.on(BOSS, Role.APPROVER), home=purchases.HOME)
    return Pair(purchase, (purchases.ASKED,), command, asked, (KEEPER,))


def transferred(command: Any, *past: Any, apart: tuple[str, ...] = (KEEPER,)) -> Pair:
    return Pair(transfer, past, command, transfers.on(BOSS, Role.APPROVER), apart)


def lost_in_transit(command: Any, *apart: str) -> Pair:
    loss = replace(transfers.LOSS, borne_by=TransitBearer.PERSON, person=BEARER)
    asked = replace(transfers.LOSS_ASKED, loss=loss)
    return transferred(command, *transfers.LACKING, asked, apart=(KEEPER, *apart))


def missent_in(command: Any) -> Pair:
    """Somebody sent the parcel, and another of that store says that it was packed wrongly."""
    wants = replace(missent_of.asked(missent_of.OTHER, *transfers.ON_THE_WAY), asked_by=KEEPER)
    sent = replace(transfers.SENT, sent_by=CLERK)
    past = (transfers.ASKED, transfers.APPROVED, sent, wants)
    asked = missent_of.on(BOSS, Role.APPROVER)
    return Pair(transfer, past, command, asked, (KEEPER, CLERK))


def used(command: Any) -> Pair:
    return Pair(own_use, (uses.ASKED,), command, uses.on(BOSS, Role.APPROVER), (KEEPER,))


def refilled(command: Any, *past: Any, apart: tuple[str, ...] = (KEEPER,)) -> Pair:
    return Pair(replenishment, past, command, refills.on(BOSS, Role.APPROVER), apart)


def lost_by_base(command: Any, *apart: str) -> Pair:
    loss = replace(refills.LOSS, borne_by=TransitBearer.PERSON, person=BEARER)
    asked = replace(refills.LOSS_ASKED, loss=loss)
    return refilled(command, *refills.LACKING, asked, apart=(KEEPER, *apart))


def lost_old(command: Any, *apart: str) -> Pair:
    loss = replace(olds.LOSS, borne_by=TransitBearer.PERSON, person=BEARER)
    past = (*olds.LACKING, replace(olds.LOSS_ASKED, loss=loss, asked_by=CLERK))
    return Pair(old_parts, past, command, olds.on(BOSS, Role.APPROVER), (CLERK, *apart))


def claimed(command: Any) -> Pair:
    """Who claims it is not who has reviewed it, and neither of them decides."""
    past = (claims_of.SUBMITTED, claims_of.REVIEWED)
    asked = claims_of.on(BOSS, rates=_rates())
    return Pair(claim, past, command, asked, (LIU, claims_of.MONEY))


def _rates() -> Mapping[str, Voucher]:
    """Of nobody's day anything is gone, whoever claims."""
    rows = (each.rule for each in claims_of.RULES)
    named = (streams_of_rate(who, row, "", DAY) for row in rows for who in (LIU, *POOL))
    return {stream: Voucher() for streams in named for stream in streams}


def complained(command: Any, *past: Any, apart: tuple[str, ...] = (), **more: Any) -> Pair:
    """A complaint about somebody; anybody of the pool may own it, and nobody acts for another."""
    card = PersonCard("P-0", "某人", (Role.APPROVER,), (BRANCH,))
    reads = {f"person-{each}": card for each in POOL}
    people = (*POOL, BOSS, "A-AWAY", LIU)
    asked = complaints.by(BOSS, read={**reads, **dict.fromkeys(f"delegation-{p}" for p in people)})
    return Pair(complaint, past, command, asked, (WANG, *apart), **more)


RECEIVED, RESOLVED = (complaints.RECEIVED,), complaints.TO_RESOLVED
TO_QIAN = ComplaintReassigned(
    "service", QIAN, (), (), nobody_above=False, complained_of=LIU, because="调班", by=CLERK
)
"""Somebody else is named then too."""
TO_CALL, HANDED_ON = (*RESOLVED, TO_QIAN), (*complaints.TO_CONFIRMED, TO_QIAN)
TRAVEL = (*TAKEN, requests.ASKED)
PARTS = (*DRAWN, requests.PARTS_ASKED)
MONEY = (*DRAWN, fees.ASKED)
PAIRS: Mapping[str, Pair] = {
    "ApproveTravelChange": ordered(requests.GRANT, *TRAVEL),
    "RefuseTravelChange": ordered(RefuseTravelChange("等一天"), *TRAVEL),
    "ApproveSupplement": ordered(ApproveSupplement(requests.LINES), *PARTS),
    "RefuseSupplement": ordered(RefuseSupplement("等一天"), *PARTS),
    "GrantExcess": used_beyond(excess.GRANT),
    "DenyExcess": used_beyond(excess.DENY),
    "ApproveFees": ordered(ApproveFees((fees.TEST,)), *MONEY),
    "RefuseFees": ordered(RefuseFees("等一天"), *MONEY),
    "WaiveSignature": ordered(requests.WAIVE, *DRAWN, RECORDED, requests.WOULD_NOT),
    "EntrustHandIn": entrusted(),
    "SettleCash": Pair(
        work_order, cash.CHARGING, replace(cash.SETTLE, finance=()), cash.AS_BOSS, (LIU,)
    ),
    "GrantUnreached": unreached(GrantUnreached("已搬走", days_needed=0)),
    "GrantDeviation": deviated(GrantDeviation()),
    "DenyDeviation": deviated(DenyDeviation("没说过")),
    "ApproveClaim": claimed(claiming.APPROVE),
    "RejectClaim": claimed(RejectClaim("不是本次差旅")),
    "TakeBackClaimApproval": replace(
        claimed(TakeBackClaimApproval("核错了")),
        past=(claims_of.SUBMITTED, claims_of.REVIEWED, claims_of.APPROVED),
        apart=(LIU,),
    ),
    "CorrectClaim": replace(
        claimed(correcting.CORRECT),
        past=(
            *(claims_of.SUBMITTED, claims_of.REVIEWED),
            *(replace(claims_of.APPROVED, approved_by=CLERK), correcting.PAID),
        ),
        asked=claims_of.on(BOSS, used={correcting.RECEIPT: ""}, rates=_rates()),
        apart=(LIU, claims_of.MONEY, CLERK),
    ),
    "ApproveLoss": lost(ApproveLoss(exceptions.S1)),
    "RefuseLoss": refused_loss(RefuseLoss(exceptions.S1, "再找")),
    "WaiveOldPart": waived(WaiveOldPart(exceptions.M1)),
    "RefuseWaiver": waived(RefuseWaiver(exceptions.M1, "要回来")),
    "CorrectReconciliation": corrected(CorrectReconciliation(hands.G1)),
    "RefuseCorrection": corrected(RefuseCorrection(hands.G1, "无误")),
    "HandOverParts": handed_over(),
    "ApproveLocalPurchase": bought(ApproveLocalPurchase(purchases.APPROVED.fen, purchases.WHY)),
    "ReturnGoods": Pair(purchase, returns.ALL_HERE, returns.BACK, returns.on(BOSS), (KEEPER,)),
    "ApproveUse": used(ApproveUse()),
    "RefuseUse": used(RefuseUse("请用旧件")),
    "RefuseLocalPurchase": bought(RefuseLocalPurchase("基地有货")),
    "ApproveStockLoss": lost_by_base(ApproveStockLoss(refills.S1), BEARER),
    "RefuseStockLoss": lost_by_base(RefuseStockLoss(refills.S1, "再查")),
    "ApproveLateness": refilled(
        ApproveLateness("供应商停产"),
        refills.ASKED,
        replace(refills.CHECKED, checked_by=CLERK),
        refills.LATE,
        apart=(CLERK,),
    ),
    "ApproveOldLoss": lost_old(ApproveOldLoss(olds.S1), BEARER),
    "RefuseOldLoss": lost_old(RefuseOldLoss(olds.S1, "再查")),
    "ApproveTransfer": transferred(ApproveTransfer(), transfers.ASKED),
    "RefuseTransfer": transferred(RefuseTransfer("本库也缺"), transfers.ASKED),
    "ApproveTransferLoss": lost_in_transit(ApproveTransferLoss(transfers.S1), BEARER),
    "ApproveSending": missent_in(ApproveSending(missent_of.G1)),
    "RefuseSending": missent_in(RefuseSending(missent_of.G1, "监控可见")),
    "RefuseTransferLoss": lost_in_transit(RefuseTransferLoss(transfers.S1, "再查")),
    "AssignComplaint": complained(complaints.ASSIGN, *RECEIVED, never=(HE, WANG)),
    "ReclassifyComplaint": complained(complaints.RECLASSIFY, *complaints.TO_ASSIGNED),
    "ReassignComplaint": complained(
        replace(complaints.REASSIGN, owner=QIAN, department="quality"),
        *complaints.TO_ASSIGNED,
        never=(QIAN, WANG),
    ),
    "TryComplaintCall": complained(ended.TRY, *TO_CALL, apart=(HE, QIAN, LIU)),
    "ConfirmComplaint": complained(complaints.CONFIRM, *TO_CALL, apart=(HE, QIAN, LIU)),
    "ReopenComplaint": complained(complaints.REOPEN, *TO_CALL, apart=(HE, QIAN, LIU)),
    "EndComplaintCall": complained(
        replace(ended.GIVE_UP, stage=CallEnding.DECLINED), *TO_CALL, apart=(HE, QIAN, LIU)
    ),
    "CloseComplaint": complained(CloseComplaint(), *HANDED_ON, apart=(HE, QIAN, LIU)),
    "EndComplaint": complained(ended.WITHDRAW, *RESOLVED, apart=(HE,)),
}
TAKEN_IN = Pair(
    purchase,
    (purchases.ORDERED,),
    purchases.RECEIVE,
    replace(purchases.on(BOSS), home=purchases.HOME),
    (purchases.BASE,),
)
"""到货: what base ordered without an approver; no approver's step, and kept apart as they are."""
TWO_SIDES = {**PAIRS, "ReceiveGoods": TAKEN_IN}
STORY = sorted(
    {
        BOSS,
        BEARER,
        ALONG,
        LIU,
        CHEN,
        CLERK,
        KEEPER,
        TAKER,
        purchases.BASE,
        claims_of.MONEY,
        HE,
        QIAN,
        WANG,
    }
)


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same story of other people; several of them may be one."""
    match value:
        case str() if type(value) is str:
            return names.get(value, value)
        case tuple():
            return tuple(renamed(each, names) for each in value)
        case dict():
            return {names.get(k, k): renamed(each, names) for k, each in value.items()}
        case _ if is_dataclass(value) and not isinstance(value, type):
            found = {f.name: renamed(getattr(value, f.name), names) for f in fields(value)}
            return type(value)(**found)
        case _:
            return value


def reasons(
    pair: Pair, names: Mapping[str, str], actor: str, person: str | None
) -> Sequence[Reason]:
    """Why somebody, or their deputy, is refused; nothing if they are not."""
    past, command = renamed(pair.past, names), renamed(pair.command, names)
    asked = replace(pair.asked, actor=actor, acting_for=person)
    asked = replace(asked, reads={k: renamed(v, names) for k, v in asked.reads.items()})
    asked = replace(asked, roles=frozenset({Role.APPROVER}))
    state = given(pair.paper, *past).state
    try:
        claims.decided(pair.paper.decide, command, state, asked)
    except Refused as refused:
        return refused.reasons
    return ()


def test_every_step_that_an_approver_takes_keeps_somebody_apart_or_says_why_not() -> None:
    papers = [p for room in map(wiring, ("dispatch", "inventory")) for p in room.papers.values()]
    rows = [step for paper in (*papers, complaint) for step in paper.STEPS]
    steps = [each for each in rows if isinstance(each, Step)]
    deciding = [each for each in steps if {Role.APPROVER, Role.GENERAL_MANAGER} & set(each.by)]
    apart = {each.command.__name__ for each in deciding if not each.nobody_apart}
    assert apart == PAIRS.keys()
    assert all(each in deciding for each in steps if each.nobody_apart)


@pytest.mark.parametrize("name", TWO_SIDES)
def test_somebody_else_decides(name: str) -> None:
    assert not reasons(TWO_SIDES[name], {}, BOSS, None)
    assert not reasons(TWO_SIDES[name], {}, BOSS, "A-AWAY")


@pytest.mark.parametrize("name", TWO_SIDES)
@tries(150)
@drawn_from(
    st.fixed_dictionaries({name: st.sampled_from(POOL) for name in STORY}),
    st.sampled_from(POOL),
    st.none() | st.sampled_from(POOL),
)
def test_nobody_stands_on_both_sides(
    name: str, names: Mapping[str, str], actor: str, person: str | None
) -> None:
    pair = TWO_SIDES[name]
    one, *others = [names[each] for each in pair.never] or [""]
    apart = {names[each] for each in pair.apart} & {actor, person} | {one} & set(others)
    found = reasons(pair, names, actor, person)
    people = [each.numbers for each in found if each.code in APART]
    told = {numbers.get("person", numbers.get("owner")) for numbers in people}
    assert (bool(found), told) == (True, apart) if apart else not told, (found, apart)
