"""Every refusal says what mends it: other contents, another person, a step that exists, or time."""

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

import pytest

from guiyi.rooms import ROOMS
from shared.events.complaints import ComplaintStage
from shared.events.followup import Why
from shared.events.old_parts import OldPartsStage
from shared.events.purchases import PurchaseStage
from shared.events.replenishments import ReplenishmentStage
from shared.events.stocktakes import StocktakeStage
from shared.events.transfers import TransferStage
from shared.events.travel_claims import ClaimStage
from shared.mends import Mended, MendKind, steps_of
from shared.texts import KERNEL, Texts, load, placeholders
from tests.house.test_texts import PROJECT, sentences_used
from tests.told import codes

every_room = pytest.mark.parametrize("room", ROOMS)


def texts_of(room: str) -> Texts:
    return load(PROJECT / "services" / room / "texts.toml", room=room)


def ways(mended: Mended) -> Iterable[Mended]:
    """A mend; where a number of the refusal says which, each of them."""
    return mended.choices.values() or (mended,)


@every_room
def test_every_refusal_says_how_it_is_mended(room: str) -> None:
    assert sorted(codes(room) - texts_of(room).mends.keys()) == []


def test_so_does_every_refusal_of_the_kernel() -> None:
    used = {code for code, _ in sentences_used(PROJECT / "shared")}
    assert sorted(used - load(KERNEL).mends.keys()) == []


@every_room
def test_what_mends_a_refusal_is_a_step_that_exists_and_somebody_may_take(room: str) -> None:
    texts = texts_of(room)
    told = [(code, way) for code, mended in texts.mends.items() for way in ways(mended)]
    for code, mended in told:
        steps = list(steps_of(mended))
        assert steps or mended.kind is not MendKind.STEP, code
        for step in steps:
            assert step.by, code
            assert all(texts.label(role).zh != role for role in step.by), (code, step.by)
            assert step.zh, code
            assert not step.zh.isascii(), code
            assert step.en.isascii(), code


@every_room
def test_where_a_number_says_what_mends_it_the_sentence_names_it_and_its_value(room: str) -> None:
    texts = texts_of(room)
    for code, mended in texts.mends.items():
        if mended.choices:
            said = texts.refusals[code]
            assert mended.by in placeholders(said.zh), code
            bare = [each for each in mended.choices if texts.label_in(code, each).zh == each]
            assert bare == [], code


STAGES: Mapping[str, type[StrEnum]] = {
    "claim-stage": ClaimStage,
    "complaint-stage": ComplaintStage,
    "old-parts-stage": OldPartsStage,
    "papers-missing": Why,
    "purchase-stage": PurchaseStage,
    "refill-stage": ReplenishmentStage,
    "stocktake-stage": StocktakeStage,
    "transfer-stage": TransferStage,
}


@every_room
def test_what_mends_it_is_said_for_every_value_that_the_number_may_have(room: str) -> None:
    for code, mended in texts_of(room).mends.items():
        if code in STAGES:
            assert mended.choices.keys() == {each for each in STAGES[code] if each != "none"}, code
    assert set(STAGES) <= {code for each in ROOMS for code in texts_of(each).mends}


@every_room
def test_no_mend_is_left_over_and_none_is_said_twice(room: str) -> None:
    file: Path = PROJECT / "services" / room / "mends.toml"
    table = tomllib.loads(file.read_text("utf-8"))
    plain = [code for kind in MendKind for code in table.get(kind, ())]
    assert len(plain) == len(set(plain))
    assert sorted({*plain, *table["steps"]} - codes(room)) == []
