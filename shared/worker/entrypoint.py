"""工作者 (the worker): Kafka to views, documents, reactions and timers, for one room.

The database's cursors are the truth. Should this process die at any line, the next one reads on
where they say: a batch is in the database whole, with its cursor, or not at all.
"""

import asyncio
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from threading import Event
from typing import TypeVar

from shared.broker.batches import UNREADABLE
from shared.chain_metrics import ChainMetrics
from shared.config import Settings
from shared.consumers import dead_letters
from shared.consumers.consumer import Consumer
from shared.disk import Disk
from shared.log import begin as begin_log
from shared.log import logger
from shared.ops import Ops
from shared.policy import Core
from shared.policy.watch import PolicyWatch
from shared.proof.check import proofs_of
from shared.record.schema import check_schema
from shared.record.story_clock import StoryClock
from shared.record.transaction import transaction
from shared.room import Room
from shared.topics import TopicPartition, journal_topic, worker_group
from shared.views import versions
from shared.views.projection import Projection
from shared.worker import startup
from shared.worker.anew import AnewWatch
from shared.worker.fanout import PATIENCE_S, TRANSIENT, FanOut, Message, ShuttingDown, with_retries
from shared.worker.heard import HeardTopics
from shared.worker.lag import LagMeter
from shared.worker.left_behind import LeftBehind
from shared.worker.metrics import WorkerMetrics
from shared.worker.offsets import BrokerSilent
from shared.worker.outsiders import EVERY_S, Outsiders
from shared.worker.progress import Stand
from shared.worker.reactions import CONSUMER
from shared.worker.snapshots import Snapshots
from shared.worker.subscription import Subscription
from shared.worker.unreadable import skip_unreadable
from shared.worker.wiring import wired

TICK_S = 1.0
BUSY_S = 60.0
"""Seconds. A batch that takes longer is taken for one that hangs."""
BEGIN_S = 60.0
STALL_S = 60.0
DRAIN_S = 15.0
FAILED = 75
"""The exit status of a worker that could not go on: start it again (EX_TEMPFAIL)."""

log = logger(__name__)
T = TypeVar("T")


class Stalled(Exception):
    """The subscription gives nothing although there are records. The next start repairs that."""


class GapOverdue(Exception):
    """Facts are missing and were not sent in time. The next start reads from the beginning."""


def serve(room: Room, settings: Settings) -> None:
    """Work until SIGTERM; then finish the batch and leave. Ends the process on lasting failure."""
    begin_log(room.name, "worker")
    asyncio.run(Worker(room, settings).run())


