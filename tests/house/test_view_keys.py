"""What a row of a read model is found by is a plain word, as `keys` gives it.

A column of a list of values takes its members, not their words: a key of words would be parked.
"""

from enum import Enum
from typing import get_type_hints

import pytest

from guiyi.rooms import ROOMS, wiring
from shared.view import View

VIEWS = [
    pytest.param(view, id=f"{room}-{view.NAME}") for room in ROOMS for view in wiring(room).views
]


@pytest.mark.parametrize("view", VIEWS)
def test_no_row_is_found_by_a_value_of_a_list(view: View) -> None:
    kinds = get_type_hints(view.Row)
    listed = [name for name in view.KEY if isinstance(kinds[name], type)]
    assert [name for name in listed if issubclass(kinds[name], Enum)] == []
