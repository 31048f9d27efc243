"""投诉的事实 (facts of complaints): what a customer complained of, and what became of it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.events import fact
from shared.events.followup import Satisfied
from shared.events.values import (
    At,
    BranchCode,
    CustomerRef,
    Fen,
    FileRef,
    Note,
    PersonalNote,
    PersonName,
    Phone,
    Ref,
    Role,
    Text,
    Ticket,
    Warned,
)

WRITER = ("intake",)


class ComplaintChannel(StrEnum):
    """投诉渠道: by which way a complaint came in."""

    CALL = "call"
    LETTER = "letter"
    VISIT = "visit"
    SURVEY = "survey"
    WEB = "web"


class ComplaintSubject(StrEnum):
    """投诉事由: what is complained of."""

    MANNER = "manner"
    ASKING_FOR_MONEY = "asking_for_money"
    LATE = "late"
    REPEAT_REPAIR = "repeat_repair"
    QUALITY = "quality"
    FEE = "fee"
    OTHER = "other"


class ComplaintStage(StrEnum):
    """投诉进度: how far a complaint has come."""

    NONE = "none"
    RECEIVED = "received"
    ASSIGNED = "assigned"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    UNREACHED = "unreached"
    DECLINED = "declined"
    CLOSED = "closed"
    ENDED = "ended"


class CallEnding(StrEnum):
    """投诉回访终结方式: why nobody calls back any more."""

    UNREACHED = "unreached"
    DECLINED = "declined"


class ComplaintEnding(StrEnum):
    """投诉终结方式: how a complaint ends that is not closed as settled."""

    WITHDRAWN = "withdrawn"
    DUPLICATE = "duplicate"
    UNSETTLED = "unsettled"
    """The customer is still not satisfied after it was reopened; an approver says what remains."""


@dataclass(frozen=True, slots=True)
class Terms:
    """投诉时限: what policy asks of a complaint of this class."""

    due_at: At
    """By when it is resolved."""
    call_due_at: At
    """By when the customer is called back about it."""
    notice_asked: bool = False
    """Whether the customer is given a written notice."""


@dataclass(frozen=True, slots=True)
class CallTried:
    """回访未果: one attempt to call back whoever complained, and what came of it."""

    at: At
    by: Ref
    channel: Text
    result: Text


@fact(writers=WRITER)
class ComplaintReceived:
    """投诉受理: somebody complained; nobody has classed it yet, and its time runs already."""

    number: Ref
    branch: BranchCode
    channel: ComplaintChannel
    received_at: At
    received_by: Ref | None
    """Who took it; None: the customer said it by a link or over the web, and nobody took it."""
    contact_name: PersonName
    contact_phone: Phone | None
    customer: CustomerRef | None
    what: PersonalNote
    subject: ComplaintSubject
    ticket: Ticket | None
    complained_of: Ref | None
    """被投诉人: the person complained of, if one is named."""
    machine: Ref | None
    survey: Ref | None
    """The call-back in which it was said."""
    terms: Terms
    """Of the strictest class, until somebody says which it is."""
    upward: tuple[Ref, ...]
    """Who was above when it came: told if it is overdue and nobody is above then."""
    warnings: tuple[Warned, ...]


@fact(writers=WRITER, schema=2)
class ComplaintAssigned:
    """投诉分派: which class it is, which department deals with it, who owns it, by when."""

    class_code: Ref
    department: Ref
    owner: Ref
    emergency: bool
    terms: Terms
    upward: tuple[Ref, ...]
    """Who was above the head of the department then."""
    told: tuple[Ref, ...]
    """In an emergency, who was told at once: the head of the department, and who is above."""
    nobody_above: bool
    """无人可报: nobody of these was there. Told were the general manager, else the operators."""
    complained_of: Ref | None
    """As far as it is known now."""
    assigned_by: Ref


@fact(writers=WRITER, schema=2)
class ComplaintReclassified:
    """投诉改级: it is of another class than it seemed, or an emergency."""

    class_code: Ref
    emergency: bool
    terms: Terms
    told: tuple[Ref, ...]
    nobody_above: bool
    because: Note
    by: Ref


@fact(writers=WRITER, schema=2)
class ComplaintReassigned:
    """投诉改派: somebody else owns it; its time runs on."""

    department: Ref
    owner: Ref
    upward: tuple[Ref, ...]
    told: tuple[Ref, ...]
    """Of an emergency that goes to another department: who was told at once."""
    nobody_above: bool
    complained_of: Ref | None
    because: Note
    by: Ref


@fact(writers=WRITER)
class ComplaintResolved:
    """投诉处理: what was found, whether it is true, and what was done about it."""

    findings: Note
    verified: bool
    measures: Note
    quality_was_cause: bool
    penalty: Text | None
    compensation_fen: Fen
    """What the customer is given; 0: nothing."""
    corrective_action: Ref | None
    customer_told_at: At | None
    written_notice: FileRef | None
    call_due_at: At
    """By when the customer is called back about it."""
    by: Ref


@fact(writers=WRITER)
class ComplaintCallTried:
    """回访未果: the customer was called about it, and did not answer."""

    tried: CallTried


@fact(writers=WRITER)
class ComplaintConfirmed:
    """投诉回访: the customer was told, and says that it is settled."""

    satisfied: Satisfied
    called_at: At
    customer_told_at: At
    said: PersonalNote | None
    by: Ref


@fact(writers=WRITER)
class ComplaintReopened:
    """投诉重办: the customer is not satisfied; its owner has it again, and its time runs anew."""

    said: PersonalNote
    reopened_at: At
    """From when its time runs anew."""
    terms: Terms
    by: Ref


@fact(writers=WRITER)
class ComplaintCallEnded:
    """投诉回访终结: nobody reached the customer, or they do not want to be called."""

    stage: CallEnding
    because: Note
    tried_on: tuple[date, ...]
    by: Ref


@fact(writers=WRITER)
class ComplaintClosed:
    """投诉结案: somebody else than its owner has looked at it, and it is done."""

    corrective_action: Ref | None
    """改进措施: where quality was the cause, and none was named before."""
    by: Ref


@fact(writers=WRITER)
class ComplaintEnded:
    """投诉终结: it was withdrawn, is the same as another, or cannot be settled."""

    ending: ComplaintEnding
    said: PersonalNote | None
    """When it is withdrawn: the customer's own words."""
    because: Note | None
    other: Ref | None
    """Of a duplicate: the complaint that goes on."""
    by: Ref


