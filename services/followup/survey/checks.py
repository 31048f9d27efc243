"""回访单的共同检查 (checks): rules that several steps of a call-back share."""

from collections.abc import Sequence

from services.followup.survey.state import Survey
from shared.decider import Asked, Refused, Rule, number_of, reason
from shared.events.followup import SurveyStage


def to_be_called(survey: Survey, asked: Asked) -> Sequence[Rule]:
    """Rules: a call-back is to be made, it is not over, and the caller did not do the job."""
    number = number_of(asked.home)
    if survey.scheduled is None:
        raise Refused(reason("no-call-back", number=number))
    over = survey.stage is not SurveyStage.DUE
    did_the_job = asked.actor in survey.scheduled.technicians
    return (
        (over, reason("call-back-over", number=number, stage=survey.stage)),
        (did_the_job, reason("technician-calls", person=asked.actor)),
    )
