"""咨询一览 (enquiries): what was asked, what they were told and by whom, and what became of it."""

from dataclasses import dataclass, replace
from datetime import datetime

from shared.events import intake as facts
from shared.events.values import Channel, Ending, Personal, ReportKind
from shared.view import Key, Recorded, first_row, keys_by_number

NAME = "enquiries"
VERSION = 1
KEY = ("ticket",)
INDEXES = (("branch", "is_open"), ("customer",))


@dataclass(frozen=True, slots=True)
class Row:
    """咨询登记一行: one enquiry, open or over."""

    ticket: str
    branch: str
    owner: str
    channel: Channel
    received_by: str
    received_at: datetime
    contact_name: Personal
    contact_phone: Personal
    customer: str | None
    fault_description: str
    """What they asked."""
    is_open: bool
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    customer_told_at: datetime | None
    ending: Ending | None
    became: str | None
    """The report that it became, or the one that it is the same as."""
    version: int
    changed_at: datetime


keys = keys_by_number("report")


def project(key: Key, row: Row | None, recorded: Recorded) -> Row | None:
    """The row after the fact; of an enquiry alone."""
    fact = recorded.fact
    if isinstance(fact, facts.RepairReported) and fact.kind is ReportKind.INQUIRY:
        row = _registered(str(key[0]), fact, recorded)
    if row is None:
        return None
    row = replace(row, version=recorded.version, changed_at=recorded.recorded_at)
    match fact:
        case facts.BasicsCompleted() | facts.ContactCorrected():
            return _reached(row, fact)
        case facts.CaseHandedOver(_, owner):
            return replace(row, owner=owner)
        case facts.RepairClosed() as closed:
            return _closed(row, closed, recorded)
        case facts.ClosingNoted(ending=ending):
            return replace(row, is_open=False, ending=ending)
        case _:
            return row


def _registered(ticket: str, fact: facts.RepairReported, recorded: Recorded) -> Row:
    return first_row(
        Row,
        fact,
        ticket=ticket,
        customer=fact.basics.customer,
        is_open=True,
        version=recorded.version,
        changed_at=recorded.recorded_at,
    )


def _reached(row: Row, said: facts.BasicsCompleted | facts.ContactCorrected) -> Row:
    """With whom and where to reach as it was completed or put right."""
    row = replace(
        row,
        contact_name=said.contact_name or row.contact_name,
        contact_phone=said.contact_phone or row.contact_phone,
    )
    if isinstance(said, facts.ContactCorrected):
        return row
    return replace(
        row,
        fault_description=said.fault_description or row.fault_description,
        customer=said.basics.customer if said.basics else row.customer,
    )


def _closed(row: Row, closed: facts.RepairClosed, recorded: Recorded) -> Row:
    """Who closes it with an answer has answered it, or tells what a colleague did."""
    answered = closed.answer is not None
    return replace(
        row,
        is_open=False,
        answer=closed.answer,
        answered_by=recorded.actor if answered else None,
        answered_at=recorded.recorded_at if answered else None,
        customer_told_at=closed.customer_told_at,
        ending=closed.ending,
        became=closed.other_ticket,
    )
