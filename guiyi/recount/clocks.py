"""时限 (the clocks): what was done in time, and of what somebody had to be reminded."""

from collections.abc import Iterable, Mapping, Sequence
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
    "next_visit": Clock("PartIssued", frozenset({"VisitPlanned"}), "NextVisitUrged"),
    "return": Clock(
        "PaperLent", frozenset({"PaperReturned", "PaperLossAccepted"}), "PaperReturnUrged"
    ),
}
"""Those that run on a ticket, each from one fact to another.

A visit that was planned before parts were drawn is as good as one that is planned then.
"""
OF_STORES: Mapping[str, Clock] = {
    "sending": Clock("ReplenishmentAsked", frozenset({"StockSent"}), "ReplenishmentLate"),
    "closing": Clock("PeriodClosed", frozenset({"PeriodClosed"}), "ClosingUrged"),
    "report": Clock("PeriodClosed", frozenset({"ConsumptionReportSent"}), "ConsumptionReportUrged"),
}
"""Those that run on a paper of a store, or in its book of months: there once a month."""
OF_MONTHS = frozenset(
    each
    for clock in (OF_STORES["closing"], OF_STORES["report"])
    for each in (clock.starts, *clock.ends, clock.reminds)
)
"""The types of facts that say of which month they are."""


def clocks(facts: Sequence[Told]) -> Mapping[str, int]:
    """Of all tickets and stores: how many clocks were `met`, and how many `missed`.

    A clock that somebody was reminded of was missed, whether or not it was met late. One that
    ended without a reminder was met.
    """
    both = (_counted(_of_tickets(facts), CLOCKS), _counted(_of_stores(facts), OF_STORES))
    return {"met": sum(met for met, _ in both), "missed": sum(missed for _, missed in both)}


def _counted(seen: Iterable[set[str]], clocks: Mapping[str, Clock]) -> tuple[int, int]:
    """Met and missed, of the types of facts of each thing on which every clock runs once."""
    told = [(clock, types) for types in seen for clock in clocks.values()]
    missed = sum(clock.reminds in types for clock, types in told)
    met = sum(
        clock.starts in types and clock.reminds not in types and not clock.ends.isdisjoint(types)
        for clock, types in told
    )
    return met, missed


def _of_tickets(facts: Sequence[Told]) -> Iterable[set[str]]:
    """Of each ticket what was told of it."""
    seen: dict[str, set[str]] = {}
    for fact in facts:
        if fact.ticket is not None:
            seen.setdefault(fact.ticket, set()).add(fact.type)
    return seen.values()


def _of_stores(facts: Sequence[Told]) -> Iterable[set[str]]:
    """Of each paper what was told of it, of a book of months month by month."""
    seen: dict[tuple[str, str | None], set[str]] = {}
    for fact in facts:
        if fact.ticket is None:
            period = fact.data["period"] if fact.type in OF_MONTHS else None
            seen.setdefault((fact.stream, period), set()).add(fact.type)
    return seen.values()
