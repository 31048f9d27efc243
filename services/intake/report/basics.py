"""基本信息与首问责任 (basics and owner): the clerk completes the form; a case changes hands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.intake.cards import unusable
from services.intake.report.checks import UNDECIDED, cards_named, needs_report, needs_stage
from services.intake.report.completeness import contradictions
from services.intake.report.kinds import sale_fits
from services.intake.report.state import Report, content_of, evolve, shown_alike
from shared.decider import Asked, Decision, reason, refuse_if
from shared.events.intake import BasicsCompleted, CaseHandedOver
from shared.events.report_form import (
    Agreement,
    Basics,
    Circumstances,
    Confirmation,
    Equipment,
    Sale,
    Stage,
)
from shared.events.values import Note, Past, Personal, Phone, Ref, Role, Text, WayIn
from shared.step import WORDS


@dataclass(frozen=True, slots=True)
class CompleteBasics:
    """基本信息补全: fill in sections of the report, each in whole; by the clerk.

    In way B they have called the customer themselves, and say when.
    """

    contact_name: Personal | None = None
    contact_phone: Phone | None = None
    fault_description: Note | None = None
    basics: Basics | None = None
    equipment: Equipment | None = None
    circumstances: Circumstances | None = None
    agreement: Agreement | None = None
    called_customer_at: Past | None = None
    sale: Sale | None = None


@dataclass(frozen=True, slots=True)
class HandOverCase:
    """首问移交: give the case to another owner; by its owner or an approver."""

    to: Ref
    because: Text | None = None


def offered_completion(_number: str, _report: Report) -> Iterator[CompleteBasics]:
    """Another word of the customer: which sections are filled in, the clerk will say."""
    yield CompleteBasics(fault_description=WORDS)


def reads_completed(command: CompleteBasics, _report: object, _asked: Asked) -> tuple[str, ...]:
    """The cards of the customer and the machine that are filled in."""
    return cards_named(command.basics, command.equipment)


def complete(command: CompleteBasics, report: Report, asked: Asked) -> Decision:
    """基本信息补全: while no approval is asked for."""
    needs_report(report, asked)
    called = command.called_customer_at
    bare = BasicsCompleted(
        contact_name=command.contact_name,
        contact_phone=command.contact_phone,
        fault_description=command.fault_description,
        basics=command.basics,
        equipment=command.equipment,
        circumstances=command.circumstances,
        agreement=command.agreement,
        confirmed=Confirmation(asked.actor, called) if called else None,
        content="",
        sale=command.sale,
    )
    after = evolve(report, bare)
    if shown_alike(after, report):
        return []
    needs_stage(report, *UNDECIDED)
    received = report.received_at
    unconfirmed = called is None or (received is not None and called < received)
    twice = contradictions(command.equipment, None)
    refuse_if(
        (report.way_in is WayIn.B and unconfirmed, reason("not-confirmed")),
        (bool(twice), reason("said-both-ways", fields=twice)),
        sale_fits(report.kind, command.sale),
        *unusable(asked, reads_completed(command, report, asked)),
    )
    return asked.here(replace(bare, content=content_of(after)))


def reads_new_owner(command: HandOverCase, _report: object, _asked: Asked) -> tuple[str, ...]:
    """The card of the new owner."""
    return (f"person-{command.to}",)


def hand_over(command: HandOverCase, report: Report, asked: Asked) -> Decision:
    """首问移交: as long as the case is open."""
    needs_report(report, asked)
    needs_stage(report, *UNDECIDED, Stage.SUBMITTED, Stage.APPROVED)
    if report.owner == command.to:
        return []
    may = asked.actor == report.owner or Role.APPROVER in asked.roles
    refuse_if(
        (not may, reason("not-the-owner", owner=report.owner)),
        *unusable(asked, reads_new_owner(command, report, asked)),
    )
    return asked.here(CaseHandedOver(report.owner, command.to, command.because))


def offered_handover(_number: str, _report: Report) -> Iterator[HandOverCase]:
    """To somebody: the page cannot know whom they will choose."""
    yield HandOverCase(WORDS, WORDS)
