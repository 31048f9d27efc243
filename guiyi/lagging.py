"""Every consumer's lag, for whoever asks from outside a worker."""

from collections.abc import Sequence

from shared.config import Settings
from shared.database import engine
from shared.lagging import Lag, lags
from shared.room import Room


def room_lags(room: Room, settings: Settings) -> Sequence[Lag]:
    """How far every consumer of a room is behind now. Raises Unavailable, BrokerSilent."""
    database = engine(settings.worker_url, pool=1)
    try:
        return lags(database, room, settings.kafka_bootstrap, settings.partitions)
    finally:
        database.dispose()
