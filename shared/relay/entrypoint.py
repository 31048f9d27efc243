"""转发 (the relay): from a room's record to Kafka, in order, nothing lost, copies allowed.

Any number of relays may run for a room; they share its partitions by leases. See docs/adr/0004.
"""

import os
import signal
import socket
import time
from contextlib import closing
from threading import Event
from uuid import uuid4

from shared import log
from shared.broker.admin import BrokerAway, TopicsDiffer
from shared.config import Settings
from shared.disk import Disk
from shared.ops import Ops
from shared.record.schema import SchemaDiffers
from shared.record.store import Unavailable
from shared.record.story_clock import StoryClock
from shared.relay.metrics import RelayMetrics
from shared.relay.session import Session
from shared.relay.window import SendFailed, TailLost
from shared.room import ProcessRole, Room

FIRST_PAUSE_S = 0.2
LONGEST_PAUSE_S = 2.0
LASTING_S = 10.0
"""After a session of this length, the next pause is the shortest again."""
PASSING = (BrokerAway, SchemaDiffers, SendFailed, TailLost, TopicsDiffer, Unavailable)
"""Errors that end a session. The next session may not meet them."""

_log = log.logger("relay")


def serve(room: Room, settings: Settings) -> None:
    """Relay until SIGTERM or SIGINT. Then flush and give up all partitions."""
    log.begin(room.name, ProcessRole.RELAY)
    ops = Ops(settings.port, settings.host)
    disk = Disk(settings.disk_folder, settings.free_mib)
    ops.note(disk.notes)
    ops.note(StoryClock(settings.relay_url, connections=1).notes)
    ops.registry.register(disk)
    ops.start()
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    try:
        relay(settings, RelayMetrics(ops), stopping)
    finally:
        ops.stop()


def relay(settings: Settings, metrics: RelayMetrics, stopping: Event) -> None:
    """Run one session after another until told to stop."""
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
