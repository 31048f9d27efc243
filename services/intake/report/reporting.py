"""报修 (reporting): how a report begins, by phone, by a colleague or by the customer on the web."""

from dataclasses import dataclass, field, replace

from services.intake.cards import gone, unusable
from services.intake.report.checks import cards_named
from services.intake.report.completeness import contradictions, missing_to_register
from services.intake.report.duplicates import OpenReports, matter, reads_others, warnings
from services.intake.report.kinds import sale_fits
from services.intake.report.state import Report, content_of, evolve, initial
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.cards import BranchCard, MachineCard, PersonCard
from shared.events.intake import RepairReported
from shared.events.report_form import (
    Basics,
    CallNotes,
    Circumstances,
    Equipment,
    Sale,
    Stage,
)
from shared.events.values import (
    Channel,
    Note,
    Past,
    Personal,
    Phone,
    Ref,
    ReportKind,
    Role,
    Warned,
    WayIn,
)
from shared.step import Matter


@dataclass(frozen=True, slots=True)
class Told:
    """来电内容: what is said when something is reported; the wire says it in the same words."""

    kind: ReportKind
    channel: Channel
    way_in: WayIn
    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    received_at: Past | None = None
    """By default now."""
    received_by: Ref | None = None
    """By default whoever registers it."""
    owner: Ref | None = None
    """首问责任人: by default whoever received it."""
    basics: Basics = field(default_factory=Basics)
    equipment: Equipment = field(default_factory=Equipment)
    circumstances: Circumstances = field(default_factory=Circumstances)
    noted: CallNotes | None = None
    sale: Sale | None = None
    """销售移交: of a new machine that is to be commissioned."""


@dataclass(frozen=True, slots=True)
class RegisterReport(Told):
    """报修: register a report or an enquiry; it gets its number, an owner and a clock.

    Way A is by the clerk who took the call, way B by any other employee who did.
    """

    warnings: tuple[Warned, ...] = ()
    """Obligation: what is not forbidden and yet should be seen."""
    open_reports: OpenReports = field(default_factory=OpenReports)
    """Obligation: the open reports that may be the same, as far as the views know."""


REPORT_EXAMPLE = {
    "kind": "repair",
    "channel": "phone",
    "way_in": "A",
    "branch": "HZ01",
    "contact_name": "王小明",
    "contact_phone": "0571-8700 1234",
    "fault_description": "水泵启动后漏水，有异响",
    "basics": {
        "customer": "C-1001",
        "customer_name": "西湖宾馆",
        "customer_kind": "unit",
        "address": "杭州市西湖区杨公堤 2 号",
        "region": "HZ",
    },
    "equipment": {
        "machine": "M-2001",
        "model": "MFQ-32",
        "serial_no": "SN-88-0042",
        "bought_on": "2025-06-01",
        "installed_on": "2025-06-08",
        "warranty_until": "2099-12-31",
        "no_contract": True,
    },
    "circumstances": {"priority": "normal"},
}
"""A body as it comes over the wire, from an employee."""
WEB_EXAMPLE = {
    "kind": "repair",
    "contact_name": "王小明",
    "contact_phone": "0571-8700 1234",
    "fault_description": "水泵启动后漏水",
    "customer_name": "西湖宾馆",
    "address": "杭州市西湖区杨公堤 2 号",
    "equipment": REPORT_EXAMPLE["equipment"],
}
"""A body as it comes over the wire, from a customer."""


def reads_registration(command: RegisterReport, _state: object, asked: Asked) -> tuple[str, ...]:
    """The cards it rests on, that of whoever received it, and the reports that may be the same."""
    cards = (*_cards(command, asked), *_receiver(command))
    return tuple(dict.fromkeys((*cards, *reads_others(asked))))


def matter_of(command: RegisterReport, asked: Asked) -> Matter:
    """同一事项: its machine by number, or by serial number and model; its phone."""
    return matter(f"report-{asked.ticket}", command.equipment, command.contact_phone)


def register(command: RegisterReport, report: Report, asked: Asked) -> Decision:
    """报修: once a number."""
    return asked.here(*registered(command, report, asked))


