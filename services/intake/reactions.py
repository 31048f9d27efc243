"""受理的反应 (reactions of intake): what documents of other rooms and late complaints call for."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from services.intake import rules, sayings
from services.intake.acceptance import NoteAcceptance
from services.intake.complaint import SERIES, calls_due, closings_due, complaints_due
from services.intake.complaint.clocks import (
    Above,
    MarkComplaintCallOverdue,
    MarkComplaintClosingOverdue,
    MarkOverdue,
    UrgeComplaintClosing,
)
from services.intake.report.complained import ComplainFromSurvey
from services.intake.report.defects import NoteDefect
from services.intake.report.ending import NoteClosing
from services.intake.report.repeat import RepeatReport
from services.intake.views import people
from shared.document import (
    Around,
    CommandOwed,
    NewTicket,
    Published,
    Reaction,
    Recurring,
    Timer,
)
from shared.events.followup import Action, SurveyDocument
from shared.events.notices import NoticeKind
from shared.events.order_sheet import WorkOrderDocument
from shared.events.values import Role
from shared.notices.asking import wanted_of_people
from shared.policy import Core
from shared.policy.clocks import Occurrence, reached


def note_closing(document: Published) -> Sequence[CommandOwed]:
    """得知结案: a work order that closed its case is noted on the report of its ticket.

    What intake closed itself is no work order, and owes nothing.
    """
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    if order.ending is None:
        return ()
    note = NoteClosing(document.stream, document.version, order.ending, order.other_ticket)
    return (CommandOwed(f"report-{order.ticket}", note),)


def start_warranty(document: Published, policy: Core) -> Sequence[CommandOwed]:
    """保修起算: an accepted machine's card says from when, by the order that closed its case."""
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    machine, starts_on = order.approved.equipment.machine, order.warranty_starts_on
    if starts_on is None or machine is None:
        return ()
    note = NoteAcceptance(
        document.stream,
        document.version,
        starts_on,
        order.acceptance_told_on or starts_on,
        rules.warranty_until(policy, starts_on),
        order.technicians,
    )
    return (CommandOwed(f"machine-{machine}", note),)


def link_defects(document: Published) -> Sequence[CommandOwed]:
    """缺陷关联: the report of each defect names the commissioning that found it."""
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    found = order.work.commissioned if order.work else None
    if order.ending is None or found is None:
        return ()
    reports = dict.fromkeys(found.defects)
    return [
        CommandOwed(f"report-{each}", NoteDefect(order.ticket, document.stream, document.version))
        for each in reports
    ]


def report_again(document: Published) -> Sequence[CommandOwed | NewTicket]:
    """再次报修: a call-back leads to a new report if its answer asks for one, or the fault is back.

    If the caller has already registered the new report and named it, that one is linked, and no
    number is taken.
    """
    survey = document.state
    assert isinstance(survey, SurveyDocument)
    if not sayings.wants_report(survey):
        return ()
    command = RepeatReport(
        survey=document.stream,
        version=document.version,
        received_by=survey.caller,
        received_at=_said_at(document, survey),
        opinion=sayings.own_words(survey),
        named=survey.action_ref if survey.action is Action.NEW_REPORT else None,
    )

    owed = CommandOwed(f"report-{survey.ticket}", command)
    made = NewTicket(document.branch, document.recorded_at, lambda _ticket: owed)
    return (owed, made) if command.named else (made,)


def complain(document: Published, policy: Core) -> Sequence[NewTicket]:
    """投诉转入: a call-back leads to a complaint if its answer asks for one, or is grave.

    If the caller has already registered the complaint and named it, none is made.
    """
    survey = document.state
    assert isinstance(survey, SurveyDocument)
    if not sayings.wants_complaint(survey):
        return ()
    said_at = _said_at(document, survey)
    named = survey.action_ref if survey.action is Action.COMPLAINT else None

    def build(number: str) -> CommandOwed:
        command = ComplainFromSurvey(
            complaint=number,
            survey=document.stream,
            version=document.version,
            received_by=survey.caller,
            received_at=said_at,
            subject=sayings.subject_of(survey),
            what=sayings.words_of(survey),
            complained_of=sayings.complained_of(survey),
            terms=rules.strictest_terms(policy, said_at),
            named=named,
        )
        return CommandOwed(f"report-{survey.ticket}", command)

    return (NewTicket(document.branch, document.recorded_at, build, series=SERIES),)


