"""时限 (the clocks): what was done in time, and of what somebody had to be reminded."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from guiyi.recount.facts import Told


class Clock(NamedTuple):
    """时限: what starts it, what ends it, and the reminder in between."""

    starts: str
    ends: frozenset[str]
    reminds: str


CLOCKS: Mapping[str, Clock] = {
    "approval": Clock("ReportSubmitted", frozenset({"ApprovalGiven"}), "ApprovalUrged"),
    "taking": Clock(
        "TechnicianAssigned", frozenset({"WorkOrderSigned", "WorkOrderDeclined"}), "TakingUrged"
    ),
    "handing_in": Clock("CustomerSigned", frozenset({"TaskHandedIn"}), "HandInUrged"),
    "follow_up": Clock(
        "RepairClosed", frozenset({"SurveyAnswered", "CallBackEnded"}), "CallBackUrged"
    ),
    "claiming": Clock("TaskHandedIn", frozenset({"ClaimSubmitted"}), "ClaimUrged"),
    "filing": Clock("FilingDue", frozenset({"DossierFiled"}), "FilingUrged"),
}
"""Those that run on a ticket, each from one fact to another."""


def clocks(facts: Sequence[Told]) -> Mapping[str, int]:
    """Of all tickets: how many clocks were `met`, and how many `missed`.

    A clock that somebody was reminded of was missed, whether or not it was met late. One that
    ended without a reminder was met.
    """
    seen: dict[str, set[str]] = {}
    for fact in facts:
        if fact.ticket is not None:
            seen.setdefault(fact.ticket, set()).add(fact.type)
    told = [(clock, types) for types in seen.values() for clock in CLOCKS.values()]
    missed = sum(clock.reminds in types for clock, types in told)
    met = sum(
        clock.starts in types and clock.reminds not in types and not clock.ends.isdisjoint(types)
        for clock, types in told
    )
    return {"met": met, "missed": missed}
