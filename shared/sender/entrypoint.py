"""发件进程 (the process of the sender): beside web, relay and worker, for rooms that tell people.

The loop beats while a thread of its own sends: a server on the other side may be slow. A try that
takes far longer than its deadline ends the process, and the supervisor starts another.
"""

import signal
import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from threading import Event

from shared import log
from shared.config import Settings
from shared.events.notices import NoticeChannel
from shared.handle import Handler
from shared.ops import Ops
from shared.personal.key_store import KeysUnavailable
from shared.personal.keys import open_keys
from shared.policy import Core
from shared.policy.book import PolicyBook
from shared.policy.watch import PolicyWatch
from shared.record.database import engine
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.record.schema import check_schema
from shared.record.store import StoreError, Unavailable
from shared.record.story_clock import StoryClock
from shared.room import ProcessRole, Room
from shared.sender.budget import stored_ledger
from shared.sender.due import Alone, StoredOutbox
from shared.sender.gateways import read_gateways
from shared.sender.metrics import SenderMetrics
from shared.sender.sending import NoticeSending

PAUSE_S = 1.0
BEAT_S = 0.2
BUSY_S = 600.0
"""Seconds. A round that takes longer is taken for one that hangs."""
FAILED = 75
"""The exit status of a sender that could not go on: start it again (EX_TEMPFAIL)."""

_log = log.logger("sender")


def serve(room: Room, settings: Settings) -> None:
    """Send until SIGTERM or SIGINT. Raises PolicyBroken for a file that cannot be used."""
    log.begin(room.name, ProcessRole.SENDER)
    stopping = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    ops = Ops(settings.port, settings.host)
    with closing(SenderProcess(room, settings, ops, stopping)) as process:
        ops.start()
        try:
            process.run()
        finally:
            ops.stop()


class SenderProcess:
    """发件进程: of one room."""

    def __init__(self, room: Room, settings: Settings, ops: Ops, stopping: Event) -> None:
        assert settings.notices_file is not None
        self._room, self._settings = room, settings
        self._ops, self._stopping = ops, stopping
        url = settings.sender_url
        policy = PolicyBook(settings.policy_dir)
        policy.kept()  # a policy that cannot be read ends the process now
        self._record = Record(url, room.name, settings.partitions, pool=1)
        self._engine, self._waker, self._alone = engine(url, pool=2), Notifier(url), Alone(url)
        keys = open_keys(settings.keys_sender_url, settings.master_key_file)
        handler = Handler(self._record, room.papers, keys)
        ways = read_gateways(settings.notices_file).ways()
        self._ledger = stored_ledger(settings.keys_sender_url)
        self._sending = NoticeSending(
            StoredOutbox(self._engine),
            handler,
            policy,
            ways,
            self._ledger,
            self._waker.wake,
            stopping.is_set,
        )
        self._closed = _closed(policy.kept(), [*ways])
        self._well = False
        self._checked = False
        self._metrics = SenderMetrics(ops)
        ops.ready(lambda: [] if self._well else ["the database does not answer"])
        ops.note(lambda: self._closed)
        ops.note(handler.findings.notes)
        ops.note(PolicyWatch(policy.path, Core, policy.kept).notes)
        ops.note(StoryClock(url, connections=1).notes)

    def run(self) -> None:
        """Round after round until told to stop. Ends the process if one hangs."""
        with ThreadPoolExecutor(1, "send") as hand:
            while not self._stopping.is_set():
                self._wait(hand.submit(self._round))
                self._ops.beat()
                self._stopping.wait(PAUSE_S)

    def close(self) -> None:
        """Close its connections."""
        self._alone.close()
        self._waker.close()
        self._record.close()
        self._engine.dispose()
        self._ledger.engine.dispose()

    def _wait(self, sending: "Future[None]") -> None:
        begun = time.monotonic()
        while not sending.done():
            if time.monotonic() - begun > BUSY_S:
                _log.error("a round hangs")
                raise SystemExit(FAILED)
            self._ops.beat()
            time.sleep(BEAT_S)
        sending.result()

    def _round(self) -> None:
        try:
            if not self._checked:
                settings = self._settings
                check_schema(settings.sender_url, self._room.name, settings.partitions)
                self._checked = True
            if self._alone.holds():
                self._metrics.tried(self._sending.send_due())
            self._well = True
        except (StoreError, KeysUnavailable) as error:
            self._well = not isinstance(error, Unavailable)
            _log.warning("round ended", error=type(error).__name__)


def _closed(core: Core, open_ways: Sequence[NoticeChannel]) -> Sequence[str]:
    """Ways that policy opens and that nobody sends by: what waits for them is never sent."""
    missing = sorted(core.notices.channels.difference(open_ways))
    return [f"notices by {each} wait: NOTICES_FILE names no gateway for them" for each in missing]
