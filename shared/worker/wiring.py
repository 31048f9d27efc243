"""接线 (wiring): what works on the database of one room, for a worker and for who retries."""

from dataclasses import dataclass

from sqlalchemy import Engine

from shared.config import Settings
from shared.consumers.lookup_consumer import LookUp
from shared.handle import Handler
from shared.personal.keys import open_keys
from shared.policy.book import PolicyBook
from shared.record.database import engine
from shared.record.notification import Notifier
from shared.record.postgres import Record
from shared.room import Room
from shared.worker.reactions import Reactions
from shared.worker.timers import Timers


@dataclass(frozen=True, slots=True)
class Wiring:
    """接线: made from a room and its settings; nothing is connected before it is used."""

    engine: Engine
    waker: Notifier
    policy: PolicyBook
    handler: Handler
    look_up: LookUp
    reactions: Reactions
    timers: Timers

    def close(self) -> None:
        """Close its connections."""
        self.waker.close()
        self.engine.dispose()


def wired(room: Room, settings: Settings, *, pool: int) -> Wiring:
    """The wiring of a room, with so many connections kept open."""
    database, waker = engine(settings.worker_url, pool=pool), Notifier(settings.worker_url)
    keys = open_keys(settings.keys_worker_url, settings.master_key_file)
    record = Record(settings.worker_url, room.name, settings.partitions, pool=1)
    handler, wake = Handler(record, room.papers, keys), waker.wake
    policy = PolicyBook(settings.policy_dir)
    return Wiring(
        database,
        waker,
        policy,
        handler,
        LookUp(database, room.name, keys),
        Reactions(
            database,
            handler,
            room.reactions,
            topics=room.listens,
            appended=wake,
            policy=policy,
        ),
        Timers(database, handler, room.timers, appended=wake, policy=policy),
    )
