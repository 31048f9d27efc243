"""上门的共同检查 (rules that several steps of a visit share)."""

from collections.abc import Iterator

from services.dispatch.visit.state import Visit
from shared.decider import Asked, Reason, Rule, number_of, reason
from shared.events.order_sheet import VisitStage
from shared.events.values import Role


def at_stage(visit: Visit, asked: Asked, *allowed: VisitStage) -> Iterator[Rule]:
    """A rule: the visit stands at one of these stages."""
    if visit.stage not in allowed:
        yield True, _wrong_stage(visit, number_of(asked.home))


def by_its_technician(visit: Visit, asked: Asked) -> Rule:
    """A rule: only who makes the visit."""
    foreign = visit.technician not in ("", asked.actor)
    return foreign, reason("not-your-visit", technician=visit.technician)


def by_its_technician_or_a_clerk(technician: str | None, asked: Asked) -> Rule:
    """A rule: only who makes the visit, or a clerk."""
    foreign = technician not in (None, "", asked.actor) and Role.CLERK not in asked.roles
    return foreign, reason("not-your-visit", technician=technician or "")


def _wrong_stage(visit: Visit, number: str) -> Reason:
    reasons = {
        VisitStage.NONE: reason("not-planned", number=number),
        VisitStage.PLANNED: reason("not-confirmed", number=number),
        VisitStage.CONFIRMED: reason("not-departed", number=number),
        VisitStage.DEPARTED: reason("departed-already", number=number),
        VisitStage.ARRIVED: reason("arrived-already", number=number),
    }
    return reasons.get(visit.stage, reason("visit-over", number=number))
