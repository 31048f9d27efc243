"""Facts as views get them in their tests, and the rows that views make of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.view import Key, Recorded, View


def recorded_on(
    room: str,
    stream: str,
    fact: Any,
    *,
    seq: int,
    version: int,
    ticket: str,
    branch: str,
    at: datetime,
) -> Recorded:
    """A fact on its stream, recorded `seq` minutes after `at`."""
    return Recorded(
        room=room,
        partition=3,
        seq=100 + seq,
        recorded_at=at + timedelta(minutes=seq),
        hash=bytes(32),
        id=UUID(int=seq),
        type=type(fact).__name__,
        schema=1,
        stream=stream,
        version=version,
        ticket=ticket,
        branch=branch,
        actor="somebody",
        command=UUID(int=seq),
        correlation=ticket,
        causation=None,
        occurred_at=at,
        policy=None,
        fact=fact,
    )


def fold_view(view: View, facts: Iterable[Recorded]) -> dict[Key, Any]:
    """The rows of a view after these facts of one partition, by key."""
    rows: dict[Key, Any] = {}
    for told in facts:
        for key in view.keys(told):
            row = view.project(key, rows.pop(key, None), told)
            if row is not None:
                rows[key] = row
    return rows
