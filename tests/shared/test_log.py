"""Nobody washes the log away: of one kind and caller it takes so many lines."""

import logging

from shared.log import Share
from shared.rate import Rates


def lines(share: Share, *messages: object) -> list[object]:
    """What is written of these messages."""
    made = [logging.LogRecord("http", logging.INFO, "", 0, each, (), None) for each in messages]
    return [each.msg for each in made if share.filter(each)]


def test_one_caller_does_not_write_for_ever_and_others_do() -> None:
    now = 0.0
    share = Share(Rates(1, 3, lambda: now))
    flood = [{"event": "request", "actor": "K1", "status": 401}] * 10
    other = {"event": "request", "actor": "K2"}
    opened = {"event": "opened", "actor": "K1"}
    assert lines(share, *flood, other, opened) == [*flood[:3], other, opened]
    now = 1.0
    assert lines(share, *flood) == [{**flood[0], "left_out": 7}]


def test_lines_of_libraries_are_counted_as_well() -> None:
    now = 0.0
    share = Share(Rates(1, 2, lambda: now))
    assert (
        lines(share, *["Invalid HTTP request received."] * 5)
        == ["Invalid HTTP request received."] * 2
    )
    now = 1.0
    assert lines(share, "Invalid HTTP request received.") == [
        "Invalid HTTP request received. (and 3 more)"
    ]
