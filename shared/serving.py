"""当值 (serving): a process of a room plays one role until it is asked to end."""

import gc
from collections.abc import Callable

from shared.config import Settings
from shared.room import ProcessRole, Room


def serve(room: Room, role: ProcessRole, settings: Settings) -> None:
    """Play a role until SIGTERM. Imports only what the role needs."""
    begin: Callable[[Room, Settings], None]
    match role:
        case ProcessRole.WEB:
            from shared.http.entrypoint import serve as begin
        case ProcessRole.RELAY:
            from shared.relay.entrypoint import serve as begin
        case ProcessRole.WORKER:
            from shared.worker.entrypoint import serve as begin
        case ProcessRole.SENDER:
            from shared.sender.entrypoint import serve as begin
    spare_collections()
    begin(room, settings)


def spare_collections() -> None:
    """Look for circles of garbage less often: there are few, and looking takes much of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
