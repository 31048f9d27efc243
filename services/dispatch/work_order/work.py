"""维修与用户签字 (the work and the customer's word): what was done, and that they were shown it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from services.dispatch.work_order import fees
from services.dispatch.work_order.checks import (
    at_stage,
    earlier_streams,
    its_technician,
    not_held,
)
from services.dispatch.work_order.commissioning import blank_of_work, recorded_well
from services.dispatch.work_order.kinds import Job, is_undone, job_of
from services.dispatch.work_order.notes import beyond_received, issued_to, unopened
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.visits import (
    found_nobody,
    has_been_there,
    visits_of,
    visits_of_ticket,
)
from shared.content import content_hash
from shared.decider import (
    Asked,
    Decision,
    Rule,
    Series,
    number_of,
    reason,
    refuse_if,
    too_many,
)
from shared.events.dispatch import CustomerSigned, SignatureVoided, WorkRecorded
from shared.events.order_sheet import (
    CustomerWord,
    OrderStage,
    PartUsed,
    VisitOutcome,
    VisitStage,
    Work,
    WorkResult,
)
from shared.events.values import (
    MANY,
    At,
    ContentHash,
    Evidence,
    Note,
    Personal,
    PersonalNote,
    Role,
    Signature,
    SignedHow,
)
from shared.signing import proved


@dataclass(frozen=True, slots=True)
class Recording:
    """维修记录: what was found and done, and what it took.

    It may be recorded again until the customer signs; the gate that asks for a field names it.
    """

    work: Work


@dataclass(frozen=True, slots=True)
class RecordWork(Recording):
    """维修记录: what was found and done, and what it took; by the technician.

    It may be recorded again until the customer signs; the gate that asks for a field names it.
    """

    unreported: tuple[str, ...] = ()
    """Obligation: the tickets of defects of which this room has heard no report of the branch."""
    old_due: tuple[str, ...] = ()
    """Obligation: the lines, each by note and part, whose old parts are to come home."""
    numbered: tuple[str, ...] = ()
    """Obligation: the lines, in the same way, whose pieces have serials."""


@dataclass(frozen=True, slots=True)
class CustomerSigning:
    """用户签字: `content` is the `work_content` of the order as it was shown to the customer."""

    content: ContentHash
    how: SignedHow
    signer: Personal
    opinion: PersonalNote | None = None
    """用户意见: the customer's own words."""
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class SignAsCustomer(CustomerSigning):
    """用户签字: the customer signs the work as shown to them, on the device of another."""

    due_at: At | None = None
    """Obligation: by when the task should be handed in."""
    is_ours: bool = False
    """Obligation: whether the signer has the name of somebody who did the job, or brings it."""


@dataclass(frozen=True, slots=True)
class VoidSignature:
    """签字作废: what the customer signed has to change, so they sign again; by the clerk."""

    because: Note


WORK_EXAMPLE = {
    "work": {
        "arrived_at": "2026-11-24T10:05:00+08:00",
        "finished_at": "2026-11-24T11:40:00+08:00",
        "cause_found": "密封圈磨损",
        "work_done": "更换密封圈两只，试机一小时 two seals replaced, tried for an hour",
        "result": "fixed",
        "tested": True,
        "readings": [{"name": "压力 pressure", "value": "0.4 MPa"}],
        "parts_used": [
            {"note": "BX-HZ01-20261123-0001-C1", "part": "MFQ-32", "used": 2, "old_taken": 2}
        ],
        "no_fees": True,
    }
}
SIGNING_EXAMPLE = {
    "content": "7c1d" * 16,
    "how": "drawn",
    "evidence": {
        "name": "签字.png",
        "sha256": "5f1d" * 16,
        "media_type": "image/png",
        "size": 1024,
    },
    "signer": "王小明",
    "opinion": "修得很快 quick and tidy",
}
"""Bodies as they come over the wire."""


