"""派工的反应 as stories: what intake approved is noted on its work order, and nothing else is."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from services.dispatch import reactions, rules, work_order
from services.dispatch.app import room
from services.dispatch.work_order.notices import NoteApproval
from services.intake import report as intake_report
from shared.document import Published
from shared.events.cards import BranchCard, PersonCard
from shared.events.dispatch import ApprovalNoted
from shared.events.order_sheet import ApprovedReport, standing_of
from shared.events.report_form import ReportDocument, Stage
from shared.events.values import Role
from shared.handle import CommandEnvelope, Handler, handle_all
from shared.policy import CORE, Core, SkillAsked, local_day
from shared.policy.source import read
from tests.dispatch.desk import Record
from tests.dispatch.example import AT, BRANCH, LIU, TRAVEL_AT, by
from tests.intake import example as intake
from tests.memory_keys import memory_keys
from tests.shared.http_desk import POLICIES

APPROVED = intake_report.public(intake.state(*intake.TO_APPROVED), intake.APPROVED).document
assert isinstance(APPROVED, ReportDocument)
HOME = f"work_order-{intake.TICKET}-W1"
POLICY = read(POLICIES / CORE, Core)


def published(document: ReportDocument = APPROVED, version: int = 9) -> Published:
    return Published(
        room="intake",
        kind="report",
        stream=intake.HOME,
        version=version,
        ticket=intake.TICKET,
        branch=BRANCH,
        recorded_at=AT,
        state=document,
    )


def test_an_approved_report_is_noted_on_its_first_order() -> None:
    (owed,) = reactions.note_approval(published())
    assert owed.home == HOME
    assert owed.command == NoteApproval(
        ApprovalNoted(
            number=f"{intake.TICKET}-W1",
            ticket=intake.TICKET,
            branch=BRANCH,
            report=intake.HOME,
            version=9,
            approved=ApprovedReport(
                content=APPROVED.content,
                kind=APPROVED.kind,
                contact_name=APPROVED.contact_name,
                contact_phone=APPROVED.contact_phone,
                fault_description=APPROVED.fault_description,
                basics=APPROVED.basics,
                equipment=APPROVED.equipment,
                circumstances=APPROVED.circumstances,
                diagnosis=APPROVED.diagnosis,
                agreement=APPROVED.agreement,
                approved_by=tuple(each.by for each in APPROVED.approvals),
            ),
        )
    )


@pytest.mark.parametrize("stage", [each for each in Stage if each is not Stage.APPROVED])
def test_what_is_not_approved_owes_nothing(stage: Stage) -> None:
    assert reactions.note_approval(published(replace(APPROVED, stage=stage, approvals=()))) == ()


def test_an_approval_that_came_late_is_noted_all_the_same() -> None:
    """The newest document decides, whichever milestone brought it."""
    assert len(reactions.note_approval(published(replace(APPROVED, stage=Stage.CLOSED)))) == 1


def test_people_branches_and_parts_are_kept_and_owe_nothing() -> None:
    kept = {"person", "branch", "customer", "delegation", "part", "hidden_values", "report"}
    assert {*room.keeps} == kept
    cards = {"PersonRegistered", "PersonChanged", "BranchRegistered", "BranchChanged"}
    assert cards <= set(room.listens)
    assert [each.name for each in room.reactions if cards & each.listens] == []


def test_what_is_approved_and_whom_to_reach_is_heard_of_a_report() -> None:
    (noting,) = (each for each in room.reactions if each.owes is reactions.note_approval)
    refused = {"AmendmentRefused", "AmendmentRecalled"}
    assert noting.listens == {"RepairApproved", "ContactCorrected", *refused}


@settings(max_examples=60, deadline=None)
@for_all(st.lists(st.integers(1, 5), min_size=1, max_size=12))
def test_documents_in_any_order_and_number_end_in_the_same_state(versions: Sequence[int]) -> None:
    """Copies, late ones, all at once or one by one: the newest approval stands on the order."""
    one_by_one, at_once = _noted(versions, at_once=False), _noted(versions, at_once=True)
    newest = _noted([max(versions)], at_once=False)
    assert one_by_one.noted == at_once.noted == newest.noted
    assert one_by_one.stage == newest.stage


def _noted(versions: Sequence[int], *, at_once: bool) -> Any:
    desk = Handler(Record(), {"work_order": work_order}, memory_keys())
    orders = [_order(version) for version in versions]
    for batch in [orders] if at_once else [[each] for each in orders]:
        with desk.store.transaction() as transaction:
            handle_all(desk, list({each.id: each for each in batch}.values()), transaction)
    return desk.fold(HOME, desk.store.read([HOME]).streams[HOME].facts)


def _order(version: int) -> CommandEnvelope:
    document = published(replace(APPROVED, content=f"{version:064x}"), version)
    (owed,) = reactions.note_approval(document)
    reaction = reactions.REACTIONS[0]
    return CommandEnvelope(
        reaction.command_id(document, 0), owed.command, by("reaction", owed.home)
    )


def test_the_register_speaks_through_what_stands_on_the_fact() -> None:
    card = PersonCard(LIU, "刘洋", (Role.TECHNICIAN,), (BRANCH, "NB01"))
    known = standing_of(LIU, card)
    assert (known.known, known.active, known.roles) == (True, True, (Role.TECHNICIAN,))
    assert known.branches == (BRANCH, "NB01")
    assert not standing_of(LIU, None).known


def test_the_day_of_the_journey_is_the_branchs_own() -> None:
    midnight = TRAVEL_AT.replace(hour=17)
    assert str(local_day(POLICY, None, midnight)) == "2026-11-25"
    abroad = BranchCard("SE01", "Göteborg", "Europe/Stockholm")
    assert str(local_day(POLICY, abroad, midnight)) == "2026-11-24"


def test_the_clock_of_taking_is_policys() -> None:
    assert POLICY.taking is not None
    due = rules.taking_due(POLICY, AT)
    assert due is not None
    assert due > AT
    assert rules.taking_due(_changed(taking=None), AT) is None
    assert rules.handing_in_due(POLICY, AT) == AT + timedelta(days=2)
    assert rules.handing_in_due(_changed(handing_in=None), AT) is None


def test_a_full_day_is_told_with_the_orders_that_fill_it() -> None:
    bound = POLICY.warnings.orders_on_one_day
    assert bound is not None
    numbers = [f"W{n}" for n in range(bound)]
    (warned,) = rules.load(POLICY, numbers, 0)
    assert (warned.code, warned.about) == ("many-orders-that-day", tuple(numbers))
    assert rules.load(POLICY, numbers[1:], 0) == ()
    both = rules.load(POLICY, numbers[1:], 1)
    assert [each.code for each in both] == ["many-orders-that-day", "orders-elsewhere-that-day"]
    assert numbers[0] not in both[0].about
    assert both[1].about == ()


def _warning_of(**fields: Any) -> Any:
    return _changed(warnings=msgspec.structs.replace(POLICY.warnings, **fields))


def test_who_lacks_the_skill_a_machine_asks_for_is_pointed_out() -> None:
    card = PersonCard(LIU, "刘洋", (Role.TECHNICIAN,), (BRANCH,), skills=("filling",))
    plain, fine = SkillAsked("GX-", "filling"), SkillAsked("GX-9", "sterile-filling")
    policy = _warning_of(skills=(plain, fine))
    assert rules.skill(policy, card, "GX-200 灌装机") == ()
    (warned,) = rules.skill(policy, card, "GX-950")
    assert (warned.code, warned.about) == ("skill-missing", ("sterile-filling",))
    assert len(rules.skill(policy, replace(card, skills=()), "GX-200")) == 1
    for model in ("MFQ-32", None):
        assert rules.skill(policy, replace(card, skills=()), model) == ()
    assert rules.skill(policy, None, "GX-200") == ()
    assert rules.skill(_warning_of(skills=()), card, "GX-950") == ()


def test_who_is_sent_where_he_does_not_go_is_pointed_out() -> None:
    card = PersonCard(LIU, "刘洋", (Role.TECHNICIAN,), (BRANCH,), regions=("xihu", "yuhang"))
    policy = _warning_of(other_area=True)
    (warned,) = rules.area(policy, card, "xiaoshan")
    assert (warned.code, warned.about) == ("other-area", ("xiaoshan",))
    assert rules.area(policy, card, "xihu") == rules.area(policy, card, None) == ()
    assert rules.area(policy, replace(card, regions=()), "xiaoshan") == ()
    assert rules.area(policy, None, "xiaoshan") == ()
    assert rules.area(_warning_of(other_area=False), card, "xiaoshan") == ()


def _changed(**fields: Any) -> Any:
    return msgspec.structs.replace(POLICY, **fields)


def test_a_corrected_contact_is_noted_with_the_same_approval() -> None:
    """更正: the order has the new phone; nothing that was made out by the approval is overtaken."""
    right = intake.sealed("contact_phone", "b3RoZXI=")
    (before,), (after,) = (
        reactions.note_approval(published()),
        reactions.note_approval(published(replace(APPROVED, contact_phone=right), version=10)),
    )
    noted = work_order.evolve(work_order.initial, before.command.noted)
    assert noted.noted
    (_, fact), *more = work_order.decide(after.command, noted, by("reaction:note-approval"))
    assert not more
    newer = work_order.evolve(noted, fact)
    assert newer.noted
    assert newer.noted.approved.contact_phone == right
    assert newer.noted.approved.content == noted.noted.approved.content
    assert list(work_order.decide(before.command, newer, by("reaction:note-approval"))) == []


@pytest.mark.parametrize(
    ("estimated", "before", "after", "more"),
    [
        (38_000, 0, 461_999, ()),
        (38_000, 0, 462_000, ("approver", "cost_deputy")),
        (38_000, 462_000, 470_000, ()),
        (38_000, 0, 962_000, ("general_manager",)),
        (None, 0, 10**9, ()),
        (38_000, 0, None, ("general_manager",)),
        (38_000, None, None, ()),
    ],
)
def test_supplements_count_into_the_cost(
    estimated: int | None, before: int | None, after: int | None, more: tuple[str, ...]
) -> None:
    assert rules.asked_beside(POLICY, estimated, before, after) == more
