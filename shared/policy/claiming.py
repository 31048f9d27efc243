"""差旅标准 (what journeys may cost): how much a day, and who approves a sum."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from shared.events.travel_claims import ExpenseKind
from shared.events.values import Role, TravelMode
from shared.policy.clocks import Clock
from shared.policy.source import Unfit

RateId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,63}$")]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """费用标准: one row; the first that fits a line holds for it."""

    id: RateId
    kind: ExpenseKind | None = None
    """None: of every kind."""
    modes: frozenset[TravelMode] = frozenset()
    """Of journeys by these means; empty: by any."""
    day_fen: Annotated[int, Meta(ge=0)] | None = None
    """The most of it for one day, or night; None: as the voucher says."""

    @property
    def counts_as(self) -> str:
        """计额名: by what it holds for, whatever the row is called."""
        modes = ".".join(sorted(self.modes))
        return f"as:{self.kind or 'any'}:{modes or 'any'}"


class ClaimRung(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """报销审批档: up to which sum it counts, and in one of which roles it is approved."""

    any: Annotated[tuple[Literal["approver", "general_manager"], ...], Meta(min_length=1)]
    below_fen: Annotated[int, Meta(ge=1)] | None = None
    """None only for the last rung, which has no upper bound."""


class Claiming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """差旅报销: what of a journey is paid, and who approves it."""

    rates: Annotated[tuple[Rate, ...], Meta(min_length=1, max_length=50)] = (Rate("as-paid"),)
    ladder: Annotated[tuple[ClaimRung, ...], Meta(min_length=1)] = (
        ClaimRung((Role.APPROVER.value, Role.GENERAL_MANAGER.value)),
    )
    report_for: timedelta = timedelta(days=7)
    """How long finance has the report of a claim before somebody is reminded of it."""
    clock: Clock | None = None
    """Runs from the hand-in until who travelled is reminded to claim, and again until an approver
    is told; None: nobody is reminded."""

    def __post_init__(self) -> None:
        last = self.rates[-1]
        if last.kind is not None or last.modes:
            raise Unfit("rates", "the last row holds for every line")
        ids = [each.id for each in self.rates]
        if len(set(ids)) < len(ids):
            raise Unfit("rates", "one id is named twice")
        bounds = [each.below_fen for each in self.ladder[:-1]]
        known = [bound for bound in bounds if bound is not None]
        if self.ladder[-1].below_fen is not None:
            raise Unfit("ladder", "the last rung has no below_fen")
        if len(known) < len(bounds) or sorted(set(known)) != known:
            raise Unfit("ladder", "below_fen must rise from rung to rung")


def rate_of(rates: Sequence[Rate], kind: ExpenseKind, mode: TravelMode | None) -> Rate:
    """The row that a line is held to: the first that fits."""
    return next(
        each
        for each in rates
        if each.kind in (None, kind) and (not each.modes or mode in each.modes)
    )


def rung_of(ladder: Sequence[ClaimRung], fen: int | None) -> ClaimRung:
    """The rung of a sum: the first with a bound above it. On the bound it is the next rung."""
    if fen is None:
        return ladder[-1]
    return next(each for each in ladder if each.below_fen is None or fen < each.below_fen)
