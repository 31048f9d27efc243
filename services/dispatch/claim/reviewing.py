"""报销审核 (reviewing): finance allows or cuts each line by policy, or sends it back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.dispatch import vouchers
from services.dispatch.claim.checks import at_stage, kept_apart, no_stand_in
from services.dispatch.claim.state import Claim
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
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
    counts_as: Ref = ""
    """Under what a day of it is counted; empty: under the name of the row."""


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
    needed: tuple[Ref, ...] = field(default=(), kw_only=True)
    """Obligation: in which role the sum is approved, by the ladder of policy."""
    stand_ins: tuple[Ref, ...] = field(default=(), kw_only=True)
    """Obligation: who acts for whoever claims, or for whom they act, today."""


@dataclass(frozen=True, slots=True)
class ReturnClaim:
    """报销退回: send the claim back, with what is wrong with it; the report goes back at once."""

    reasons: Several[Note]


def review(command: ReviewClaim, claim: Claim, asked: Asked) -> Decision:
    """报销审核: every line once, never more than was spent or than the table allows a day.

    Until it is approved finance corrects what it said: the last review counts.
    """
    fact = ClaimReviewed(
        lines=tuple(_reviewed(command)),
        allowed_fen=sum(each.allowed_fen for each in command.lines),
        policy=command.policy,
        needed=command.needed,
        reviewed_by=asked.actor,
    )
    if claim.reviewed == fact:
        return []
    days = days_of(command.lines, command.rules, claim)
    refuse_if(
        at_stage(claim, asked, *UNDECIDED),
        kept_apart(asked, claim.claimant),
        no_stand_in(command.stand_ins, claim, asked),
        *_of_lines(command, claim),
        *(_of_rate(day, asked) for day in days),
        (not fact.allowed_fen, reason("nothing-allowed")),
    )
    spent = {day.stream: day.said_fen for day in days}
    return [*asked.here(fact), *vouchers.spent(number_of(asked.home), spent)]


def reads_rates(command: ReviewClaim, claim: Claim, _asked: Asked) -> Sequence[str]:
    """What is gone of each day's rate, for other claims as well."""
    days = days_of(command.lines, command.rules, claim)
    return [stream for day in days for stream in day.streams]


def _reviewed(command: ReviewClaim) -> Iterator[LineReviewed]:
    """Each line with the row that it is held to, in the order of the claim."""
    rules = {each.line: each for each in command.rules}
    for said in sorted(command.lines, key=lambda line: line.line):
        held = rules.get(said.line, LineRule(said.line, "", None))
        yield LineReviewed(
            said.line, said.allowed_fen, held.rule, said.because, counts_as=held.counts_as
        )


def rates_of(claim: Claim) -> Sequence[str]:
    """The days' rates that its review was held to, among those of rows that limit no day."""
    named = (
        vouchers.streams_of_rate(claim.claimant, said.rule, said.counts_as, claim.lines[number].on)
        for number, said in claim.allowed.items()
    )
    return sorted({stream for each in named for stream in each})


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


@dataclass(frozen=True, slots=True)
class RateDay:
    """一日的标准: the lines of a day that are held to one row of the table."""

    row: str
    limit_fen: int
    on: date
    streams: tuple[str, ...]
    """Where it is counted: the first is written."""
    lines: tuple[int, ...]
    said_fen: int

    @property
    def stream(self) -> str:
        """Where what is allowed now is written."""
        return self.streams[0]


def days_of(
    lines: Sequence[LineSaid], rules: Sequence[LineRule], claim: Claim
) -> Sequence[RateDay]:
    """Of each row that limits a day, each day."""
    held = {each.line: each for each in rules}
    spent: dict[tuple[str, str, int, date], list[LineSaid]] = {}
    for said in lines:
        rule = held.get(said.line)
        if rule is not None and rule.day_fen is not None and said.line in claim.lines:
            key = (rule.rule, rule.counts_as, rule.day_fen, claim.lines[said.line].on)
            spent.setdefault(key, []).append(said)
    return [
        RateDay(
            row,
            limit,
            on,
            vouchers.streams_of_rate(claim.claimant, row, counts_as, on),
            tuple(sorted(each.line for each in of_day)),
            sum(each.allowed_fen for each in of_day),
        )
        for (row, counts_as, limit, on), of_day in spent.items()
    ]


def _of_rate(day: RateDay, asked: Asked) -> Rule:
    """A rule: no more a day than its row says, over all lines of that day in every claim."""
    others = vouchers.spent_by_others(day.streams, asked)
    told = reason(
        "beyond-rate",
        lines=_named(day.lines),
        rule=day.row,
        day=day.on.isoformat(),
        limit_fen=day.limit_fen,
        other_fen=others,
    )
    return day.said_fen + others > day.limit_fen, told


def _named(lines: Sequence[int]) -> Sequence[str]:
    return [str(each) for each in lines]
