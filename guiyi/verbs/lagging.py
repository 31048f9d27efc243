"""Every consumer's lag, for whoever asks from outside a worker."""

from collections.abc import Sequence

from shared.config import Settings
from shared.record.database import engine
from shared.room import Room
from shared.worker.lagging import Lag, lags


def room_lags(room: Room, settings: Settings) -> Sequence[Lag]:
    """How far every consumer of a room is behind now. Raises Unavailable, BrokerSilent."""
    database = engine(settings.worker_url, pool=1)
    try:
        return lags(database, room, settings.kafka_bootstrap, settings.partitions)
    finally:
        database.dispose()
