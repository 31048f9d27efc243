"""`guiyi desk figures`: a value as people read it."""

import pytest

from guiyi.speech import say
from guiyi.verbs.desk import figure_line, task_line, valued


@pytest.mark.parametrize(
    ("value", "unit", "read"),
    [
        (667, "permille", "66.7 %"),
        (1000, "permille", "100.0 %"),
        (467, "hundredths", "4.67"),
        (59, "seconds", say("desk.minutes", span="1")),
        (3_600, "seconds", say("desk.hours", span="1.0")),
        (86_400 + 43_200, "seconds", say("desk.days", span="1.5")),
    ],
)
def test_a_value_is_told_with_its_unit(value: int, unit: str, read: str) -> None:
    assert valued(value, unit) == read


def test_a_figure_is_a_line() -> None:
    row = {"branch": "HZ01", "week": "2026-W48", "figure": "clock", "of": "hand-ins"}
    line = figure_line({**row, "count": 3, "total": 2, "value": 667, "unit": "permille"})
    assert line == ("HZ01", "2026-W48", say("desk.figure_clock"), "hand-ins", "66.7 %", "3")


def test_a_task_is_a_line() -> None:
    row = {"number": "BX-1", "step": "approvals", "person": None, "roles": ["approver", "post"]}
    line = task_line({**row, "acting_for": ["A-1"], "since": None, "due_at": None})
    assert line == ("BX-1", "approvals", "approver, post", "A-1", "", "")
