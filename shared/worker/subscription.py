"""订阅 (the subscription): what of Faust a worker uses, and what it is kept from.

Faust as it is would lose facts: an error in an agent acknowledges the message, more than one task
an agent commits past what is in flight, and it reads on where Kafka's offset says. So: one agent,
one task, batches; nothing is raised inside it; and where Faust would go to Kafka's offset it goes
where our cursors say. Kafka's offset is still committed, for lag tools only.
"""

import asyncio
import logging
import tempfile
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Mapping,
    Sequence,
)
from typing import Any, cast

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.streams import Stream
from faust.transport.drivers.aiokafka import Consumer, Transport
from faust.types import TP, ChannelT, ConsumerT, EventT, StreamT
from faust.types import Message as FaustMessage
from mode.services import WaitArgT, WaitResults

from shared.kafka_access import KafkaAccess
from shared.log import logger
from shared.topics import TopicPartition
from shared.worker.buffer import RECORDS, Buffer, fetch_size
from shared.worker.fanout import Message
from shared.worker.progress import Progress, Stand

WITHIN_S = 0.002
"""How long a batch waits for what comes along with its first record."""
MORE_WITHIN_S = 0.03
"""How long it waits where very much comes: a batch costs statements, however few it has."""
_PAUSE_S = 0.002

log = logger(__name__)
_faust_log = logging.getLogger("faust.worker")

Take = Callable[[Sequence[Message]], Awaitable[None]]
Positions = Callable[[Collection[TopicPartition]], Awaitable[Mapping[TopicPartition, int]]]


class _Delivery:
    """A record on its way to the stream, told apart from all else that Faust waits for."""

    __slots__ = ("coroutine",)

    def __init__(self, coroutine: Awaitable[None]) -> None:
        self.coroutine = coroutine

    def __await__(self) -> Generator[object, None, None]:
        return self.coroutine.__await__()


class _Consumer(Consumer):
    logger = _faust_log

    # Any: the limit is given on to Faust as it comes, in whichever form Faust has it.
    async def wait_first(self, *coros: WaitArgT, timeout: Any = None) -> WaitResults:  # noqa: ASYNC109
        """Faust makes four tasks for each record it delivers; where nothing can block, none."""
        delivery = coros[0]
        if isinstance(delivery, _Delivery) and await self._has_room():
            for other in coros[1:]:
                if isinstance(other, Coroutine):
                    other.close()
            await delivery.coroutine
            return WaitResults([delivery], [], stopped=False)
        return await super().wait_first(*coros, timeout=timeout)

    def on_buffer_full(self, tp: TP) -> None:
        """Nothing: with every partition set aside so, Faust would sleep for a second."""

    async def _has_room(self) -> bool:
        """Wait until the stream has room; False if the flow is stopped meanwhile."""
        app = self.app
        assert isinstance(app, _App)
        if app.buffer.queue is None:
            return False
        if app.buffer.is_full():
            while not app.buffer.has_room_again():
                if self.suspend_flow.is_set() or self.should_stop:
                    return False
                await asyncio.sleep(_PAUSE_S)
        return bool(app.flow_control.is_active())

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Go where our cursors say; Faust calls this where it would go to Kafka's offset."""
        app = self.app
        assert isinstance(app, _App)
        starts = {tp: app.positions.get((tp.topic, tp.partition), 0) for tp in self.assignment()}
        if starts:
            await self.seek_wait(starts)
        return starts


class _Transport(Transport):
    Consumer = _Consumer


