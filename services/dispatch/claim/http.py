"""差旅报销的接口 (HTTP of travel claims): numbers, what policy says, and the lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter

from services.dispatch import rules
from services.dispatch.claim import NUMBER, PAPER, board
from services.dispatch.claim.claimed import Expenses
from services.dispatch.claim.correcting import Correct, CorrectClaim, offered_correction
from services.dispatch.claim.deciding import ApproveClaim, Decide, marked_visits, offered_approval
from services.dispatch.claim.reviewing import LineRule, Review, ReviewClaim, offered_review
from services.dispatch.claim.state import Claim
from services.dispatch.claim.submitting import (
    NewClaim,
    ResubmitClaim,
    SubmitClaim,
    offered_resubmitting,
)
from services.dispatch.reading import READING
from services.dispatch.views import claims_due
from services.dispatch.visit import PAPER as VISIT
from services.dispatch.visit.state import Visit
from services.dispatch.work_order import PAPER as WORK_ORDER
from shared.decider import number_of
from shared.events.cards import Delegated
from shared.events.values import covers
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.form import Form, FormRequest, Forms, Made, NextOfTicket
from shared.http.problem import unknown
from shared.http.query import Shown
from shared.http.steps import in_path
from shared.policy import Core, time_zone
from shared.step import ticket_of

ClaimNumber = Annotated[str, in_path(NUMBER)]
MOST = 99
"""How many claims a ticket may have: their numbers have two digits."""


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """差旅报销单: as it stands, and which of its lines wait for a word of the approver."""

    number: str
    claim: Claim
    marked: tuple[int, ...]
    """偏差待认定: lines of a journey that was left otherwise than approved, not agreed to yet."""


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show claims."""
    api.listing(
        router,
        "/claims",
        board,
        reads=READING["claim"],
        said="报销一览: travel claims by claimant, stage, branch, ticket or order.",
        named="list_claims",
        filters=("claimant", "stage", "branch", "ticket", "order"),
        newest_first=True,
    )

    api.listing(
        router,
        "/claims-due",
        claims_due,
        reads=READING["claims_due"],
        said="待报销: orders that were handed in, and who travelled for them and has not claimed.",
        named="list_claims_due",
        filters=("branch", "ticket", "order", "urged"),
    )

    @api.query(router, "/claims/{number}", reads=READING["claim"], shows=ClaimShown)
    def show_claim(number: ClaimNumber) -> Shown:
        """差旅报销单: one claim, what finance and the approver said of it, and what is marked."""
        seen = api.existing(PAPER.stream_of(number))
        claim: Claim = seen.state
        named = sorted({VISIT.stream_of(line.visit) for line in claim.lines.values()})
        read = api.registers.states(named)
        visits = [(number_of(stream), seen_of.state) for stream, seen_of in read.items()]
        shown, own = _shown(number, claim, visits), PAPER.open_to(claim)
        return Shown(shown, number, seen.branch, seen.version, of=claim, open_to=own)


def _shown(number: str, claim: Claim, visits: list[tuple[str, Visit]]) -> ClaimShown:
    marked = marked_visits(visits)
    return ClaimShown(
        number, claim, tuple(n for n, line in claim.lines.items() if line.visit in marked)
    )


def _submitting(request: FormRequest, body: NewClaim) -> NextOfTicket:
    order = request.registers.stream(WORK_ORDER.stream_of(body.order))
    crew = order.state.crew
    near = request.context.within(order.branch) or request.actor in crew
    if not order.version or order.state.noted is None or not near:
        raise unknown(body.order)
    series = PAPER.stream_of(f"{ticket_of(body.order)}-L")
    command = filled(SubmitClaim, body, time_zone=_zone(request, order.branch))
    return NextOfTicket(series, Made(command, branch=order.branch, open_to=crew), "claims", MOST)


def _resubmitting(request: FormRequest, body: Expenses) -> ResubmitClaim:
    return filled(ResubmitClaim, body, time_zone=_zone(request, request.branch))


def _zone(request: FormRequest, branch: str) -> str:
    return time_zone(request.policy(branch), request.registers.branch(branch))


def _review(request: FormRequest, body: Review) -> Made:
    policy = request.policy()
    command = filled(
        ReviewClaim,
        body,
        rules=_held(policy, request.state),
        policy=policy.label,
        needed=rules.claim_asked(policy, sum(each.allowed_fen for each in body.lines)),
        stand_ins=_stand_ins(request),
    )
    return Made(command, policy=policy.label)


def _stand_ins(request: FormRequest) -> tuple[str, ...]:
    """代行: who acts for whoever claims at the branch today, and of who asks, for whom they act."""
    branch, claimant = request.branch, request.state.claimant
    on, asking = request.today(branch), (request.actor, request.context.acting_for)
    for_them = (e.deputy for e in request.registers.delegated(claimant) if _is_now(e, branch, on))
    for_others = (
        person
        for person in asking
        if person
        for each in request.registers.delegated(person)
        if each.deputy == claimant and _is_now(each, branch, on)
    )
    return tuple(sorted({*for_them, *for_others}))


def _is_now(given: Delegated, branch: str, on: date) -> bool:
    return given.branch == branch and given.from_on <= on <= given.until_on


def _holders(request: FormRequest, needed: Sequence[str]) -> tuple[str, ...]:
    """Who has one of these roles at the branch, by the cards that came."""
    cards = [each.card for each in request.registers.documents("person").values()]
    here = (e for e in cards if e.active and covers(e.branches, request.branch))
    return tuple(sorted(each.id for each in here if {*each.roles} & {*needed}))


def _held(policy: Core, claim: Claim) -> tuple[LineRule, ...]:
    """Which row of the table each line is held to."""
    trips = claim.submitted.trips if claim.submitted else ()
    modes = {trip.visit: trip.mode_used for trip in trips}
    return tuple(
        LineRule(number, *rules.rate(policy, line.kind, modes.get(line.visit)))
        for number, line in claim.lines.items()
    )


def _approval(request: FormRequest, body: Decide) -> Made:
    policy, claim = request.policy(), request.state
    needed = rules.claim_asked(policy, claim.allowed_fen)
    command = filled(ApproveClaim, body, needed=needed, stand_ins=_stand_ins(request))
    return Made(command, policy=policy.label)


def _correction(request: FormRequest, body: Correct) -> Made:
    policy, paid = request.policy(), request.state.paid_fen
    larger = None if paid is None else max(paid, paid + body.fen)
    needed = rules.claim_asked(policy, larger)
    held = _held(policy, request.state)
    command = filled(
        CorrectClaim,
        body,
        rules=held,
        needed=needed,
        holders=_holders(request, needed),
        stand_ins=_stand_ins(request),
    )
    return Made(command, policy=policy.label)


FORMS: Forms = {
    "/claims": Form(NewClaim, _submitting),
    "resubmissions": Form(Expenses, _resubmitting, offered_resubmitting),
    "reviews": Form(Review, _review, offered_review),
    "approvals": Form(Decide, _approval, offered_approval),
    "corrections": Form(Correct, _correction, offered_correction),
}
