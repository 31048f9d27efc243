"""走法 (the ways): repairs that go well from the call to the filed dossier, as lists of steps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from tests.world import after, cases, on_site, parts
from tests.world.cases import Act
from tests.world.people import APPROVER, CLERK, CLERK_2, KEEPER, LIU

MINUTES, A_DAY = timedelta(minutes=5), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """一步: who does what in a case that goes well, and how long after the step before."""

    act: Act
    who: str
    after: timedelta = MINUTES


_REPORTED = (
    Step(cases.report, CLERK),
    Step(cases.guide("not_solved"), LIU),
    Step(cases.diagnose, LIU),
    Step(cases.sign_report, LIU),
    Step(cases.submit, CLERK),
    Step(cases.approve, APPROVER),
)
_ORDERED = (
    Step(cases.open_order, CLERK),
    Step(cases.assign, CLERK),
    Step(cases.take_order, LIU),
)
_THERE = (
    Step(on_site.plan, CLERK),
    Step(on_site.confirm, CLERK),
    Step(on_site.depart, LIU, A_DAY),
    Step(on_site.arrive, LIU),
)
_DONE = (
    Step(on_site.record_work(), LIU),
    Step(on_site.end_visit("done"), LIU),
    Step(on_site.sign_as_customer, LIU),
)
_HOME = (
    Step(on_site.hand_in, LIU, A_DAY),
    Step(on_site.close, CLERK),
)
_CALLED_BACK = (
    Step(after.answer(), CLERK_2, A_DAY),
    Step(after.file, CLERK),
)
_DRAWN = Step(parts.issue(), KEEPER)
_BACK = Step(parts.reconcile(), KEEPER)

STRAIGHT: Sequence[Step] = (
    *(*_REPORTED, *_ORDERED, _DRAWN, _DRAWN, *_THERE, *_DONE, _BACK, _BACK, *_HOME, *_CALLED_BACK),
)
"""一张维修单到底: with two parts, of which one piece comes home unused."""
NOBODY_HOME: Sequence[Step] = (
    *(*_REPORTED, *_ORDERED, *_THERE, Step(on_site.end_visit("no_access"), LIU)),
    *(*_THERE, *_DONE, *_HOME, *_CALLED_BACK),
)
"""无人在家: a second visit; no parts."""
BY_POST: Sequence[Step] = (
    *(*_REPORTED, *_ORDERED, _DRAWN, Step(parts.announce, KEEPER), *_THERE),
    Step(parts.deliver_parcel, KEEPER),
    Step(parts.open_parcel(), LIU),
    *(*_DONE, _BACK, *_HOME, *_CALLED_BACK),
)
"""邮寄: the part goes by mail and is opened together."""
_SIGNED_ANEW = (
    Step(on_site.void_signature, CLERK),
    Step(on_site.record_work(1), LIU),
    Step(on_site.sign_as_customer, LIU),
)
_BY_PAPER = Step(parts.reconcile_by_paper, KEEPER)
WINDING: Sequence[Step] = (
    *(*_REPORTED, *_ORDERED, Step(parts.issue(-1), KEEPER), Step(on_site.further_note, CLERK)),
    *(_DRAWN, *_THERE, *_DONE, *_SIGNED_ANEW, _BY_PAPER, _BY_PAPER, *_HOME, *_CALLED_BACK),
)
"""一波三折: a short line, the rest on a further note, and a signature that has to be given anew."""
RECALLED: Sequence[Step] = (
    *(*_REPORTED, *_ORDERED, Step(parts.void_note(CLERK), KEEPER), Step(cases.recall, CLERK)),
    *(*_ORDERED[1:], _DRAWN, *_THERE, *_DONE, _BACK, *_HOME, *_CALLED_BACK),
)
"""收回重派: the first note is void, the second one is drawn."""
SOLVED_REMOTELY: Sequence[Step] = (
    Step(cases.report, CLERK),
    Step(cases.guide("solved"), LIU),
    Step(cases.close_report("solved_remotely"), LIU),
    *_CALLED_BACK,
)
