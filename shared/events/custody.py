"""保管的事实 (facts of custody): papers of a dossier that are lent and returned, and addenda."""

from dataclasses import dataclass
from enum import StrEnum

from shared.events import fact
from shared.events.followup import Paper, PaperKind
from shared.events.values import At, ContentHash, FileRef, Note, Ref, Role


class PaperCondition(StrEnum):
    """归还状况: how a paper came back."""

    WHOLE = "whole"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class PaperRef:
    """档案一件: which paper of the ticket, by its kind and number."""

    kind: PaperKind
    number: Ref


@dataclass(frozen=True, slots=True)
class ClaimSaid:
    """报销单所说: the travel claim that holds a paper, and the version that says so."""

    claim: Ref
    version: int


@fact(writers=("followup",))
class PaperLent:
    """借出: a paper has left the file; somebody answers for it until then."""

    paper: PaperRef
    to: Ref
    """Who answers for it: the number of an employee; of a claim, whoever it says."""
    because: Note
    until: At
    lent_by: str
    claim: ClaimSaid | None
    """The claim that it is attached to; None: it was lent by hand."""


@fact(writers=("followup",), schema=2)
class PaperReturned:
    """归还: a paper is back in the file, from one claim, or from whoever had it."""

    paper: PaperRef
    taken_by: str
    condition: PaperCondition | None
    """None: its claim let it go, and nobody has looked at it."""
    because: Note | None
    claim: ClaimSaid | None
    """The claim that has let it go; None: a clerk has it in hand."""
    taken_from: Ref | None
    """Who brought it: their lending ends, and no other; None: every one, or that of the claim."""


@fact(writers=("followup",))
class PaperLossReported:
    """报失: a paper is not found, though it is out or should be in the file; what was done."""

    paper: PaperRef
    because: Note
    reported_by: str


@fact(writers=("followup",))
class PaperLossAccepted:
    """遗失认可: an approver accepts that a paper is lost; its content stays on record."""

    paper: PaperRef
    because: Note
    accepted_by: str


@fact(writers=("followup",))
class PaperReturnUrged:
    """督促归还: the time of a lending has run out; whoever has the paper is reminded once."""

    paper: PaperRef
    claim: Ref | None
    due_at: At


@fact(writers=("followup",))
class PaperReturnOverdue:
    """归还逾期: whoever has it was reminded in vain; approvers of the branch are told, once."""

    paper: PaperRef
    claim: Ref | None
    told: Role
    """In which role people of the branch are told."""
    due_at: At
    """Until when it was lent."""
    upward_at: At


@fact(writers=("followup",))
class AddendumFiled:
    """补充归档: a file that belongs to a filed dossier and came after it."""

    number: Ref
    file: FileRef
    because: Note
    late: tuple[Paper, ...]
    """What had come in by then since the filing, new or newer than what was filed."""
    filed_by: str
    digest: ContentHash
    """Over the digest before it and all of this; the one of the filing stays as it is."""
