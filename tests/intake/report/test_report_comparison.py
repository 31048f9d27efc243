"""比对 as stories: a diagnosis is held to the catalogue, to the machine's card, to its warranty."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.intake import report
from services.intake.report import comparison
from services.intake.report.amending import DraftAmendment
from services.intake.report.state import content_of
from shared.decider import Asked, Happened
from shared.events.cards import MachineCard, MachineChanged, MachineRegistered
from shared.events.intake import AmendmentDrafted, FaultDiagnosed
from shared.events.inventory import PartCard
from shared.events.report_form import KeptBecause
from shared.events.values import FaultNature, PartWanted, RepairNature
from tests.intake.desk import EXAMPLES, Intake
from tests.intake.example import (
    AT,
    CARDS,
    COMPLETED,
    DIAGNOSE,
    DIAGNOSED,
    DIAGNOSIS,
    EQUIPMENT,
    GUIDED,
    HOME,
    LI,
    MACHINE,
    PRICES,
    REPORTED,
    REPORTED_ON,
    SIGNED,
    SUBMIT,
    SUBMITTED,
    TO_APPROVED,
    WANG,
    by,
    diagnose,
    state,
)
from tests.spec import ANY_HASH, given

ENDED = replace(EQUIPMENT, warranty_until=date(2026, 11, 22))
LAST_DAY = replace(EQUIPMENT, warranty_until=REPORTED_ON)
OVER = replace(REPORTED, equipment=ENDED)
NO_REASON = KeptBecause()
ANYWAY_SAID = "总部召回批次，免费更换"
ANYWAY = KeptBecause(warranty_kept_because=ANYWAY_SAID)
AS_SAID = KeptBecause(equipment_kept_because="铭牌已核对，卡片待改")


def knowing(actor: str, **card: Any) -> Asked:
    """Asked where the machine's card says something else."""
    return replace(by(actor), reads={**CARDS, "machine-SB-77": replace(MACHINE, **card)})


def test_parts_that_the_catalogue_does_not_know_are_named() -> None:
    """情况二十三: a number with a slip is caught when it is written down."""
    wanted = (PartWanted("SZ-SAEL", 1), PartWanted("MFQ-32", 2), PartWanted("A-404", 1))
    mistyped = replace(DIAGNOSIS, parts_to_bring=wanted)
    for past, command in (
        ((REPORTED,), diagnose(mistyped)),
        (TO_APPROVED, _draft(mistyped)),
    ):
        given(report, *past).when(command, by(WANG)).refused_with(
            "part-unknown", parts=["A-404", "SZ-SAEL"]
        )


def test_an_estimate_is_not_below_what_the_parts_cost() -> None:
    low = replace(DIAGNOSIS, estimated_fen=7_599)
    for past, command in (((REPORTED,), diagnose(low)), (TO_APPROVED, _draft(low))):
        given(report, *past).when(command, by(WANG)).refused_with(
            "estimate-too-low", fen=7_599, cost=7_600
        )
    fair = replace(DIAGNOSIS, estimated_fen=7_600)
    given(report, REPORTED).when(diagnose(fair), by(WANG)).then(
        FaultDiagnosed(fair, KeptBecause(), ANY_HASH)
    )
    unsaid = replace(DIAGNOSIS, estimated_fen=None)
    given(report, REPORTED).when(diagnose(unsaid), by(WANG)).then(
        FaultDiagnosed(unsaid, KeptBecause(), ANY_HASH)
    )


def test_a_divided_part_is_priced_by_its_unit() -> None:
    assert PartCard("HOSE", "软管", value_fen=2_500, divided=True).price_of(1_200) == 3_000
    assert PartCard("SEAL", "密封圈", value_fen=2_500).price_of(3) == 7_500
    assert PartCard("SEAL", "密封圈").price_of(3) is None


def test_a_warranty_that_was_over_needs_a_reason() -> None:
    """The day counts on which it was reported; its last day is still covered."""
    refused = given(report, OVER).when(DIAGNOSE, by(WANG))
    refused.refused_with("warranty-over", on="2026-11-23")
    given(report, OVER).when(diagnose(DIAGNOSIS, ANYWAY), by(WANG)).then(
        FaultDiagnosed(DIAGNOSIS, ANYWAY, ANY_HASH)
    )
    kept = replace(DIAGNOSED, kept=ANYWAY)
    given(report, OVER, kept).when(diagnose(DIAGNOSIS, ANYWAY), by(WANG)).then()
    paid = replace(DIAGNOSIS, repair_nature=RepairNature.PAID)
    for past, said in ((OVER, paid), (replace(REPORTED, equipment=LAST_DAY), DIAGNOSIS)):
        given(report, past).when(diagnose(said), by(WANG)).then(
            FaultDiagnosed(said, KeptBecause(), ANY_HASH)
        )


