"""回访的反应 as stories: what an ended case and its papers make this room owe, and nothing else."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.followup import reactions, rules
from services.followup.app import room
from services.followup.dossier.collection import AskPapers
from services.followup.dossier.custody import LendToClaim, ReturnFromClaim
from services.followup.survey.schedule import NoteContact
from shared.document import CommandOwed, Published
from shared.envelope import canonical
from shared.events import BOOK
from shared.events.cards import BranchCard
from shared.events.custody import ClaimSaid, PaperRef
from shared.events.followup import (
    CallBackScheduled,
    ContactNoted,
    PaperAsked,
    PaperKind,
    PapersAsked,
)
from shared.events.order_sheet import EarlierOrder, Fee, NoteStage, OrderStage, PartUsed, Work
from shared.events.report_form import Approval, ApprovalAsked, RemoteAttempt, Stage
from shared.events.travel_claims import ClaimStage, ReportAttached, TravelClaimDocument
from shared.events.values import Ending, RemoteResult, ReportKind, Travel
from shared.handle import Answer, CommandEnvelope, Handler, handle_all
from shared.policy import CORE, Core, time_zone
from shared.policy.source import read
from tests.followup.example import BRANCH, FILE, HOME, LIU, NUMBER, ORDER, TICKET, by, sealed
from tests.followup.papers import (
    CHEN,
    CLOSED_AT,
    CLOSED_ORDER,
    NOTE_C1,
    OPEN_ORDER,
    REPORT_DOCUMENT,
    SETTLED_NOTE,
    SOLVED,
    SURVEY_DOCUMENT,
    published,
)
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.shared.http_desk import POLICIES

POLICY = read(POLICIES / CORE, Core)
REPORT = PaperAsked(PaperKind.REPORT, TICKET)
WORK_ORDER = PaperAsked(PaperKind.WORK_ORDER, f"{TICKET}-W1")
NOTE = PaperAsked(PaperKind.ISSUE_NOTE, f"{TICKET}-C1")
FOLLOW_UP = PaperAsked(PaperKind.FOLLOW_UP, NUMBER)
NO_PARTS, NO_VISIT = PaperAsked(PaperKind.NO_PARTS, None), PaperAsked(PaperKind.NO_VISIT, None)


def changed(**fields: Any) -> Core:
    """The shipped policy with other rules of following up."""
    assert POLICY.follow_up is not None
    followed = msgspec.structs.replace(POLICY.follow_up, **fields)
    return msgspec.structs.replace(POLICY, follow_up=followed)


def wanted(state: Any, policy: Core = POLICY) -> tuple[PaperAsked, ...]:
    """The papers a closing asks for; they are asked for first."""
    owed = reactions.case_closed(published(state), policy)
    assert owed[0].home == FILE
    assert isinstance(owed[0].command, AskPapers)
    return owed[0].command.asked.papers


def test_a_repaired_case_owes_its_papers_and_a_call_back() -> None:
    ask, call = reactions.case_closed(published(CLOSED_ORDER, 14), POLICY)
    assert (ask.home, call.home) == (FILE, HOME)
    papers = (REPORT, WORK_ORDER, NOTE, FOLLOW_UP)
    assert ask.command.asked == PapersAsked(
        TICKET, BRANCH, ReportKind.REPAIR, Ending.REPAIRED, ORDER, 14, papers, f"report-{TICKET}"
    )
    assert call.command.scheduled == CallBackScheduled(
        ticket=TICKET,
        branch=BRANCH,
        closed=ORDER,
        version=14,
        ending=Ending.REPAIRED,
        contact_name=sealed("contact_name"),
        contact_phone=sealed("contact_phone"),
        technicians=(CHEN, LIU),
        questions=rules.questions(POLICY, ReportKind.REPAIR, Ending.REPAIRED),
        attempts_needed=3,
        due_at=CLOSED_AT + timedelta(hours=24),
        policy=POLICY.label,
    )


def test_who_travelled_along_did_the_job_as_well() -> None:
    travel = Travel(None, None, (LIU, "K-ZHANG"))
    (_, call) = reactions.case_closed(published(replace(CLOSED_ORDER, travel=travel)), POLICY)
    assert call.command.scheduled.technicians == (CHEN, LIU, "K-ZHANG")


def test_an_order_that_goes_on_asks_for_the_papers_of_those_before_it() -> None:
    before = EarlierOrder(f"{TICKET}-W1", (f"{TICKET}-C1",), ("T-OLD",))
    second = replace(CLOSED_ORDER, number=f"{TICKET}-W2", notes=(), earlier=(before,))
    ask, call = reactions.case_closed(published(second), POLICY)
    assert call.command.scheduled.technicians == (CHEN, LIU, "T-OLD")
    orders = [PaperAsked(PaperKind.WORK_ORDER, f"{TICKET}-W{n}") for n in (1, 2)]
    note = PaperAsked(PaperKind.ISSUE_NOTE, f"{TICKET}-C1")
    assert ask.command.asked.papers == (REPORT, *orders, note, FOLLOW_UP)


def test_what_is_withdrawn_after_somebody_worked_is_called_about() -> None:
    """一只密封圈用在 -W1 上，-W2 撤单: a part stays in the machine, and the customer is asked."""
    used = Work(parts_used=(PartUsed(f"{TICKET}-C1", "MFQ-32", used=1),))
    charged = Work(no_parts_used=True, fees=(Fee("labour", 100),))
    before = EarlierOrder(f"{TICKET}-W1", (f"{TICKET}-C1",), ("T-OLD",), worked=True)
    withdrawn = replace(CLOSED_ORDER, ending=Ending.WITHDRAWN)
    only_repairs = changed(endings=frozenset({Ending.REPAIRED}))
    for order in (
        replace(withdrawn, number=f"{TICKET}-W2", notes=(), earlier=(before,)),
        *(replace(withdrawn, work=work) for work in (used, charged)),
    ):
        ask, _ = reactions.case_closed(published(order), POLICY)
        assert FOLLOW_UP in ask.command.asked.papers
        assert FOLLOW_UP not in wanted(order, only_repairs)
        assert FOLLOW_UP not in wanted(replace(order, ending=Ending.UNREACHABLE))
    idle = replace(before, worked=False)
    for order in (
        withdrawn,
        replace(withdrawn, work=Work(no_parts_used=True, no_fees=True)),
        replace(withdrawn, number=f"{TICKET}-W2", notes=(), earlier=(idle,)),
    ):
        assert FOLLOW_UP not in wanted(order)


def test_an_order_that_is_continued_is_a_finished_paper_and_no_end() -> None:
    over = replace(OPEN_ORDER, stage=OrderStage.CLOSED, continued_as=f"{TICKET}-W2")
    assert reactions.case_closed(published(over), POLICY) == ()
    assert len(reactions.add_paper(published(over), POLICY)) == 1
    assert reactions.add_paper(published(OPEN_ORDER), POLICY) == ()


def test_a_case_solved_from_afar_owes_them_too() -> None:
    ask, call = reactions.case_closed(published(SOLVED), POLICY)
    assert ask.command.asked.papers == (REPORT, FOLLOW_UP, NO_VISIT, NO_PARTS)
    assert call.command.scheduled.technicians == (CHEN,)
    signed = replace(SOLVED, technician_sig=REPORT_DOCUMENT.technician_sig)
    (_, call) = reactions.case_closed(published(signed), POLICY)
    assert call.command.scheduled.technicians == (CHEN,)


def test_who_tried_in_vain_from_afar_may_call_back_and_who_solved_it_may_not() -> None:
    in_vain = RemoteAttempt(CLOSED_AT, "K-ZHANG", "断电重启", RemoteResult.NOT_SOLVED)
    tried = replace(SOLVED, remote_attempts=(in_vain, *SOLVED.remote_attempts))
    (_, call) = reactions.case_closed(published(tried), POLICY)
    assert call.command.scheduled.technicians == (CHEN,)


def test_an_open_case_owes_nothing() -> None:
    for state in (OPEN_ORDER, REPORT_DOCUMENT, SETTLED_NOTE, SURVEY_DOCUMENT):
        assert reactions.case_closed(published(state), POLICY) == ()


@pytest.mark.parametrize(
    "ending", [Ending.ANSWERED, Ending.WITHDRAWN, Ending.DUPLICATE, Ending.OUT_OF_SCOPE]
)
def test_what_was_answered_or_given_up_asks_for_the_report_alone(ending: Ending) -> None:
    assert len(reactions.case_closed(published(replace(SOLVED, ending=ending)), POLICY)) == 1
    assert wanted(replace(SOLVED, ending=ending)) == (REPORT,)


def test_an_order_asks_for_what_there_is_of_it() -> None:
    without = replace(CLOSED_ORDER, notes=(), no_parts=True)
    assert wanted(without) == (REPORT, WORK_ORDER, NO_PARTS, FOLLOW_UP)
    two = replace(CLOSED_ORDER, notes=(NOTE_C1, replace(NOTE_C1, number=f"{TICKET}-C2")))
    second = PaperAsked(PaperKind.ISSUE_NOTE, f"{TICKET}-C2")
    assert wanted(two) == (REPORT, WORK_ORDER, NOTE, second, FOLLOW_UP)
    unopened = replace(CLOSED_ORDER, kind=None, notes=(), ending=Ending.WITHDRAWN)
    assert wanted(unopened) == (REPORT, WORK_ORDER, NO_PARTS, NO_VISIT)
    new_machine = replace(CLOSED_ORDER.approved, kind=ReportKind.COMMISSIONING)
    commissioned = replace(CLOSED_ORDER, approved=new_machine, ending=Ending.COMMISSIONED)
    assert wanted(commissioned) == (WORK_ORDER, NOTE, FOLLOW_UP)
    never_made_out = replace(unopened, approved=new_machine)
    assert wanted(never_made_out) == (REPORT, WORK_ORDER, NO_PARTS, NO_VISIT)


@pytest.mark.parametrize(
    ("kind", "ending", "asked"),
    [
        (ReportKind.REPAIR, Ending.REPAIRED, {"fault_gone"}),
        (ReportKind.REPAIR, Ending.SWAPPED, {"fault_gone"}),
        (ReportKind.REPAIR, Ending.SOLVED_REMOTELY, {"fault_gone"}),
        (ReportKind.REPAIR, Ending.NOT_REPAIRABLE, set()),
        (ReportKind.REPAIR, Ending.WITHDRAWN, set()),
        (ReportKind.COMMISSIONING, Ending.COMMISSIONED, {"runs_well"}),
        (ReportKind.COMMISSIONING, Ending.NOT_COMMISSIONED, set()),
    ],
)
def test_whether_it_runs_is_asked_where_it_was_made_to_run(
    kind: ReportKind, ending: Ending, asked: set[str]
) -> None:
    """Who was told that it cannot be mended is not asked whether it is."""
    codes = {each.code for each in rules.questions(POLICY, kind, ending)}
    assert codes & {"fault_gone", "runs_well"} == asked
    assert "overall" in codes


def test_who_is_not_called_is_not_waited_for() -> None:
    for policy in (
        changed(share=0),
        changed(endings=frozenset({Ending.SOLVED_REMOTELY})),
        msgspec.structs.replace(POLICY, follow_up=None),
    ):
        assert wanted(CLOSED_ORDER, policy) == (REPORT, WORK_ORDER, NOTE)
        assert len(reactions.case_closed(published(CLOSED_ORDER), policy)) == 1


@pytest.mark.parametrize(
    ("kind", "undone"),
    [
        (ReportKind.REPAIR, Ending.NOT_REPAIRABLE),
        (ReportKind.COMMISSIONING, Ending.NOT_COMMISSIONED),
    ],
)
def test_what_was_withdrawn_after_work_is_called_about_like_what_could_not_be_done(
    kind: ReportKind, undone: Ending
) -> None:
    policy = changed(endings=frozenset({undone}))
    withdrawn = (policy, Ending.WITHDRAWN, TICKET, kind)
    assert rules.is_called_back(*withdrawn, worked=True)
    assert not rules.is_called_back(*withdrawn, worked=False)


def test_a_sample_is_drawn_by_the_ticket_alone() -> None:
    tickets = [f"BX-HZ01-20261123-{n:04}" for n in range(1000)]
    third = changed(share=30)
    drawn = [t for t in tickets if rules.is_called_back(third, Ending.REPAIRED, t)]
    assert drawn == [t for t in tickets if rules.is_called_back(third, Ending.REPAIRED, t)]
    assert 200 < len(drawn) < 400
    more = {t for t in tickets if rules.is_called_back(changed(share=60), Ending.REPAIRED, t)}
    assert set(drawn) < more


def test_a_paper_is_added_once_it_is_as_it_will_be_filed() -> None:
    for state, kind, number in (
        (REPORT_DOCUMENT, PaperKind.REPORT, TICKET),
        (SOLVED, PaperKind.REPORT, TICKET),
        (CLOSED_ORDER, PaperKind.WORK_ORDER, f"{TICKET}-W1"),
        (SETTLED_NOTE, PaperKind.ISSUE_NOTE, f"{TICKET}-C1"),
        (replace(SETTLED_NOTE, stage=NoteStage.VOID), PaperKind.ISSUE_NOTE, f"{TICKET}-C1"),
        (SURVEY_DOCUMENT, PaperKind.FOLLOW_UP, NUMBER),
    ):
        document = published(state)
        (owed,) = reactions.add_paper(document, POLICY)
        paper = owed.command.paper
        assert (owed.home, paper.kind, paper.number) == (FILE, kind, number)
        assert (paper.stream, paper.version) == (document.stream, document.version)
        assert paper.content == hashlib.sha256(canonical(state)).hexdigest()
    for early in (
        OPEN_ORDER,
        replace(SETTLED_NOTE, stage=NoteStage.ISSUED),
        replace(REPORT_DOCUMENT, stage=Stage.REGISTERED),
    ):
        assert reactions.add_paper(published(early), POLICY) == ()


def test_the_room_listens_to_milestones_and_keeps_the_registers() -> None:
    assert all(BOOK[name].milestone for name in room.listens)
    assert room.keeps == ("person", "branch", "customer", "delegation", "report")
    asking = [each.name for each in room.reactions if each.asks_policy]
    assert asking == ["case-closed", "add-paper", "attach-report"]


def test_days_are_those_of_the_branch() -> None:
    abroad = BranchCard("SE01", "Göteborg", "Europe/Stockholm")
    assert time_zone(POLICY, abroad) == "Europe/Stockholm"
    assert time_zone(POLICY, None) == POLICY.calendar.time_zone


PAPERS: Sequence[Any] = (REPORT_DOCUMENT, SOLVED, CLOSED_ORDER, SETTLED_NOTE, SURVEY_DOCUMENT)
documents = st.builds(published, st.sampled_from(PAPERS), st.integers(1, 4))


@settings(max_examples=60, deadline=None)
@for_all(st.lists(documents, min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_documents_in_any_order_and_number_end_in_the_same_state(
    told: list[Published], chance: Any
) -> None:
    """Copies, late ones, all at once or one by one: each stream's newest document counts."""
    newest: dict[str, Published] = {}
    for document in sorted(told, key=lambda each: each.version):
        newest[document.stream] = document
    again = [*newest.values(), *newest.values()]
    chance.shuffle(again)
    assert _owed(list(newest.values()), at_once=True) == _owed(again, at_once=False)


