"""投诉单的状态 (the state of a complaint): what its facts add up to."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from shared import urging
from shared.events.complaints import (
    CallTried,
    ComplaintAssigned,
    ComplaintCallEnded,
    ComplaintCallOverdue,
    ComplaintCallTried,
    ComplaintCallUrged,
    ComplaintClosed,
    ComplaintClosingOverdue,
    ComplaintClosingUrged,
    ComplaintConfirmed,
    ComplaintEnded,
    ComplaintLinked,
    ComplaintOverdue,
    ComplaintReassigned,
    ComplaintReceived,
    ComplaintReclassified,
    ComplaintReopened,
    ComplaintResolved,
    ComplaintStage,
    Terms,
)
from shared.events.values import SEVERAL, key_of

Fact: TypeAlias = (
    ComplaintReceived
    | ComplaintAssigned
    | ComplaintReclassified
    | ComplaintReassigned
    | ComplaintResolved
    | ComplaintCallTried
    | ComplaintConfirmed
    | ComplaintReopened
    | ComplaintCallEnded
    | ComplaintClosed
    | ComplaintEnded
    | ComplaintLinked
    | ComplaintOverdue
    | ComplaintCallUrged
    | ComplaintCallOverdue
    | ComplaintClosingUrged
    | ComplaintClosingOverdue
)


@dataclass(frozen=True, slots=True)
class Complaint:
    """投诉单: as it stands."""

    stage: ComplaintStage = ComplaintStage.NONE
    received: ComplaintReceived | None = None
    class_code: str | None = None
    emergency: bool = False
    department: str | None = None
    owner: str | None = None
    owners: tuple[str, ...] = ()
    """Everybody who has owned it: whoever gives it away has owned it all the same."""
    complained_of: str | None = None
    """被投诉人, as far as it is known."""
    ever_complained_of: tuple[str, ...] = ()
    """Everybody who was ever named: whoever is named later takes nobody's part away."""
    terms: Terms | None = None
    upward: tuple[str, ...] = ()
    """Who was above when it was given last: told if it is overdue and nobody is above then."""
    told: tuple[str, ...] = ()
    """Who was told at once, in an emergency."""
    nobody_above: bool = False
    """Whether they were told because nobody led the department or was above it."""
    resolved: ComplaintResolved | None = None
    """What its owner did last; stays when it is reopened."""
    reopened: ComplaintReopened | None = None
    """The last time the customer was not satisfied."""
    tried: tuple[CallTried, ...] = ()
    """The last attempts to call back that came to nothing."""
    confirmed: ComplaintConfirmed | None = None
    call_ended: ComplaintCallEnded | None = None
    overdue: ComplaintOverdue | None = None
    """The last time it was overdue; a mark that stays."""
    urged: ComplaintCallUrged | None = None
    call_overdue: ComplaintCallOverdue | None = None
    """The last time it was late to call though it was urged."""
    closing_urged: ComplaintClosingUrged | None = None
    closing_overdue: ComplaintClosingOverdue | None = None
    """The last time it was late to be closed though it was urged."""
    ended: ComplaintEnded | None = None
    closed: ComplaintClosed | None = None
    linked: tuple[str, ...] = ()
    """Complaints that ended as duplicates of this one, the last ones."""
    urged_by_hand: urging.Last | None = None
    """As somebody urged its next step last."""

    @property
    def runs_from(self) -> datetime | None:
        """From when its time runs: since it was received, or since it was reopened."""
        if self.reopened is not None:
            return self.reopened.reopened_at
        return self.received.received_at if self.received else None

    @property
    def is_over(self) -> bool:
        """Whether nobody deals with it any more."""
        return self.stage in (ComplaintStage.ENDED, ComplaintStage.CLOSED)

    @property
    def ticket(self) -> str | None:
        """The ticket it is about, if it is about one."""
        return self.received.ticket if self.received else None


def evolve(complaint: Complaint, fact: Fact) -> Complaint:
    """The complaint after the fact. Asks no rule: facts are facts."""
    match fact:
        case ComplaintReceived():
            return replace(
                complaint,
                stage=ComplaintStage.RECEIVED,
                received=fact,
                complained_of=fact.complained_of,
                ever_complained_of=named(complaint, fact.complained_of),
                terms=fact.terms,
                upward=fact.upward,
            )
        case ComplaintAssigned() | ComplaintReclassified() | ComplaintReassigned():
            return _given(complaint, fact)
        case ComplaintResolved():
            return replace(complaint, stage=ComplaintStage.RESOLVED, resolved=fact)
        case ComplaintLinked():
            return _linked(complaint, fact)
        case ComplaintOverdue():
            return replace(complaint, overdue=fact)
        case ComplaintEnded():
            return replace(complaint, stage=ComplaintStage.ENDED, ended=fact)
        case ComplaintClosed():
            return replace(complaint, stage=ComplaintStage.CLOSED, closed=fact)
        case ComplaintClosingUrged():
            return replace(complaint, closing_urged=fact)
        case ComplaintClosingOverdue():
            return replace(complaint, closing_overdue=fact)
        case _:
            return _called(complaint, fact)