def tell_upward(row: complaints_due.Row, around: Around) -> CommandOwed:
    """投诉逾期上报: with who is above each department and who leads it, as the cards say now."""
    here = partial(people.those, partial(around.rows, people), row.branch)
    above = tuple(
        Above(each.code, here(each.upward), here(each.head))
        for each in around.policy.complaints.departments
    )
    instead = (here(Role.GENERAL_MANAGER), here(Role.OPERATOR))
    told_by, kind = around.policy.notices, NoticeKind.COMPLAINT_OVERDUE
    notice = wanted_of_people(told_by, row.branch, kind)
    return CommandOwed(row.stream, MarkOverdue(row.due, above, notice, instead))


def call_overdue(policy: Core, row: calls_due.Row, until: datetime) -> Occurrence | None:
    """投诉回访逾期: so long after a call was due that was urged and is not made."""
    found = rules.complaint_call_overdue(policy, row.due) if row.urged else None
    return reached(found, policy.calendar, until)


def mark_call(row: calls_due.Row, on: Occurrence) -> CommandOwed:
    """投诉回访逾期: the approvers of the branch are told."""
    return CommandOwed(row.stream, MarkComplaintCallOverdue(row.due, on.due))


def closing_due(policy: Core, row: closings_due.Row, until: datetime) -> Occurrence | None:
    """投诉结案时限: so long after the customer was called back, until it is urged."""
    found = None if row.urged else rules.complaint_closing(policy, row.since)
    return reached(found, policy.calendar, until)


def urge_closing(row: closings_due.Row, on: Occurrence) -> CommandOwed:
    """督促投诉结案: the clerks of the branch are reminded."""
    return CommandOwed(row.stream, UrgeComplaintClosing(row.since, on.due))


def closing_overdue(policy: Core, row: closings_due.Row, until: datetime) -> Occurrence | None:
    """投诉结案逾期: so long after it was to be closed that was urged and is not closed."""
    found = rules.complaint_closing_overdue(policy, row.urged) if row.urged else None
    return reached(found, policy.calendar, until)


def mark_closing(row: closings_due.Row, on: Occurrence) -> CommandOwed:
    """投诉结案逾期: the approvers of the branch are told."""
    return CommandOwed(row.stream, MarkComplaintClosingOverdue(row.urged or on.due, on.due))


def _said_at(document: Published, survey: SurveyDocument) -> datetime:
    """When the customer said it: in the last call, or by a link at the latest when it came."""
    return survey.attempts[-1].at if survey.attempts else document.recorded_at


HANDED_TO = ("BaseTechnicianSent", "TechnicianAssigned")
"""Who goes: nothing is owed for it."""
REACTIONS = (
    Reaction(
        "note-closing",
        of=("work_order",),
        owes=note_closing,
        # Whoever is sent or given an order, it is not closed by it.
        ignores=HANDED_TO,
        from_start=True,
    ),
    Reaction(
        "start-warranty",
        of=("work_order",),
        owes=start_warranty,
        ignores=HANDED_TO,  # nothing is accepted by it
        from_start=True,
        asks_policy=True,
    ),
    Reaction(
        "link-defects",
        of=("work_order",),
        owes=link_defects,
        ignores=HANDED_TO,  # no defect is found by it
        from_start=True,
    ),
    Reaction("report-again", of=("survey",), owes=report_again, from_start=True),
    Reaction("complain", of=("survey",), owes=complain, from_start=True, asks_policy=True),
)
TIMERS = (
    Timer("complaint-overdue", complaints_due, tell_upward, looks_at=(people,)),
    Recurring("complaint-call-overdue", calls_due, call_overdue, mark_call),
    Recurring("urge-complaint-closing", closings_due, closing_due, urge_closing),
    Recurring("complaint-closing-overdue", closings_due, closing_overdue, mark_closing),
)
"""Those that look at more than their own rows."""
