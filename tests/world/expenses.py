"""费用账 (the book of expenses): what was claimed, allowed and paid, told from the facts alone."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.events import travel_claims
from shared.view import Recorded


class ExpensesWrong(AssertionError):
    """Somebody was paid what must never be paid."""


@dataclass
class Claimed:
    """What is remembered of one claim."""

    claimant: str = ""
    spent: Mapping[int, int] = field(default_factory=dict)
    """By line, in fen."""
    allowed: int | None = None
    """By the last review; None: it came again since."""
    reviewer: str = ""
    approved: int | None = None
    paid: int | None = None
    """With what was corrected."""


class Expenses:
    """费用账: reads what became true of claims, and says what is wrong with it."""

    def __init__(self) -> None:
        self.claims: dict[str, Claimed] = defaultdict(Claimed)
        self.vouchers: dict[str, str] = {}
        """Which claim a voucher counts for."""
        self.references: set[str] = set()

    def read(self, told: Recorded) -> None:
        """Read one fact. Raises ExpensesWrong."""
        if told.stream.startswith("claim-"):
            claim = self.claims[told.stream]
            self._submitted(told, claim, told.fact)
            self._decided(told, claim, told.fact)
            self._paid(told, claim, told.fact)

    def _submitted(self, told: Recorded, claim: Claimed, fact: Any) -> None:
        match fact:
            case travel_claims.ClaimSubmitted(claimant=claimant, lines=lines):
                self._free(told.stream)
                for line in filter(None, (each.voucher_no for each in lines)):
                    never(line in self.vouchers, told, f"voucher {line} counts elsewhere")
                    self.vouchers[line] = told.stream
                claim.claimant, claim.allowed = claimant, None
                claim.spent = {n: each.fen for n, each in enumerate(lines, start=1)}
            case travel_claims.ClaimRejected() | travel_claims.ClaimWithdrawn():
                never(claim.paid is not None, told, "ended after it was paid")
                self._free(told.stream)
            case _:
                pass

    def _decided(self, told: Recorded, claim: Claimed, fact: Any) -> None:
        match fact:
            case travel_claims.ClaimReviewed(lines=lines):
                never(told.actor == claim.claimant, told, "reviews their own")
                never([each.line for each in lines] != [*claim.spent], told, "other lines")
                over = [each for each in lines if each.allowed_fen > claim.spent[each.line]]
                never(bool(over), told, f"more than was spent: {over}")
                claim.allowed, claim.reviewer = sum(each.allowed_fen for each in lines), told.actor
            case travel_claims.ClaimApproved(allowed_fen=fen):
                never(told.actor in (claim.claimant, claim.reviewer), told, "approves their own")
                never(fen != claim.allowed, told, f"{claim.allowed} was allowed")
                claim.approved = fen
            case travel_claims.ClaimApprovalTakenBack():
                never(claim.paid is not None, told, "taken back after it was paid")
                claim.approved = None
            case _:
                pass

    def _paid(self, told: Recorded, claim: Claimed, fact: Any) -> None:
        match fact:
            case travel_claims.ClaimPaid(reference=reference, fen=fen):
                never(claim.paid is not None, told, "paid twice")
                never(fen != claim.approved, told, f"{claim.approved} was approved")
                never(told.actor == claim.claimant, told, "pays themselves")
            case travel_claims.ClaimCorrected(reference=reference, fen=fen):
                never(claim.paid is None, told, "corrected before it was paid")
                never((claim.paid or 0) + fen < 0, told, "less than nothing is paid")
                never((claim.paid or 0) + fen > sum(claim.spent.values()), told, "beyond it")
            case _:
                return
        never(reference in self.references, told, f"{reference} pays twice")
        self.references.add(reference)
        claim.paid = (claim.paid or 0) + fen

    def _free(self, claim: str) -> None:
        self.vouchers = {no: of for no, of in self.vouchers.items() if of != claim}


def never(is_so: bool, told: Recorded, what: str) -> None:
    """Raise ExpensesWrong if it is so."""
    if is_so:
        raise ExpensesWrong(f"{told.stream} {told.type} by {told.actor}: {what}")
