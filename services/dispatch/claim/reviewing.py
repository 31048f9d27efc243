"""报销审核 (reviewing): finance allows or cuts each line by policy, or sends it back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.dispatch.claim.checks import at_stage, kept_apart
from services.dispatch.claim.state import Claim
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.travel_claims import (
    ClaimReturned,
    ClaimReviewed,
    ClaimStage,
    LineNumber,
    LineReviewed,
)
from shared.events.values import Fen, Note, Ref, Several
from shared.step import WORDS

UNDECIDED = (ClaimStage.SUBMITTED, ClaimStage.REVIEWED)
"""Where finance says, or corrects, what it allows."""


@dataclass(frozen=True, slots=True)
class LineSaid:
    """核定: how much of a line is allowed, and why not all of it."""

    line: LineNumber
    allowed_fen: Fen
    because: Note | None = None


@dataclass(frozen=True, slots=True)
class LineRule:
    """行的规则: the row of the policy table that a line is held to, and the most for a day."""

    line: int
    rule: Ref
    day_fen: int | None
    """None: as the voucher says."""


@dataclass(frozen=True, slots=True)
class Review:
    """报销审核: what finance says of each line."""

    lines: Several[LineSaid]


@dataclass(frozen=True, slots=True)
class ReviewClaim(Review):
    """报销审核: allow or cut each line; by finance, who did not travel."""

    rules: tuple[LineRule, ...] = field(kw_only=True)
    """Obligation: what policy says of each line."""
    policy: str = field(kw_only=True)
    """Obligation: the table and its version."""


@dataclass(frozen=True, slots=True)
class ReturnClaim:
    """报销退回: send the claim back, with what is wrong with it; the report goes back at once."""

    reasons: Several[Note]


def review(command: ReviewClaim, claim: Claim, asked: Asked) -> Decision:
    """报销审核: every line once, never more than was spent or than the table allows a day.

    Until it is approved finance corrects what it said: the last review counts.
    """
    rules = {each.line: each.rule for each in command.rules}
    fact = ClaimReviewed(
        lines=tuple(
            LineReviewed(each.line, each.allowed_fen, rules.get(each.line, ""), each.because)
            for each in sorted(command.lines, key=lambda line: line.line)
        ),
        allowed_fen=sum(each.allowed_fen for each in command.lines),
        policy=command.policy,
        reviewed_by=asked.actor,
    )
    if claim.reviewed == fact:
        return []
    refuse_if(
        at_stage(claim, asked, *UNDECIDED),
        kept_apart(asked, claim.claimant),
        *_of_lines(command, claim),
        *_of_rates(command, claim),
        (not fact.allowed_fen, reason("nothing-allowed")),
    )
    return asked.here(fact)


def send_back(command: ReturnClaim, claim: Claim, asked: Asked) -> Decision:
    """报销退回: before it is reviewed."""
    fact = ClaimReturned(command.reasons, asked.actor)
    if claim.stage is ClaimStage.RETURNED and claim.returned == fact:
        return []
    refuse_if(
        at_stage(claim, asked, ClaimStage.SUBMITTED),
        kept_apart(asked, claim.claimant),
        (not command.reasons, reason("reason-missing")),
    )
    return asked.here(fact)


def offered_review(_number: str, claim: Claim) -> Iterator[Review]:
    """Each line as it is claimed, or as it was reviewed."""
    if claim.stage is ClaimStage.SUBMITTED:
        yield Review(tuple(LineSaid(n, line.fen) for n, line in claim.lines.items()))
    if claim.stage is ClaimStage.REVIEWED:
        lines = claim.allowed.values()
        yield Review(tuple(LineSaid(e.line, e.allowed_fen, e.because) for e in lines))


def offered_return(_number: str, claim: Claim) -> Iterator[ReturnClaim]:
    """With the words of finance."""
    if claim.stage is ClaimStage.SUBMITTED:
        yield ReturnClaim((WORDS,))


def _of_lines(command: ReviewClaim, claim: Claim) -> Iterator[Rule]:
    said = [each.line for each in command.lines]
    wrong = sorted({*said} ^ {*claim.lines} | {n for n in said if said.count(n) > 1})
    known = [(each, claim.lines[each.line]) for each in command.lines if each.line in claim.lines]
    more = [str(said.line) for said, line in known if said.allowed_fen > line.fen]
    silent = [
        str(said.line) for said, line in known if said.allowed_fen < line.fen and not said.because
    ]
    yield bool(wrong), reason("lines-unreviewed", lines=_named(wrong))
    yield bool(more), reason("beyond-claimed", lines=more)
    yield bool(silent), reason("cut-unexplained", lines=silent)


def _of_rates(command: ReviewClaim, claim: Claim) -> Iterator[Rule]:
    """A rule: of one row of the table no more a day than it says, over all lines of that day."""
    most = {each.line: (each.rule, each.day_fen) for each in command.rules}
    spent: dict[tuple[str, int, date], list[LineSaid]] = {}
    for said in command.lines:
        row, limit = most.get(said.line, ("", None))
        if limit is not None and said.line in claim.lines:
            spent.setdefault((row, limit, claim.lines[said.line].on), []).append(said)
    for (row, limit, on), lines in spent.items():
        numbers, day = _named(sorted(each.line for each in lines)), on.isoformat()
        told = reason("beyond-rate", lines=numbers, rule=row, day=day, limit_fen=limit)
        yield sum(each.allowed_fen for each in lines) > limit, told


def _named(lines: Sequence[int]) -> Sequence[str]:
    return [str(each) for each in lines]
