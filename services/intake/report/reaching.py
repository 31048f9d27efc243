"""联系用户 (reaching the customer): every try that came to nothing is told by itself.

Somebody who moved away and never answers is told nothing. Their case ends with the days on which
they were tried: those of the record, so that nobody can tell of several days at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from services.intake.report.checks import UNDECIDED, needs_report, needs_stage
from services.intake.report.state import Report
from shared.decider import Asked, Decision, Fact, Rule, days_tried, reason, refuse_if
from shared.events.intake import (
    BasicsCompleted,
    CallNoted,
    ContactAttempted,
    ContactCorrected,
    RemoteGuidanceGiven,
)
from shared.events.report_form import Stage
from shared.events.values import SEVERAL, Personal, RemoteResult, Text
from shared.step import WORDS

OPEN = (*UNDECIDED, Stage.SUBMITTED)
"""Where intake is still who ends the case."""


@dataclass(frozen=True, slots=True)
class AttemptContact:
    """联系未果: somebody tried to reach the customer: how, whom or where, and what came of it."""

    channel: Text
    whom: Personal
    result: Text


def attempt(command: AttemptContact, report: Report, asked: Asked) -> Decision:
    """联系未果: each try by itself, by whoever made it, while intake may end the case."""
    needs_report(report, asked)
    tried = ContactAttempted(asked.at, asked.actor, command.channel, command.whom, command.result)
    if tried in report.tried:
        return []
    refuse_if((report.former is not None, reason("closed-by-dispatch")))
    needs_stage(report, *OPEN)
    return asked.here(tried)


def tried_on(asked: Asked, time_zone: str) -> Sequence[date]:
    """联系日期: the days on which they were tried, since they were heard or their number changed.

    A ticket that is named beside it is read too: its tries are about somebody else.
    """
    return days_tried(asked.happened.get(asked.home, ()), _is_tried, _is_heard, time_zone)


def few_days(days: Sequence[date], needed: int) -> Rule:
    """A rule: they were tried on enough different days."""
    return len(days) < needed, reason("too-few-days", days=len(days), needed=needed)


def named_days(days: Sequence[date]) -> tuple[date, ...]:
    """The last of them, as the ending names them."""
    return tuple(days[-SEVERAL:])


def offered_attempt(_ticket: str, report: Report) -> Iterator[AttemptContact]:
    """Where nobody has approved anything yet."""
    if report.former is None:
        yield AttemptContact(WORDS, WORDS, WORDS)


def _is_tried(fact: Fact) -> bool:
    return isinstance(fact, ContactAttempted)


def _is_heard(fact: Fact) -> bool:
    """Whether the customer was spoken to, or is to be reached otherwise than before."""
    match fact:
        case CallNoted():
            return True
        case RemoteGuidanceGiven(attempt=guided):
            return guided.result is not RemoteResult.NOT_POSSIBLE
        case BasicsCompleted(contact_phone=phone, confirmed=confirmed):
            return phone is not None or confirmed is not None
        case ContactCorrected(contact_phone=phone):
            return phone is not None
        case _:
            return False
