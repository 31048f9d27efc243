"""报修单, whatever is asked in whatever order: what may never happen does not happen."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import reduce
from typing import Any, TypeAlias

from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.intake import report
from services.intake.app import room
from services.intake.report.approval import GiveApproval, ReturnReport
from services.intake.report.basics import HandOverCase
from services.intake.report.completeness import missing_to_submit
from services.intake.report.ending import CloseReport, NoteClosing
from services.intake.report.repeat import RepeatReport
from services.intake.report.state import Report, content_of
from services.intake.report.submission import RecallReport, UrgeApproval
from shared.decider import Asked, Decision, Fact, Refused
from shared.envelope import canonical
from shared.events import entry, reading
from shared.events.intake import (
    CaseHandedOver,
    ClosingNoted,
    ContactCorrected,
    DefectNoted,
    RepairApproved,
    RepairClosed,
    ReportAmended,
    ReportComplained,
    ReportLinked,
    ReportRepeated,
    ReportSubmitted,
)
from shared.events.report_form import Diagnosis, Stage
from shared.events.values import Ending, RemoteResult, Role
from tests.intake.example import (
    APPROVE,
    APPROVED,
    AT,
    BOTH,
    CARDS,
    COMPLETE,
    COMPLETED,
    DIAGNOSE,
    DIAGNOSED,
    DIAGNOSIS,
    DUE,
    GIVEN,
    GUIDE,
    GUIDED,
    HE,
    HOME,
    LI,
    ONE,
    QIAN,
    REGISTER,
    REGISTER_B,
    REPORTED,
    REPORTED_B,
    SIGN,
    SIGNED,
    SUBMIT,
    SUBMITTED,
    WANG,
    ZHAO,
    by,
)
from tests.reads import with_reads, write
from tests.strategies import commands_of
from tests.tries import tries

Step: TypeAlias = Callable[[Report], Any]
"""A command, made with what whoever asks it is shown."""


def always(command: Any) -> Step:
    return lambda _: command


ASKED: list[Step] = [
    always(REGISTER),
    always(REGISTER_B),
    always(COMPLETE),
    always(replace(COMPLETE, fault_description="其实还有异响")),
    always(DIAGNOSE),
    always(replace(DIAGNOSE, diagnosis=replace(DIAGNOSIS, estimated_fen=700_000))),
    always(replace(DIAGNOSE, diagnosis=Diagnosis())),
    always(GUIDE),
    always(replace(GUIDE, result=RemoteResult.SOLVED)),
    always(SIGN),
    lambda seen: replace(SIGN, content=seen.content),
    lambda seen: replace(SUBMIT, content=seen.content, approval=replace(ONE, content=seen.content)),
    lambda seen: replace(
        SUBMIT, content=seen.content, approval=replace(BOTH, content=seen.content)
    ),
    always(APPROVE),
    lambda seen: replace(APPROVE, content=seen.content),
    lambda seen: GiveApproval("cost_deputy", seen.content),
    always(ReturnReport("approver", ("费用偏高",), ("estimated_fen",))),
    always(RecallReport()),
    lambda seen: UrgeApproval(seen.round, DUE),
    always(HandOverCase(HE)),
    always(CloseReport(Ending.SOLVED_REMOTELY, customer_told_at=AT)),
    always(CloseReport(Ending.WITHDRAWN, "不修了", customer_told_at=AT)),
    always(NoteClosing("work_order-1", 3, Ending.REPAIRED)),
]
"""Commands that lead somewhere: made by hand, for each signs what the one before it has made."""
STORY: list[tuple[Step, str]] = [
    (ASKED[0], LI),
    (ASKED[7], WANG),
    (ASKED[4], WANG),
    (ASKED[10], WANG),
    (ASKED[12], LI),
    (ASKED[14], ZHAO),
    (ASKED[15], QIAN),
]
"""The straight way to the approval; chance takes, leaves and mixes its steps."""


def begin(steps: int) -> list[tuple[Step, str, frozenset[Role]]]:
    """The first steps of the straight way."""
    return [(step, actor, frozenset()) for step, actor in STORY[:steps]]


everybody = st.sampled_from([LI, HE, WANG, ZHAO, QIAN])
every_role = st.frozensets(st.sampled_from([Role.APPROVER, Role.TECHNICIAN]), max_size=2)
any_command = commands_of(report).map(always)
chance = st.tuples(st.sampled_from(ASKED) | any_command, everybody, every_role)
straight = st.tuples(st.sampled_from(STORY), every_role).map(lambda s: (*s[0], s[1]))
begun = st.integers(0, len(STORY)).map(begin)
walks = st.tuples(begun, st.lists(chance | straight, max_size=12)).map(lambda w: w[0] + w[1])


class Walk:
    """A report led through commands, as its record would have it."""

    def __init__(self) -> None:
        self.states: dict[str, Any] = dict(CARDS)
        self.facts: list[Fact] = []
        """Those of the report itself."""
        self.minute = 0

    @property
    def state(self) -> Report:
        found: Report = self.states.get(HOME, report.initial)
        return found

    def decided(self, command: object, asked: Asked) -> Decision:
        return report.decide(command, self.state, with_reads(room, command, self.states, asked))

    def ask(self, step: Step, actor: str, roles: frozenset[Role]) -> Sequence[Fact]:
        """The facts the step adds; it is asked twice, and adds nothing the second time."""
        self.minute += 1
        asked: Asked = by(actor, *roles, at=AT + timedelta(minutes=self.minute))
        command = step(self.state)
        if isinstance(command, RepeatReport):  # it is owed with a ticket of its own
            asked = replace(asked, ticket=f"BX-HZ01-20261124-{self.minute:04}")
        try:
            made = self.decided(command, asked)
        except Refused:
            return ()
        for stream, fact in made:
            write(room, self.states, stream, fact)
        assert list(self.decided(command, asked)) == []
        own = [fact for stream, fact in made if stream == HOME]
        self.facts += own
        return own


AFTER_ITS_END = (
    *(ClosingNoted, ReportRepeated, ReportComplained, ContactCorrected, ReportLinked, DefectNoted),
)
"""What becomes true of a case that is over, too."""


@tries(300)
@for_all(walks)
def test_whatever_is_asked_the_rules_hold(walk: list[tuple[Step, str, frozenset[Role]]]) -> None:
    told = Walk()
    for step in walk:
        before = told.state
        for fact in told.ask(*step):
            match fact:
                case RepairApproved():
                    approved_by_others_as_signed(before, fact)
                case ReportSubmitted():
                    complete_and_signed(before, fact)
                case CaseHandedOver():
                    assert told.state.owner
                case fact if isinstance(fact, AFTER_ITS_END):
                    continue
                case _:
                    assert before.stage is not Stage.CLOSED
        amends = (told.state.former is None) is not (before.former is None)
        if (content := told.state.content) != before.content and not amends:
            assert content == content_of(told.state)
            assert told.state.technician_sig is None
            assert before.stage is not Stage.APPROVED, "what was approved has changed"
    assert sum(isinstance(fact, RepairClosed) for fact in told.facts) <= 1
    asked = 1 + sum(isinstance(fact, ReportAmended) for fact in told.facts)
    assert sum(isinstance(fact, RepairApproved) for fact in told.facts) <= asked


def approved_by_others_as_signed(before: Report, fact: RepairApproved) -> None:
    assert before.clerk_sig is not None
    assert before.technician_sig is not None
    assert before.approval is not None
    approvers = [approval.by for approval in fact.approvals]
    assert len(set(approvers)) == len(approvers)
    assert not {before.clerk_sig.by, before.technician_sig.by} & set(approvers)
    assert {approval.as_what for approval in fact.approvals} == set(before.approval.needed)
    seen = {approval.content for approval in fact.approvals}
    assert seen == {before.content, before.technician_sig.content, before.clerk_sig.content}


def complete_and_signed(before: Report, fact: ReportSubmitted) -> None:
    assert missing_to_submit(before, consent_on_site=False) == []
    assert before.technician_sig is not None
    assert before.technician_sig.content == fact.signature.content == before.content


@settings(max_examples=50, deadline=None)
@for_all(walks)
def test_every_fact_that_is_written_is_read_again(
    walk: list[tuple[Step, str, frozenset[Role]]],
) -> None:
    told = Walk()
    for step in walk:
        told.ask(*step)
    again: list[Any] = [
        reading.load(entry(f).name, entry(f).schema, canonical(f)) for f in told.facts
    ]
    assert again == told.facts
    assert reduce(report.evolve, again, report.initial) == told.state


FACTS: list[Fact] = [
    *(REPORTED, REPORTED_B, COMPLETED, GUIDED, DIAGNOSED, SIGNED, SUBMITTED, GIVEN, APPROVED),
    CaseHandedOver(LI, HE, None),
    RepairClosed(Ending.WITHDRAWN),
    ClosingNoted("work_order-1", 3, Ending.REPAIRED),
]


@for_all(st.lists(st.sampled_from(FACTS), max_size=20))
def test_the_past_is_never_argued_with(facts: list[Fact]) -> None:
    after = reduce(report.evolve, facts, report.initial)
    assert report.public(after, APPROVED).document.stage is after.stage


def test_the_straight_way_leads_to_the_approval() -> None:
    told = Walk()
    for step, actor in STORY:
        assert told.ask(step, actor, frozenset())
    assert told.state.stage is Stage.APPROVED
