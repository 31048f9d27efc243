"""走法 (the ways): repairs that wind before they come to the filed dossier, as lists of steps."""

from collections.abc import Sequence
from datetime import timedelta

from guiyi.play import exceptions, note, order, report, visit
from guiyi.play.branch.strays import GOES_ON
from guiyi.play.people import APPROVER, CLERK, KEEPER, LIU
from guiyi.play.player import A_DAY, Turn
from guiyi.play.repairs import (
    DRAWN,
    END,
    SETTLED,
    Story,
    agreed_by,
    home,
    ordered_for,
    reported_by,
    there,
)
from tests.world import detours, misissued
from tests.world.people import CLERK_2, HANDY

_DONE = (
    Turn(order.record_work(), LIU),
    Turn(visit.end_visit("done"), LIU),
    Turn(order.sign_as_customer, LIU),
)
_SIGNED_ANEW = (
    Turn(detours.void_signature, CLERK),
    Turn(order.record_work(1), LIU),
    Turn(order.sign_as_customer, LIU),
)
_BY_PAPER = Turn(detours.reconcile_by_paper(note.reconcile()), KEEPER)
_VOID = (Turn(detours.ask_void, CLERK), Turn(detours.void_note, KEEPER))
_THERE = (*agreed_by(CLERK), *there(LIU))

SHORT: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), DRAWN, Turn(note.announce, KEEPER), *_THERE),
    Turn(note.open_parcel("short"), LIU, waits_for=("not-delivered",)),
)
"""短缺: one piece is not in the parcel, as far as it is opened."""
WINDING: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), Turn(note.issue(-1), KEEPER)),
    *(Turn(detours.further_note, CLERK), DRAWN, *_THERE, *_DONE, *_SIGNED_ANEW),
    *(_BY_PAPER, _BY_PAPER, *home(LIU), *END),
)
"""一波三折: a short line, the rest on a further note, and a signature that has to be given anew."""
FEWER: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), DRAWN, *_THERE),
    Turn(detours.draft_fewer, LIU),
    Turn(detours.of_draft("signatures"), LIU),
    Turn(detours.of_draft("amendments"), CLERK),
    Turn(report.approve, APPROVER),
    Turn(detours.when_heard(order.record_work()), LIU),
    *(*_DONE[1:], SETTLED),
    Turn(order.hand_in, LIU, refused=("not-reconciled", "excess-unjudged")),
    Turn(detours.deny_excess, APPROVER),
    *(*home(LIU), *END),
)
"""少批多用: fewer are approved than are in hand, all are used, and the approver does not agree."""
_LATER = timedelta(hours=2)
ODD: Sequence[Turn] = (
    *reported_by(LIU)[:-1],
    Turn(detours.delegate_to(HANDY), APPROVER),
    Turn(detours.approve_for(APPROVER), HANDY, waits_for=("no-deputy", "not-deputy", "role")),
    *(*ordered_for(LIU), DRAWN, Turn(exceptions.ask_drop, CLERK), Turn(exceptions.drop, KEEPER)),
    *agreed_by(CLERK),
    Turn(detours.depart_before, LIU, _LATER, waits_for=("parts-not-in-hand",)),
    *(Turn(visit.arrive, LIU), Turn(detours.grant_deviation, APPROVER)),
    *(*_DONE, SETTLED, Turn(detours.entrust_hand_in, APPROVER)),
    Turn(order.hand_in, CLERK_2, A_DAY, waits_for=("not-reconciled",)),
    *END,
)
"""处处例外: approved by a deputy, a line dropped, left otherwise, handed in for another."""
RECALLED: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), *_VOID),
    *(Turn(detours.recall, CLERK), *ordered_for(LIU)[1:], DRAWN, DRAWN, *_THERE, *_DONE),
    *(SETTLED, SETTLED, *home(LIU), *END),
)
"""收回重派: the first note is void; the second one is drawn, two parts of it."""


MISISSUED: Sequence[Turn] = (
    *(*reported_by(LIU), *ordered_for(LIU), DRAWN, Turn(misissued.ask, KEEPER)),
    Turn(exceptions.grant("correction"), LIU),
    *(*_THERE, *_DONE, SETTLED, *home(LIU), *END),
)
"""拿错: another piece was handed out than was booked; keeper and technician say so."""


further = Story("further", GOES_ON, "rings")
fewer = Story("fewer", FEWER, "rings")
fitted = Story("fitted", (*SHORT, Turn(order.record_work(1), LIU), _DONE[1]), "missing")
"""Told to its end, as the repairs of `guiyi.play` are; of the last one all but its papers."""


def unhurried(steps: Sequence[Turn]) -> Sequence[Turn]:
    """The same without those that come too early."""
    return [step for step in steps if not step.refused]
