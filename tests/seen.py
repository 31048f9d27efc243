"""What views are shown in their stories: a fact with what the record says around it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from shared.view import Recorded


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
    """The fact on its stream, recorded `seq` minutes after `at`."""
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
