"""What a worker does every second goes on, however long the look-up takes to catch up."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

from shared.worker import entrypoint
from shared.worker.entrypoint import Worker

ROUNDS = 3


def test_a_slow_look_up_holds_up_no_round(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entrypoint, "TICK_S", 0.001)
    let_go, rounds, taken = Event(), list[object](), list[object]()

    def tick(stand: object) -> None:
        rounds.append(stand)
        if len(rounds) == ROUNDS:
            let_go.set()

    worker: Any = object.__new__(Worker)
    worker._ended = Event()
    worker._round, worker._behind = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    worker._subscription = SimpleNamespace(stand=lambda: "stand")
    worker._check, worker._tick = lambda: None, tick
    worker._journal = SimpleNamespace(catch_up=lambda: let_go.wait(10))

    async def work() -> None:
        caught_up = asyncio.Event()

        def note(found: object) -> None:
            taken.append(found)
            caught_up.set()

        worker._feed = SimpleNamespace(note=note)
        tasks = [asyncio.create_task(worker._go_round()), asyncio.create_task(worker._catch_up())]
        await caught_up.wait()
        for each in tasks:
            each.cancel()

    asyncio.run(asyncio.wait_for(work(), 20))
    assert taken[0] is True
    assert len(rounds) >= ROUNDS
