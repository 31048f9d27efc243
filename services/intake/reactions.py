"""受理的反应 (reactions of intake): the commands that documents of other rooms call for."""

from collections.abc import Sequence

from services.intake.report.ending import NoteClosing
from services.intake.report.repeat import RepeatReport
from shared.document import CommandOwed, NewTicket, Published, Reaction
from shared.events.followup import Action, SurveyDocument
from shared.events.order_sheet import WorkOrderDocument


def note_closing(document: Published) -> Sequence[CommandOwed]:
    """得知结案: a work order that closed its case is noted on the report of its ticket.

    What intake closed itself is no work order, and owes nothing.
    """
    order = document.state
    assert isinstance(order, WorkOrderDocument)
    if order.ending is None:
        return ()
    note = NoteClosing(document.stream, document.version, order.ending)
    return (CommandOwed(f"report-{order.ticket}", note),)


def report_again(document: Published) -> Sequence[NewTicket]:
    """再次报修: a call-back leads to a new report if its answer asks for one.

    If the caller has already registered the new report and named it, none is made.
    """
    survey = document.state
    assert isinstance(survey, SurveyDocument)
    wanted = survey.action is Action.NEW_REPORT and survey.action_ref is None
    if not wanted:
        return ()
    command = RepeatReport(
        survey=document.stream,
        version=document.version,
        received_by=survey.caller,
        received_at=survey.attempts[-1].at,
        opinion=survey.opinion,
    )

    def build(_ticket: str) -> CommandOwed:
        return CommandOwed(f"report-{survey.ticket}", command)

    return (NewTicket(document.branch, document.recorded_at, build),)


REACTIONS = (
    Reaction(
        "note-closing",
        of=("work_order",),
        owes=note_closing,
        ignores=("TechnicianAssigned",),  # whoever is given an order, it is not closed by it
        from_start=True,
    ),
    Reaction("report-again", of=("survey",), owes=report_again, from_start=True),
)
