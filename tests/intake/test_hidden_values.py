"""选项停用 as stories: what is hidden is not written anew, and what has it already goes on."""

from dataclasses import replace

from services.intake import hidden_values, report
from services.intake.hidden_values import HiddenValues, HideValue, ShowValue
from services.intake.report.amending import DraftAmendment
from shared.decider import Asked
from shared.events.intake import AmendmentDrafted, FaultDiagnosed, ValueHidden, ValueShown
from shared.events.report_form import LISTS, HiddenValuesDocument, KeptBecause, ListedField
from shared.events.values import RepairNature, Role, TravelMode
from tests.intake.example import (
    BRANCH,
    CARDS,
    DIAGNOSE,
    DIAGNOSIS,
    PRICES,
    REPORTED,
    REPORTED_ON,
    SIGN,
    SIGNED,
    TICKET,
    TO_APPROVED,
    TO_DIAGNOSED,
    TO_SIGNED,
    WANG,
    by,
    diagnose,
)
from tests.spec import ANY_HASH, given

HOME = hidden_values.stream_of(BRANCH)
MODE, NATURE = ListedField.TRAVEL_MODE, ListedField.REPAIR_NATURE
HIDE = HideValue(MODE, "air", "不乘飞机", used_by=())
HIDDEN = ValueHidden(MODE, "air", "不乘飞机")
SHOW, SHOWN_AGAIN = ShowValue(MODE, "air"), ValueShown(MODE, "air")
WARRANTY = (NATURE, RepairNature.WARRANTY.value)


def operator(branch: str = BRANCH) -> Asked:
    return replace(by("O-1", Role.OPERATOR, branch=branch), home=HOME, ticket=None)


def technician(*hidden: tuple[str, str]) -> Asked:
    """Asked by the technician of a branch that hides these."""
    return replace(by(WANG), reads={**CARDS, HOME: HiddenValues(frozenset(hidden))})


def test_a_branch_hides_what_it_has_no_use_for() -> None:
    given(hidden_values).when(HIDE, operator()).then(HIDDEN)
    given(hidden_values, HIDDEN).when(HIDE, operator()).then()
    given(hidden_values, HIDDEN).when(SHOW, operator()).then(SHOWN_AGAIN)
    given(hidden_values).when(SHOW, operator()).then()
    given(hidden_values, HIDDEN, SHOWN_AGAIN).when(HIDE, operator()).then(HIDDEN)


def test_other_rooms_hear_what_a_branch_hides() -> None:
    hidden = HiddenValues(frozenset({(MODE, "air"), (NATURE, "paid")}))
    told = hidden_values.public(hidden, HIDDEN).document
    assert isinstance(told, HiddenValuesDocument)
    assert told.hides(MODE, "air")
    assert not told.hides(NATURE, "air")


def test_what_an_open_report_has_stays_shown() -> None:
    used = replace(HIDE, used_by=(TICKET,))
    given(hidden_values).when(used, operator()).refused_with(
        "value-in-use", field=MODE, value="air", tickets=(TICKET,)
    )
    given(hidden_values, HIDDEN).when(used, operator()).then()


def test_one_of_each_list_stays_shown() -> None:
    for field, values in LISTS.items():
        *others, last = (each.value for each in values)
        hidden = [ValueHidden(field, each, None) for each in others]
        command = HideValue(field, last, used_by=())
        given(hidden_values, *hidden).when(command, operator()).refused_with(
            "last-value-shown", field=field, value=last, branch=BRANCH
        )
        given(hidden_values, *hidden[1:]).when(command, operator()).then(
            ValueHidden(field, last, None)
        )


def test_a_value_is_one_of_its_list_and_a_branch_is_one_of_ours() -> None:
    for wrong in (replace(HIDE, value="rocket"), ShowValue(NATURE, "air")):
        given(hidden_values).when(wrong, operator()).refused("value-unlisted")
    given(hidden_values).when(HIDE, operator("OLD9")).refused("branch-inactive")
    given(hidden_values).when(HIDE, operator("XX99")).refused("branch-unknown")


def test_what_is_hidden_is_not_chosen_anew() -> None:
    company_car = (MODE, TravelMode.COMPANY_CAR.value)
    given(report, REPORTED).when(DIAGNOSE, technician(company_car)).refused_with(
        "value-hidden", field=MODE, value="company_car", branch=BRANCH
    )
    both = technician(company_car, WARRANTY)
    given(report, REPORTED).when(DIAGNOSE, both).refused("value-hidden", "value-hidden")
    given(report, REPORTED).when(DIAGNOSE, technician((MODE, "air"))).then(
        FaultDiagnosed(DIAGNOSIS, KeptBecause(), ANY_HASH)
    )


def test_what_a_report_has_it_keeps_and_goes_on() -> None:
    dearer = replace(DIAGNOSIS, estimated_fen=40_000)
    given(report, *TO_DIAGNOSED).when(diagnose(dearer), technician(WARRANTY)).then(
        FaultDiagnosed(dearer, KeptBecause(), ANY_HASH)
    )
    given(report, *TO_DIAGNOSED).when(SIGN, technician(WARRANTY)).then(SIGNED)
    given(report, *TO_SIGNED).when(SIGN, technician(WARRANTY)).then()


def test_a_change_of_what_was_approved_is_held_to_it_too() -> None:
    goodwill = replace(DIAGNOSIS, repair_nature=RepairNature.GOODWILL)
    change = DraftAmendment(goodwill, "x", prices=PRICES, reported_on=REPORTED_ON)
    hidden = technician((NATURE, "goodwill"))
    given(report, *TO_APPROVED).when(change, hidden).refused("value-hidden")
    drafted = AmendmentDrafted(
        goodwill, KeptBecause(), None, None, None, because="x", content=ANY_HASH
    )
    given(report, *TO_APPROVED).when(change, technician(WARRANTY)).then(drafted)
    more = replace(change, diagnosis=replace(goodwill, estimated_fen=42_000))
    told = replace(drafted, diagnosis=more.diagnosis)
    given(report, *TO_APPROVED, drafted).when(more, hidden).then(told)