def _linked(complaint: Complaint, fact: ComplaintLinked) -> Complaint:
    """With whom the other one was about; what was an emergency there is one here."""
    about = (*complaint.ever_complained_of, *fact.complained_of)
    first = fact.complained_of[0] if fact.complained_of else None
    return replace(
        complaint,
        linked=(*complaint.linked, fact.number)[-SEVERAL:],
        complained_of=complaint.complained_of or first,
        ever_complained_of=tuple(dict.fromkeys(about)),
        emergency=complaint.emergency or fact.emergency,
        told=complaint.told if complaint.emergency else fact.told or complaint.told,
    )


def _given(
    complaint: Complaint, fact: ComplaintAssigned | ComplaintReclassified | ComplaintReassigned
) -> Complaint:
    """Whose it is, and by when."""
    match fact:
        case ComplaintAssigned():
            return replace(
                complaint,
                stage=ComplaintStage.ASSIGNED,
                class_code=fact.class_code,
                emergency=fact.emergency,
                department=fact.department,
                owner=fact.owner,
                owners=_owners(complaint, fact.owner),
                complained_of=fact.complained_of,
                ever_complained_of=named(complaint, fact.complained_of),
                terms=fact.terms,
                upward=fact.upward,
                told=fact.told or complaint.told,
                nobody_above=fact.nobody_above,
            )
        case ComplaintReclassified():
            return replace(
                complaint,
                class_code=fact.class_code,
                emergency=fact.emergency,
                terms=fact.terms,
                told=fact.told or complaint.told,
                nobody_above=fact.nobody_above or (complaint.nobody_above and not fact.told),
            )
        case ComplaintReassigned():
            return replace(
                complaint,
                department=fact.department,
                owner=fact.owner,
                owners=_owners(complaint, fact.owner),
                complained_of=fact.complained_of,
                ever_complained_of=named(complaint, fact.complained_of),
                upward=fact.upward,
                told=fact.told or complaint.told,
                nobody_above=fact.nobody_above or (complaint.nobody_above and not fact.told),
            )


def _owners(complaint: Complaint, owner: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*complaint.owners, owner)))


def _called(
    complaint: Complaint,
    fact: ComplaintCallTried
    | ComplaintConfirmed
    | ComplaintReopened
    | ComplaintCallEnded
    | ComplaintCallUrged
    | ComplaintCallOverdue,
) -> Complaint:
    """What came of calling the customer back."""
    match fact:
        case ComplaintCallTried(tried):
            return replace(complaint, tried=(*complaint.tried, tried)[-SEVERAL:])
        case ComplaintConfirmed():
            return replace(complaint, stage=ComplaintStage.CONFIRMED, confirmed=fact)
        case ComplaintReopened():
            return replace(
                complaint,
                stage=ComplaintStage.ASSIGNED,
                reopened=fact,
                terms=fact.terms,
                confirmed=None,
                call_ended=None,
            )
        case ComplaintCallEnded():
            return replace(complaint, stage=ComplaintStage(fact.stage), call_ended=fact)
        case ComplaintCallUrged():
            return replace(complaint, urged=fact)
        case ComplaintCallOverdue():
            return replace(complaint, call_overdue=fact)


def named(complaint: Complaint, person: str | None) -> tuple[str, ...]:
    """Everybody who was ever named, and this person, if one is."""
    before = complaint.ever_complained_of
    return before if person is None or person in before else (*before, person)


def shown(complaint: Complaint) -> Complaint | None:
    """The complaint as its page and the page of its ticket show it."""
    return complaint if complaint.received else None


def subject_of(complaint: Complaint) -> str | None:
    """Whose key seals what is said of it later: the one that sealed who complained."""
    return key_of(complaint.received.contact_name) if complaint.received else None


def ticket_of(complaint: Complaint) -> str | None:
    """The ticket that its facts belong to."""
    return complaint.ticket
