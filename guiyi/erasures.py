"""删除记录 (erasures): the list kept apart from every backup, and applying it after a restore.

A restored database is older than the newest erasures: it brings erased people back. So before
anything starts, every erasure on the list destroys its keys once more and empties the look-up.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from guiyi.because import noted
from guiyi.refusal import FAILED, OUT_OF_REACH, WRONG, refuse
from guiyi.speech import say

if TYPE_CHECKING:
    from shared.config import Settings
    from shared.personal.key_store import Erasure, Link
    from shared.personal.keys import Keys
    from shared.record.interventions import Because


def write_erasures(file: Path, keys: "Keys") -> None:
    """Write every erasure that the key store knows. Raises OSError."""
    from guiyi.stack.installation import replace

    kept = [
        {
            "customer": each.customer,
            "erased_at": each.erased_at.isoformat(),
            "subjects": list(each.subjects),
        }
        for each in keys.erasures()
    ]
    replace(file, kept)


def read_erasures(file: Path) -> "Sequence[Erasure]":
    """The list that an earlier `guiyi forget` wrote; any other file ends the command."""
    import msgspec

    from shared.personal.key_store import Erasure

    try:
        return msgspec.json.decode(file.read_bytes(), type=list[Erasure])
    except OSError as error:
        refuse("erasures.unreadable", WRONG, file=file, reason=error.strerror)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        refuse("erasures.unreadable", WRONG, file=file, reason=error)


def confirm_erasures(erasures: "Sequence[Erasure]", *, yes: bool) -> None:
    """Ask before keys are destroyed. If the answer is no, the command ends."""
    if yes or not erasures:
        return
    if not typer.confirm(say("erasures.sure", customers=len(erasures)), err=True):
        refuse("erasures.kept", FAILED)


def apply_erasures(
    keys: "Keys", rooms: "Sequence[Settings]", kept: "Sequence[Erasure]", because: "Because"
) -> int:
    """Erase again every customer on the list: first the keys, then the look-up of each room.

    Before that the ledger of each room has it, if anybody is on the list.
    Customers that the key store already knows as erased leave the look-ups too. Links that are not
    on the list count only if a fact in the record of one of the rooms says so.

    Answers how many customers are erased. Raises KeysUnavailable, MasterKeyWrong, Unavailable.
    """
    if kept:
        enter(rooms, "erasures apply", f"{len(kept)} customers of a list are erased again", because)
    keys.apply_erasures(kept, lambda links: false_links(rooms, links))
    known = keys.erasures()
    subjects = [subject for each in known for subject in each.subjects]
    for settings in rooms:
        forget_in(settings, subjects)
    return len(known)


def false_links(rooms: "Sequence[Settings]", links: "Collection[Link]") -> "Sequence[Link]":
    """Those of the links that no fact in the record of any of these rooms says. Sorted.

    Raises Unavailable.
    """
    from guiyi.database import worker_database
    from shared.consumers.links import standing
    from shared.record.transaction import transaction

    left = {*links}
    for settings in rooms:
        if left:
            with worker_database(settings) as database, transaction(database) as db:
                left.difference_update(standing(db, settings.room, left))
    return sorted(left)


def led_to(customer: str, links: "Sequence[Link]") -> "Sequence[Link]":
    """Those of the links that lead to the customer, at once or through others."""
    reached, known = {customer}, 0
    while known != len(reached):
        known = len(reached)
        reached |= {subject for subject, owner in links if owner in reached}
    return [link for link in links if link[1] in reached]


def enter(rooms: "Sequence[Settings]", verb: str, what: str, because: "Because") -> None:
    """Say in the ledger of each room that somebody is about to erase, how many and why.

    Not whom: that stands in the list of erasures alone. Raises Unavailable.
    """
    for settings in rooms:
        noted(settings, verb, what, because)


def forget_in(settings: "Settings", subjects: Sequence[str]) -> None:
    """Delete from the look-up of one room, for good, what it holds of erased subjects."""
    from guiyi.database import worker_database
    from shared.consumers import lookup
    from shared.record.transaction import transaction

    with worker_database(settings) as database, transaction(database) as db:
        lookup.forget(db, subjects)


@contextmanager
def keys_at_hand(settings: "Settings") -> "Iterator[Keys]":
    """The key store. If it is away, or the master key is wrong, the command ends."""
    from shared.personal.key_store import KeysUnavailable
    from shared.personal.keys import MasterKeyWrong, open_keys
    from shared.personal.master import MasterKeyUnusable

    try:
        yield open_keys(settings.keys_worker_url, settings.master_key_file)
    except KeysUnavailable:
        refuse("reach.away", OUT_OF_REACH, name="KEYS_WORKER_URL")
    except (MasterKeyWrong, MasterKeyUnusable) as error:
        refuse("forget.no_key", FAILED, reason=error)
