"""投诉受理 (receiving): what was said, by whom, and about which ticket, person and machine."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.intake.cards import unusable
from services.intake.complaint.state import Complaint
from shared.decider import Asked, Decision, Rule, number_of, reason, refuse_if
from shared.events.cards import MachineCard
from shared.events.complaints import (
    ComplaintChannel,
    ComplaintReceived,
    ComplaintSubject,
    Terms,
)
from shared.events.intake import ReportComplained
from shared.events.values import (
    BranchCode,
    CustomerRef,
    Past,
    PersonalNote,
    PersonName,
    Phone,
    Ref,
    Role,
    Ticket,
    Warned,
)
from shared.fields import filled
from shared.step import LONG_AGO

UNTIMED = Terms(LONG_AGO, LONG_AGO)
"""What a command says that was made without policy."""


@dataclass(frozen=True, slots=True)
class Complained:
    """投诉受理: what a customer complains of, in their own words, and what it is about."""

    channel: ComplaintChannel
    contact_name: PersonName
    what: PersonalNote
    subject: ComplaintSubject
    contact_phone: Phone | None = None
    customer: CustomerRef | None = None
    ticket: Ticket | None = None
    complained_of: Ref | None = None
    """被投诉人: an employee."""
    machine: Ref | None = None
    survey: Ref | None = None
    """The number of the call-back in which it was said; with the channel `survey` alone."""
    received_at: Past | None = None
    """By default now."""


@dataclass(frozen=True, slots=True)
class ReceiveComplaint(Complained):
    """投诉受理: what a customer complains of, in their own words, and what it is about."""

    branch: BranchCode = ""
    terms: Terms = UNTIMED
    """Obligation: of the strictest class, from the moment it was received."""
    upward: tuple[Ref, ...] = ()
    """Obligation: who is above now, and told if it is overdue and nobody is above then."""
    warnings: tuple[Warned, ...] = ()
    """Obligation: open complaints that may be the same."""
    is_known_survey: bool = False
    """Obligation: whether we have heard of answers of that call-back, of this branch and ticket."""


def reads_received(command: ReceiveComplaint, _complaint: object, _asked: Asked) -> Iterator[str]:
    """The branch, and the report and the cards that are named."""
    yield f"branch-{command.branch}"
    named = (
        ("report", command.ticket),
        ("person", command.complained_of),
        ("machine", command.machine),
        ("customer", command.customer),
    )
    yield from (f"{prefix}-{number}" for prefix, number in named if number is not None)


def receive(command: ReceiveComplaint, complaint: Complaint, asked: Asked) -> Decision:
    """投诉受理: the words of the customer, about what exists; its time runs from then on."""
    number, own = number_of(asked.home), Role.CUSTOMER in asked.roles
    fact = filled(
        ComplaintReceived,
        command,
        number=number,
        received_at=command.received_at or asked.at,
        received_by=None if own else asked.actor,
    )
    if complaint.received == fact:
        return []
    if own:
        refuse_if(_by_customer(command, asked))
    refuse_if(
        (complaint.received is not None, reason("number-taken", number=number)),
        *unusable(asked, (f"branch-{command.branch}",)),
        *_unknown(command, asked),
    )
    linked = (f"report-{command.ticket}", ReportComplained(number, None))
    return [*asked.here(fact), *([linked] if command.ticket else ())]


def _is_told(customer: str | None, asked: Asked) -> bool:
    """Whether who asks may know of what is this customer's: who is one, of their own alone."""
    return Role.CUSTOMER not in asked.roles or customer == asked.actor


def _by_customer(command: ReceiveComplaint, asked: Asked) -> Rule:
    """网上投诉: for themselves, by web, now; whom it is about they say in words."""
    said = {
        "channel": command.channel is ComplaintChannel.WEB,
        "customer": command.customer == asked.actor,
        "complained_of": command.complained_of is None,
        "survey": command.survey is None,
        "received_at": command.received_at is None,
    }
    wrong = [name for name, fits in said.items() if not fits]
    return bool(wrong), reason("not-by-customer", fields=wrong)


def _unknown(command: ReceiveComplaint, asked: Asked) -> Iterator[Rule]:
    """Rules: what is named is there. Who has left, and what is inactive, is complained of still."""
    if command.ticket is not None:
        report = asked.read(f"report-{command.ticket}")
        foreign = not _is_told(report.basics.customer, asked)
        told = reason("ticket-unknown", ticket=command.ticket)
        yield report.branch != command.branch or foreign, told
    if command.complained_of is not None:
        card = asked.read(f"person-{command.complained_of}")
        yield card is None, reason("person-unknown", person=command.complained_of)
    if command.machine is not None:
        card = asked.read(f"machine-{command.machine}")
        foreign = isinstance(card, MachineCard) and not _is_told(card.customer, asked)
        yield card is None or foreign, reason("machine-unknown", machine=command.machine)
    if command.customer is not None:
        card = asked.read(f"customer-{command.customer}")
        yield card is None, reason("customer-unknown", customer=command.customer)
    if command.survey is not None:
        elsewhere = command.channel is not ComplaintChannel.SURVEY
        known = command.is_known_survey and not elsewhere
        yield not known, reason("survey-unknown", survey=command.survey)
