"""回访终结 (ending): a call-back that ends without answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.followup.survey.checks import to_be_called
from services.followup.survey.state import Survey
from shared.decider import Asked, Decision, Happened, days_tried, reason, refuse_if
from shared.events.followup import (
    Attempt,
    AttemptResult,
    CallBackAttempted,
    CallBackEnded,
    SurveyStage,
)
from shared.events.values import Note, Text, TimeZone

ENDING_EXAMPLE = {
    "ending": "declined",
    "because": "用户不愿接受回访 the customer will not be asked",
    "channel": "phone",
}


class GivenUp(StrEnum):
    """终结方式: how a call-back ends without answers."""

    UNREACHED = "unreached"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class GivingUp:
    """回访终结: give the customer up; `channel` if they were tried once more just now."""

    ending: GivenUp
    because: Note
    channel: Text | None = None


@dataclass(frozen=True, slots=True)
class EndCallBack(GivingUp):
    """回访终结: the customer cannot be reached, or will not answer."""

    time_zone: TimeZone = "UTC"
    """Obligation: where the days of the attempts are counted."""


def end(command: EndCallBack, survey: Survey, asked: Asked) -> Decision:
    """回访终结: after attempts on enough different days, however many they were, or if declined."""
    stage = SurveyStage(command.ending.value)
    before = survey.ended
    if before is not None and (before.stage, before.because) == (stage, command.because):
        return []
    declined = command.ending is GivenUp.DECLINED
    result = AttemptResult.REFUSED if declined else AttemptResult.NO_ANSWER
    last = Attempt(asked.at, asked.actor, command.channel, result) if command.channel else None
    attempts = (*survey.attempts, last) if last else survey.attempts
    days = len(_days(command, asked))
    needed = survey.scheduled.attempts_needed if survey.scheduled else 0
    refused = any(attempt.result is AttemptResult.REFUSED for attempt in attempts)
    refuse_if(
        *to_be_called(survey, asked),
        (not declined and days < needed, reason("too-few-days", days=days, needed=needed)),
        (declined and not refused, reason("not-declined")),
    )
    return asked.here(CallBackEnded(stage, last, command.because))


def _days(command: EndCallBack, asked: Asked) -> Sequence[date]:
    """The days on which they were tried in vain since they answered last, by the record."""
    told = asked.of_kind(CallBackAttempted)
    just_now = [Happened(command, asked.at, asked.recorded_at)] if command.channel else []
    return days_tried((*told, *just_now), _in_vain, _was_heard, command.time_zone)


def _in_vain(fact: object) -> bool:
    return not _was_heard(fact)


def _was_heard(fact: object) -> bool:
    """Whether the customer answered: also who asks to be called again was reached."""
    tried = fact.attempt.result if isinstance(fact, CallBackAttempted) else AttemptResult.NO_ANSWER
    return tried is not AttemptResult.NO_ANSWER
