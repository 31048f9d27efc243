"""一单到底, whatever is asked, heard and in whatever order: what must hold always holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.dispatch import visit, work_order
from services.dispatch.app import room
from services.dispatch.visit.journey import Arrive, CancelVisit, EndVisit
from services.dispatch.visit.planning import ConfirmAppointment
from services.dispatch.visit.state import Visit
from services.dispatch.work_order.closing import HandInTask, ReturnHandIn
from services.dispatch.work_order.further_note import NameFurtherNote
from services.dispatch.work_order.notes import is_idle, not_in_hand
from services.dispatch.work_order.notices import NoteIssueNote
from services.dispatch.work_order.state import WorkOrder
from services.dispatch.work_order.taking import RecallWorkOrder
from services.dispatch.work_order.visits import OPEN, has_been_there
from services.dispatch.work_order.work import VoidSignature
from shared.decider import Refused
from shared.events.dispatch import (
    CustomerSigned,
    FurtherNoteNamed,
    RepairContinued,
    TaskHandedIn,
    WorkOrderRecalled,
    WorkOrderSigned,
    WorkRecorded,
)
from shared.events.intake import RepairClosed
from shared.events.order_sheet import (
    Delivery,
    Deviation,
    NotedNote,
    NoteStage,
    OrderStage,
    VisitOutcome,
    VisitStage,
    WorkResult,
)
from shared.events.values import Ending, PartWanted, SignedHow
from shared.events.visits import Departed
from shared.step import PaperModule
from tests.dispatch.example import ASSIGN, CHEN, CLERK, HOME, LIU, NOTE, SIGN, TICKET, standing
from tests.dispatch.example import OPEN as OPEN_ORDER
from tests.dispatch.example import VISITS as SERIES
from tests.dispatch.job import (
    CLOSE,
    CUSTOMER_SIGNS,
    DEPART,
    DOOR,
    LATER,
    PLAN,
    RECORD,
    WORK,
    WORK_CONTENT,
    asks,
    noted_note,
    settled,
)
from tests.reads import with_reads
from tests.strategies import commands_of
from tests.tries import tries

VISITS = tuple(f"{SERIES}{n}" for n in (1, 2, 3))
FURTHER = f"work_order-{TICKET}-W2"
STREAMS = (HOME, *VISITS)


@dataclass
class Ticket:
    """单: the order and its visits, as the record would hold them."""

    order: WorkOrder = work_order.initial
    further: WorkOrder = work_order.initial
    """The order with which the repair goes on; nobody does anything with it here."""
    visits: dict[str, Visit] = field(default_factory=lambda: dict.fromkeys(VISITS, visit.initial))
    facts: list[tuple[str, Any]] = field(default_factory=list)
    versions: dict[str, int] = field(default_factory=dict)
    """Of the newest word on each note."""

    def decided(self, home: str, command: Any, actor: str) -> Sequence[tuple[str, Any]]:
        """What becomes true; nothing if it is refused."""
        begun = {name: each for name, each in self.visits.items() if each.planned}
        further = {FURTHER: self.further} if self.further.noted else {}
        states = {HOME: self.order, **begun, **further}
        asked = with_reads(room, command, states, asks(actor, home))
        try:
            if home == HOME:
                return list(work_order.decide(command, self.order, asked))
            return list(visit.decide(command, self.visits[home], asked))
        except Refused:
            return []

    def take(self, facts: Sequence[tuple[str, Any]]) -> None:
        for stream, fact in facts:
            self.facts.append((stream, fact))
            if stream == HOME:
                self.order = work_order.evolve(self.order, fact)
            elif stream == FURTHER:
                self.further = work_order.evolve(self.further, fact)
            else:
                self.visits[stream] = visit.evolve(self.visits[stream], fact)


def heard(ticket: Ticket, how: str, number: int) -> NoteIssueNote:
    """The next document of a note: what inventory can say of it while its parts are there."""
    name = f"{TICKET}-C{number}"
    version = ticket.versions[name] = ticket.versions.get(name, 0) + 1
    named = {note.number: note for note in ticket.order.released}
    told = {
        "void": noted_note(NoteStage.VOID, version),
        "issued": noted_note(NoteStage.ISSUED, version),
        "used": settled(WORK_CONTENT, 2, 0, version=version),
        "unused": settled(None, 0, 0, version=version),
    }[how]
    known = ticket.order.issue_notes.get(name)
    over = known is not None and known.stage in (NoteStage.VOID, NoteStage.SETTLED)
    if name not in named or over:
        told = known or replace(told, stage=NoteStage.RELEASED)
    return NoteIssueNote(replace(told, number=name))


orders: st.SearchStrategy[tuple[Any, str]] = st.sampled_from(
    [
        (NOTE, "reaction:note-approval"),
        (OPEN_ORDER, CLERK),
        (ASSIGN, CLERK),
        (replace(ASSIGN, technician=CHEN, standing=standing(CHEN)), CLERK),
        (SIGN, LIU),
        (replace(SIGN, standing=standing(CHEN)), CHEN),
        (RecallWorkOrder("换人"), CLERK),
        (NameFurtherNote(Delivery.CARRIED, (PartWanted("MFQ-32", 2),), "补领"), CLERK),
        (RECORD, LIU),
        (replace(RECORD, work=replace(WORK, parts_used=(), no_parts_used=True)), LIU),
        (CUSTOMER_SIGNS, LIU),
        (replace(CUSTOMER_SIGNS, how=SignedHow.SESSION), LIU),
        (VoidSignature("写错"), CLERK),
        (HandInTask(), LIU),
        (ReturnHandIn(("缺旧件",)), CLERK),
        (CLOSE, CLERK),
        (replace(CLOSE, papers_checked=(*CLOSE.papers_checked, f"{TICKET}-C2")), CLERK),
        (CLOSE, LIU),
        (replace(CLOSE, ending=Ending.WITHDRAWN, reason="不修", customer_told_at=LATER), CLERK),
    ]
)
trips: st.SearchStrategy[tuple[Any, str]] = st.sampled_from(
    [
        (PLAN, CLERK),
        (ConfirmAppointment(confirmed=True), LIU),
        (DEPART, LIU),
        (DEPART, CHEN),
        (Arrive(), LIU),
        (EndVisit(VisitOutcome.DONE), LIU),
        (EndVisit(VisitOutcome.NO_ACCESS, door=DOOR), LIU),
        (CancelVisit("改期", LATER), CLERK),
    ]
)


def anything(paper: PaperModule) -> st.SearchStrategy[tuple[Any, str]]:
    """Any command of the paper, from anybody."""
    return st.tuples(commands_of(paper), st.sampled_from([CLERK, LIU, CHEN]))


steps: st.SearchStrategy[tuple[str, Any, str]] = st.one_of(
    (orders | anything(work_order)).map(lambda ask: (HOME, *ask)),
    st.tuples(st.sampled_from(VISITS[:2]), trips | anything(visit)).map(
        lambda ask: (ask[0], *ask[1])
    ),
    st.tuples(
        st.sampled_from(["void", "issued", "used", "unused"]), st.sampled_from([1, 1, 2])
    ).map(lambda ask: ("heard", *ask)),
)

STRAIGHT: tuple[tuple[str, Any, Any], ...] = (
    (HOME, NOTE, "reaction:note-approval"),
    (HOME, OPEN_ORDER, CLERK),
    (HOME, ASSIGN, CLERK),
    (HOME, SIGN, LIU),
    ("heard", "issued", 1),
    (VISITS[0], PLAN, CLERK),
    (VISITS[0], ConfirmAppointment(confirmed=True), LIU),
    (VISITS[0], DEPART, LIU),
    (VISITS[0], Arrive(), LIU),
    (HOME, RECORD, LIU),
    (VISITS[0], EndVisit(VisitOutcome.DONE), LIU),
    (HOME, CUSTOMER_SIGNS, LIU),
    ("heard", "used", 1),
    (HOME, HandInTask(), LIU),
    (HOME, CLOSE, CLERK),
)
"""The straight line, into which chance puts what it likes, so that it comes far enough."""


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[str, Any, Any]]:
    life = list(STRAIGHT[: draw(st.integers(0, len(STRAIGHT)))])
    for step in draw(st.lists(steps, max_size=12)):
        life.insert(draw(st.integers(0, len(life))), step)
    return [*life, *draw(st.lists(steps, max_size=8))]


def test_the_straight_line_goes_through() -> None:
    assert lived(STRAIGHT).order.stage is OrderStage.CLOSED


@tries(400)
@for_all(lives())
def test_whatever_is_asked_nobody_gets_round_a_gate(life: list[tuple[str, Any, Any]]) -> None:
    ticket = lived(life)
    numbers = [note.number for note in ticket.order.released]
    assert len(numbers) == len(set(numbers)), "a note's number was named twice"
    refolded = reduce(
        work_order.evolve, [f for stream, f in ticket.facts if stream == HOME], work_order.initial
    )
    assert refolded == ticket.order


def lived(life: Sequence[tuple[str, Any, Any]]) -> Ticket:
    ticket = Ticket()
    for where, what, who in life:
        if where == "heard":
            ticket.take(ticket.decided(HOME, heard(ticket, what, who), "reaction:note-issue-note"))
            continue
        facts = ticket.decided(where, what, who)
        for _, fact in facts:
            _check(ticket, fact, who)
        ticket.take(facts)
        if facts:
            assert ticket.decided(where, what, who) == [], "asking twice changed something"
    return ticket


def _check(ticket: Ticket, fact: Any, actor: str) -> None:
    order = ticket.order
    match fact:
        case Departed():
            assert order.stage is OrderStage.ACCEPTED
            assert order.technician == actor
            lacking = not_in_hand(order, PLAN.window.start_at)
            assert not lacking or Deviation.PARTS in fact.deviation
            assert sum(each.stage in OPEN for each in ticket.visits.values()) == 1
        case WorkRecorded(work, _):
            assert any(_there(each, actor) for each in ticket.visits.values())
            assert all(used.used <= 2 for used in work.parts_used)
        case CustomerSigned(word):
            assert order.work is not None
            assert word.content == order.work.content
            assert word.signature is not None
            assert word.signature.how is not SignedHow.SESSION
        case WorkOrderRecalled():
            assert not any(each.stage is VisitStage.ARRIVED for each in ticket.visits.values())
            assert all(
                _is_home(n) or (n and n.recipient != order.technician) for n in _notes(order)
            )
        case WorkOrderSigned(_, _, notes):
            assert not any(is_idle(order.issue_notes.get(note.number)) for note in notes)
        case FurtherNoteNamed(note):
            assert note.number not in {each.number for each in order.released}
        case TaskHandedIn():
            assert all(map(_is_home, _notes(order)))
        case RepairContinued():
            assert all(map(_is_home, _notes(order))), "continued with parts out"
        case RepairClosed(ending):
            assert all(map(_is_home, _notes(order))), "closed with parts out"
            assert fact.taken_by not in {fact.handed_in_by or "", *order.crew}
            unmended = order.work and order.work.work.result is WorkResult.NOT_FIXED
            assert not (ending is Ending.REPAIRED and unmended), "not fixed is no repair"
        case _:
            pass


def _there(each: Visit, actor: str) -> bool:
    return each.technician == actor and has_been_there(each)


def _notes(order: WorkOrder) -> Sequence[NotedNote | None]:
    return [order.issue_notes.get(note.number) for note in order.released]


def _is_home(noted: NotedNote | None) -> bool:
    return noted is not None and noted.stage in (NoteStage.VOID, NoteStage.SETTLED)


@for_all(st.lists(st.integers(1, 6), min_size=1), st.randoms(use_true_random=False))
def test_notes_heard_in_any_order_and_number_end_the_same(versions: list[int], chance: Any) -> None:
    again = [*versions, *versions]
    chance.shuffle(again)

    def noted(numbers: Sequence[int]) -> Mapping[str, NotedNote]:
        ticket = Ticket()
        for version in numbers:
            word = NoteIssueNote(noted_note(NoteStage.ISSUED, version, recipient=f"T-{version}"))
            ticket.take(ticket.decided(HOME, word, "reaction:note-issue-note"))
        return ticket.order.issue_notes

    assert noted(versions) == noted(again) == noted([max(versions)])
