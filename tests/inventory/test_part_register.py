"""配件目录 as stories: a card is written in whole, once for each part."""

from dataclasses import replace

from services.inventory import part_register
from services.inventory.part_register import ChangePart, RegisterPart
from shared.events.inventory import PartCard, PartChanged, PartDocument, PartRegistered, Unit
from tests.inventory.example import KEEPER, RING, by
from tests.spec import given

CARD = PartCard(RING, "密封圈", divided=False)
BY_METRE = replace(CARD, unit=Unit.METRE, divided=True)
HERE = by(KEEPER, home=f"part-{RING}")


def test_a_part_is_registered_once() -> None:
    given(part_register).when(RegisterPart(CARD), HERE).then(PartRegistered(CARD))
    given(part_register, PartRegistered(CARD)).when(RegisterPart(CARD), HERE).then()
    again = RegisterPart(BY_METRE)
    given(part_register, PartRegistered(CARD)).when(again, HERE).refused("registered-already")


def test_a_card_is_changed_in_whole() -> None:
    change = ChangePart(BY_METRE)
    given(part_register, PartRegistered(CARD)).when(change, HERE).then(PartChanged(BY_METRE))
    given(part_register).when(change, HERE).refused("part-unknown")


def test_a_card_stands_under_its_own_number() -> None:
    other = RegisterPart(replace(CARD, id="MFQ-33"))
    given(part_register).when(other, HERE).refused("card-elsewhere")


def test_other_rooms_are_told_the_whole_card() -> None:
    told = part_register.public(CARD, PartRegistered(CARD))
    assert told.document == PartDocument(CARD)


def test_a_new_part_is_divided_as_its_unit_is() -> None:
    for unit, is_divided in ((Unit.METRE, True), (Unit.KILOGRAM, True), (Unit.PIECE, False)):
        said = replace(CARD, unit=unit, divided=None)
        told = PartRegistered(replace(said, divided=is_divided))
        given(part_register).when(RegisterPart(said), HERE).then(told)
        given(part_register, told).when(RegisterPart(said), HERE).then()
    whole = replace(CARD, unit=Unit.METRE, divided=False)
    renamed = replace(whole, name="软管")
    for said in (renamed, replace(renamed, divided=None)):
        story = given(part_register, PartRegistered(whole)).when(ChangePart(said), HERE)
        story.then(PartChanged(renamed))


def test_pieces_have_no_fractions() -> None:
    for wrong in (replace(CARD, divided=True), replace(BY_METRE, has_serials=True)):
        given(part_register).when(RegisterPart(wrong), HERE).refused("not-divisible")
        given(part_register, PartRegistered(CARD)).when(ChangePart(wrong), HERE).refused(
            "not-divisible"
        )
