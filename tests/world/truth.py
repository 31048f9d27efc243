"""真相 (the truth): what really happened, whatever the papers say; and which facts are lies.

A path to an end counts only if everything that people write on it is so. Nobody who is away writes
or signs; the customer signs only if they are willing to; parts that are gone do not come home; what
is not mended is not said to be.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeAlias

from services.dispatch.work_order.kinds import FINISHED
from services.dispatch.work_order.state import WorkOrder
from services.intake.report.state import Report
from services.inventory.issue_note.places import unused_lines
from services.inventory.issue_note.state import IssueNote
from shared.events import dispatch, issue_notes, visits
from shared.events.followup import Answered, SurveyAnswered
from shared.events.intake import RepairApproved, RepairClosed
from shared.events.issue_notes import Condition, Opening
from shared.events.order_sheet import NoteStage, VisitOutcome, Work
from shared.events.part_cases import CountedPieces, LossWhere
from shared.events.values import Ending, RepairNature, ReportKind, Signature
from shared.view import Recorded
from tests.world.silence import of_silence

Line: TypeAlias = tuple[str, str]
"""The number of a note, and a part on it."""


class Customer(Enum):
    """用户: what they are willing to do from now on."""

    WILLING = "willing"
    UNWILLING = "will sign nothing"
    WITHDRAWN = "wants no repair any more"
    SILENT = "has moved away and answers nobody"


class Claimed(Enum):
    """报销: whether the traveller is owed what they claim."""

    DUE = "as it is spent"
    UNWANTED = "the traveller wants it no more"
    UNJUST = "it was no journey of ours"


class Complainant(Enum):
    """投诉人: what they say when they are called about it."""

    CONTENT = "is content"
    UNHAPPY = "is content once it is looked into again"
    HEARD = "was not content at first"
    NEVER = "is never content"
    UNREACHED = "answers nobody"
    AT_PEACE = "wants no call"
    WITHDRAWN = "takes it back"


@dataclass(frozen=True, slots=True)
class Truth:
    """真相: who is away, what the customer wants, where every piece is, what is mended."""

    away: str | None = None
    """Who can do nothing from now on, and sign nothing."""
    customer: Customer = Customer.WILLING
    is_solved: bool = False
    """Whether the fault is gone by what was said on the phone."""
    mendable: bool = True
    worked: bool = False
    """Whether somebody worked at the machine."""
    to_fit: Mapping[str, int] = field(default_factory=dict)
    """How many pieces of each part the machine still needs."""
    used: Mapping[Line, int] = field(default_factory=dict)
    short: Mapping[Line, int] = field(default_factory=dict)
    """What is not in its parcel."""
    never_came: frozenset[str] = frozenset()
    """Notes whose parcel was lost on its way, with all that was in it."""
    came_back: frozenset[str] = frozenset()
    """Notes whose parcel came back to the store, unopened."""
    damaged: Mapping[Line, int] = field(default_factory=dict)
    """What is in its parcel, and not fit for use."""
    misplaced: Mapping[Line, int] = field(default_factory=dict)
    """What never left the store: something else lies in the parcel."""
    lost: Mapping[Line, int] = field(default_factory=dict)
    """What was lost by whoever had it."""
    kept: Mapping[Line, int] = field(default_factory=dict)
    """Old parts that the customer keeps."""
    paid: tuple[Mapping[str, Any], ...] = ()
    """What the customer has paid, as a record of work names it."""
    left_by: str | None = None
    """By what the technician left already, though something else was approved."""
    sold_out: frozenset[str] = frozenset()
    """Of what the store has no piece."""
    nature: RepairNature | None = None
    """Who has to pay, if that is otherwise than was approved."""
    deputies: tuple[str, ...] = ()
    """Who stands in for whoever is away."""
    claimed: Claimed = Claimed.DUE
    spent: tuple[int, ...] = ()
    """What each line of a claim has cost; empty: as it is claimed."""
    complainant: Complainant = Complainant.CONTENT
    is_report_gone: bool = False
    """Whether the report itself is found nowhere."""

    @property
    def mended(self) -> bool:
        """Whether the machine runs."""
        return self.mendable and self.worked and not any(self.to_fit.values())

    def is_finished(self, kind: ReportKind) -> bool:
        """Whether the work is done: a new machine that is given back is in nobody's service."""
        given_back = self.customer is Customer.WITHDRAWN and kind is ReportKind.COMMISSIONING
        return self.mended and not given_back

    @property
    def hopeless(self) -> bool:
        """Whether it was found on site that it cannot be mended."""
        return self.worked and not self.mendable

    @property
    def runs(self) -> bool:
        """Whether the customer has no fault any more."""
        return self.mended or self.is_solved

    @property
    def is_unfinished(self) -> bool:
        """Whether the machine can be mended, is not, and the customer wants it to be."""
        over = self.mended or self.hopeless or self.silent
        return not over and self.customer is not Customer.WITHDRAWN

    @property
    def silent(self) -> bool:
        """Whether nobody reaches the customer any more."""
        return self.customer is Customer.SILENT

    def gone(self, line: Line) -> int:
        """How many pieces of a line nobody has."""
        return self.short.get(line, 0) + self.lost.get(line, 0)

    def unfit(self, line: Line) -> int:
        """How many pieces of a line came home without having been in anybody's hands."""
        return self.damaged.get(line, 0) + self.misplaced.get(line, 0)

    def fitted(self, more: Mapping[Line, int]) -> "Truth":
        """After somebody worked, and fitted these."""
        used = {line: self.used.get(line, 0) + more.get(line, 0) for line in {*self.used, *more}}
        left = dict(self.to_fit)
        for (_, part), pieces in more.items():
            left[part] = left.get(part, 0) - pieces
        return replace(self, used=used, to_fit=left, worked=True)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a fact is held against, beside the truth: the papers as they stand."""

    report: Report
    order: WorkOrder
    notes: Mapping[str, IssueNote]
    signed: Work | None = None
    """The work as the customer had signed it before."""


def lies(said: Recorded, truth: Truth, seen: Seen) -> Iterator[str]:
    """What in a fact is not so; of what reactions note, nothing: they repeat what was said."""
    if said.causation is not None:
        return
    if truth.away is not None and truth.away in speakers(said):
        yield f"{truth.away} is away"
    yield from _of_the_customer(said.fact, truth)
    yield from of_silence(said.fact, silent=truth.silent, worked=truth.worked)
    yield from _of_the_machine(said.fact, truth, seen)
    yield from _of_who_pays(said.fact, truth, seen)
    yield from _of_what_is_signed(said.fact, truth, seen)
    yield from _of_parts(said, truth, seen)


def _of_the_customer(fact: object, truth: Truth) -> Iterator[str]:
    willing = truth.customer not in (Customer.UNWILLING, Customer.SILENT)
    match fact:
        case dispatch.CustomerSigned() if not willing:
            yield "the customer did not sign"
        case dispatch.SignatureRefused(absent=False) if truth.customer is not Customer.UNWILLING:
            yield "the customer refused nothing"
        case issue_notes.ParcelOpened(customer_sig=signature) if signature and not willing:
            yield "the customer did not sign what was in the parcel"
        case RepairClosed(ending=Ending.WITHDRAWN) if truth.customer is not Customer.WITHDRAWN:
            yield "the customer withdrew nothing"
        case _:
            pass


def _of_who_pays(fact: object, truth: Truth, seen: Seen) -> Iterator[str]:
    """What is approved, signed, brought home or taken is charged to whom it should be."""
    approved, ordered = seen.report.diagnosis, seen.order.repair_nature
    match fact:
        case _ if truth.nature is None:
            return
        case RepairApproved() if approved and approved.repair_nature is not truth.nature:
            yield f"it is {truth.nature}, not {approved.repair_nature}"
        case RepairClosed(taken_by=None):
            return
        case dispatch.CustomerSigned() | dispatch.TaskHandedIn() | RepairClosed():
            if ordered is not truth.nature:
                yield f"it is {truth.nature}, not {ordered}"
        case _:
            pass


def _of_the_machine(fact: object, truth: Truth, seen: Seen) -> Iterator[str]:
    finished = truth.is_finished(seen.report.kind)
    match fact:
        case RepairClosed(ending=Ending.SOLVED_REMOTELY) if not truth.is_solved:
            yield "nothing was solved from afar"
        case RepairClosed(ending=Ending.REPAIRED | Ending.COMMISSIONED) if not finished:
            yield "it is not mended"
        case SurveyAnswered(answers=answers) if _is_said_to_run(answers) and not truth.runs:
            yield "it does not run"
        case RepairClosed(ending=Ending.NOT_REPAIRABLE | Ending.NOT_COMMISSIONED) if (
            not truth.hopeless
        ):
            yield "it can be mended"
        case RepairClosed(ending=ending) if ending not in _TOLD:
            yield f"it does not end as {ending}"
        case visits.VisitEnded(outcome=VisitOutcome.DONE) if not truth.mended:
            yield "it is not done"
        case dispatch.WorkRecorded(work=work):
            yield from _of_work(work, truth, seen)
        case _:
            pass


_TOLD = (
    *(Ending.REPAIRED, Ending.NOT_REPAIRABLE, Ending.WITHDRAWN, Ending.SOLVED_REMOTELY),
    *(Ending.UNREACHABLE, Ending.COMMISSIONED, Ending.NOT_COMMISSIONED),
)
RUNNING = ("fault_gone", "runs_well")
"""Questions of the call-back that ask whether it runs."""


def _is_said_to_run(answers: tuple[Answered, ...]) -> bool:
    return any(each.yes for each in answers if each.question in RUNNING)


def _of_what_is_signed(fact: object, truth: Truth, seen: Seen) -> Iterator[str]:
    """What is signed, brought home or taken as it stands is so."""
    work = seen.order.work
    match fact:
        case dispatch.CustomerSigned() | dispatch.SignatureRefused() if work is not None:
            yield from _of_work(work.work, truth, seen)
        case dispatch.SignatureVoided() if seen.signed is not None:
            if not list(_of_work(seen.signed, truth, seen)):
                yield "what was signed is so"
        case dispatch.TaskHandedIn() | RepairClosed(taken_by=str()) if work is not None:
            yield from _of_work(work.work, truth, seen)
            for number, note in seen.notes.items():
                for part, done in note.accounts.items():
                    yield from _of_account(done.account, (number, part), truth)
        case visits.Departed(mode=mode) if truth.left_by not in (None, mode):
            yield f"they left by {truth.left_by}"
        case _:
            pass


def _of_work(work: Work, truth: Truth, seen: Seen) -> Iterator[str]:
    if (work.result in FINISHED) is not truth.is_finished(seen.report.kind):
        yield f"the result is not {work.result}"
    said = {(each.note, each.part): each.used for each in work.parts_used if each.used}
    if said != used_of(seen.notes, truth):
        yield f"not {said} were used"
    if sum(fee.fen for fee in work.fees) != sum(fee["fen"] for fee in truth.paid):
        yield "something else was paid"


def used_of(notes: Collection[str], truth: Truth) -> Mapping[Line, int]:
    """What was used of the notes of an order; earlier orders have their own."""
    return {line: n for line, n in truth.used.items() if n and line[0] in notes}


def _of_parts(said: Recorded, truth: Truth, seen: Seen) -> Iterator[str]:
    number = said.stream.removeprefix("issue_note-")
    match said.fact:
        case issue_notes.PartReconciled(part=part, account=account):
            yield from _of_account(account, (number, part), truth)
        case issue_notes.ReconciliationCorrected(part=part, account=account):
            yield from _of_account(account, (number, part), truth)
        case issue_notes.LossApproved(loss=loss):
            line = (number, loss.part)
            gone = truth.short if loss.where is LossWhere.POST else truth.lost
            if seen.notes[number].lost(loss.part) > truth.gone(line) or not gone.get(line):
                yield f"not so many of {line} are lost"
        case issue_notes.PartsCounted(lines=lines):
            yield from _of_count(lines, number, truth, seen)
        case _:
            yield from _of_parcels(said.fact, number, truth)


def _of_parcels(fact: object, number: str, truth: Truth) -> Iterator[str]:
    match fact:
        case issue_notes.ParcelOpened() | issue_notes.ParcelDelivered() if (
            number in truth.never_came | truth.came_back
        ):
            yield "no parcel came"
        case issue_notes.ParcelReturned() if number not in truth.came_back:
            yield "no parcel came back"
        case issue_notes.ParcelOpened(opened=opened):
            found = {(number, each.part): each.quantity for each in opened.missing}
            wanted = {line: n for line, n in missing(number, truth).items() if n}
            if found != wanted:
                yield f"{wanted} was missing"
            if opened.opening is not opening(number, truth):
                yield f"it was not {opened.opening}"
        case _:
            pass


def _of_account(account: issue_notes.Account, line: Line, truth: Truth) -> Iterator[str]:
    used, kept = truth.used.get(line, 0), truth.kept.get(line, 0)
    if account.used != used:
        yield f"{used} of {line} were used, not {account.used}"
    if account.lost != truth.gone(line):
        yield f"{truth.gone(line)} of {line} are lost, not {account.lost}"
    if account.old_returned > used - kept:
        yield f"the customer keeps {kept} old ones of {line}"
    back = unused_lines(account)
    broken = sum(each.quantity for each in back if each.condition is Condition.DAMAGED)
    if broken != truth.damaged.get(line, 0):
        yield f"{truth.damaged.get(line, 0)} of {line} came home damaged, not {broken}"


def missing(number: str, truth: Truth) -> Mapping[Line, int]:
    """What is found missing or unfit when the parcel of a note is opened."""
    lines = (line for line in {*truth.short, *truth.damaged, *truth.misplaced})
    return {
        line: truth.short.get(line, 0) + truth.unfit(line) for line in lines if line[0] == number
    }


def opening(number: str, truth: Truth) -> Opening:
    """How the parcel of a note is found; the worst that is so of it."""
    found = {
        Opening.DAMAGED: truth.damaged,
        Opening.WRONG: truth.misplaced,
        Opening.SHORT: truth.short,
    }
    there = (
        each
        for each, lines in found.items()
        if any(n for (on, _), n in lines.items() if on == number)
    )
    return next(there, Opening.AS_SENT)


def _of_count(
    lines: tuple[CountedPieces, ...], number: str, truth: Truth, seen: Seen
) -> Iterator[str]:
    note = seen.notes[number]
    said = {each.part: each.quantity for each in lines}
    there = {part: at_hand(note, number, part, truth) for part in said}
    if said != there:
        yield f"{there} are there, not {said}"


def at_hand(note: IssueNote, number: str, part: str, truth: Truth) -> int:
    """How many pieces of a line whoever holds the note really has."""
    held = sum(note.hands.get(part, {}).values())
    line = (number, part)
    gone = truth.used.get(line, 0) + truth.lost.get(line, 0)
    if note.opened is not None:
        # What was told to be in the parcel and was not is in nobody's hands.
        gone += max(0, missing(number, truth).get(line, 0) - note.in_parcel(part))
    return max(0, held - gone)


def told_otherwise(note: IssueNote, number: str, truth: Truth) -> bool:
    """Whether the parcel of a note that is not settled was found otherwise than was told."""
    if note.opened is None or note.stage is not NoteStage.ISSUED:
        return False
    said = {(number, each.part): each.quantity for each in note.opened.missing}
    return said != {line: n for line, n in missing(number, truth).items() if n}


def speakers(said: Recorded) -> frozenset[str | None]:
    """Everybody by whose word a fact is so: who wrote it, signed it, said it, or was told."""
    return frozenset({said.actor, *_signers(said.fact)})


def _signers(thing: object) -> Iterator[str | None]:
    """Everybody who signs in a fact, or says or hears what it says."""
    if isinstance(thing, Signature):
        yield thing.by
    elif isinstance(thing, visits.VisitEnded):
        yield from (thing.said_by, thing.approver_told)
    elif isinstance(thing, issue_notes.ParcelOpened) and thing.because is not None:
        yield from _signers(thing.customer_sig)  # who opened it then does not say it again
    elif isinstance(thing, issue_notes.Opened):
        yield thing.technician
    elif is_dataclass(thing) and not isinstance(thing, type):
        for each in fields(thing):
            yield from _signers(getattr(thing, each.name))
    elif isinstance(thing, tuple):
        for each in thing:
            yield from _signers(each)
