"""维修单的接口 (HTTP of the work orders): what a step is looked up for, and what is shown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from services.dispatch import rules
from services.dispatch.leave import PAPER as LEAVE
from services.dispatch.leave import Leaves
from services.dispatch.reading import READING
from services.dispatch.work_order import NUMBER, PAPER, awaiting, board, cash, help_asked
from services.dispatch.work_order.addresses.http import reached
from services.dispatch.work_order.base_help import SendBaseTechnician, SentTechnician
from services.dispatch.work_order.closing import (
    CloseRepair,
    Closing,
    EntrustHandIn,
    Entrusting,
    HandInTask,
    TaskBrought,
    offered_closing,
)
from services.dispatch.work_order.codes import (
    AskSigningCode,
    CodeTold,
    CodeWanted,
    TrySigningCode,
    offered_code,
    offered_try,
)
from services.dispatch.work_order.continuing import (
    ContinueRepair,
    Continuing,
    offered_continuing,
)
from services.dispatch.work_order.duplicates import Twin, twin_of
from services.dispatch.work_order.excess import (
    DenyExcess,
    ExcessDenial,
    ExcessGrant,
    GrantExcess,
    offered_denial,
)
from services.dispatch.work_order.excess import offered_grant as offered_excess_grant
from services.dispatch.work_order.fees import Agreeing, RecordConsent, offered_consent
from services.dispatch.work_order.opening import Opening, OpenWorkOrder, offered_form
from services.dispatch.work_order.reaching import (
    GrantUnreached,
    UnreachedGrant,
    offered_grant,
)
from services.dispatch.work_order.sheet import WorkOrderSheet, sheet_of
from services.dispatch.work_order.state import WorkOrder, customer_key
from services.dispatch.work_order.supplement import AskSupplement, Supplement
from services.dispatch.work_order.taking import AssignTechnician, Signing, SignWorkOrder
from services.dispatch.work_order.travel_change import (
    AskTravelChange,
    TravelChange,
    offered_change,
)
from services.dispatch.work_order.waiver import (
    NoteRefusal,
    RefusalTold,
    SignatureWaiver,
    WaiveSignature,
    offered_refusal,
    offered_waiver,
)
from services.dispatch.work_order.work import (
    CustomerSigning,
    Recording,
    RecordWork,
    SignAsCustomer,
    offered_record,
)
from shared.events.cards import PersonCard
from shared.events.dispatch import SigningCodeTried
from shared.events.inventory import PartCard, PartDocument
from shared.events.issue_notes import Issued, IssueNoteDocument
from shared.events.notices import NoticeKind
from shared.events.order_sheet import Delivery, OrderStage, Standing, standing_of
from shared.events.report_form import HiddenValuesDocument, ListedField, ReportDocument
from shared.events.values import (
    Ending,
    PartWanted,
    Ref,
    RepairNature,
    Role,
    SignedHow,
    Warned,
)
from shared.fields import filled
from shared.http.api import RoomApi
from shared.http.colleagues import heard_of
from shared.http.form import Form, FormRequest, Forms, Made
from shared.http.problem import unknown
from shared.http.query import Shown, Single
from shared.http.registers import REGISTER
from shared.http.steps import in_path
from shared.notices.asking import wanted
from shared.notices.wanted import Telling
from shared.notices.wording import digits_of
from shared.policy import local_day, time_zone
from shared.signing import TO_BE_DRAWN
from shared.step import WORDS, ticket_of

OrderNumber = Annotated[str, in_path(NUMBER)]
HELD = (OrderStage.ASSIGNED, OrderStage.ACCEPTED)
"""Where an order stands that its technician still has to go out for."""
NO_HASH = "0" * 64
"""What stands for the hash of something that is not there to be signed yet."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """派人: who is to take the order."""

    technician: Ref


def queries(api: RoomApi, router: APIRouter) -> None:
    """The routes that show work orders."""
    api.listing(
        router,
        "/work-orders",
        board,
        reads=READING["board"],
        said="派工板: work orders by technician, day, stage, branch or ticket.",
        named="list_work_orders",
        filters=("technician", "travel_on", "stage", "branch", "ticket"),
        newest_first=True,
    )

    api.listing(
        router,
        "/work-orders/awaiting",
        awaiting,
        reads=READING["board"],
        said="待开单: approved reports that have no work order yet, as the clerk copies them.",
        named="list_awaiting",
        filters=("branch",),
    )

    api.listing(
        router,
        "/base-help",
        help_asked,
        reads=READING["board"],
        said="基地支援: what base was asked for and has answered, by day; `waits`: for base.",
        named="list_base_help",
        filters=("branch", "ticket", "order", "ground", "waits"),
        newest_first=True,
        by_day="asked_at",
    )

    @api.query(router, "/base-help/{number}", reads=READING["board"], shows=help_asked.Row)
    def show_base_help(number: OrderNumber) -> Single:
        """基地支援: what base was asked of an order, and every answer."""
        return Single(help_asked, (number,))

    @api.query(router, "/work-orders/{number}", reads=READING["work_order"], shows=WorkOrderSheet)
    def show_work_order(number: OrderNumber) -> Shown:
        """维修单: one work order in full, with the hashes whoever signs it has to name.

        `content` is what the technician signs, `work_content` what the customer does.
        """
        seen = api.existing(PAPER.stream_of(number))
        if seen.state.noted is None:
            raise unknown(number)
        sheet, own = sheet_of(seen.state), PAPER.open_to(seen.state)
        return Shown(sheet, number, seen.branch, seen.version, of=seen.state, open_to=own)


def _opening(request: FormRequest, body: Opening) -> Made:
    # Before its approval is known, the order belongs to the branch that numbered its ticket.
    branch = request.branch or request.number.split("-")[1]
    at = body.form.travel.at if body.form.travel else None
    card = request.registers.branch(branch)
    day = local_day(request.policy(branch), card, at) if at else None
    return Made(filled(OpenWorkOrder, body, travel_on=day), branch=branch)


def _assignment(request: FormRequest, body: Assignment) -> Made:
    who = body.technician
    card = request.registers.person(who)
    command = AssignTechnician(
        technician=who,
        standing=standing_of(who, card),
        due_at=rules.taking_due(request.policy(), request.context.at),
        warnings=_warnings(request, who, card),
    )
    return Made(command, policy=request.policy().label)


def _signing(request: FormRequest, body: Signing) -> SignWorkOrder:
    who = request.actor
    standing = standing_of(who, request.registers.person(who))
    return filled(SignWorkOrder, body, standing=standing)


def _recording(request: FormRequest, body: Recording) -> RecordWork:
    """With the defects of which the branch has no report, or none but that of the order.

    And with what the store has written of the lines: whether their old parts are due, or serials.
    """
    said = body.work.commissioned
    named = dict.fromkeys(said.defects) if said else {}
    unknown = tuple(each for each in named if not _is_reported(request, each))
    drawn = list(_drawn(request, {each.note for each in body.work.parts_used}))
    nature = request.state.repair_nature
    return filled(
        RecordWork,
        body,
        unreported=unknown,
        old_due=tuple(line for line, issued in drawn if _is_due(issued, nature)),
        numbered=tuple(line for line, issued in drawn if issued.serials),
    )


def _drawn(request: FormRequest, notes: Iterable[str]) -> Iterator[tuple[str, Issued]]:
    """实发: each issued line of these notes, by note and part, as inventory has said last."""
    for number in sorted(notes):
        stream = f"issue_note-{number}"
        note = request.registers.document("inventory", stream, IssueNoteDocument)
        for line in note.lines if note else ():
            if line.issued is not None:
                yield f"{number} {line.part}", line.issued


def _is_due(issued: Issued, nature: RepairNature | None) -> bool:
    """Whether an old part is due for each piece, by the nature that this room knows last."""
    return issued.old_part_due if issued.old_due_by is None else nature in issued.old_due_by


def _is_reported(request: FormRequest, ticket: str) -> bool:
    found = request.registers.document("intake", f"report-{ticket}", ReportDocument)
    if found is None or found.branch != request.branch or ticket == ticket_of(request.number):
        return False
    noted = request.state.noted
    if noted is None:
        return False
    ours, machine = noted.approved, found.equipment.machine
    if machine is not None:
        return bool(machine == ours.equipment.machine)
    both = {found.basics.customer, ours.basics.customer}
    return None in both or len(both) == 1


def _code_asked(request: FormRequest, body: CodeWanted) -> Made:
    order: WorkOrder = request.state
    policy, kind = request.policy(), NoticeKind.SIGNING_CODE
    how, known = Telling(body.tell, body.email), reached(request.registers, order)
    notice = wanted(policy.notices, request.branch, kind, how, known)
    code = request.code(digits_of(request.word()))
    made = AskSigningCode(body.content, code, notice)
    return Made(made, subject=customer_key(order), policy=policy.label)


def _code_told(request: FormRequest, body: CodeTold) -> TrySigningCode:
    return TrySigningCode(request.code(body.digits))


def _outcome_of_code(_word: str, made: Sequence[object]) -> Mapping[str, str]:
    """Whether it was the code: told at once, because a wrong one is noted and not refused."""
    tried = [each for each in made if isinstance(each, SigningCodeTried)]
    return {"right": "yes" if tried[-1].right else "no"} if tried else {}


def _customer_signing(request: FormRequest, body: CustomerSigning) -> Made:
    due_at = rules.handing_in_due(request.policy(), request.context.at)
    ours = _is_ours(request, body.signer)
    made = filled(SignAsCustomer, body, due_at=due_at, is_ours=ours)
    return Made(made, policy=request.policy().label)


def _refusal(request: FormRequest, body: RefusalTold) -> NoteRefusal:
    return filled(NoteRefusal, body, is_ours=_is_ours(request, body.witness))


def _is_ours(request: FormRequest, said: object) -> bool:
    """Whether a name is that of somebody who did the job, or of whoever asks."""
    cards = (request.registers.person(who) for who in {request.actor, *request.state.people})
    names = {name for card in cards if card is not None for name in (card.id, card.name)}
    return isinstance(said, str) and said.strip() in names


def _warnings(request: FormRequest, who: str, card: PersonCard | None) -> tuple[Warned, ...]:
    """What is seen when they are given the order: skill, load and area, as policy asks."""
    policy, order = request.policy(), request.state
    noted = order.noted
    model = noted.approved.equipment.model if noted else None
    region = noted.approved.basics.region if noted else None
    others = _others_that_day(request, who, order)
    here = [number for number, branch in others.items() if branch == order.branch]
    leaves: Leaves = request.registers.stream(LEAVE.stream_of(who)).state
    return (
        *rules.traveller(who, _travellers(order)),
        *rules.leave(leaves.on(order.travel_on) if order.travel_on else ()),
        *rules.skill(policy, card, model),
        *rules.load(policy, here, len(others) - len(here)),
        *rules.area(policy, card, region),
    )


def _travellers(order: WorkOrder) -> Sequence[str]:
    """Who is to travel, as approved; and whom base has sent."""
    approved = order.travel.travellers if order.travel else ()
    return (*approved, *(each.technician for each in order.sent)) if approved else ()


def _others_that_day(request: FormRequest, who: str, order: WorkOrder) -> Mapping[str, str]:
    """What else the technician has on the day, each with its branch.

    Which orders there are the board says; where each stands by now, the record.
    """
    if order.travel_on is None:
        return {}
    day, registers = order.travel_on, request.registers
    rows = registers.glimpsed(board, {"technician": who, "travel_on": day, "stage": HELD})
    seen = [(row, registers.stream(PAPER.stream_of(row.number)).state) for row in rows]
    return {
        row.number: row.branch
        for row, other in seen
        if row.number != request.number
        and (other.technician, other.travel_on) == (who, day)
        and other.stage in HELD
    }


def _offered_opening(_number: str, order: WorkOrder) -> Iterator[Opening]:
    if form := offered_form(order):
        yield Opening(form)


def _offered_assignment(_number: str, order: WorkOrder) -> Iterator[Assignment | AssignTechnician]:
    """The technician of the order, or else the first traveller of the approved journey.

    If there is neither, the page cannot know whom the clerk will choose. It then offers a
    technician who breaks no rule.
    """
    travel = order.noted.approved.diagnosis.travel if order.noted else None
    named = order.technician or next(iter(travel.travellers if travel else ()), None)
    if named:
        yield Assignment(named)
    else:
        fit = Standing(
            WORDS, known=True, active=True, roles=(Role.TECHNICIAN,), branches=(order.branch,)
        )
        yield AssignTechnician(WORDS, fit)


def _offered_signing(_number: str, order: WorkOrder) -> Iterator[Signing]:
    yield Signing(order.opened.content if order.opened else NO_HASH)


def _offered_customer_signing(_number: str, order: WorkOrder) -> Iterator[CustomerSigning]:
    content = order.work.content if order.work else NO_HASH
    yield CustomerSigning(content, SignedHow.DRAWN, WORDS, evidence=TO_BE_DRAWN)


def _travel_change(request: FormRequest, body: TravelChange) -> AskTravelChange:
    card = request.registers.branch(request.branch)
    day = local_day(request.policy(), card, body.travel_at)
    stream = f"hidden_values-{request.branch}"
    hidden = request.registers.document(REGISTER, stream, HiddenValuesDocument)
    is_hidden = hidden is not None and hidden.hides(ListedField.TRAVEL_MODE, body.mode)
    return filled(AskTravelChange, body, on=day, is_hidden=is_hidden)


def _waiver(request: FormRequest, body: SignatureWaiver) -> Made:
    due_at = rules.handing_in_due(request.policy(), request.context.at)
    return Made(filled(WaiveSignature, body, due_at=due_at), policy=request.policy().label)


def _supplement(request: FormRequest, body: Supplement) -> AskSupplement:
    """With what the catalogue says: supplements count into the cost, by which a rung is asked."""
    before = [line for each in request.state.supplements for line in each.note.lines]
    cards = {line.part: _card(request, line.part) for line in (*before, *body.lines)}
    unknown = tuple(sorted(line.part for line in body.lines if cards[line.part] is None))
    noted = request.state.noted
    estimated = noted.approved.diagnosis.estimated_fen if noted else None
    approved = noted.approved.diagnosis.parts_to_bring if noted else ()
    known = _cost(approved, {line.part: _card(request, line.part) for line in approved}) is not None
    had = _cost(before, cards) if known else None
    having = _cost((*before, *body.lines), cards) if known else None
    more = rules.asked_beside(request.policy(), estimated, had, having)
    return filled(AskSupplement, body, unknown=unknown, asks_more=more)


def _excess_grant(request: FormRequest, body: ExcessGrant) -> GrantExcess:
    return filled(GrantExcess, body, asked_as=_judges(request, body.lines))


def _excess_denial(request: FormRequest, body: ExcessDenial) -> DenyExcess:
    return filled(DenyExcess, body, asked_as=_judges(request, body.lines))


def _judges(request: FormRequest, beyond: Sequence[PartWanted]) -> tuple[str, ...]:
    """As what somebody judges these pieces, if the caller does not; what costs what: anybody."""
    cards = {line.part: _card(request, line.part) for line in beyond}
    needed = rules.judged_as(request.policy(), _cost(beyond, cards))
    return () if request.is_any_of(needed) else needed


def _offered_supplement(_number: str, _order: WorkOrder) -> Iterator[AskSupplement]:
    """A part that breaks no rule: the page cannot know what is missing there."""
    yield AskSupplement(Delivery.CARRIED, (PartWanted(WORDS, 1),), WORDS)


def _card(request: FormRequest, part: str) -> PartCard | None:
    found = request.registers.document("inventory", f"part-{part}", PartDocument)
    return found.card if found else None


def _cost(lines: Sequence[PartWanted], cards: Mapping[str, PartCard | None]) -> int | None:
    """目录价: what the lines cost; None: the catalogue has no price of one of its parts."""
    priced = ((cards[line.part], line.quantity) for line in lines)
    prices = [card.price_of(quantity) for card, quantity in priced if card is not None]
    known = [each for each in prices if each is not None]
    return sum(known) if len(known) == len(prices) else None


def _entrusting(request: FormRequest, body: Entrusting) -> EntrustHandIn:
    standing = standing_of(body.clerk, request.registers.person(body.clerk))
    return filled(EntrustHandIn, body, standing=standing)


def _consent(request: FormRequest, body: Agreeing) -> Made:
    policy = request.policy()
    made = filled(RecordConsent, body, most_times=policy.quote.consent_times)
    return Made(made, policy=policy.label)


def _sending(request: FormRequest, body: SentTechnician) -> SendBaseTechnician:
    standing = standing_of(body.technician, request.registers.person(body.technician))
    return filled(SendBaseTechnician, body, standing=standing)


def _offered_sending(_number: str, order: WorkOrder) -> Iterator[SendBaseTechnician]:
    """Somebody who breaks no rule: the page cannot know whom base will choose."""
    who = (Role.TECHNICIAN,)
    fit = Standing(WORDS, known=True, active=True, roles=who, branches=(order.branch,))
    if order.help_asked is not None:
        yield SendBaseTechnician(WORDS, WORDS, fit)


def _offered_entrusting(_number: str, order: WorkOrder) -> Iterator[EntrustHandIn]:
    """To a clerk who breaks no rule: the page cannot know whom the approver will name."""
    clerks = (Role.CLERK,)
    fit = Standing(WORDS, known=True, active=True, roles=clerks, branches=(order.branch,))
    yield EntrustHandIn(WORDS, WORDS, fit)


def _handing_in(request: FormRequest, _body: TaskBrought) -> Made:
    policy = request.policy()
    due_at, overdue_at = rules.claim_due(policy, request.context.at)
    return Made(HandInTask(due_at, overdue_at), policy=policy.label)


def _of_days(request: FormRequest) -> Mapping[str, object]:
    """Of a customer whom nobody reaches: on how many days they are tried, counted where."""
    policy = request.policy()
    zone = time_zone(policy, request.registers.branch(request.branch))
    return {"days_needed": policy.reaching.attempts_on_days, "time_zone": zone}


def _closing(request: FormRequest, body: Closing) -> Made:
    asks_policy = body.ending is Ending.UNREACHABLE
    said = {"twin": _twin(request, body), "settlers": _settlers(request)}
    command = filled(CloseRepair, body, **_of_days(request), **said)
    return Made(command, policy=request.policy().label if asks_policy else None)


def _continuing(request: FormRequest, body: Continuing) -> ContinueRepair:
    return filled(ContinueRepair, body, settlers=_settlers(request))


def _settling(request: FormRequest, body: cash.Settling) -> object:
    return cash.with_finance(body, _of_finance(request))


def _settlers(request: FormRequest) -> tuple[str, ...] | None:
    """Who of finance settles what was taken, if policy asks for it before the end."""
    asks_for_it = request.policy().fees.settle_same_day
    return _of_finance(request) if asks_for_it and cash.waits(request.state) else None


def _of_finance(request: FormRequest) -> tuple[str, ...]:
    """Who of finance is at the branch, by the cards that came."""
    return tuple(sorted(heard_of(request.registers, request.branch, Role.FINANCE) or ()))


def _twin(request: FormRequest, body: Closing) -> Twin | None:
    """另一单: what its report says, if one is named."""
    if body.other_ticket is None:
        return None
    both = (PAPER.ticket_of(request.number), body.other_ticket)
    this, other = (
        request.registers.document("intake", f"report-{each}", ReportDocument) for each in both
    )
    return twin_of(this, other, request.branch)


def _granting(request: FormRequest, body: UnreachedGrant) -> Made:
    command = filled(GrantUnreached, body, **_of_days(request))
    return Made(command, policy=request.policy().label)


FORMS: Forms = {
    "closings": Form(Closing, _closing, offered_closing),
    "continuations": Form(Continuing, _continuing, offered_continuing),
    "cash-settlements": Form(cash.Settling, _settling, cash.offered),
    "unreached-grants": Form(UnreachedGrant, _granting, offered_grant),
    "openings": Form(Opening, _opening, _offered_opening),
    "assignments": Form(Assignment, _assignment, _offered_assignment),
    "consents": Form(Agreeing, _consent, offered_consent),
    "travel-changes": Form(TravelChange, _travel_change, offered_change),
    "supplements": Form(Supplement, _supplement, _offered_supplement),
    "excess-grants": Form(ExcessGrant, _excess_grant, offered_excess_grant),
    "excess-denials": Form(ExcessDenial, _excess_denial, offered_denial),
    "base-technicians": Form(SentTechnician, _sending, _offered_sending),
    "hand-ins": Form(TaskBrought, _handing_in),
    "hand-in-grants": Form(Entrusting, _entrusting, _offered_entrusting),
    "signature-refusals": Form(RefusalTold, _refusal, offered_refusal),
    "signature-waivers": Form(SignatureWaiver, _waiver, offered_waiver),
    "work-records": Form(Recording, _recording, offered_record),
    "signatures": Form(Signing, _signing, _offered_signing),
    "signing-codes": Form(CodeWanted, _code_asked, offered_code),
    "signing-code-tries": Form(CodeTold, _code_told, offered_try, tells=_outcome_of_code),
    "customer-signatures": Form(CustomerSigning, _customer_signing, _offered_customer_signing),
}
