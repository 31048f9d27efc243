"""结案 (ending): a case that intake closes itself, or that dispatch has closed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.intake.report.checks import UNDECIDED, is_over_before, needs_report, needs_stage
from services.intake.report.completeness import blank
from services.intake.report.reaching import few_days, named_days, tried_on
from services.intake.report.state import Report, initial
from shared.decider import Asked, Decision, Rule, reason, refuse_if
from shared.events.intake import ClosingNoted, RepairClosed, ReportLinked
from shared.events.report_form import Stage
from shared.events.same_machine import are_strangers
from shared.events.values import (
    Ending,
    Note,
    Past,
    RemoteResult,
    ReportKind,
    Role,
    Ticket,
    TimeZone,
)
from shared.step import LONG_AGO, WORDS

NO_VISIT = (Ending.SOLVED_REMOTELY, Ending.ANSWERED)
GIVEN_UP = (Ending.WITHDRAWN, Ending.DUPLICATE, Ending.OUT_OF_SCOPE, Ending.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Closing:
    """结案: how the case ends before any approval, and what the customer was told."""

    ending: Ending
    reason: Note | None = None
    answer: Note | None = None
    customer_told_at: Past | None = None
    """When the customer was told or, if solved from afar, said themselves that it works."""
    other_ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class CloseReport(Closing):
    """结案: end the case before any approval; by the clerk, solved ones by the technician too."""

    days_needed: int = 3
    """Obligation: on how many days a customer is tried whom nobody reaches."""
    time_zone: TimeZone = "UTC"
    """Obligation: where these days are counted."""


@dataclass(frozen=True, slots=True)
class NoteClosing:
    """得知结案: dispatch closed the case; by reaction, accepted in every state."""

    stream: str
    version: int
    """Of the document that said so."""
    ending: Ending
    other_ticket: Ticket | None = None


def close(command: CloseReport, report: Report, asked: Asked) -> Decision:
    """结案: answered, solved from afar or given up; what is approved is closed by dispatch."""
    needs_report(report, asked)
    unreached = command.ending is Ending.UNREACHABLE
    days = tried_on(asked, command.time_zone) if unreached else ()
    fact = _closed(command, days)
    if report.closed is not None and replace(report.closed, tried_on=fact.tried_on) == fact:
        return []
    given_up = command.ending in GIVEN_UP
    early = (Stage.REGISTERED, Stage.DIAGNOSED)
    needs_stage(report, *((*UNDECIDED, Stage.SUBMITTED) if given_up else early))
    missing = missing_to_close(command)
    unsolved = command.ending is Ending.SOLVED_REMOTELY and not _is_solved(report)
    is_enquiry = report.kind is ReportKind.INQUIRY
    unasked = command.ending is Ending.ANSWERED and not is_enquiry
    nothing_broken = command.ending is Ending.SOLVED_REMOTELY and is_enquiry
    others = given_up and Role.CLERK not in asked.roles
    refuse_if(
        (_is_dispatchs(command, report), reason("closed-by-dispatch")),
        (bool(missing), reason("closing-incomplete", missing=missing)),
        (unsolved, reason("not-solved")),
        (unasked, reason("not-an-inquiry")),
        (nothing_broken, reason("enquiry-is-answered")),
        (others, reason("clerk-closes", ending=command.ending)),
        *(_unreached(command, days) if unreached else ()),
        (command.other_ticket == (asked.ticket or ""), reason("duplicate-of-itself")),
        _unknown_other(command, asked),
        _gone_on_elsewhere(command, asked),
        _over_before(command, asked),
        *_unlike(command, report, asked),
    )
    return [*asked.here(fact), *_linked(command, asked)]


def _closed(command: CloseReport, days: Sequence[date]) -> RepairClosed:
    return RepairClosed(
        ending=command.ending,
        reason=command.reason,
        answer=command.answer,
        customer_told_at=command.customer_told_at,
        other_ticket=command.other_ticket,
        tried_on=named_days(days),
    )


def _unreached(command: CloseReport, days: Sequence[date]) -> Iterator[Rule]:
    """A rule: nobody reached them, on enough days; who was told something can be reached."""
    yield command.customer_told_at is not None, reason("told-after-all")
    yield few_days(days, command.days_needed)


def _is_dispatchs(command: CloseReport, report: Report) -> bool:
    """Whether only dispatch ends it so: by its ending, or after a first approval."""
    return command.ending not in (*GIVEN_UP, *NO_VISIT) or report.former is not None


def reads_other(
    command: CloseReport | NoteClosing, _report: Report, asked: Asked
) -> tuple[str, ...]:
    """The report of the other ticket, if one is named."""
    other = command.other_ticket
    return (f"report-{other}",) if other is not None and other != asked.ticket else ()


def _linked(command: CloseReport | NoteClosing, asked: Asked) -> Decision:
    """关联: the other ticket learns which one names it, in the same append."""
    assert asked.ticket is not None
    fact = ReportLinked(asked.ticket, command.ending)
    others = ((stream, asked.read(stream)) for stream in reads_other(command, initial, asked))
    return [
        (stream, fact)
        for stream, other in others
        if other.stage is not Stage.NONE and other.linked.get(fact.ticket) is not fact.ending
    ]


def _unknown_other(command: CloseReport, asked: Asked) -> Rule:
    """A rule: the other ticket that is named is there, at this branch."""
    others = [asked.read(stream) for stream in reads_other(command, initial, asked)]
    unknown = any(each.stage is Stage.NONE or each.branch != asked.branch for each in others)
    return unknown, reason("ticket-unknown", ticket=command.other_ticket or "")


def _gone_on_elsewhere(command: CloseReport, asked: Asked) -> Rule:
    """A rule: a duplicate names no ticket that is one itself: nobody might go on with either."""
    others = [asked.read(stream) for stream in reads_other(command, initial, asked)]
    also = any(each.ending is Ending.DUPLICATE for each in others)
    told = reason(
        "duplicate-of-duplicate",
        ticket=command.other_ticket or "",
        other=next((each.other_ticket or "" for each in others), ""),
    )
    return command.ending is Ending.DUPLICATE and also, told


def _over_before(command: CloseReport, asked: Asked) -> Rule:
    """A rule: what was over when this was reported has happened again; that is no duplicate."""
    other = command.other_ticket or ""
    was_over = is_over_before(f"report-{other}", asked.home, asked)
    told = reason("duplicate-of-over", ticket=other)
    return command.ending is Ending.DUPLICATE and was_over, told


def _unlike(command: CloseReport, report: Report, asked: Asked) -> Iterator[Rule]:
    """Rules: a duplicate is of the same kind, and has the customer or the machine in common.

    What nobody has said of one of them may be the same: the clerk says by the reason that it is.
    """
    if command.ending is not Ending.DUPLICATE:
        return
    ticket = command.other_ticket or ""
    for other in (asked.read(stream) for stream in reads_other(command, initial, asked)):
        if other.stage is Stage.NONE:
            continue
        told = reason("duplicate-of-kind", ticket=ticket, kind=report.kind, other=other.kind)
        yield report.kind is not other.kind, told
        yield are_strangers(report, other), reason("duplicate-of-stranger", ticket=ticket)


def missing_to_close(command: Closing) -> Sequence[str]:
    """结案时必填: what each ending must say."""
    match command.ending:
        case Ending.SOLVED_REMOTELY:
            return blank({"customer_told_at": command.customer_told_at})
        case Ending.ANSWERED:
            return blank({"answer": command.answer})
        case Ending.DUPLICATE:
            said = {"reason": command.reason, "customer_told_at": command.customer_told_at}
            return blank({**said, "other_ticket": command.other_ticket})
        case Ending.UNREACHABLE:
            return blank({"reason": command.reason})
        case _:
            return blank({"reason": command.reason, "customer_told_at": command.customer_told_at})


def note_closing(command: NoteClosing, report: Report, asked: Asked) -> Decision:
    """得知结案: unless something newer was noted of that order; of a duplicate on both tickets."""
    if command.version <= report.closings.get(command.stream, 0):
        return []
    noted = ClosingNoted(command.stream, command.version, command.ending, command.other_ticket)
    return [*asked.here(noted), *_linked(command, asked)]


def offered_closing(_number: str, report: Report) -> Iterator[Closing]:
    """As what it was: an enquiry is answered, a fault was solved from afar or is given up.

    Where somebody tried to reach the customer and did not, also as that.
    """
    if report.kind is ReportKind.INQUIRY:
        yield Closing(Ending.ANSWERED, answer=WORDS)
    elif _is_solved(report):
        yield Closing(Ending.SOLVED_REMOTELY, customer_told_at=LONG_AGO)
    else:
        yield Closing(Ending.WITHDRAWN, reason=WORDS, customer_told_at=LONG_AGO)
    if report.tried:
        yield Closing(Ending.UNREACHABLE, reason=WORDS)


def _is_solved(report: Report) -> bool:
    """Whether the last attempt from afar solved the fault."""
    attempts = report.remote_attempts
    return bool(attempts) and attempts[-1].result is RemoteResult.SOLVED
