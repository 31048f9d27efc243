"""投诉单的共同检查 (shared rules of a complaint): at which stages, and who is kept apart."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.intake.complaint.state import Complaint
from services.intake.delegation import Delegations
from shared.decider import Asked, Rule, number_of, reason, refuse_if, too_many
from shared.events.cards import PersonCard
from shared.events.complaints import ComplaintResolved, ComplaintStage
from shared.events.values import SEVERAL, Role, covers

DESK = {Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER}
"""Who deals with complaints at the desk: a clerk, or an approver where a clerk is part of it."""
JUDGES = {*DESK, Role.BASE}
"""Who says how one ends: somebody of the desk, or of base where all at the desk had it."""
GRANTERS = (Role.APPROVER, Role.GENERAL_MANAGER, Role.BASE)
"""Who says what weighs: that a customer cannot be satisfied, or that others go with them."""
OWNERS = (Role.CLERK, Role.APPROVER, Role.GENERAL_MANAGER, Role.BASE)
"""Who may own one: whoever reads complaints."""
UNRESOLVED = (ComplaintStage.RECEIVED, ComplaintStage.ASSIGNED)
CALLED = (ComplaintStage.CONFIRMED, ComplaintStage.UNREACHED, ComplaintStage.DECLINED)
"""Where the customer was called back, or nobody could."""
OPEN = (*UNRESOLVED, ComplaintStage.RESOLVED, *CALLED)
AROUND_THE_WORLD = (-12, 0, 14)
"""Hours by which the days of branches may differ from those of the record."""


def needs_stage(complaint: Complaint, asked: Asked, *allowed: ComplaintStage) -> None:
    """Raise Refused unless the complaint stands at one of these stages."""
    number, stage = number_of(asked.home), complaint.stage
    told = reason("complaint-stage", number=number, stage=stage.value, allowed=allowed)
    refuse_if((stage not in allowed, told))


def not_complained_of(complaint: Complaint, asked: Asked) -> Rule:
    """A rule: nobody decides anything of a complaint about themselves."""
    named = asked.actor in complaint.ever_complained_of
    return named, reason("complained-of", person=asked.actor)


def ever_had_it(complaint: Complaint, asked: Asked) -> bool:
    """Whether they ever owned or resolved it, be it by who acted for them: who judges never did.

    So nobody says of their own work that the customer is content with it, nor that it is over.
    """
    told = asked.happened.get(asked.home, ())
    resolved = (each.people for each in told if isinstance(each.fact, ComplaintResolved))
    resolved_by = complaint.resolved.by if complaint.resolved else None
    return asked.actor in {*complaint.owners, resolved_by}.union(*resolved)


def reads_stand_ins(_command: object, complaint: Complaint, asked: Asked) -> Iterator[str]:
    """Who acts for whom: for whoever asks, and for everybody it is about."""
    people = (asked.actor, asked.acting_for, *complaint.ever_complained_of)
    return (f"delegation-{each}" for each in dict.fromkeys(people) if each)


def no_stand_in(complaint: Complaint, asked: Asked) -> Iterator[Rule]:
    """Rules: nobody says how it ends who acts for whom it is about, nor for whom these act."""
    for person in _bound_to(complaint.ever_complained_of, asked):
        yield True, reason("judge-stands-in", judge=asked.actor, person=person)


def fit_to_choose(complained_of: Sequence[str], asked: Asked) -> Iterator[Rule]:
    """Rules: nobody says of which class it is or whose who is one of these, or acts for one.

    These are everybody it was ever about, with whoever the command itself names.
    """
    yield asked.actor in complained_of, reason("complained-of", person=asked.actor)
    for person in _bound_to(complained_of, asked):
        yield True, reason("chooser-stands-in", chooser=asked.actor, person=person)


def _bound_to(people: Sequence[str], asked: Asked) -> Iterator[str]:
    """Those of these people for whom whoever asks acts, or who act for them.

    Delegations are of days at the branch, which may be another day than elsewhere.
    """
    days = {(asked.recorded_at + timedelta(hours=hours)).date() for hours in AROUND_THE_WORLD}
    for person in people:
        if person != asked.actor and any(_stand_in(asked.actor, person, asked, on) for on in days):
            yield person


def is_here(person: str, asked: Asked) -> bool:
    """Whether somebody whose card was read works at the branch, now."""
    card = asked.read(f"person-{person}")
    return isinstance(card, PersonCard) and card.active and covers(card.branches, asked.branch)


def streams_of_owner(owner: str, complained_of: Sequence[str]) -> Iterator[str]:
    """What is looked at before somebody owns a complaint."""
    for person in dict.fromkeys((owner, *complained_of)):
        yield f"person-{person}"
        yield f"delegation-{person}"


def fit_to_own(owner: str, complained_of: Sequence[str], asked: Asked, on: date) -> Iterator[Rule]:
    """Rules: the owner is there, reads complaints, and is not part of what is complained of."""
    card = asked.read(f"person-{owner}")
    yield card is None, reason("person-unknown", person=owner)
    if isinstance(card, PersonCard):
        elsewhere = not covers(card.branches, asked.branch)
        told = reason("person-elsewhere", person=owner, branch=asked.branch)
        yield not card.active, reason("person-inactive", person=owner)
        yield card.active and elsewhere, told
        blind = not set(card.roles) & set(OWNERS)
        yield blind, reason("owner-cannot-read", person=owner, needed=OWNERS)
    yield owner in complained_of, reason("owner-complained-of", person=owner)
    yield too_many("complained_of", len(complained_of), SEVERAL)
    for person in complained_of:
        if person != owner:
            yield from _apart_from(owner, person, asked, on)


def _apart_from(owner: str, complained_of: str, asked: Asked, on: date) -> Iterator[Rule]:
    """Rules: whom it is about is known, and neither of the two acts for the other."""
    nobody = asked.read(f"person-{complained_of}") is None
    yield nobody, reason("person-unknown", person=complained_of)
    told = reason("owner-stands-in", owner=owner, person=complained_of)
    yield _stand_in(owner, complained_of, asked, on), told


def _stand_in(owner: str, complained_of: str, asked: Asked, on: date) -> bool:
    """Whether one of the two acts for the other at the branch today."""
    pairs = ((owner, complained_of), (complained_of, owner))
    return any(
        isinstance(given := asked.read(f"delegation-{person}"), Delegations)
        and deputy in given.deputies(asked.branch, on)
        for person, deputy in pairs
    )