@pytest.mark.parametrize("nature", [FaultNature.MISUSE, FaultNature.EXTERNAL])
def test_what_no_maker_answers_for_is_under_warranty_with_a_reason_alone(
    nature: FaultNature,
) -> None:
    said = replace(DIAGNOSIS, fault_nature=nature)
    for past, command in (((REPORTED,), diagnose(said)), (TO_APPROVED, _draft(said))):
        given(report, *past).when(command, by(WANG)).refused_with(
            "fault-not-covered", nature=nature
        )
    paid = replace(said, repair_nature=RepairNature.PAID)
    for one, kept in ((said, ANYWAY), (paid, NO_REASON)):
        given(report, REPORTED).when(diagnose(one, kept), by(WANG)).then(
            FaultDiagnosed(one, kept, ANY_HASH)
        )


@pytest.mark.parametrize("nature", sorted({*FaultNature} - {*comparison.NOT_OF_THE_MACHINE}))
def test_for_any_other_fault_nobody_gives_a_reason(nature: FaultNature) -> None:
    said = replace(DIAGNOSIS, fault_nature=nature)
    given(report, REPORTED).when(diagnose(said), by(WANG)).then(
        FaultDiagnosed(said, NO_REASON, ANY_HASH)
    )


def test_where_nobody_could_say_when_it_ends_the_card_counts() -> None:
    unsaid = replace(REPORTED, equipment=replace(EQUIPMENT, warranty_until=None))
    given(report, unsaid).when(DIAGNOSE, knowing(WANG, warranty_until=date(2020, 1, 1))).refused(
        "warranty-over"
    )


@pytest.mark.parametrize(
    ("card", "fields"),
    [
        ({"model": "GX-300"}, ["model"]),
        ({"serial_no": "20180078"}, ["serial_no"]),
        ({"warranty_until": date(2026, 3, 19)}, ["warranty_until"]),
        (
            {"bought_on": date(2020, 3, 1), "installed_on": date(2020, 3, 2)},
            ["bought_on", "installed_on"],
        ),
        ({"contract": "HT-1"}, ["contract"]),
    ],
)
def test_equipment_is_compared_with_the_card_of_the_machine(
    card: dict[str, Any], fields: list[str]
) -> None:
    for past, command in (((REPORTED,), DIAGNOSE), (TO_APPROVED, _draft(DIAGNOSIS))):
        given(report, *past).when(command, knowing(WANG, **card)).refused_with(
            "equipment-differs", machine="SB-77", fields=fields
        )
    given(report, REPORTED).when(diagnose(DIAGNOSIS, AS_SAID), knowing(WANG, **card)).then(
        FaultDiagnosed(DIAGNOSIS, AS_SAID, ANY_HASH)
    )


def test_what_one_of_them_does_not_say_does_not_differ() -> None:
    bare = {"serial_no": None, "customer": None}
    alike = {"model": "ｇｘ-200 ", "serial_no": "2018 0077"}
    for card in (bare, alike):
        given(report, REPORTED).when(DIAGNOSE, knowing(WANG, **card)).then(
            FaultDiagnosed(DIAGNOSIS, KeptBecause(), ANY_HASH)
        )


def test_what_was_filled_in_after_the_diagnosis_is_held_to_the_same() -> None:
    """Otherwise the clerk could write down afterwards what no diagnosis may rest on."""
    later = replace(COMPLETED, equipment=ENDED)
    past = (REPORTED, GUIDED, DIAGNOSED, later, SIGNED)
    shown = later.content
    submit = replace(SUBMIT, content=shown, approval=replace(SUBMIT.approval, content=shown))
    given(report, *past).when(submit, by(LI)).refused("warranty-over")
    moved = knowing(LI, warranty_until=date(2027, 3, 20))
    given(report, REPORTED, GUIDED, DIAGNOSED, SIGNED).when(SUBMIT, moved).refused(
        "equipment-differs"
    )
    kept = replace(DIAGNOSED, kept=AS_SAID)
    given(report, REPORTED, GUIDED, kept, SIGNED).when(SUBMIT, moved).then(SUBMITTED)