def record(command: RecordWork, order: WorkOrder, asked: Asked) -> Decision:
    """维修记录: by the technician who was there, with no more parts than they were given."""
    work, number = command.work, number_of(asked.home)
    if order.work is not None and order.work.work == work:
        return []
    arrived, finished = work.arrived_at, work.finished_at
    backwards = arrived is not None and finished is not None and finished < arrived
    refuse_if(
        *at_stage(order, asked, OrderStage.ACCEPTED),
        its_technician(order, asked),
        *(_was_there(asked) if order.on_site else ()),
        fees.agreed(order),
        (bool(unopened(order)), reason("parcel-not-opened", notes=unopened(order))),
        (work.no_parts_used and bool(work.parts_used), reason("parts-and-none")),
        (work.no_fees and bool(work.fees), reason("fees-and-none")),
        fees.once(work.fees),
        (backwards, reason("times-reversed")),
        *recorded_well(work, order, command.unreported),
        *_parts_used(work.parts_used, order),
        *_told_whole(command),
        too_many("serials", sum(map(_serials_of, work.parts_used)), MANY),
    )
    assert order.opened is not None
    return asked.here(WorkRecorded(work, work_content_of(number, order.opened.content, work)))


def sign_as_customer(command: SignAsCustomer, order: WorkOrder, asked: Asked) -> Decision:
    """用户签字: over the recorded work with its parts and fees, got by the order's technician.

    Where they cannot, a clerk brings a photo of the paper that the customer signed.
    """
    recorded = order.work
    if order.customer is not None and _says_the_same(command, order.customer):
        return []
    refuse_if(
        *ready_to_sign(command.content, order, asked, by=_who_brings(command, order, asked)),
        (command.how is SignedHow.SESSION, reason("not-his-session")),
        (command.is_ours, reason("signer-is-ours")),
        *proved(command.how, command.evidence, untold=_untold(order, command.content)),
    )
    assert recorded is not None
    word = CustomerWord(
        signature=_customers(command, order, asked),
        signer=command.signer,
        opinion=command.opinion,
        parts_used=recorded.work.parts_used,
        no_parts_used=recorded.work.no_parts_used,
        content=command.content,
    )
    return asked.here(CustomerSigned(word, command.due_at))


def _who_brings(command: SignAsCustomer, order: WorkOrder, asked: Asked) -> Rule:
    """A rule: its technician, who was there; or a clerk, who was not, with the signed paper."""
    if Role.CLERK in asked.roles and order.technician != asked.actor:
        return command.how is not SignedHow.PHOTO, reason("signed-paper-needed")
    return its_technician(order, asked)


def ready_to_sign(
    content: str,
    order: WorkOrder,
    asked: Asked,
    *,
    by: Rule | None = None,
    is_over: bool | None = None,
) -> Sequence[Rule]:
    """待签: the work is recorded and whole, its visit is over, and this is what was shown.

    `by`: who may say so, if not its technician alone. `is_over`: whether the visit is over, if that
    is not for its outcome to say.
    """
    recorded, number = order.work, number_of(asked.home)
    over = _is_over(order, asked) if is_over is None else is_over
    unfinished = order.on_site and not over
    lacking = missing_to_sign(recorded.work, job_of(order)) if recorded else []
    stale = recorded is not None and content != recorded.content
    return (
        *at_stage(order, asked, OrderStage.ACCEPTED),
        not_held(order),
        by or its_technician(order, asked),
        (recorded is None, reason("no-work-recorded", number=number)),
        (unfinished, reason("visit-not-done", number=number)),
        (bool(lacking), reason("work-incomplete", fields=lacking)),
        (bool(recorded and _is_untried(recorded.work)), reason("fixed-untried", number=number)),
        *(fees.founded(order, recorded.work, fees.charged_before(asked)) if recorded else ()),
        *(_received_since(order, recorded.work.parts_used) if recorded else ()),
        (stale, reason("signature-stale", number=number)),
    )


def _received_since(order: WorkOrder, parts: Sequence[PartUsed]) -> Iterator[Rule]:
    """A rule: nobody signs for what its parcel turned out not to have had in it since."""
    wrong = beyond_received(order, parts)
    named = [f"{each.note} {each.part}" for each in wrong]
    yield bool(wrong), reason("recorded-beyond-parcel", parts=named)