@fact(writers=WRITER, schema=2)
class ComplaintLinked:
    """投诉并案: another complaint has ended as a duplicate of this one, which goes on for both."""

    number: Ref
    complained_of: tuple[Ref, ...]
    """Everybody whom the other one was about."""
    emergency: bool
    told: tuple[Ref, ...]
    """Of an emergency: who was told of the other one, and who of this one at once."""


@fact(writers=WRITER)
class ComplaintOverdue:
    """投诉逾期: it is not resolved by its time; it was told upward."""

    due_at: At
    owner: Ref | None
    told: tuple[Ref, ...]


@fact(writers=WRITER)
class ComplaintCallUrged:
    """督促投诉回访: the customer was not called back by its time; somebody is reminded once."""

    due_at: At


@fact(writers=WRITER)
class ComplaintCallOverdue:
    """投诉回访逾期: it waits though it was urged; approvers of the branch are told, once."""

    told: Role
    """In which role people of the branch are told."""
    due_at: At
    """By when the customer should have been called."""
    upward_at: At


@fact(writers=WRITER)
class ComplaintClosingUrged:
    """督促投诉结案: the customer was called back, and nobody has closed it by its time."""

    due_at: At


@fact(writers=WRITER)
class ComplaintClosingOverdue:
    """投诉结案逾期: it waits though it was urged; approvers of the branch are told, once."""

    told: Role
    """In which role people of the branch are told."""
    due_at: At
    """By when it should have been closed."""
    upward_at: At
