"""One process of one room: `python -m guiyi.serve ROOM web|relay|worker|sender`."""

import sys

from guiyi.rooms import wiring
from shared.config import SettingMissing, Settings, read
from shared.record.schema import SchemaDiffers
from shared.room import ProcessRole, Room
from shared.serving import serve

USAGE = "usage: python -m guiyi.serve ROOM web|relay|worker|sender"
DIFFERS = 78
"""Exit status if the database does not fit this program (EX_CONFIG)."""


def main(arguments: list[str]) -> int:
    """Play the role until SIGTERM. 0: drained; 2: wrong words or settings; 78: wrong database."""
    match arguments:
        case [name, role] if role in list(ProcessRole):
            try:
                settings = read(name, roles=[role])
                room = wiring(name)
            except (SettingMissing, ModuleNotFoundError) as error:
                sys.stderr.write(f"{error}\n{USAGE}\n")
                return 2
            return _serve(room, ProcessRole(role), settings)
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2


def _serve(room: Room, role: ProcessRole, settings: Settings) -> int:
    try:
        serve(room, role, settings)
    except SchemaDiffers as error:
        sys.stderr.write(f"{error}\n")
        return DIFFERS
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
