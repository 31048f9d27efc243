"""A room's outbox in memory, with a clock that goes when it is told to."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import msgspec

from shared.decider import Asked, Fact
from shared.events.notices import NoticeAsked, NoticeChannel, NoticeKind, NoticeStage
from shared.handle import CommandEnvelope, Handler, Rehearsal, handle
from shared.notices import outbox, paper
from shared.notices.outbox import Row
from shared.notices.paper import PAPER, AskNoticeAgain, Notice
from shared.notices.wording import CODES, WORDS, digest_of, digits_of, word_of
from shared.personal.keys import Keys
from shared.policy import CORE, Core
from shared.policy.notices import Notices
from shared.policy.source import read
from shared.sender.message import Way
from shared.sender.sending import NoticeSending
from shared.view import Recorded, recorded
from tests.memory_keys import memory_keys
from tests.memory_record import Memory
from tests.notices.example import ASKED, NOW, NUMBER, SHIPPED
from tests.notices.ledger import MemoryLedger


@dataclass(frozen=True, slots=True)
class Ask:
    """Whoever makes a link has the notice written with it."""

    notice: NoticeAsked


class Asking:
    """The rules of the notice, with a command that writes what another paper would."""

    initial = paper.initial
    evolve = staticmethod(paper.evolve)

    @staticmethod
    def decide(command: object, state: Notice, asked: Asked) -> Sequence[tuple[str, Fact]]:
        if isinstance(command, Ask):
            return asked.here(command.notice)
        made: Sequence[tuple[str, Fact]] = paper.decide(command, state, asked)
        return made


class Clocked(Memory):
    """A record whose clock stands until it is set."""

    def __init__(self) -> None:
        super().__init__("dispatch")
        self.today = NOW

    def now(self) -> datetime:
        """As Store.now."""
        return self.today


@dataclass
class Office:
    """待发箱: as the view has it, or as it once had it."""

    ways: Mapping[NoticeChannel, Way]
    record: Clocked = field(default_factory=Clocked)
    keys: Keys = field(default_factory=memory_keys)
    policy: Notices = field(default_factory=lambda: core().notices)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    lagging: list[Row] | None = None
    """Rows as an outbox has them that lags behind the record."""

    def __post_init__(self) -> None:
        self.handler = Handler(self.record, {PAPER.prefix: Asking}, self.keys)
        self.sending = self.begun()

    def begun(self) -> NoticeSending:
        """A process that has just begun."""
        return NoticeSending(self, self.handler, self._core, self.ways, self.ledger)

    def ask(self, number: str = NUMBER, to: str = "13800001234", **changed: object) -> None:
        """A link was made, and its customer is to be told."""
        command = uuid4()
        word = word_of(self.keys.master.now().derive(WORDS), command)
        notice = replace(ASKED, to=to, word=hash_of(word))
        notice = replace(notice, **changed)  # type: ignore[arg-type]
        self._give(number, Ask(notice), command, "customer-C-1")

    def ask_for_code(self) -> str:
        """A code is to be sent; its digits."""
        command, about = uuid4(), "BX-HZ01-20261123-0001-W1"
        key = self.keys.master.now()
        digits = digits_of(word_of(key.derive(WORDS), command))
        digest = digest_of(key.derive(CODES), about, digits)
        notice = replace(ASKED, to="13800001234", kind=NoticeKind.SIGNING_CODE, about=about)
        later = self.record.today + timedelta(minutes=5)
        notice = replace(notice, word=digest, until=later)
        self._give(NUMBER, Ask(notice), command, "customer-C-1")
        return digits

    def ask_of_us(self, kind: NoticeKind, about: str = "TS-HZ01-2026-0001") -> str:
        """Somebody of us is to be told of a complaint; the number of the notice."""
        number = f"{about}-N1"
        notice = replace(ASKED, to="13800001234", kind=kind, about=about, word=None)
        self._give(number, Ask(notice), uuid4(), "person-A-ZHAO")
        return number

    def ask_again(self, number: str = NUMBER) -> None:
        """An operator has it sent once more."""
        self._give(
            number, AskNoticeAgain(self._notice(number).attempts, "没收到 not come"), uuid4()
        )

    def stage(self, number: str = NUMBER) -> NoticeStage:
        """How far a notice is by the record."""
        stage: NoticeStage = self._notice(number).stage
        return stage

    def facts(self, number: str = NUMBER) -> list[Fact]:
        """What stands on the stream of a notice."""
        stream = PAPER.stream_of(number)
        return [each.fact for each in self._recorded() if each.stream == stream]

    def now(self) -> datetime:
        """As Outbox.now."""
        return self.record.today

    def is_open(self) -> bool:
        """As Outbox.is_open."""
        return self.record.gate_open

    def due(self, now: datetime, without: Sequence[str]) -> Sequence[Row]:
        """As Outbox.due."""
        waiting = [row for row in self.rows() if row.stage is NoticeStage.WAITING]
        found = [row for row in waiting if row.due is not None and row.due <= now]
        return [row for row in found if row.number not in without]

    def rows(self) -> list[Row]:
        """The view, folded from the first fact on."""
        if self.lagging is not None:
            return self.lagging
        return folded_rows(self._recorded())

    def _recorded(self) -> list[Recorded]:
        stored = [
            each
            for partition in range(self.record.partitions)
            for each in self.record.facts(partition, 0, 10_000)
        ]
        return [recorded("dispatch", each) for each in stored]

    def _notice(self, number: str) -> Notice:
        notice: Notice = Rehearsal(self.handler).folded(PAPER.stream_of(number)).state
        return notice

    def _core(self, _branch: str, _at: datetime) -> Core:
        return replace_notices(core(), self.policy)

    def _give(
        self, number: str, command: object, command_id: UUID, subject: str | None = None
    ) -> None:
        asked = Asked(
            home=PAPER.stream_of(number),
            actor="C-WANGFANG",
            roles=frozenset(),
            at=self.record.today,
            branch="HZ01",
            ticket="BX-HZ01-20261123-0001",
        )
        handle(self.handler, CommandEnvelope(command_id, command, asked, subject=subject))


def folded_rows(told: Iterable[Recorded]) -> list[Row]:
    """The outbox, folded from the first fact on."""
    rows: dict[str, Row | None] = {}
    for each in told:
        for (number,) in outbox.keys(each):
            rows[number] = outbox.project((number,), rows.get(number), each)
    return [row for row in rows.values() if row is not None]


def hash_of(word: str) -> str:
    """What the record has of a word."""
    return hashlib.sha256(word.encode()).hexdigest()


def core() -> Core:
    """The policy that is shipped."""
    return read(SHIPPED / CORE, Core)


def replace_notices(made: Core, notices: Notices) -> Core:
    """The policy with other rules for notices."""
    return msgspec.structs.replace(made, notices=notices)
