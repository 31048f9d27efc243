"""Every refusal says what mends it: other contents, another person, a step that exists, or time."""

import tomllib
from pathlib import Path

import pytest

from guiyi.rooms import ROOMS
from shared.mends import MendKind, steps_of
from shared.texts import KERNEL, Texts, load
from tests.house.test_texts import PROJECT, sentences_used
from tests.told import codes

every_room = pytest.mark.parametrize("room", ROOMS)


def texts_of(room: str) -> Texts:
    return load(PROJECT / "services" / room / "texts.toml", room=room)


@every_room
def test_every_refusal_says_how_it_is_mended(room: str) -> None:
    assert sorted(codes(room) - texts_of(room).mends.keys()) == []


def test_so_does_every_refusal_of_the_kernel() -> None:
    used = {code for code, _ in sentences_used(PROJECT / "shared")}
    assert sorted(used - load(KERNEL).mends.keys()) == []


@every_room
def test_what_mends_a_refusal_is_a_step_that_exists_and_somebody_may_take(room: str) -> None:
    texts = texts_of(room)
    for code, mended in texts.mends.items():
        steps = list(steps_of(mended))
        assert steps or mended.kind is not MendKind.STEP, code
        for step in steps:
            assert step.by, code
            assert all(texts.label(role).zh != role for role in step.by), (code, step.by)
            assert step.zh, code
            assert not step.zh.isascii(), code
            assert step.en.isascii(), code


@every_room
def test_no_mend_is_left_over_and_none_is_said_twice(room: str) -> None:
    file: Path = PROJECT / "services" / room / "mends.toml"
    table = tomllib.loads(file.read_text("utf-8"))
    plain = [code for kind in MendKind for code in table.get(kind, ())]
    assert len(plain) == len(set(plain))
    assert sorted({*plain, *table["steps"]} - codes(room)) == []