def reads_to_sign(_command: object, _order: WorkOrder, asked: Asked) -> tuple[str | Series, ...]:
    """The visits of the ticket, and its earlier orders, which may have charged."""
    return (visits_of_ticket(asked.home), *earlier_streams(asked.home))


def void(command: VoidSignature, order: WorkOrder, asked: Asked) -> Decision:
    """签字作废: before the task is handed in; the work is recorded and signed again."""
    voided = SignatureVoided(command.because)
    if order.voided == voided:
        return []
    refuse_if(*at_stage(order, asked, OrderStage.SIGNED))
    return asked.here(voided)


def offered_record(_number: str, order: WorkOrder) -> Iterator[Recording]:
    """What is recorded so far; of fees that rest on nothing, or are owed, without what it says."""
    work = order.work.work if order.work else Work()
    if any(is_broken for is_broken, _ in fees.founded(order, work)):
        work = replace(work, fees=(), no_fees=False)
    yield Recording(work)


_NOT_NEW = ("commissioned", None)
"""What is not said of old machines: work that was recorded before has the hash it had."""
_NOTHING_FAILED = ("fault_nature", None)
"""What is not said where nothing was replaced, in the same way."""


def work_content_of(number: str, order_content: str, work: Work) -> str:
    """用户所见: SHA-256 (hex) of the order's number, its content and the work, as sorted JSON."""
    done = {name: said for name, said in asdict(work).items() if (name, said) != _NOT_NEW}
    if work.commissioned is not None:
        new = asdict(work.commissioned).items()
        done["commissioned"] = dict(each for each in new if each != _NOTHING_FAILED)
    shown = {"number": number, "order": order_content, "work": done}
    return content_hash(shown)


def missing_to_sign(work: Work, job: Job) -> Sequence[str]:
    """未填: what the recorded work lacks before the customer may sign it."""
    unsaid = [each for each in work.parts_used if each.old_left and not each.old_left_because]
    blanks = {
        "arrived_at": work.arrived_at is None,
        "finished_at": work.finished_at is None,
        "cause_found": work.cause_found is None,
        "work_done": work.work_done is None,
        "result": work.result is None,
        "tested": work.tested is None,
        "parts_used": not work.parts_used and not work.no_parts_used,
        "old_left_because": bool(unsaid),
        "fees": not work.fees and not work.no_fees,
        "fee_paid": fees.unpaid(work),
    }
    asked = {name: said for name, said in blanks.items() if name not in job.leaves_out}
    if "commissioned" in job.has:
        asked |= blank_of_work(work)
    return [name for name, blank in asked.items() if blank]


def _is_untried(work: Work) -> bool:
    """Whether a machine is said to be mended that nobody has tried."""
    return work.result is WorkResult.FIXED and work.tested is False


def to_be_signed(work: Work) -> Sequence[str]:
    """待用户签字: what nobody may pass over without the customer's word: parts and money."""
    used = any(each.used or each.old_taken for each in work.parts_used)
    said = {"parts_used": used, "fees": bool(work.fees)}
    return [name for name, is_said in said.items() if is_said]


def booked_as_used(order: WorkOrder) -> bool:
    """Whether an account of the store says that something was used."""
    heard = order.issue_notes.values()
    return any(line.used for noted in heard for line in noted.lines)


def _parts_used(parts: Sequence[PartUsed], order: WorkOrder) -> Iterator[Rule]:
    issued = issued_to(order, order.technician or "")
    lines = [(each.note, each.part) for each in parts]
    again = sorted({f"{note} {part}" for note, part in lines if lines.count((note, part)) > 1})
    beyond = [each for each in parts if each.used > issued.get((each.note, each.part), 0)]
    yield bool(again), reason("part-twice", parts=again)
    yield (
        bool(beyond),
        reason(
            "used-beyond-issued",
            parts=[f"{each.note} {each.part}" for each in beyond],
            issued=[str(issued.get((each.note, each.part), 0)) for each in beyond],
        ),
    )
    olds = [each.part for each in parts if each.old_taken + each.old_left > each.used]
    yield bool(olds), reason("old-parts-beyond-used", parts=olds)
    both = [each.part for each in parts if set(each.new_serials) & set(each.old_serials)]
    yield bool(both), reason("old-is-new", parts=both)
    numbered = [each.part for each in parts if len(each.new_serials) > each.used]
    yield bool(numbered), reason("serials-beyond-used", parts=numbered)
    yield from _serials_once(parts)