class Worker:
    """工作者: one process; others of the same room share the partitions with it."""

    def __init__(self, room: Room, settings: Settings) -> None:
        self.ops = Ops(settings.port, settings.host)
        disk = Disk(settings.disk_folder, settings.free_mib)
        self.ops.note(disk.notes)
        self.ops.registry.register(disk)
        self._room = room
        self._settings = settings
        self._ended = Event()
        self._wiring = wired(room, settings, pool=4)
        self.ops.note(self._wiring.handler.findings.notes)
        self._wiring.policy.kept()  # a policy that cannot be read ends the process now
        policy = PolicyWatch(self._wiring.policy.path, Core, self._wiring.policy.kept)
        self.ops.note(policy.notes)
        self.ops.note(StoryClock(settings.worker_url, connections=1).notes)
        self._snapshots = Snapshots(self._wiring.engine, self._wiring.handler)
        self._journal = Projection(self._wiring.engine, room.name, room.views, self._wiring.look_up)
        self._proofs = proofs_of(settings)
        self._feed = FanOut(
            self._wiring.engine,
            room.name,
            self._consumers(),
            self._ended,
            taken=self._snapshots.note,
            proofs=self._proofs,
        )
        skip_unreadable(partial(self._feed.garbage.note, reason=UNREADABLE))
        self._metrics = WorkerMetrics(self._feed)
        self._lags = LagMeter(room)
        self._anew = AnewWatch()
        self._left_behind = LeftBehind()
        kafka, group = settings.kafka, worker_group(room.name)
        topics = sorted({topic for each in self._feed.consumers for topic in each.topics})
        self._heard = HeardTopics(kafka, room.name, topics, settings.partitions)
        self._subscription = Subscription(kafka, group, topics, settings.partitions)
        self._outsiders = Outsiders(kafka, group, group, topics, settings.partitions)
        # One thread takes batches, one does the periodic work, one takes from the record what did
        # not come by topics, which may be much and slow; nothing blocks the loop.
        self._hand = ThreadPoolExecutor(1, "batch")
        self._round = ThreadPoolExecutor(1, "tick")
        self._behind = ThreadPoolExecutor(1, "catch up")
        self._busy_since: float | None = None
        self._idle = asyncio.Event()
        self._placed = False
        self._moved = time.monotonic()

    async def run(self) -> None:
        """Work until SIGTERM or until something fails for good."""
        loop = asyncio.get_running_loop()
        stop, failed = asyncio.Event(), loop.create_future()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        self.ops.registry.register(self._metrics)
        self.ops.registry.register(ChainMetrics(self._wiring.handler.findings))
        self.ops.note(self._metrics.notes)
        self.ops.ready(lambda: [] if self._placed else ["not subscribed yet"])
        self.ops.note(self._journal.waits)
        self.ops.note(self._wiring.reactions.unproved.waits)
        self.ops.note(self._left_behind.waits)
        self.ops.note(self._feed.differences)
        self.ops.note(self._outsiders.notes)
        self.ops.note(self._heard.notes)
        self.ops.start()
        self._idle.set()
        tasks = [
            asyncio.create_task(self._beat()),
            asyncio.create_task(stop.wait()),
            asyncio.create_task(self._work(failed)),
            asyncio.create_task(self._look_out()),
        ]
        await asyncio.wait([failed, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for ended in (failed, *tasks):
            if ended.done() and (error := ended.exception()) is not None:
                _die(error)
        await self._drain()

    async def _work(self, failed: "asyncio.Future[None]") -> None:
        await asyncio.to_thread(with_retries, self._prepare, self._ended)
        settings, engine = self._settings, self._wiring.engine
        await _patiently(
            lambda: startup.begin_reactions(
                engine, settings.kafka, self._wiring.reactions, settings.partitions
            )
        )
        await asyncio.to_thread(self._feed.begin)
        await asyncio.to_thread(with_retries, self._snapshots.begin, self._ended)
        self._subscription.leave_out(self._heard.closed)
        begin = self._subscription.begin(self._take, self._positions, failed)
        await asyncio.wait_for(begin, BEGIN_S)
        await asyncio.gather(self._go_round(), self._catch_up())

    async def _go_round(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self._check()
            tick = partial(self._tick, self._subscription.stand())
            await _in(self._round, partial(with_retries, tick, self._ended))

    async def _catch_up(self) -> None:
        """Take what was put off, however long it takes; gaps and timers are looked at meanwhile."""
        while True:
            await asyncio.sleep(TICK_S)
            taken = await _in(
                self._behind, partial(with_retries, self._journal.catch_up, self._ended)
            )
            self._feed.note(taken)

    async def _look_out(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self._outsiders.look()
            await asyncio.to_thread(self._heard.look)

    def _check(self) -> None:
        """Raise Stalled if Faust has given up, or has stopped giving what it knows is there."""
        if self._subscription.crashed:
            raise Stalled("Faust has stopped")
        unread = self._subscription.unread()
        if not unread or self._busy_since is not None:
            self._moved = time.monotonic()
        elif time.monotonic() - self._moved > STALL_S:
            (topic, partition), offset = next(iter(unread.items()))
            raise Stalled(f"nothing was given of {topic}/{partition} since offset {offset}")

    def _prepare(self) -> None:
        room, settings = self._room, self._settings
        check_schema(settings.worker_url, room.name, settings.partitions)
        self._proofs.begun()
        self._heard.settle()
        startup.make_tables(self._wiring.engine, room.name, room.views, room.timers)

    async def _take(self, messages: Sequence[Message]) -> None:
        if self._ended.is_set():
            await asyncio.Event().wait()  # draining: what is not in the database is not taken
        self._idle.clear()
        self._busy_since = time.monotonic()
        try:
            await _in(self._hand, partial(self._feed.take, messages))
        except ShuttingDown:
            self._idle.set()
            await asyncio.Event().wait()
        finally:
            self._busy_since = None
            self._idle.set()

    async def _positions(self, spots: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
        self._feed.gaps.keep(spots)
        asking = (self._wiring.engine, self._settings.kafka)
        found = await _patiently(lambda: startup.positions(*asking, self._feed.consumers, spots))
        unproved = await _patiently(lambda: startup.unproved(*asking, CONSUMER, spots))
        self._wiring.reactions.unproved.begin(unproved)
        found |= {(source.topic, source.partition): 0 for source in unproved}
        self._placed = True
        log.info("reading", partitions=len(spots))
        return found

    def _tick(self, stand: Stand) -> None:
        if overdue := self._feed.give_up_gaps():
            self.ops.ready(lambda: ["facts lack; reading from the beginning"])
            (consumer, source), found = next(iter(overdue.items()))
            raise GapOverdue(
                f"{consumer} waits for {source.room}/{source.partition}/{found.gap.wanted} on"
                f" {source.topic}, and stands at {found.gap.at}"
            )
        self._proofs.refresh_now_and_then()
        own = journal_topic(self._room.name)
        mine = {partition for topic, partition in stand.spots if topic == own}
        with transaction(self._wiring.engine) as db:
            for name in versions.take_over(db, self._room.views):
                log.info("a new version of a view has caught up and answers", view=name)
            self._metrics.parked = dead_letters.counted(db)
            self._metrics.lags = self._lags.read(db, stand)
            self._anew.look(db, stand.spots)
            self._left_behind.look(db)
        self._metrics.fired += self._wiring.timers.fire(mine)
        self._snapshots.take()
        self._journal.check()
        still = [each.consumer for each in self._journal.broken]
        unproved, behind = self._wiring.reactions.unproved.open, self._left_behind.sources
        still += [CONSUMER for _ in {*unproved, *behind, *self._heard.closed}]
        self._metrics.stopped = Counter(still)

    def _consumers(self) -> Sequence[Consumer]:
        reactions = self._wiring.reactions
        return [self._journal, reactions] if reactions.topics else [self._journal]

    async def _beat(self) -> None:
        while True:
            since = self._busy_since
            if since is None or time.monotonic() - since < BUSY_S:
                self.ops.beat()
            await asyncio.sleep(TICK_S / 2)

    async def _drain(self) -> None:
        """Finish the current batch, leave the consumer group, and end the process."""
        self._ended.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), DRAIN_S)
            await asyncio.wait_for(self._subscription.end(), DRAIN_S)
        self._wiring.waker.close()
        self.ops.stop()
        log.info("drained")
        sys.stderr.flush()
        # Threads may still wait for the database. Their transactions are rolled back.
        os._exit(0)


async def _in(pool: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    """Do it in a thread of the pool."""
    return await asyncio.get_running_loop().run_in_executor(pool, work)


async def _patiently(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; as `with_retries`, but for work that asks Kafka as well."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            return await work()
        except (*TRANSIENT, BrokerSilent) as error:
            if time.monotonic() > until:
                raise
            log.warning("not now, trying again", error=error)
        await asyncio.sleep(TICK_S)


def _die(error: BaseException) -> None:
    """End at once: Faust would acknowledge records that were not taken, and threads may hang."""
    log.critical("the worker ends", error=error, exc_info=error)
    sys.stderr.flush()
    os._exit(FAILED)