def _owed(told: Sequence[Published], *, at_once: bool) -> Any:
    desk = Handler(Memory("followup"), room.papers, memory_keys())
    orders = [order for document in told for order in _orders(document)]
    for batch in [orders] if at_once else [[each] for each in orders]:
        with desk.store.transaction() as transaction:
            outcomes = handle_all(desk, list({e.id: e for e in batch}.values()), transaction)
        assert all(isinstance(outcome, Answer) for outcome in outcomes), "reactions are not refused"
    read = desk.store.read([FILE, HOME]).streams
    return [desk.fold(name, read[name].facts) for name in (FILE, HOME)]


def _orders(document: Published) -> Iterator[CommandEnvelope]:
    for reaction in reactions.REACTIONS[:2]:
        for n, owed in enumerate(reaction.owed(document, lambda *_: POLICY)):
            assert isinstance(owed, CommandOwed)
            asked = by(f"reaction:{reaction.name}", owed.home)
            yield CommandEnvelope(reaction.command_id(document, n), owed.command, asked)


def test_a_correction_is_noted_where_the_case_is_approved_or_over() -> None:
    """更正: before that, the approval or the end says whom to call."""
    (owed,) = reactions.note_contact(published(REPORT_DOCUMENT, 9))
    assert owed.home == HOME
    assert owed.command == NoteContact(
        ContactNoted(9, REPORT_DOCUMENT.contact_name, REPORT_DOCUMENT.contact_phone)
    )
    early = replace(REPORT_DOCUMENT, stage=Stage.SUBMITTED)
    assert reactions.note_contact(published(early)) == ()