class _App(faust.App):
    logger = _faust_log
    positions: Mapping[TopicPartition, int]
    buffer: Buffer[EventT[bytes]]

    def _new_consumer(self) -> ConsumerT:
        consumer = super()._new_consumer()
        assert isinstance(consumer, _Consumer)
        deliver = consumer.callback

        def deliver_noted(message: FaustMessage) -> _Delivery:
            self.buffer.note(message.value)
            return _Delivery(deliver(message))

        consumer.callback = deliver_noted
        return consumer

    def _new_transport(self) -> Transport:
        return _Transport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Nothing of a worker stands in files."""


class Subscription:
    """订阅: one Faust app with one agent on all topics of a room's worker."""

    def __init__(
        self, kafka: KafkaAccess, group: str, topics: Sequence[str], partitions: int
    ) -> None:
        self._app = _App(
            group,
            broker_client_id=group,
            broker=[f"kafka://{address}" for address in kafka.bootstrap.split(",")],
            broker_credentials=_credentials(kafka),
            store="memory://",
            datadir=tempfile.gettempdir(),
            web_enabled=False,
            topic_allow_declare=False,
            topic_disable_leader=True,
            processing_guarantee="at_least_once",
            consumer_auto_offset_reset="earliest",
            consumer_max_fetch_size=fetch_size(partitions * len(topics)),
            broker_session_timeout=10.0,
            broker_heartbeat_interval=2.0,
            broker_request_timeout=20.0,
            stream_buffer_maxsize=RECORDS,
            stream_wait_empty=False,
            stream_recovery_delay=0.0,
        )
        self._app.positions = {}
        self._buffer = self._app.buffer = Buffer()
        self._topics = topics
        self._progress = Progress()
        self._came = asyncio.Event()
        self._went = asyncio.Event()
        self._taking: asyncio.Task[None] | None = None

    @property
    def spots(self) -> set[TopicPartition]:
        """The partitions this worker has now."""
        if self._app._consumer is None:  # noqa: SLF001 - Faust makes one when it is asked for
            return set()
        return {(tp.topic, tp.partition) for tp in self._app.consumer.assignment()}

    def ends(self) -> dict[TopicPartition, int]:
        """Where those partitions end, as far as it is known from reading them."""
        consumer = self._app.consumer
        # None where nothing was fetched yet, whatever Faust's types say.
        found: dict[TP, int | None] = {tp: consumer.highwater(tp) for tp in consumer.assignment()}
        return {(tp.topic, tp.partition): int(end) for tp, end in found.items() if end}

    @property
    def crashed(self) -> bool:
        """Whether Faust has given up."""
        return bool(self._app.crashed or self._app.should_stop)

    def stand(self) -> Stand:
        """Where this worker stands now; what is nobody's is passed. To be called now and then."""
        ends, client = self.ends(), self._app.consumer
        self._progress.step_over(
            ends, lambda spot: _position(client, TP(*spot)), is_idle=self._buffer.is_empty
        )
        return Stand(frozenset(self.spots), ends, dict(self._progress.passed))

    def unread(self) -> dict[TopicPartition, int]:
        """The partitions whose end is behind what was passed of them, by what was passed."""
        return self._progress.unread(self.ends())

    def leave_out(self, topics: Collection[str]) -> None:
        """Do without these. Before `begin`."""
        self._topics = [topic for topic in self._topics if topic not in topics]

    async def begin(self, take: Take, positions: Positions, failed: "asyncio.Future[None]") -> None:
        """Subscribe. Whatever goes wrong is set on `failed`; no further record is taken then."""
        stays = asyncio.Event()

        async def agent(stream: StreamT[bytes]) -> None:
            assert isinstance(stream, Stream)
            # Acknowledged by hand, behind the database: Faust would do so on the way out of an
            # error. Gathered while a batch is in hand: `take_events` would let it wait meanwhile.
            self._buffer.queue = cast("ChannelT[bytes]", stream.channel).queue
            async for event in stream.noack().events():
                is_whole = self._buffer.gather(event)
                self._came.set()
                if is_whole:
                    self._went.clear()
                    await self._went.wait()

        async def placed(*_: object, **__: object) -> None:
            # Faust seeks right after this signal; a seek from inside a stream would drop records.
            try:
                self._buffer.forget_gathered()  # read again, from where the database says
                self._went.set()
                self._app.positions = await positions(self.spots)
                self._progress.begin(self._app.positions)
            except Exception as error:  # noqa: BLE001 - reported by the one who waits on `failed`
                _fail(failed, error)
                await stays.wait()

        topic = self._app.topic(
            *self._topics, key_serializer="raw", value_serializer="raw", internal=False
        )
        self._app.agent(topic, concurrency=1, name="take")(agent)
        self._app.on_rebalance_complete.connect(placed, weak=False)
        await self._app.start()
        self._taking = asyncio.create_task(self._take(take, failed))

    async def end(self) -> None:
        """Leave the group, so that others take over at once."""
        if self._taking is not None:
            self._taking.cancel()
        await self._app.stop()

    async def _take(self, take: Take, failed: "asyncio.Future[None]") -> None:
        """One batch after the other: whatever was gathered while the last one was in hand."""
        while True:
            await self._came.wait()
            await asyncio.sleep(WITHIN_S)
            if self._buffer.flows:
                await asyncio.sleep(MORE_WITHIN_S)
            events = self._buffer.next_batch()
            self._came.clear()
            self._went.set()
            messages = [_message(event.message) for event in events]
            try:
                await take(messages)
            except Exception as error:  # noqa: BLE001 - reported by the one who waits on `failed`
                _fail(failed, error)
                return
            self._progress.passed.update({(m.topic, m.partition): m.offset + 1 for m in messages})
            self._buffer.done()
            for event in events:
                event.ack()


def _credentials(kafka: KafkaAccess) -> SASLCredentials | SSLCredentials | None:
    """The access as Faust has it."""
    if kafka.has_login:
        return SASLCredentials(
            mechanism=kafka.mechanism,
            username=kafka.username,
            password=kafka.password,
            ssl_context=kafka.tls,
        )
    return SSLCredentials(kafka.tls) if kafka.has_tls else None


def _position(consumer: ConsumerT, place: TP) -> int:
    """Up to where the client has handed out records, or stepped over what is none."""
    assert isinstance(consumer, Consumer)
    # Asked for as Faust asks for the end; the client's own method may wait for a rebalance.
    client = consumer._thread._ensure_consumer()  # noqa: SLF001
    state = client._subscription.subscription.assignment.state_value(place)  # noqa: SLF001
    return int(state.position) if state.has_valid_position else 0


def _fail(failed: "asyncio.Future[None]", error: BaseException) -> None:
    if not failed.done():
        failed.set_exception(error)


def _message(message: FaustMessage) -> Message:
    headers = message.headers
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    place = (message.topic, message.partition, message.offset)
    return Message(*place, tuple(pairs), message.value, message.key)
