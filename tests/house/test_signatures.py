"""签字 in every room: a step that takes a signature asks for its proof."""

from dataclasses import fields, is_dataclass
from typing import Any, get_type_hints

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.decider import reason
from shared.events.values import EvidenceMark, FileRef, SignedHow
from shared.personal.fields import has_mark
from shared.signing import proved
from shared.step import Step

SIGNED = [
    pytest.param(step.command, id=f"{prefix}-{step.path}")
    for name in ROOMS
    for prefix, paper in wiring(name).papers.items()
    for step in paper.STEPS
    if isinstance(step, Step) and is_dataclass(step.command)
    if any(get_type_hints(step.command)[each.name] is SignedHow for each in fields(step.command))
]
UNTOLD = reason("not-told")
DRAWING = FileRef("签字.png", "5f" * 32, "image/png", 100)


@pytest.mark.parametrize("command", SIGNED)
def test_a_step_that_takes_a_signature_takes_its_proof(command: type[Any]) -> None:
    assert has_mark(command, EvidenceMark)


@pytest.mark.parametrize("how", SignedHow)
@pytest.mark.parametrize("evidence", [None, DRAWING])
def test_a_drawing_or_a_photo_is_there_and_no_code_was_sent(
    how: SignedHow, evidence: FileRef | None
) -> None:
    broken = [why.code for is_broken, why in proved(how, evidence) if is_broken]
    by_hand = how in (SignedHow.DRAWN, SignedHow.PHOTO)
    assert ("evidence-missing" in broken) == (by_hand and evidence is None)
    assert ("not-available" in broken) == (how is SignedHow.CODE)
    told, untold = (
        [why.code for is_broken, why in proved(how, evidence, untold=rule) if is_broken]
        for rule in ((False, UNTOLD), (True, UNTOLD))
    )
    assert ("not-told" in untold) == (how is SignedHow.CODE)
    assert not {"not-told", "not-available"}.intersection(told)
