"""凭证簿 (the book of vouchers): for which claim a voucher counts, over all claims and branches.

A stream for each voucher, for each day of a person's allowance, for what a rate allows on a
day, and for each payment. It is written together with the claim, and its end is checked with that
append: of two claims with one voucher at the same moment, the second one is refused. It belongs to
no branch, and no list shows it: whoever is refused learns that a voucher was used, not by whom.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeAlias

from shared.alike import digits_alike
from shared.decider import Asked, number_of
from shared.events.travel_claims import ClaimSubmitted, ExpenseKind, VoucherFreed, VoucherUsed
from shared.step import Address, AnyRow, PaperType, PathField, by_command

Fact: TypeAlias = VoucherUsed | VoucherFreed
Written: TypeAlias = Sequence[tuple[str, Fact]]


@dataclass(frozen=True, slots=True)
class Voucher:
    """凭证: the claim that it counts for; empty if it is free."""

    claim: str = ""
    spent: Mapping[str, int] = field(default_factory=dict)
    """Of a day's rate: how much of it each claim was allowed."""


PAPER: PaperType[Voucher] = PaperType(
    "voucher", Address("/vouchers/{number}", (PathField(max_length=64),))
)
STEPS: tuple[AnyRow[Voucher], ...] = ()
"""It is written with claims alone."""
initial = Voucher()
decide = by_command(STEPS)


def evolve(voucher: Voucher, fact: Fact) -> Voucher:
    """For which claim it counts after the fact."""
    match fact:
        case VoucherUsed(claim=claim, fen=fen):
            if fen is None:
                return Voucher(claim)
            return replace(voucher, spent={**voucher.spent, claim: fen})
        case VoucherFreed(claim=claim):
            left = {each: fen for each, fen in voucher.spent.items() if each != claim}
            return Voucher(spent=left)


def streams_named(voucher_no: str) -> tuple[str, ...]:
    """The streams of a voucher, by its letters and digits, however they are written.

    Where the number is not in plain letters it has two: of its letters and digits as they stand
    as well, since vouchers were named so before width made no difference.
    """
    return tuple(map(PAPER.stream_of, _names(voucher_no)))


def _names(number: str) -> tuple[str, ...]:
    as_it_stands = "".join(each for each in number if each.isalnum()).upper()
    return tuple(dict.fromkeys((digits_alike(number).upper(), as_it_stands)))


def stream_of_day(person: str, on: date) -> str:
    """The stream of a person's allowance for a day: nobody has it twice."""
    return PAPER.stream_of(f"day:{person}:{on.isoformat()}")


def streams_of_rate(person: str, row: str, counts_as: str, on: date) -> tuple[str, ...]:
    """The streams of what a row of the table allows a person on a day, over all claims.

    It is counted by what the row holds for; what was counted under its name before counts too.
    """
    names = dict.fromkeys(each for each in (counts_as, row) if each)
    return tuple(PAPER.stream_of(f"rate:{each}:{person}:{on.isoformat()}") for each in names)


def spent_of_rate(streams: Sequence[str], asked: Asked) -> Mapping[str, int]:
    """How much of a day's rate each claim was allowed: the first stream that says so counts."""
    gone: dict[str, int] = {}
    for stream in reversed(streams):
        gone |= asked.read(stream).spent
    return gone


def spent_by_others(streams: Sequence[str], asked: Asked) -> int:
    """How much of a day's rate is gone for other claims than the one that is asked of."""
    gone, number = spent_of_rate(streams, asked), number_of(asked.home)
    return sum(fen for each, fen in gone.items() if each != number)


def streams_of_payment(reference: str) -> tuple[str, ...]:
    """The streams of a payment, as those of a voucher: one payment pays one claim."""
    return tuple(PAPER.stream_of(f"paid:{each}") for each in _names(reference))


def streams_of(claim: ClaimSubmitted | None) -> tuple[str, ...]:
    """The streams of the vouchers and the days of a claim, each once."""
    if claim is None:
        return ()
    return tuple(dict.fromkeys((*vouchers(claim), *days(claim))))


def vouchers(claim: ClaimSubmitted) -> Sequence[str]:
    """The streams of its vouchers, line by line."""
    named = (each.voucher_no for each in claim.lines if each.voucher_no)
    return [stream for each in named for stream in streams_named(each)]


def days(claim: ClaimSubmitted) -> Sequence[str]:
    """The streams of the days of its allowances, one for each line of that kind."""
    daily = (each.on for each in claim.lines if each.kind is ExpenseKind.ALLOWANCE)
    return [stream_of_day(claim.claimant, on) for on in daily]


def taken(asked: Asked, number: str, streams: Iterable[str]) -> frozenset[str]:
    """Which of these count for another claim, or stand here twice."""
    named = list(streams)
    twice = {each for each in named if named.count(each) > 1}
    used = {each for each in named if asked.read(each).claim not in ("", number)}
    return frozenset(twice | used)


def used(number: str, streams: Iterable[str]) -> Written:
    """They count for this claim from now on."""
    return [(stream, VoucherUsed(number)) for stream in streams]


def spent(number: str, days: Mapping[str, int]) -> Written:
    """So much of these days' rates is gone for this claim."""
    return [(stream, VoucherUsed(number, fen)) for stream, fen in days.items()]


def freed(number: str, streams: Iterable[str]) -> Written:
    """They count for this claim no more."""
    return [(stream, VoucherFreed(number)) for stream in streams]