def _told_whole(command: RecordWork) -> Iterator[Rule]:
    """Rules: what the store will ask about is said, so that the customer signs it."""
    used = {f"{each.note} {each.part}": each for each in command.work.parts_used if each.used}
    due = [used[line] for line in command.old_due if line in used]
    unsaid = [each.part for each in due if each.old_taken + each.old_left < each.used]
    yield bool(unsaid), reason("old-parts-unsaid", parts=unsaid)
    pieces = [used[line] for line in command.numbered if line in used]
    new = [each.part for each in pieces if len(set(each.new_serials)) < each.used]
    old = [
        each.part
        for each in pieces
        if len(set(each.old_serials)) < each.old_taken and not each.old_left_because
    ]
    yield bool(new), reason("new-serials-unsaid", parts=new)
    yield bool(old), reason("old-serials-unsaid", parts=old)


def _serials_once(parts: Sequence[PartUsed]) -> Iterator[Rule]:
    """Rules: a serial is one piece; of old ones only those are named that are taken home."""
    left = [each.part for each in parts if len(each.old_serials) > each.old_taken]
    yield bool(left), reason("old-serials-beyond-taken", parts=left)
    new = Counter((each.part, serial) for each in parts for serial in each.new_serials)
    old = Counter((each.part, serial) for each in parts for serial in each.old_serials)
    named = (*new.items(), *old.items())
    twice = sorted({part for (part, _), times in named if times > 1})
    yield bool(twice), reason("serial-twice", parts=twice)


def _serials_of(part: PartUsed) -> int:
    return len(part.new_serials) + len(part.old_serials)


def _was_there(asked: Asked) -> Iterator[Rule]:
    """A rule: whoever records was there, and stood before no closed door."""
    number = number_of(asked.home)
    visits = visits_of(asked, number).items()
    own = {each: visit for each, visit in visits if visit.technician == asked.actor}
    closed = [each for each, visit in own.items() if found_nobody(visit)]
    if not any(has_been_there(visit) for visit in own.values()):
        yield not closed, reason("not-arrived", number=number)
        yield bool(closed), reason("not-let-in", visits=closed)


def was_made(asked: Asked) -> bool:
    """Whether the last visit that was made has ended, in whatever way."""
    visits = visits_of(asked, number_of(asked.home)).values()
    made = [visit for visit in visits if visit.stage is not VisitStage.CANCELLED]
    return bool(made) and made[-1].ended is not None


def _is_over(order: WorkOrder, asked: Asked) -> bool:
    """Whether the last visit that was made, or is still to be made, leads to a signature.

    It is done; or it ended otherwise, the fault is not mended, and parts or money are to be signed:
    also parts that are booked as used, and were not, as the record says by now.
    """
    visits = visits_of(asked, number_of(asked.home)).values()
    made = [visit for visit in visits if visit.stage is not VisitStage.CANCELLED]
    last = made[-1].ended if made else None
    if last is None:
        return False
    recorded = order.work.work if order.work else Work()
    asked_for = bool(to_be_signed(recorded)) or booked_as_used(order)
    unmended = is_undone(order) and asked_for
    return last.outcome is VisitOutcome.DONE or unmended


def _customers(command: SignAsCustomer, order: WorkOrder, asked: Asked) -> Signature:
    assert order.noted is not None
    by = order.noted.approved.basics.customer or Role.CUSTOMER.value
    role = Role.CUSTOMER.value
    return Signature(by, role, command.how, asked.at, command.content, command.evidence)


def _says_the_same(command: SignAsCustomer, signed: CustomerSigned) -> bool:
    word = signed.word
    said = (command.content, command.signer, command.opinion)
    return said == (word.content, word.signer, word.opinion)


def _untold(order: WorkOrder, content: str) -> Rule:
    """A rule: the customer has told the code that was sent for this content."""
    return order.code_told != content, reason("code-missing")
