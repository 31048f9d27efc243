"""维修单, whatever is asked and in whatever order: what must hold always holds."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given as for_all
from hypothesis import strategies as st

from services.dispatch import work_order
from services.dispatch.work_order.notices import NoteApproval
from services.dispatch.work_order.opening import OpenWorkOrder, OrderForm, content_of
from services.dispatch.work_order.state import WorkOrder, WorkOrderFact
from services.dispatch.work_order.taking import (
    AssignTechnician,
    DeclineWorkOrder,
    RecallWorkOrder,
    SignWorkOrder,
    UrgeTaking,
)
from shared.decider import Refused
from shared.events.dispatch import WorkOrderOpened, WorkOrderSigned
from shared.events.order_sheet import PartPlanned
from shared.events.values import RepairNature, SignedHow
from tests.dispatch.example import (
    AT,
    CHEN,
    CLERK,
    FORM,
    LIU,
    NOTE,
    NOTED,
    NUMBER,
    OPEN,
    OPENED,
    REPORT,
    by,
    standing,
)
from tests.spec import given
from tests.strategies import commands_of
from tests.tries import tries

NOTING, URGING = "reaction:note-approval", "timer:urge-taking"


def approval(version: int) -> NoteApproval:
    """What intake's document of that version says; each version says something of its own."""
    report = replace(REPORT, content=f"{version:064x}")
    return NoteApproval(replace(NOTED, version=version, approved=report))


def noted(commands: Sequence[NoteApproval]) -> WorkOrder:
    past: list[WorkOrderFact] = []
    for command in commands:
        past += tried(past, command, NOTING)
    state = given(work_order, *past).state
    assert isinstance(state, WorkOrder)
    return state


def tried(past: Sequence[WorkOrderFact], command: Any, actor: str) -> list[WorkOrderFact]:
    """What becomes true; nothing if it is refused."""
    try:
        decided = work_order.decide(command, given(work_order, *past).state, by(actor, visits=()))
    except Refused:
        return []
    return [fact for _, fact in decided]


@for_all(st.lists(st.integers(1, 6), min_size=1), st.randoms(use_true_random=False))
def test_approvals_in_any_order_and_number_end_the_same(versions: list[int], chance: Any) -> None:
    once = [approval(version) for version in versions]
    again = [*once, *once]
    chance.shuffle(again)
    assert noted(once).noted == noted(again).noted == noted([approval(max(versions))]).noted


people = st.sampled_from([LIU, CHEN])
reasons = st.sampled_from(["一", "二"])
hashes = st.sampled_from([OPENED.content, "c" * 64])
parts = st.sampled_from([FORM.parts, FORM.parts[:1], ()])
forms = st.builds(
    OrderForm,
    approved=st.sampled_from([REPORT.content, f"{8:064x}"]),
    repair_nature=st.sampled_from([RepairNature.WARRANTY, RepairNature.PAID, None]),
    parts=parts,
    no_parts=st.booleans(),
    travel=st.sampled_from([FORM.travel, None]),
)
asks: st.SearchStrategy[tuple[Any, str]] = st.one_of(
    st.tuples(st.sampled_from([NOTE, approval(8)]), st.just(NOTING)),
    st.tuples(st.builds(OpenWorkOrder, forms, st.just(SignedHow.SESSION)), st.just(CLERK)),
    st.tuples(st.just(OPEN), st.just(CLERK)),
    st.tuples(commands_of(work_order), people | st.just(CLERK)),
    st.tuples(people.map(lambda who: AssignTechnician(who, standing(who))), st.just(CLERK)),
    st.tuples(
        st.builds(SignWorkOrder, st.just(SignedHow.DRAWN), hashes, people.map(standing)), people
    ),
    st.tuples(st.builds(DeclineWorkOrder, reasons), people),
    st.tuples(st.builds(RecallWorkOrder, reasons), st.just(CLERK)),
    st.tuples(st.builds(UrgeTaking, people, st.just(AT)), st.just(URGING)),
)


@tries(400)
@for_all(st.lists(asks, max_size=30))
def test_whatever_is_asked_only_what_was_approved_is_taken(
    asked: list[tuple[Any, str]],
) -> None:
    past, numbers = list[WorkOrderFact](), list[str]()
    for command, actor in asked:
        order = given(work_order, *past).state
        for fact in tried(past, command, actor):
            if isinstance(fact, WorkOrderOpened):
                numbers += [note.number for note in fact.notes]
            if isinstance(fact, WorkOrderSigned):
                assert order.opened.approved == order.noted.approved.content
                assert fact.signature.by == order.technician == actor
                assert fact.signature.content == content_of(NUMBER, _form_of(order))
            past.append(fact)
        assert tried(past, command, actor) == [], "asking twice changed something"
    assert len(numbers) == len(set(numbers)), "a note's number was named twice"


def _form_of(order: WorkOrder) -> OrderForm:
    """What is signed is what was made out: the form told again from the fact."""
    assert order.opened is not None
    return OrderForm(
        approved=order.opened.approved,
        kind=order.opened.kind,
        repair_nature=order.opened.repair_nature,
        parts=tuple(
            PartPlanned(line.part, line.quantity, note.delivery)
            for note in order.opened.notes
            for line in note.lines
        ),
        no_parts=order.opened.no_parts,
        travel=order.opened.travel,
    )
