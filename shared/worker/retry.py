"""重试 (retry): parked work is tried again, or discarded, when an operator says so.

A row is folded anew as a whole (`refold`). A document is looked at again in its newest state. What
is discarded is left out for ever.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

from shared.config import Settings
from shared.consumers import dead_letters
from shared.consumers.dead_letters import DeadLetter, DeadLetterKind
from shared.consumers.lookup import CONSUMER as LOOK_UP
from shared.record import interventions
from shared.record.interventions import Because
from shared.record.schema import check_schema
from shared.record.transaction import DatabaseTransaction, transaction
from shared.room import Room
from shared.view import View
from shared.views.projection import consumer_name
from shared.worker.refold import refold
from shared.worker.wiring import Wiring, wired

FOLDED = (DeadLetterKind.ROW, DeadLetterKind.STREAM)
"""What a fold of the room's own facts parks."""


class VersionRetired(Exception):
    """The line is of a view version that this program does not have: its id, its consumer."""


class NotAlone(Exception):
    """This row depends on another line of the list; the message names it."""


@dataclass(frozen=True, slots=True)
class RetryOutcome:
    """What became of one line of the list."""

    parked: DeadLetter
    healed: bool


class DeadLetterQueue:
    """停放清单: the list of a room's parked work. Everything here may raise Unavailable."""

    def __init__(self, room: Room, wiring: Wiring) -> None:
        self._room = room
        self._wiring = wiring
        self._engine = wiring.engine

    def listed(self, *, discarded: bool = False, after: int = 0) -> Sequence[DeadLetter]:
        """What is parked behind an id, oldest first; with `discarded` also what was discarded.

        At most `dead_letters.MOST` lines.
        """
        with transaction(self._engine) as db:
            return dead_letters.listed(db, discarded=discarded, after=after)

    def shown(self, parked_id: int) -> DeadLetter:
        """One line of the list. Raises KeyError if there is none."""
        with transaction(self._engine) as db:
            return dead_letters.one(db, parked_id)

    def retry(self, parked_id: int, because: Because | None = None) -> RetryOutcome:
        """Try it again now; the ledger says so before. Raises KeyError, VersionRetired."""
        found = self.shown(parked_id)
        if found.discarded_at is not None:
            return RetryOutcome(found, healed=False)
        if self._stands(found):
            self._is_known(found)
            with transaction(self._engine) as db:
                _note(db, "parked retry", f"line {parked_id} is tried again", because)
            self._again(found)
        return RetryOutcome(found, healed=not self._stands(found))

    def discard(self, parked_id: int, because: Because | None = None) -> DeadLetter:
        """Discard it for ever; what it stopped goes on without it. The ledger says so before.

        Raises KeyError, NotAlone, VersionRetired.
        """
        found = self.shown(parked_id)
        if found.discarded_at is None:
            self._is_known(found)
            with transaction(self._engine) as db:
                self._alone(db, found)
                what = f"line {parked_id} is left out for ever"
                _note(db, "parked discard", what, because)
                if found.kind not in FOLDED:
                    dead_letters.give_up(db, parked_id)
            if found.kind in FOLDED:
                self._leave_out(found)
        return self.shown(parked_id)

    def _stands(self, found: DeadLetter) -> bool:
        if found.kind is DeadLetterKind.UNKNOWN:
            return True
        with transaction(self._engine) as db:
            return dead_letters.is_parked(db, found)

    def _again(self, found: DeadLetter) -> None:
        match found.kind:
            case DeadLetterKind.STREAM if found.consumer == LOOK_UP:
                self._wiring.look_up.again(found)
            case DeadLetterKind.ROW | DeadLetterKind.STREAM:
                refold(self._engine, self._room.name, self._view(found), found.partition)
            case DeadLetterKind.DOCUMENT:
                self._wiring.reactions.again(found.room, found.stream, found.details["reactions"])
            case DeadLetterKind.REACTION | DeadLetterKind.COMMAND:
                self._wiring.reactions.again(found.room, found.stream, [found.details["reaction"]])
            case DeadLetterKind.TIMER:
                self._wiring.timers.again(found)
            case DeadLetterKind.UNKNOWN:
                raise VersionRetired(found.id, found.consumer)

    def _leave_out(self, found: DeadLetter) -> None:
        if found.consumer == LOOK_UP:
            self._wiring.look_up.again(found, give_up=True)
            return
        view = self._view(found)
        refold(self._engine, self._room.name, view, found.partition, without=found)

    def _is_known(self, found: DeadLetter) -> None:
        """Raise VersionRetired if it is a row of a view that this program does not have."""
        if found.kind in FOLDED and found.consumer != LOOK_UP:
            self._view(found)

    def _alone(self, db: DatabaseTransaction, found: DeadLetter) -> None:
        here = (found.partition, found.seq)
        if found.kind is DeadLetterKind.ROW:
            for other in dead_letters.listed(db, found.consumer):
                if other.kind is DeadLetterKind.STREAM and (other.partition, other.seq) == here:
                    raise NotAlone(
                        f"the row is parked because a fact of {other.stream} cannot be read:"
                        f" discard {other.id}, which gives up that fact"
                    )

    def _view(self, found: DeadLetter) -> View:
        for view in self._room.views:
            if consumer_name(view) == found.consumer:
                return view
        raise VersionRetired(found.id, found.consumer)


def _note(db: DatabaseTransaction, verb: str, what: str, because: Because | None) -> None:
    if because is not None:
        interventions.note(db, verb, what, because)


@contextmanager
def dead_letter_queue(room: Room, settings: Settings) -> Iterator[DeadLetterQueue]:
    """The list for a while; then its connections are closed.

    Raises SchemaDiffers where the database is not the one this program is made for, Unavailable.
    """
    check_schema(settings.worker_url, room.name, settings.partitions)
    with closing(wired(room, settings, pool=2)) as wiring:
        yield DeadLetterQueue(room, wiring)
