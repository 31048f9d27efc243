"""The sentences of intake, filled in: fields and states by their names in either language."""

from dataclasses import replace
from enum import StrEnum
from pathlib import Path

import pytest

from services.intake import report
from services.intake.report.completeness import missing_to_register, missing_to_submit
from services.intake.report.ending import CloseReport, missing_to_close
from shared.decider import Refused, reason
from shared.events.report_form import Basics, BasicsField, Diagnosis, EquipmentField, Stage
from shared.events.values import (
    Channel,
    CustomerKind,
    Ending,
    FaultNature,
    Priority,
    RemoteResult,
    RepairNature,
    ReportKind,
    Role,
    TravelMode,
    WayIn,
)
from shared.texts import load
from tests.intake.example import DIAGNOSED, LI, REPORTED, REPORTED_B, SUBMIT, by, state

TEXTS = load(Path(__file__).parents[2] / "services" / "intake" / "texts.toml")
LISTS: list[type[StrEnum]] = [
    *(BasicsField, Channel, CustomerKind, Ending, EquipmentField, FaultNature, Priority),
    *(RemoteResult, RepairNature, ReportKind, Role, TravelMode),
]


def test_every_field_that_may_be_missing_has_a_name() -> None:
    blank = replace(state(REPORTED_B), diagnosis=Diagnosis(on_site=True), contact_name="")
    paid = replace(blank, diagnosis=Diagnosis(repair_nature=RepairNature.PAID))
    silent = replace(
        REPORTED, contact_name="", contact_phone="", fault_description="", basics=Basics()
    )
    named = {
        *missing_to_submit(blank, consent_on_site=False),
        *missing_to_submit(paid, consent_on_site=False),
        *missing_to_register(silent),
        *(name for ending in Ending for name in missing_to_close(CloseReport(ending))),
    }
    assert len(named) > 30
    assert sorted(named - TEXTS.labels.keys()) == []


@pytest.mark.parametrize("codes", LISTS)
def test_every_code_of_the_lists_has_a_name(codes: type[StrEnum]) -> None:
    assert [code for code in codes if code not in TEXTS.labels] == []


def test_every_stage_has_a_name() -> None:
    assert [stage for stage in Stage if stage not in TEXTS.labels] == [Stage.NONE]
    assert set(WayIn) == {"A", "B"}


def test_a_refusal_is_told_in_both_languages() -> None:
    with pytest.raises(Refused) as no:
        report.decide(SUBMIT, state(REPORTED_B, DIAGNOSED), by(LI))
    incomplete, *_ = (TEXTS.sentence(reason) for reason in no.value.reasons)
    assert incomplete.zh.startswith("报修单不完整，还缺：用户、用户名称、用户类别、地址")
    assert incomplete.en.startswith("the report is incomplete; missing: customer, customer's name")
    stage = TEXTS.sentence(reason("wrong-stage", stage=Stage.CLOSED, allowed=[Stage.SUBMITTED]))
    assert stage.zh.startswith("报修单现在是“已结案”，这一步只能在以下状态办理：已送审。")
    assert stage.zh.endswith("联系方式有误的，由客服办联系方式更正"), "and what to do"
    assert stage.en.startswith("the report is closed; this is done only while it is: submitted.")
