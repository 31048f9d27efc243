"""The faults: each strikes a running stack once, and is over when it returns."""

import asyncio
import random
import signal
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer

from guiyi.rooms import ROOMS
from shared.kafka_access import KafkaAccess
from shared.topics import topics_of
from tests.stack.away import CUT, administer, database_away, disk_full
from tests.stack.whole import Whole
from tests.topics import Misspelt

_BATCH = struct.Struct(">qi")
"""A batch of a log file begins with its base offset and the length of what follows."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that is about to strike."""

    kind: str
    where: str
    strike: Callable[[Whole], None]

    def __str__(self) -> str:
        return f"{self.kind} {self.where}"


def drawn(stack: Whole, chance: random.Random) -> Fault:
    """Any fault, anywhere."""
    return chance.choice(KINDS)(stack, chance)


def killed(stack: Whole, chance: random.Random) -> Fault:
    """A part is killed with all its processes."""
    name = _part(stack, chance)
    return Fault("kill", name, lambda at: at.signal_family(name, signal.SIGKILL))


def asked_to_end(stack: Whole, chance: random.Random) -> Fault:
    """A part of a room is asked to end, as for a new release."""
    name = chance.choice([name for name in sorted(stack.pids()) if "-" in name])
    return Fault("end", name, lambda at: at.signal_family(name, signal.SIGTERM))


def paused(stack: Whole, chance: random.Random) -> Fault:
    """A part stands still, for a moment or for longer than the supervisor bears."""
    name, seconds = _part(stack, chance), round(chance.uniform(0.5, 12), 1)

    def strike(at: Whole) -> None:
        with suppress(psutil.Error):
            at.signal_family(name, signal.SIGSTOP)
        time.sleep(seconds)
        with suppress(psutil.Error):
            at.signal_family(name, signal.SIGCONT)

    return Fault("pause", f"{name} for {seconds} s", strike)


def tail_lost(_: Whole, chance: random.Random) -> Fault:
    """The broker dies and loses the last batch of one partition."""
    topic, number = _topic(chance)

    def strike(at: Whole) -> None:
        with supervisor_asleep(at):
            at.signal_family("kafka", signal.SIGKILL)
            psutil.wait_procs([psutil.Process(pid)] if (pid := at.pids()["kafka"]) else [], 10)
            _cut(at.installation.folder / "kafka" / "log" / f"{topic}-{number}")

    return Fault("tail lost", f"{topic}/{number}", strike)


def marker(_: Whole, chance: random.Random) -> Fault:
    """A stranger ends a transaction on one partition; its marker takes an offset."""
    topic, number = _topic(chance)
    aborts = chance.random() < 0.5

    async def sent(kafka: KafkaAccess) -> None:
        name = f"stranger-{chance.getrandbits(32)}"
        async with AIOKafkaProducer(**kafka.client, transactional_id=name) as producer:
            await producer.begin_transaction()
            await producer.send_and_wait(topic, b"stranger", partition=number)
            await (producer.abort_transaction() if aborts else producer.commit_transaction())

    return Fault("marker", f"{topic}/{number}", lambda at: asyncio.run(sent(_kafka(at))))


def garbage(_: Whole, chance: random.Random) -> Fault:
    """A stranger writes what no relay wrote, and what no client can read."""
    topic, number = _topic(chance)
    value = chance.choice([b"", b"{}", b"[" * 50_000, chance.randbytes(200_000)])
    header = chance.choice(["seq", Misspelt("seq")])

    def strike(at: Whole) -> None:
        with closing(KafkaProducer(**_kafka(at).client)) as producer:
            producer.send(topic, value, headers=[(header, b"1")], partition=number).get(20)

    return Fault("garbage", f"{topic}/{number}, {len(value)} bytes", strike)


def sessions_cut(_: Whole, chance: random.Random) -> Fault:
    """The database ends all sessions of a room at once."""
    room = chance.choice(ROOMS)
    return Fault("sessions cut", room, lambda at: administer(at, CUT, room))


def keys_away(_: Whole, chance: random.Random) -> Fault:
    """The key store is away for a while."""
    seconds = round(chance.uniform(3, 15), 1)

    def strike(at: Whole) -> None:
        with database_away(at, "keys", seconds):
            pass

    return Fault("keys away", f"for {seconds} s", strike)


def disk_filled(stack: Whole, chance: random.Random) -> Fault:
    """No byte is free for a while. A stack without a file system of its own is paused instead."""
    seconds, folder = round(chance.uniform(2, 15), 1), stack.installation.folder

    def strike(_: Whole) -> None:
        with disk_full(folder, seconds):
            pass

    if not folder.is_mount():
        return paused(stack, chance)
    return Fault("disk full", f"for {seconds} s", strike)


def supervisor_falls_asleep(_: Whole, chance: random.Random) -> Fault:
    """The supervisor stands still; whoever dies meanwhile stays dead."""
    seconds = round(chance.uniform(1, 9), 1)

    def strike(at: Whole) -> None:
        with supervisor_asleep(at):
            time.sleep(seconds)

    return Fault("supervisor asleep", f"for {seconds} s", strike)


KINDS: Sequence[Callable[[Whole, random.Random], Fault]] = (
    *(killed, killed, asked_to_end, paused, paused, tail_lost, marker, garbage),
    *(sessions_cut, keys_away, disk_filled, supervisor_falls_asleep),
)


@contextmanager
def supervisor_asleep(stack: Whole) -> Iterator[None]:
    """Within, nobody raises what falls."""
    stack.send(signal.SIGSTOP, wait=False)
    try:
        yield
    finally:
        stack.send(signal.SIGCONT, wait=False)


def _part(stack: Whole, chance: random.Random) -> str:
    return chance.choice(sorted(stack.pids()))


def _topic(chance: random.Random) -> tuple[str, int]:
    return chance.choice([topic for room in ROOMS for topic in topics_of(room)]), chance.randrange(
        6
    )


def _kafka(stack: Whole) -> KafkaAccess:
    return stack.access.settings("intake").kafka_admin


def _cut(folder: Path) -> None:
    """Take the last batch off a partition's log."""
    log = max(folder.glob("*.log"))
    written, last, at = log.read_bytes(), 0, 0
    while at + _BATCH.size <= len(written):
        offset, length = _BATCH.unpack_from(written, at)
        if length <= 0:
            break  # the file was made longer than what is in it
        last, at = at, at + _BATCH.size + length
        del offset
    with log.open("r+b") as kept:
        kept.truncate(last)
