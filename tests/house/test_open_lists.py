"""开放的值 (open lists): endings, kinds of paper and channels may become more.

A read model that named each of them would have to be changed with every new one.
"""

import ast
import inspect
from enum import StrEnum

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.events.followup import PaperKind
from shared.events.values import Channel, Ending
from shared.view import View

OPEN: tuple[type[StrEnum], ...] = (Ending, PaperKind, Channel)
VIEWS = [(name, view) for name in ROOMS for view in wiring(name).views]


def named_in(source: str, values: type[StrEnum]) -> set[str]:
    """The values that a text of code names."""
    return {
        each.attr
        for each in ast.walk(ast.parse(source))
        if isinstance(each, ast.Attribute)
        and isinstance(each.value, ast.Name)
        and each.value.id == values.__name__
    }


@pytest.mark.parametrize("values", OPEN, ids=lambda values: values.__name__)
@pytest.mark.parametrize(("room", "view"), VIEWS, ids=lambda it: getattr(it, "NAME", it))
def test_a_read_model_names_few_of_them(room: str, view: View, values: type[StrEnum]) -> None:
    assert room
    module = inspect.getmodule(view.project)
    assert module is not None
    assert len(named_in(inspect.getsource(module), values)) <= len(values) // 2


def test_one_that_names_each_would_be_found() -> None:
    every = "\n".join(f"Ending.{each.name}" for each in Ending)
    assert len(named_in(every, Ending)) == len(Ending)
