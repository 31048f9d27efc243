"""滞后 (lag): how far each consumer of a room is behind, asked from outside its workers."""

from collections.abc import Sequence
from contextlib import closing

from guiyi.database import worker_database
from shared.config import Settings
from shared.proof.check import proofs_of
from shared.room import Room
from shared.worker.lag import Lag, lags


def room_lags(room: Room, settings: Settings) -> Sequence[Lag]:
    """How far every consumer of a room is behind now. Raises Unavailable, BrokerSilent."""
    with worker_database(settings) as database, closing(proofs_of(settings)) as proofs:
        return lags(database, room, settings.kafka, settings.partitions, proofs.begun())
