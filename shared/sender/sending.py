"""发送 (sending): one notice after the other that is due, each try noted in the record.

A process that dies between sending and noting has sent it, and the next one sends it again: at
least once, with the same id, by which the other side knows it. What was noted is asked of the
record before each try, and a record that has not been compared with its journal sends nothing. So
neither a rebuild nor a restoration sends what was sent.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from shared.decider import Asked, Command
from shared.events.actors import ServiceActor
from shared.events.notices import AT_ANY_HOUR, NoticeAsked, NoticeChannel, NoticeStage
from shared.handle import CommandEnvelope, Handler, Rehearsal, handle
from shared.log import logger
from shared.notices import pacing
from shared.notices.outbox import Row
from shared.notices.paper import PAPER, NoteNoticeFailed, NoteNoticeSent, Notice
from shared.personal.keys import KeyDestroyed, KeyNeverMade
from shared.personal.seal import SealBroken, unseal
from shared.policy.book import PolicyInForce
from shared.sender.budget import Budget, Ledger, NoticeTry
from shared.sender.due import Outbox
from shared.sender.message import NotTaken, Way
from shared.sender.writing import Unwritten, outgoing

ACTOR = ServiceActor.SENDER.named("notices")
_COMMANDS = UUID("0f3c1c5e-8a0e-4f2d-9d5b-3b1d1f6d7a52")
"""The ids of commands that note a try are made within this."""
log = logger(__name__)


@dataclass
class NoticeSending:
    """发送: of one room."""

    outbox: Outbox
    handler: Handler
    policy: PolicyInForce
    ways: Mapping[NoticeChannel, Way]
    ledger: Ledger
    appended: Callable[[], None] = lambda: None
    stopping: Callable[[], bool] = lambda: False
    held: dict[str, datetime] = field(default_factory=dict)
    """Those that wait for the end of the night or of a budget, and until when."""
    budget: Budget = field(init=False)

    def __post_init__(self) -> None:
        self.budget = Budget(self.ledger, self.handler.keys.master)

    def send_due(self) -> int:
        """Try what is due; how many tries were made. Raises StoreError, KeysUnavailable."""
        if not self.outbox.is_open():
            return 0
        now, tried = self.outbox.now(), 0
        self.held = {number: until for number, until in self.held.items() if until > now}
        for row in self.outbox.due(now, sorted(self.held)):
            if self.stopping():
                break
            tried += self._try(row)
        return tried

    def _try(self, row: Row) -> bool:
        """Try one, if it may be tried; whether it was."""
        notice: Notice = Rehearsal(self.handler).folded(PAPER.stream_of(row.number)).state
        now, asked = self.outbox.now(), notice.asked
        is_early = notice.retry_at is not None and notice.retry_at > now
        if asked is None or notice.stage is not NoticeStage.WAITING or is_early:
            return False  # the view lags behind the record
        if asked.until <= now:
            self._note(row, NoteNoticeFailed(notice.attempts + 1, "expired", None), now)
            return False
        if (until := self._held_until(row, asked, now)) is not None:
            self.held[row.number] = until
            return False
        if (until := self._unafforded(row, notice, asked, now)) is not None:
            self.held[row.number] = until
            return False
        return self._tried(row, notice, asked, now)

    def _held_until(self, row: Row, asked: NoticeAsked, now: datetime) -> datetime | None:
        """Until when it waits for the night, or for a way that is open; None: not at all."""
        core = self.policy(row.branch, now)
        zone = core.calendar_of(row.branch).zone
        at_night = asked.kind in AT_ANY_HOUR
        if not at_night and (night := pacing.quiet_until(core.notices, now, zone)) is not None:
            return night
        if asked.channel not in self.ways or asked.channel not in core.notices.channels:
            return asked.until
        return None

    def _unafforded(
        self, row: Row, notice: Notice, asked: NoticeAsked, now: datetime
    ) -> datetime | None:
        """When its addressee may be sent one more; None: now, and it counts already."""
        address, core = self._opened(row), self.policy(row.branch, now)
        if address is None:
            return None
        zone, place = core.calendar_of(row.branch).zone, NoticeTry(row.number, notice.attempts + 1)
        day, most = pacing.day_began(now, zone), core.notices.per_day
        may = self.budget.take(asked.channel, address, place, now, day_began=day, most=most)
        return None if may else pacing.next_day(now, zone)

    def _tried(self, row: Row, notice: Notice, asked: NoticeAsked, now: datetime) -> bool:
        attempt, core = notice.attempts + 1, self.policy(row.branch, now)
        try:
            message = outgoing(row, asked, core, self.handler.keys, now)
            self.ways[asked.channel].send(message)
        except (Unwritten, NotTaken) as error:
            self.budget.give_back(NoticeTry(row.number, attempt))
            again, later = None, self.outbox.now()
            if isinstance(error, NotTaken) and not error.final:
                tries = attempt - notice.since
                again = pacing.retry_at(core.notices, tries, later, asked.until, error.after)
            self._note(row, NoteNoticeFailed(attempt, error.why, again), later)
            return isinstance(error, NotTaken)
        self._note(row, NoteNoticeSent(attempt), self.outbox.now())
        return True

    def _note(self, row: Row, command: NoteNoticeSent | NoteNoticeFailed, now: datetime) -> None:
        """Have it recorded. Raises StoreError: then it is tried again."""
        result = "sent" if isinstance(command, NoteNoticeSent) else command.why
        said = f"{row.number}/{command.attempt}/{type(command).__name__}"
        handle(self.handler, _envelope(uuid5(_COMMANDS, said), row, command, now))
        self.appended()
        log.info("notice", number=row.number, attempt=command.attempt, result=result)

    def _opened(self, row: Row) -> str | None:
        """The address of one; None if nobody can open it any more."""
        try:
            return unseal(row.to, self.handler.keys) if not isinstance(row.to, str) else None
        except (KeyDestroyed, KeyNeverMade, SealBroken):
            return None


def _envelope(command_id: UUID, row: Row, command: Command, now: datetime) -> CommandEnvelope:
    asked = Asked(
        home=PAPER.stream_of(row.number),
        actor=ACTOR,
        roles=frozenset(),
        at=now,
        branch=row.branch,
        ticket=row.ticket,
    )
    return CommandEnvelope(id=command_id, command=command, asked=asked, causation="notice")
