"""再次报修 (the same again): what a dissatisfied customer's call-back makes of a closed report."""

from dataclasses import dataclass, replace

from services.intake.report.checks import is_over_before, needs_report
from services.intake.report.kinds import LAYOUTS
from services.intake.report.state import Report, content_of, evolve, initial
from shared.decider import Asked, Decision, number_of
from shared.events.intake import RepairReported, RepeatNoted, ReportRepeated
from shared.events.report_form import Circumstances, Stage
from shared.events.values import At, Channel, PersonalNote, Ticket, Warned, WayIn


@dataclass(frozen=True, slots=True)
class RepeatReport:
    """再次报修: let the case go on as the report of `asked.ticket`; by reaction, once a survey."""

    survey: str
    version: int
    """Of the document that said so."""
    received_by: str | None
    """Who called back: they took the call, and own the new case until they hand it over. None: the
    customer answered by a link, and whoever owned the first case owns this one."""
    received_at: At
    opinion: PersonalNote | None = None
    """What the customer said, in their own words."""
    named: str | None = None
    """The ticket that the caller says they have registered already."""


def reads_new_report(command: RepeatReport, _report: object, asked: Asked) -> tuple[str, ...]:
    """The report that the case goes on as, and the one that is named in its place."""
    numbers = dict.fromkeys(filter(None, (_new(asked), command.named)))
    return tuple(f"report-{each}" for each in numbers)


def repeat(command: RepeatReport, report: Report, asked: Asked) -> Decision:
    """A report like the first one, under a number of its own; once for each call-back.

    Whose machine it is and what was wrong with it is known; what is wrong now the customer said in
    the call-back, and the next diagnosis says. It is marked as a repeat of the first ticket. So is
    a report that the caller has registered and named: it is linked, and has the customer's words.
    For that the command comes without a number first, so that none is taken which no report has.
    """
    needs_report(report, asked)
    if command.survey in report.repeated:
        return []
    if (number := _new(asked)) is None:
        return _linked(command, command.named, asked) if _is_there(command, report, asked) else []
    owner = command.received_by or report.owner
    stream, before = f"report-{number}", number_of(asked.home)
    bare = RepairReported(
        branch=report.branch,
        kind=LAYOUTS[report.kind].goes_on_as,
        channel=Channel.PHONE if command.received_by else Channel.WEB,
        received_at=command.received_at,
        received_by=owner,
        owner=owner,
        way_in=WayIn.A,
        contact_name=report.contact_name,
        contact_phone=report.contact_phone,
        fault_description=report.fault_description,
        basics=report.basics,
        equipment=report.equipment,
        circumstances=Circumstances(priority=report.circumstances.priority),
        noted=None,
        reference=asked.home,
        warnings=(Warned("repeat-repair", (before,)),),
        content="",
        opinion=command.opinion,
        registered_at=asked.recorded_at,
    )
    again = replace(bare, content=content_of(evolve(initial, bare)))
    noted = ReportRepeated(number, stream, command.survey, command.version)
    return [(stream, again), *asked.here(noted)]


def _new(asked: Asked) -> Ticket | None:
    """The number that was taken for the new report, if one was."""
    return asked.ticket if asked.ticket != number_of(asked.home) else None


def _linked(command: RepeatReport, named: Ticket | None, asked: Asked) -> Decision:
    """Both reports name each other, and the second one is marked."""
    assert named is not None
    home, told = f"report-{named}", (command.survey, command.version)
    mark = RepeatNoted(number_of(asked.home), *told, command.opinion)
    return [(home, mark), *asked.here(ReportRepeated(named, home, *told))]


def _is_there(command: RepeatReport, report: Report, asked: Asked) -> bool:
    """Whether the caller names another ticket of this branch, of the same customer or machine.

    It is dealt with still, and was reported when this case was over: in a ticket of somebody else,
    in one that is over itself, and in one from before, what the customer said would be lost.
    """
    home = f"report-{command.named}"
    if not command.named or home == asked.home:
        return False
    named: Report = asked.read(home)
    customer, machine = report.basics.customer, report.equipment.machine
    is_theirs = customer is not None and customer == named.basics.customer
    is_of_it = machine is not None and machine == named.equipment.machine
    goes_on = named.stage is not Stage.CLOSED and is_over_before(asked.home, home, asked)
    return goes_on and named.branch == report.branch and (is_theirs or is_of_it)