def registered(
    command: RegisterReport, report: Report, asked: Asked, reference: str | None = None
) -> tuple[RepairReported, ...]:
    """报修: the fact that begins a report; `reference` names the legacy ticket it continues."""
    fact = _reported(command, asked, reference)
    if evolve(report, fact) == report:
        return ()
    missing = missing_to_register(fact)
    if Role.CUSTOMER in asked.roles:
        refuse_if(*_by_customer(command, asked))
    twice = contradictions(command.equipment, None)
    refuse_if(
        (report.stage is not Stage.NONE, reason("registered-already", stream=asked.home)),
        (bool(missing), reason("report-incomplete", missing=missing)),
        (bool(twice), reason("said-both-ways", fields=twice)),
        sale_fits(command.kind, command.sale),
        (not _fits(command, asked), reason("way-a-is-the-clerks", person=fact.received_by)),
        *unusable(asked, _cards(command, asked)),
        *gone(asked, set(_receiver(command)).difference(_cards(command, asked))),
    )
    return (fact,)


def _fits(command: RegisterReport, asked: Asked) -> bool:
    """Whether a clerk took the call, if it is said to have come to one: way A asks for no other."""
    if command.way_in is WayIn.B or Role.CUSTOMER in asked.roles:
        return True
    if command.received_by in (None, asked.actor):
        return Role.CLERK in asked.roles
    card = asked.read(f"person-{command.received_by}")
    return not isinstance(card, PersonCard) or Role.CLERK in card.roles


def _cards(command: RegisterReport, asked: Asked) -> tuple[str, ...]:
    """The cards of the branch, of the owner, and of whom and what it names."""
    owner = command.owner or command.received_by or asked.actor
    named = cards_named(command.basics, command.equipment)
    return (f"branch-{asked.branch}", f"person-{owner}", *named)


def _receiver(command: RegisterReport) -> tuple[str, ...]:
    """Who received it, if the command says so: a colleague, of another branch too."""
    return (f"person-{command.received_by}",) if command.received_by else ()


def _reported(command: RegisterReport, asked: Asked, reference: str | None) -> RepairReported:
    received_by = command.received_by or asked.actor
    said = (command.equipment, command.contact_phone)
    duplicates = warnings(command.open_reports, *said, asked)
    bare = RepairReported(
        branch=asked.branch,
        kind=command.kind,
        channel=command.channel,
        received_at=command.received_at or asked.at,
        received_by=received_by,
        owner=command.owner or received_by,
        way_in=command.way_in,
        contact_name=command.contact_name or "",
        contact_phone=command.contact_phone or "",
        fault_description=command.fault_description or "",
        basics=command.basics,
        equipment=command.equipment,
        circumstances=command.circumstances,
        noted=command.noted,
        reference=reference,
        warnings=(*duplicates, *command.warnings),
        content="",
        sale=command.sale,
        registered_at=asked.recorded_at,
    )
    return replace(bare, content=content_of(evolve(initial, bare)))


def _by_customer(command: RegisterReport, asked: Asked) -> tuple[Rule, Rule]:
    """用户网上报修: for themselves and their own machine, by web, with the branch's own owner."""
    branch = asked.read(f"branch-{asked.branch}")
    owner = branch.web_owner if isinstance(branch, BranchCard) else None
    number = command.equipment.machine
    machine = asked.read(f"machine-{number}") if number else None
    said = {
        "kind": command.kind is not ReportKind.COMMISSIONING,
        "channel": command.channel is Channel.WEB,
        "way_in": command.way_in is WayIn.A,
        "received_by": command.received_by in (None, asked.actor),
        "owner": command.owner == owner,
        "noted": command.noted is None,
        "customer": command.basics.customer == asked.actor,
        "machine": not isinstance(machine, MachineCard) or machine.customer == asked.actor,
    }
    wrong = [name for name, fits in said.items() if not fits]
    return (
        (owner is None, reason("web-closed", branch=asked.branch)),
        (bool(wrong), reason("not-by-customer", fields=wrong)),
    )
