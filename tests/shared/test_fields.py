"""An instance is filled from the fields of its sources, in their order, and from nothing else."""

from dataclasses import dataclass

import pytest

from shared.fields import filled
from shared.view import first_row


@dataclass(frozen=True)
class Wanted:
    number: str
    stage: str
    count: int | None


@dataclass(frozen=True)
class Known:
    number: str
    count: int

    @property
    def stage(self) -> str:
        return "computed"


def test_what_is_said_comes_before_the_first_source_that_has_the_field() -> None:
    sources = Known("a", 1), Known("b", 2)
    assert filled(Wanted, *sources, stage="said") == Wanted("a", "said", 1)
    assert filled(Wanted, *sources, stage="said", count=3) == Wanted("a", "said", 3)


def test_what_a_source_computes_is_no_field_of_it() -> None:
    with pytest.raises(TypeError, match="stage"):
        filled(Wanted, Known("a", 1))


def test_a_first_row_has_none_only_where_no_source_knows_better() -> None:
    assert first_row(Wanted, Known("a", 1), stage="said") == Wanted("a", "said", 1)
    assert first_row(Wanted, number="a", stage="said") == Wanted("a", "said", None)
