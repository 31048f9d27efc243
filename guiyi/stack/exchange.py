"""换主密钥 (exchanging the master key) of a running house: rewrapping, and filling the look-ups."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from shared.config import Settings
from shared.consumers import lookup
from shared.personal.master import (
    MasterKey,
    exchange_master_key,
    forget_former_keys,
    read_master_key,
)
from shared.personal.rewrapping import rewrap_subjects
from shared.proof.rotation import rewrap_proofs
from shared.record.database import engine
from shared.record.transaction import transaction
from shared.worker.lag import of_journal

FILLED_S = 120.0
"""How long to wait until a look-up is filled again."""


class NotYet(Exception):
    """Former master keys are still needed: keys of idempotency are remembered for so many days."""

    def __init__(self, days: int) -> None:
        super().__init__(f"not before {days} days")
        self.days = days


def exchange_master(file: Path, owner_url: str) -> int:
    """Make a new master key, and wrap by it what the former one has wrapped; how many keys.

    An exchange that was stopped half-way is ended instead. Raises MasterKeyUnusable,
    MasterKeyWrong, KeysUnavailable.
    """
    with _engine(owner_url) as owner:
        known = read_master_key(file)
        if known.former and (count := _rewrap(owner, known)):
            return count
        return _rewrap(owner, exchange_master_key(file))


def fill_look_up(settings: Settings) -> bool:
    """Let a room's look-up be filled with digests by the new key, then drop the older ones.

    False: it is not filled yet. The older digests stay then, and go on being found.
    """
    with _engine(settings.worker_url) as database:
        with transaction(database) as db:
            begun = lookup.begin_filling(db)
        until = time.monotonic() + FILLED_S
        while time.monotonic() < until:
            time.sleep(1)
            with transaction(database) as db:
                (lag,) = of_journal(db, settings.room, [lookup.CONSUMER])
                if not lag.facts:
                    lookup.drop_older(db, begun)
                    return True
    return False


def forget_former(settings: Settings, owner_url: str) -> int:
    """Take the former master keys out of the file; how many there were. Raises NotYet."""
    file = settings.master_key_file
    known = read_master_key(file)
    exchanged = timedelta(seconds=time.time() - file.stat().st_mtime)
    if known.former and exchanged < timedelta(days=settings.command_days):
        raise NotYet(settings.command_days)
    with _engine(owner_url) as owner:
        _rewrap(owner, known)
    forget_former_keys(file)
    return len(known.former)


def _rewrap(owner: Engine, master: MasterKey) -> int:
    """Until a pass finds nothing more: others may just have wrapped by the former key."""
    count = rewrap_proofs(owner, master)
    while found := rewrap_subjects(owner, master):
        count += found
    return count


@contextmanager
def _engine(url: str) -> Iterator[Engine]:
    made = engine(url, pool=1)
    try:
        yield made
    finally:
        made.dispose()
