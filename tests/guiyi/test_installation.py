"""The ports of an installation are free ones of its range, also if others choose ports too."""

import random

import pytest

from guiyi.stack.installation import PORTS, free_port


def test_ports_are_looked_for_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUIYI_PORTS", "31000-31009")
    found: set[int] = set()
    for _ in range(5):
        found.add(free_port(taken=found))
    assert len(found) == 5
    assert found <= set(range(31_000, 31_010))


def test_two_that_are_seeded_alike_are_not_given_the_same_ports(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GUIYI_PORTS", raising=False)
    random.seed(7)
    one = [free_port() for _ in range(8)]
    random.seed(7)
    assert one != [free_port() for _ in range(8)]
    assert set(one) <= set(PORTS)
