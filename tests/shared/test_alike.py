"""写法: numbers that people wrote in another way are compared as the same."""

import pytest

from shared.alike import alike, digits_alike, known_as

WRITTEN = ["P-1", "p-1", "Ｐ-１", " P-1", "P-1 ", "P -1", "P–1", "P-1\u200b", "\ufeffP\u2011１"]


@pytest.mark.parametrize("written", WRITTEN)
def test_a_serial_is_the_same_however_it_is_written(written: str) -> None:
    assert alike(written) == "p-1"
    assert digits_alike(written) == "p1"


def test_what_differs_to_the_eye_stays_apart() -> None:
    assert len({alike(each) for each in ("P-1", "P1", "P-11", "P-I", "泵-1")}) == 5
    assert digits_alike("—") == "-", "a number without letters and digits is one all the same"


def test_the_books_keep_their_spelling() -> None:
    assert known_as(["p-1", "P-2", "P-9"], ["P-1", "P-2"]) == {"p-1": "P-1"}
    both = known_as(["p-1"], ["P-1", "p-1"])
    assert both == {}, "a piece that the books have so is that piece"
