"""来电与备注 (notes): what is heard and thought of a case while it is open; it changes nothing."""

from dataclasses import dataclass

from services.intake.report.checks import needs_report, needs_stage
from services.intake.report.state import Report
from shared.decider import Asked, Decision, refuse_if, too_many
from shared.events.intake import CallNoted, NoteAdded
from shared.events.report_form import Stage
from shared.events.values import SEVERAL, Note

OPEN = tuple(each for each in Stage if each not in (Stage.NONE, Stage.CLOSED))


@dataclass(frozen=True, slots=True)
class NoteCall:
    """再次来电: the customer called again about an open case; what they said, and if they urge."""

    said: Note
    urges: bool = False


@dataclass(frozen=True, slots=True)
class AddNote:
    """备注: what whoever works on the case should know."""

    text: Note


def note_call(command: NoteCall, report: Report, asked: Asked) -> Decision:
    """再次来电: while the case is open; whoever took the call."""
    needs_report(report, asked)
    fact = CallNoted(asked.actor, asked.at, command.said, command.urges)
    if fact in report.calls:
        return []
    needs_stage(report, *OPEN)
    refuse_if(too_many("calls", len(report.calls) + 1, SEVERAL))
    return asked.here(fact)


def add_note(command: AddNote, report: Report, asked: Asked) -> Decision:
    """备注: while the case is open."""
    needs_report(report, asked)
    fact = NoteAdded(asked.actor, asked.at, command.text)
    if fact in report.jottings:
        return []
    needs_stage(report, *OPEN)
    refuse_if(too_many("jottings", len(report.jottings) + 1, SEVERAL))
    return asked.here(fact)
