"""One process of one room: `python -m guiyi.serve ROOM web|relay|worker`."""

import sys

from guiyi.rooms import wiring
from shared.config import SettingMissing, read
from shared.room import Role
from shared.serving import serve

USAGE = "usage: python -m guiyi.serve ROOM web|relay|worker"


def main(arguments: list[str]) -> int:
    """Play the role until SIGTERM. 0: drained; 2: wrong words or settings."""
    match arguments:
        case [name, role] if role in list(Role):
            try:
                settings = read(name)
                room = wiring(name)
            except (SettingMissing, ModuleNotFoundError) as error:
                sys.stderr.write(f"{error}\n{USAGE}\n")
                return 2
            serve(room, Role(role), settings)
            return 0
        case _:
            sys.stderr.write(f"{USAGE}\n")
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