class TestAReasonGivenBefore:
    """理由只管当时所比: what is changed afterwards is asked about again."""

    KEPT = replace(DIAGNOSED, kept=replace(AS_SAID, warranty_kept_because=ANYWAY_SAID))
    OTHER = replace(MACHINE, warranty_until=date(2026, 3, 19))
    PAST = (OVER, GUIDED, KEPT, SIGNED)

    def story(self, *more: Any, card: MachineCard = OTHER, later: MachineCard | None = None) -> Any:
        """A submission after these facts, of a machine whose card says this, and later that."""
        past = (*self.PAST, *more)
        changes = {0: MachineRegistered(card), **({9: MachineChanged(later)} if later else {})}
        asked = replace(
            knowing(LI),
            reads={**CARDS, "machine-SB-77": later or card},
            happened={
                HOME: [Happened(fact, *at(n)) for n, fact in enumerate(past, 1)],
                "machine-SB-77": [Happened(fact, *at(n)) for n, fact in changes.items()],
            },
        )
        return past, asked

    def submits(self, *more: Any, **cards: Any) -> Any:
        past, asked = self.story(*more, **cards)
        shown = more[-1].content if more else SUBMIT.content
        approval = replace(SUBMIT.approval, content=shown)
        return given(report, *past).when(replace(SUBMIT, content=shown, approval=approval), asked)

    def test_it_covers_what_was_compared(self) -> None:
        self.submits().then(SUBMITTED)

    def test_it_covers_less_too(self) -> None:
        """The card was mended meanwhile, and agrees with the report now."""
        self.submits(later=replace(self.OTHER, warranty_until=ENDED.warranty_until)).then(SUBMITTED)

    def test_a_card_that_is_changed_afterwards_is_asked_about_again(self) -> None:
        self.submits(later=replace(self.OTHER, model="GX-300")).refused_with(
            "equipment-differs", machine="SB-77", fields=["model", "warranty_until"]
        )

    def test_equipment_that_is_changed_afterwards_is_asked_about_again(self) -> None:
        later = replace(COMPLETED, equipment=replace(ENDED, model="GX-900"))
        self.submits(later).refused("signature-stale", "equipment-differs")

    def test_a_warranty_whose_end_is_changed_afterwards_is_asked_about_again(self) -> None:
        later = replace(COMPLETED, equipment=replace(ENDED, warranty_until=date(2025, 1, 1)))
        self.submits(later).refused("signature-stale", "equipment-differs", "warranty-over")

    def test_the_same_words_cover_it_once_they_are_said_again(self) -> None:
        past, asked = self.story(later=replace(self.OTHER, model="GX-300"))
        again = replace(asked, actor=WANG)
        said = diagnose(DIAGNOSIS, self.KEPT.kept)
        given(report, *past).when(said, again).then(replace(self.KEPT, content=ANY_HASH))
        past, asked = self.story()
        given(report, *past).when(said, replace(asked, actor=WANG)).then()

    def test_a_drafted_change_is_held_to_the_same(self) -> None:
        draft = _draft(DIAGNOSIS, self.KEPT.kept)
        past = (
            *TO_APPROVED,
            AmendmentDrafted(draft.diagnosis, draft.kept, None, ENDED, None, "", ANY_HASH),
        )
        drafted = replace(draft, equipment=ENDED, because="")
        for later, facts in ((None, 0), (replace(self.OTHER, model="GX-300"), 1)):
            _, asked = self.story(later=later)
            told = [Happened(fact, *at(n / 9)) for n, fact in enumerate(past)]
            asked = replace(asked, actor=WANG, happened={**asked.happened, HOME: told})
            assert len(report.decide(drafted, state(*past), asked)) == facts


def at(n: float) -> tuple[datetime, datetime]:
    """When the n-th of ten facts happened and was recorded, just before it is asked."""
    moment = AT + timedelta(seconds=n - 10)
    return moment, moment


def test_whoever_signs_is_shown_the_reasons() -> None:
    bare, kept = state(REPORTED, DIAGNOSED), state(REPORTED, replace(DIAGNOSED, kept=ANYWAY))
    assert content_of(bare) != content_of(kept)
    assert report.public(kept, REPORTED).document.kept == ANYWAY


def test_a_part_of_which_intake_has_not_heard_yet_waits(intake: Intake) -> None:
    path = intake.opened().reported()
    known = intake.desk.views.documents.pop(("inventory", "part-SEAL-32"))
    refused = intake.desk.post(f"{path}/diagnoses", EXAMPLES["diagnoses"], intake.technician)
    (why,) = refused.json()["reasons"]
    assert (refused.status_code, why["code"]) == (422, "part-unknown")
    assert "SEAL-32" in why["zh"]
    intake.desk.views.documents["inventory", "part-SEAL-32"] = known
    intake.give(path, "diagnoses", intake.technician)


def test_the_day_of_the_report_is_the_branchs_own(intake: Intake) -> None:
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    intake.opened()
    for until, codes in ((today - timedelta(1), ["warranty-over"]), (today, [])):
        unknown = {"machine": None, "asked_unknown": ["machine"]}
        dates = {"installed_on": None, "warranty_until": str(until)}
        equipment = {**EXAMPLES["reports"]["equipment"], **unknown, **dates}
        path = intake.reported(equipment=equipment)
        told = intake.desk.post(f"{path}/diagnoses", EXAMPLES["diagnoses"], intake.technician)
        assert [each["code"] for each in told.json().get("reasons", ())] == codes


def _draft(said: Any, kept: KeptBecause = NO_REASON) -> DraftAmendment:
    said = replace(said, solution="改换密封圈并清洗")
    return DraftAmendment(said, "现场查明", kept, prices=PRICES, reported_on=REPORTED_ON)
