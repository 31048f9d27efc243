"""催办表单 (the form of urging): who is urged, and until when not once more."""

from dataclasses import dataclass

from shared.events.order_sheet import standing_of
from shared.events.values import Note, Ref
from shared.http.form import Form, FormRequest, Forms, Made
from shared.policy.clocks import due
from shared.urging import UrgePaper


@dataclass(frozen=True, slots=True)
class UrgingAsked:
    """催办: who is urged, and why."""

    whom: Ref
    because: Note
    of: Ref | None = None
    """Which of several things that wait on the paper."""


def _urging(request: FormRequest, body: UrgingAsked) -> Made:
    policy = request.policy()
    urged = standing_of(body.whom, request.registers.person(body.whom))
    again_at = due(policy.urging.clock, policy.calendar, request.registers.now())
    return Made(UrgePaper(body.because, urged, again_at, body.of), policy=policy.label)


FORMS: Forms = {"urgings": Form(UrgingAsked, _urging)}
