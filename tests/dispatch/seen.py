"""What the views of dispatch show after facts of one stream."""

from collections.abc import Iterable
from typing import Any

from services.dispatch.work_order import board
from shared.view import Recorded, View
from tests.dispatch.example import AT, BRANCH, HOME, TICKET
from tests.seen import fold_view, recorded_on


def recorded(fact: Any, version: int, stream: str = HOME) -> Recorded:
    return recorded_on(
        "dispatch", stream, fact, seq=version, version=version, ticket=TICKET, branch=BRANCH, at=AT
    )


def seen(view: View, facts: Iterable[Any], stream: str = HOME) -> dict[Any, Any]:
    """The rows of a view after the facts, by key."""
    return fold_view(view, (recorded(fact, n, stream) for n, fact in enumerate(facts, start=1)))


def on_board(*facts: Any) -> board.Row:
    [row] = seen(board, facts).values()
    assert isinstance(row, board.Row)
    return row
