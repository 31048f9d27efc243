"""调试计划 (planning): how a new machine is set up, by whom, when, and at what cost; by the clerk.

There is no diagnosis, and nothing is tried from afar. Journey and cost are approved as of a repair.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.intake import hidden_values
from services.intake.cards import unusable
from services.intake.report.checks import UNDECIDED, needs_report, needs_stage
from services.intake.report.comparison import Prices, of_catalogue
from services.intake.report.completeness import contradictions
from services.intake.report.diagnosis import listed_twice, travellers_of
from services.intake.report.kinds import LAYOUTS
from services.intake.report.state import Report, content_of, evolve
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.intake import CommissioningPlanned
from shared.events.report_form import Diagnosis, Stage
from shared.events.values import Fen, Note, PartList, PartWanted, ReportKind, Travel
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class Planning:
    """调试计划: what is to be set up; what is left out is named before it is submitted."""

    solution: Note
    """What is to be done there, in which order."""
    parts_to_bring: PartList[PartWanted] = ()
    no_parts: bool = False
    travel: Travel | None = None
    estimated_fen: Fen | None = None


@dataclass(frozen=True, slots=True)
class PlanCommissioning(Planning):
    """调试计划: plan how a new machine is commissioned; by the clerk."""

    prices: Prices = field(kw_only=True)
    """Obligation: what the catalogue says of the parts to bring."""


PLAN_EXAMPLE = {
    "solution": "接电、接水，空载两小时，带料一小时，培训两人 connect, run, train two people",
    "no_parts": True,
    "travel": {
        "mode": "company_car",
        "at": "2026-11-24T09:00:00+08:00",
        "travellers": ["T-LIUYANG"],
    },
    "estimated_fen": 20000,
}
"""A body as it comes over the wire."""


def planned(planning: Planning) -> Diagnosis:
    """The plan, where a repair has its diagnosis: somebody always goes there."""
    return Diagnosis(
        solution=planning.solution,
        on_site=True,
        repair_nature=LAYOUTS[ReportKind.COMMISSIONING].nature,
        parts_to_bring=planning.parts_to_bring,
        no_parts=planning.no_parts,
        travel=planning.travel,
        estimated_fen=planning.estimated_fen,
    )


def reads_planned(command: PlanCommissioning, _report: object, asked: Asked) -> tuple[str, ...]:
    """The cards of those who are to travel; what the branch hides."""
    return (*travellers_of(planned(command)), hidden_values.stream_of(asked.branch))


def plan(command: PlanCommissioning, report: Report, asked: Asked) -> Decision:
    """调试计划: in whole, and while no approval is asked for."""
    needs_report(report, asked)
    wanted = planned(command)
    if (report.stage, report.diagnosis) == (Stage.DIAGNOSED, wanted):
        return []
    needs_stage(report, *UNDECIDED)
    twice = contradictions(None, wanted)
    refuse_if(
        LAYOUTS[report.kind].rules_out("plan"),
        (bool(twice), reason("said-both-ways", fields=twice)),
        listed_twice(wanted),
        *hidden_values.not_hidden(wanted, report.diagnosis, asked),
        *unusable(asked, travellers_of(wanted)),
        *of_catalogue(wanted, command.prices),
    )
    bare = CommissioningPlanned(wanted, content="")
    return asked.here(replace(bare, content=content_of(evolve(report, bare))))


def offered_plan(_number: str, report: Report) -> Iterator[Planning]:
    """As it stands, or with words the clerk will say; of a repair nothing."""
    if "plan" not in LAYOUTS[report.kind].has:
        return
    before = report.diagnosis or Diagnosis(no_parts=True)
    yield Planning(
        before.solution or WORDS,
        before.parts_to_bring,
        before.no_parts,
        before.travel,
        before.estimated_fen,
    )
