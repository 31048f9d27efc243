"""转发 (the relay): from a room's record to Kafka, in order, nothing lost, copies allowed.

Any number of relays may run for a room; they share its partitions by leases. See docs/adr/0004.
"""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from threading import Event
from uuid import uuid4

from shared import log
from shared.broker.admin import BrokerAway, TopicsDiffer
from shared.config import Settings
from shared.ops import Ops
from shared.record.migrations import SchemaDiffers
from shared.record.store import Unavailable
from shared.relay.metrics import RelayMetrics
from shared.relay.session import Session
from shared.relay.window import SendFailed, TailLost
from shared.room import ProcessRole, Room

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
LASTING_S = 10.0
"""A session that lasted so long did not fail by what ended the one before."""
PASSING = (BrokerAway, SchemaDiffers, SendFailed, TailLost, TopicsDiffer, Unavailable)
"""What ends a session and may be over by the next one."""

_log = log.logger("relay")


def serve(room: Room, settings: Settings) -> None:
    """Relay until SIGTERM or SIGINT; then flush and let go."""
    log.begin(room.name, ProcessRole.RELAY)
    ops = Ops(settings.port, settings.host)
    ops.start()
    try:
        with _told_to_stop() as stopping:
            relay(settings, RelayMetrics(ops), stopping)
    finally:
        ops.stop()


def relay(settings: Settings, metrics: RelayMetrics, stopping: Event) -> None:
    """One session after the other until told to stop; what fails is begun anew."""
    pause = FIRST_PAUSE_S
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex[:8]}"
    while not stopping.is_set():
        begun = time.monotonic()
        try:
            with closing(Session(settings, holder, metrics)) as session:
                session.run(stopping.is_set)
        except PASSING as error:
            metrics.failed(error)
            _log.warning("session ended", error=error)
        metrics.beat()
        lasted = time.monotonic() - begun
        pause = FIRST_PAUSE_S if lasted > LASTING_S else min(2 * pause, LONGEST_PAUSE_S)
        stopping.wait(pause)


@contextmanager
def _told_to_stop() -> Iterator[Event]:
    stopping = Event()
    handler: Callable[..., None] = lambda *_: stopping.set()  # noqa: E731
    before = {number: signal.signal(number, handler) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, old in before.items():
            signal.signal(number, old)
