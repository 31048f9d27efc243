"""作业类别 (kinds): what each kind of work order asks for, and how it ends.

A repair finds a cause and mends it; a commissioning sets a new machine up, tries it, explains it
and hands it over. This is the only place that says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.dispatch.work_order.state import WorkOrder
from shared.decider import Rule, reason
from shared.events.order_sheet import OrderKind, WorkResult
from shared.events.values import Ending, ReportKind


@dataclass(frozen=True, slots=True)
class Job:
    """作业: what an order of one kind has, asks for and leads to."""

    kind: OrderKind
    of: ReportKind | None
    """The kind of report that it may be made out of; None: of none yet."""
    done: frozenset[WorkResult]
    """Results with which its work is finished."""
    undone: WorkResult
    ends_as: Ending
    """How a case ends whose work is finished."""
    fails_as: Ending
    """How a case ends whose work cannot be finished."""
    has: frozenset[str] = frozenset()
    """Sections that only some kinds have, by name."""
    leaves_out: frozenset[str] = frozenset()
    """Fields that are asked of the work of other kinds, and not of this one."""

    def foreign(self, sections: Mapping[str, bool]) -> Rule:
        """A rule: what is said belongs to an order of this kind."""
        odd = [name for name, is_odd in sections.items() if is_odd]
        return bool(odd), reason("not-of-this-kind", kind=self.kind, fields=odd)


_MENDED = frozenset({WorkResult.FIXED, WorkResult.WORKAROUND})


def _repairs(kind: OrderKind, of: ReportKind | None) -> Job:
    not_fixed = WorkResult.NOT_FIXED
    return Job(kind, of, _MENDED, not_fixed, Ending.REPAIRED, Ending.NOT_REPAIRABLE)


JOBS: Mapping[OrderKind, Job] = {
    OrderKind.REPAIR: _repairs(OrderKind.REPAIR, ReportKind.REPAIR),
    OrderKind.SWAP: _repairs(OrderKind.SWAP, ReportKind.REPAIR),
    OrderKind.MAIL_IN: _repairs(OrderKind.MAIL_IN, ReportKind.REPAIR),
    OrderKind.INSPECTION: _repairs(OrderKind.INSPECTION, None),
    OrderKind.COMMISSIONING: Job(
        OrderKind.COMMISSIONING,
        ReportKind.COMMISSIONING,
        done=frozenset({WorkResult.IN_SERVICE}),
        undone=WorkResult.NOT_IN_SERVICE,
        ends_as=Ending.COMMISSIONED,
        fails_as=Ending.NOT_COMMISSIONED,
        has=frozenset({"site", "commissioned"}),
        leaves_out=frozenset({"cause_found", "work_done", "tested"}),
    ),
}
"""By kind of order."""
FINISHED = frozenset().union(*(each.done for each in JOBS.values()))
"""Results with which the work of an order is finished, whatever its kind."""
FINISHED_AS = frozenset(each.ends_as for each in JOBS.values())
"""How a case ends that is finished."""
FAILED_AS = frozenset(each.fails_as for each in JOBS.values())
"""How a case ends that cannot be finished."""


def kinds_of(report: ReportKind) -> Sequence[OrderKind]:
    """可开类别: which kinds of order a report may become; none is sent in for nothing."""
    return [each.kind for each in JOBS.values() if each.of is report]


def job_of(order: WorkOrder) -> Job:
    """The job of an order as it is made out, or as it may be."""
    if order.opened is not None:
        return JOBS[order.opened.kind]
    report = order.noted.approved.kind if order.noted else ReportKind.REPAIR
    return JOBS[next(iter(kinds_of(report)), OrderKind.REPAIR)]


def is_finished(order: WorkOrder) -> bool:
    """Whether the fault is mended, or the machine runs, as it is recorded."""
    return order.work is not None and order.work.work.result in FINISHED


def is_undone(order: WorkOrder) -> bool:
    """Whether it is recorded that the fault is not mended, or that the machine does not run."""
    result = order.work.work.result if order.work else None
    return result is not None and result not in FINISHED
