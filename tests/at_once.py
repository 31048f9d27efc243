"""同时 (at once): several who ask at one moment; each has decided before any of them writes."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError, get_ident
from typing import TypeVar

import pytest

from shared.record.store import Append, Position, Store

T = TypeVar("T")
MEET_S = 5.0
"""How long they wait for one another; who is refused at once never comes."""


def at_once(store: Store, *asks: Callable[[], T]) -> list[T]:
    """What each of them is answered.

    All have read by the time the first one writes: so all but the first rest on what is not so any
    more, and have to look again.
    """
    door, met = Barrier(len(asks)), set[int]()
    write = store.append

    def append(wanted: Append) -> Sequence[Position]:
        if get_ident() not in met:
            met.add(get_ident())
            with suppress(BrokenBarrierError):
                door.wait(MEET_S)
        return write(wanted)

    with pytest.MonkeyPatch.context() as patch, ThreadPoolExecutor(len(asks)) as people:
        patch.setattr(store, "append", append)
        return list(people.map(lambda ask: ask(), asks))
