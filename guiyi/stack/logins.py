"""换登录口令 (exchanging passwords) of our own Kafka or PostgreSQL, while everything runs.

This side writes the new ones into the file of secrets. The supervisor lets the servers know them,
and starts the parts again, one after the other (`renewal.py`).
"""

import time
from collections.abc import Mapping, Sequence

from guiyi.stack.installation import Installation
from guiyi.stack.kafka import ADMIN

RENEWED_S = 240.0
_LOOK_S = 0.5


class NotOurs(Exception):
    """The server is none that the supervisor of this installation has started."""


def exchange_logins(
    installation: Installation, environ: Mapping[str, str], kind: str
) -> Sequence[str]:
    """New passwords for every login at `kafka` or `database`, also those servers are made with.

    Waits until the parts have started again with them. Returns those that have not, after all.
    Raises NotOurs.
    """
    name, known = "passwords", installation.passwords()
    if kind == "kafka":
        name, known = "kafka", installation.kafka_passwords()
        is_ours = environ.get("KAFKA_ADMIN_PASSWORD") == known[ADMIN]
    else:
        is_ours = "POSTGRES_ADMIN_URL" in environ
    if not is_ours or installation.supervisor() is None:
        raise NotOurs
    asked = time.time()
    installation.exchange_passwords(name, sorted(known))
    until = time.monotonic() + RENEWED_S
    while (late := _waiting(installation, asked)) and time.monotonic() < until:
        time.sleep(_LOOK_S)
    return late


def _waiting(installation: Installation, asked: float) -> Sequence[str]:
    """The parts that the supervisor still has to start again."""
    if installation.environment_file.stat().st_mtime < asked:
        return ["supervisor"]  # it has not seen the file yet, or its servers are away
    status = installation.status()
    return status.get("renewing", []) if status is not None else ["supervisor"]