def test_what_intake_says_of_an_approved_case_is_not_its_end() -> None:
    """更正 after the order closed it: the report shows that ending, and the order has told it."""
    asked = ApprovalAsked(("approver",), CLOSED_AT, "core@1", "a" * 64)
    given = (Approval("A-ZHAO", "approver", CLOSED_AT, "a" * 64),)
    over = replace(REPORT_DOCUMENT, stage=Stage.CLOSED, ending=Ending.REPAIRED)
    approved = replace(over, approval=asked, approvals=given)
    assert not reactions.case_closed(published(approved), POLICY)


class TestAttaching:
    """报销附件: the report is with finance while a claim waits to be decided."""

    CLAIM = TravelClaimDocument(
        number=f"{TICKET}-L1",
        ticket=TICKET,
        branch=BRANCH,
        order=f"{TICKET}-W1",
        stage=ClaimStage.SUBMITTED,
        claimant=LIU,
        total_fen=4_600,
        report=ReportAttached(TICKET, 7, "a" * 64),
        has_report=True,
    )
    REPORT = PaperRef(PaperKind.REPORT, TICKET)

    def owed(self, claim: TravelClaimDocument, version: int) -> Sequence[CommandOwed]:
        return reactions.attach_report(published(claim, version), POLICY)

    def test_a_claim_that_waits_has_it(self) -> None:
        (one,) = self.owed(self.CLAIM, 1)
        assert one.home == f"dossier-{TICKET}"
        assert isinstance(one.command, LendToClaim)
        assert (one.command.paper, one.command.because) == (self.REPORT, self.CLAIM.number)
        assert one.command.claim == ClaimSaid(self.CLAIM.number, 1)
        assert one.command.until - published(self.CLAIM).recorded_at == timedelta(days=7)

    def test_a_claim_that_is_decided_returned_or_withdrawn_lets_it_go(self) -> None:
        for stage in (ClaimStage.APPROVED, ClaimStage.RETURNED, ClaimStage.WITHDRAWN):
            over = replace(self.CLAIM, stage=stage, has_report=False)
            (one,) = self.owed(over, 3)
            assert one.command == ReturnFromClaim(self.REPORT, ClaimSaid(over.number, 3))
