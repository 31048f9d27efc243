"""差旅报销 (travel claims): what is paid is what was allowed, and each voucher counts once."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guiyi.recount.facts import Told


@dataclass(slots=True)
class Claim:
    """报销单: what its facts have said so far."""

    lines: Sequence[Mapping[str, Any]] = ()
    allowed: int | None = None
    approved: int | None = None
    paid: int = 0
    stands: bool = True
    odd: list[str] = field(default_factory=list)


def differing(facts: Sequence[Told]) -> Iterator[str]:
    """Where sums are not those of the lines, or a voucher stands in more than one claim."""
    claims: dict[str, Claim] = {}
    for fact in facts:
        if fact.type.startswith("Claim") and fact.stream.startswith("claim-"):
            _hear(claims.setdefault(fact.stream, Claim()), fact)
    vouchers: Counter[str] = Counter()
    for name, claim in claims.items():
        yield from (f"{name}: {odd}" for odd in claim.odd)
        if claim.stands:
            vouchers.update({line["voucher_no"] for line in claim.lines if line["voucher_no"]})
    yield from (f"{voucher} counts {n} times" for voucher, n in vouchers.items() if n > 1)


def _hear(claim: Claim, fact: Told) -> None:
    data = fact.data
    match fact.type:
        case "ClaimSubmitted":
            claim.lines, claim.allowed, claim.approved = data["lines"], None, None
            _same(claim, "total", data["total_fen"], sum(line["fen"] for line in data["lines"]))
        case "ClaimReviewed":
            claim.allowed = data["allowed_fen"]
            lines = data["lines"]
            _same(claim, "allowed", claim.allowed, sum(line["allowed_fen"] for line in lines))
            spent = {nth: line["fen"] for nth, line in enumerate(claim.lines, start=1)}
            if any(not 0 <= line["allowed_fen"] <= spent[line["line"]] for line in lines):
                claim.odd.append("more allowed than was spent")
        case "ClaimApproved":
            claim.approved = data["allowed_fen"]
            _same(claim, "approved", claim.approved, claim.allowed)
        case "ClaimPaid":
            claim.paid += data["fen"]
            _same(claim, "paid", claim.paid, claim.approved)
        case "ClaimApprovalTakenBack":
            claim.approved = None
        case "ClaimRejected" | "ClaimWithdrawn":
            claim.stands = False
        case _:
            pass


def _same(claim: Claim, what: str, said: int | None, computed: int | None) -> None:
    if said != computed:
        claim.odd.append(f"{what} {said}, not {computed}")
