"""处理 (handle): the one door from a command to facts in the record.

Read, fold, seal, decide, fold again, append: `handle` for one command, `handle_all` for several in
one append (imports, reactions). Nothing else in the system writes facts. What a rule looks at
beside its own stream stands in the row of its step; it is read here, so no caller can forget it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from shared.chain import ChainBroken
from shared.command import (
    Answer,
    AnyCommand,
    CommandEnvelope,
    DraftCommand,
    Folded,
    FollowingCommand,
    NumberedCommand,
    VersionMismatch,
)
from shared.decider import Reason, Refused
from shared.fields import replaced
from shared.handler import Handler
from shared.new_fact import partition_of
from shared.record.store import CommandKnown, Conflict, Transaction, Unavailable
from shared.unit_of_work import UnitOfWork, has_matters, matter_of

__all__ = [
    "TRIES",
    "Answer",
    "CommandEnvelope",
    "DraftCommand",
    "Folded",
    "FollowingCommand",
    "Handler",
    "NumberedCommand",
    "Rehearsal",
    "VersionMismatch",
    "handle",
    "handle_all",
    "partition_of",
    "until_settled",
]

TRIES = 5
T = TypeVar("T")


def handle(handler: Handler, wanted: AnyCommand) -> Answer:
    """Decide one command and append what it makes true, in one call of the database each.

    For a numbered command the number is taken, the envelope built from it and the facts appended in
    one transaction; if nothing becomes true the number returns. So is what has a matter: who comes
    second on it reads behind the first. Raises Refused with every broken
    rule, VersionMismatch, ChainBroken, or a StoreError; then nothing happened.
    """

    def attempt() -> Answer:
        made, seen = _made(handler, wanted)
        with _surely() as begun, _working(handler, made) as work:
            begun.append(work)
            return _one(work, made, seen)

    return until_settled(attempt)


def handle_all(
    handler: Handler,
    envelopes: Sequence[CommandEnvelope | NumberedCommand],
    transaction: Transaction,
) -> Sequence[Answer | Refused]:
    """Decide several commands in turn on states folded in memory; one append for all of them.

    A known command is answered from its facts; a refused one is reported and the rest goes on. A
    number is taken when it is its command's turn and returns, to the next one even, if that makes
    nothing true. The caller owns the transaction and may write rows of its own (a cursor) beside
    the facts. Raises ChainBroken or a StoreError; on Conflict and CommandKnown the caller tries
    again in a new transaction.
    """
    work = UnitOfWork(handler, transaction, transaction)
    plain = [envelope for envelope in envelopes if isinstance(envelope, CommandEnvelope)]
    work.look_at([envelope.asked.home for envelope in plain], [envelope.id for envelope in plain])
    work.look_ahead(plain)
    with _surely() as begun:
        begun.append(work)
        outcomes = [work.answer(envelope) for envelope in envelopes]
        positions = work.append()
    return [
        replaced(outcome, positions=outcome.positions or positions)
        if isinstance(outcome, Answer)
        else outcome
        for outcome in outcomes
    ]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """预演结果: why something would be refused now, and whether it would change nothing."""

    reasons: Sequence[Reason]
    is_idle: bool = False
    """Whether its rules let it pass, and make nothing true that is not true already."""


class Rehearsal:
    """预演: says which rules a command would break now. Nothing is sealed, nothing is written.

    Each stream is read and folded once, however many commands are rehearsed.
    """

    def __init__(
        self, handler: Handler, streams: Iterable[str] = (), without: Iterable[str] = ()
    ) -> None:
        """`streams`: all of a ticket. They are read at once, before anything is asked for.

        Their series (`visit-…-V1`, `visit-…-V2`) are whole by this and are not read again, but for
        the series of the streams in `without`, which cannot be read.
        """
        self._work = UnitOfWork(handler, handler.store)
        self._work.look_at(streams)
        whole = {stream.rstrip("0123456789") for stream in self._work.states}
        whole -= {stream.rstrip("0123456789") for stream in without}
        self._work.series.update(prefix for prefix in whole if not prefix.endswith("-"))

    def folded(self, stream: str) -> Folded:
        """The stream as it stands."""
        return self._work.folded(stream)

    def following(self, prefix: str) -> str:
        """The stream that comes next in a series."""
        return self._work.following(prefix)

    def outcome(self, envelope: CommandEnvelope) -> Rehearsed:
        """What would become of the command now."""
        try:
            facts, _ = self._work.decision(envelope, envelope.command)
        except Refused as refused:
            return Rehearsed(refused.reasons)
        return Rehearsed((), is_idle=not facts)


def _made(handler: Handler, wanted: AnyCommand) -> tuple[AnyCommand, Mapping[str, int]]:
    """A draft of a paper with matters as its command, and from which version of what it was made.

    It is made before its transaction begins: what it looks up takes connections of its own.
    """
    if not isinstance(wanted, DraftCommand) or not has_matters(handler, wanted.home):
        return wanted, {}
    folded = UnitOfWork(handler, handler.store).folded(wanted.home)
    return wanted.make(folded), {wanted.home: folded.version}


@contextmanager
def _working(handler: Handler, wanted: AnyCommand) -> Iterator[UnitOfWork]:
    """A unit of work, in a transaction of its own if a number is taken or a matter is met."""
    is_alone = isinstance(wanted, CommandEnvelope) and matter_of(handler, wanted) is None
    if is_alone or isinstance(wanted, DraftCommand | FollowingCommand):
        yield UnitOfWork(handler, handler.store)
        return
    with handler.store.transaction() as transaction:
        yield UnitOfWork(handler, transaction, transaction)


@contextmanager
def _surely() -> Iterator[list[UnitOfWork]]:
    """Nothing is refused and no error told because a stream has lost its end.

    The block says what it works on. The record is asked behind its transaction, which has failed.
    """
    begun: list[UnitOfWork] = []
    try:
        yield begun
    except (ChainBroken, Unavailable):
        raise
    except Exception:
        for work in begun:
            with suppress(Unavailable):
                work.check_ends(work.handler.store)
        raise


def until_settled(attempt: Callable[[], T]) -> T:
    """Attempt it again, a few times, as long as others write the same streams or command."""
    for left in reversed(range(TRIES)):
        try:
            return attempt()
        except (Conflict, CommandKnown):
            if not left:
                raise
    raise AssertionError


def _one(work: UnitOfWork, wanted: AnyCommand, seen: Mapping[str, int]) -> Answer:
    outcome = work.answer(wanted)
    if any(work.expected[stream] != version for stream, version in seen.items()):
        raise Conflict("a stream moved on while its command was made")
    if isinstance(outcome, Refused):
        raise outcome
    positions = work.append()
    return replaced(outcome, positions=outcome.positions or positions)
